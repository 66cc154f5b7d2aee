"""Ops that a layer of Keras computes: which layer, with which arguments, of which tensors."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from transforms.knowledge import tf_catalog
from transforms.knowledge.stock_layers import (
    ACTIVATIONS,
    CHANNELS_LAST,
    CONCATENATIONS,
    DEFAULT_AXIS,
    ENDING_MASKS,
    GLOBAL_POOLS,
    KEEPING_LOGITS,
    LEAKY_RELU,
    MERGES,
    PAD,
    PADDINGS,
    PADS,
    POOLS,
    RESHAPES,
    TAKING_LISTS,
    TF_SLOPE,
    TRANSPOSITIONS,
)
from transforms.syntax.nodes import walk

# A word as an argument: it is written with the quotes of the file.
QUOTED = re.compile(r'(\w+=)?"\w+"')


@dataclass(frozen=True, kw_only=True)
class StockCall:
    """A layer of ``keras.layers``, the source of its arguments, and what it is given.

    ``given`` is a tensor or a display of tensors. ``needs_rank`` is the number of axes that the
    layer takes alone, where the op takes others. With ``inferred_sizes`` the op infers the batch,
    and may give more examples than it is given. ``keeps_logits`` says that a loss would look at
    what the layer is given, ``is_uncast`` that its dtype is among the arguments.
    """

    name: str
    arguments: tuple[str, ...] = ()
    given: ast.expr
    needs_rank: int | None = None
    inferred_sizes: Sequence[ast.expr] = ()
    keeps_logits: bool = False
    is_uncast: bool = False

    @property
    def takes_list(self) -> bool:
        """Whether it is given several tensors in a list."""
        return self.name in TAKING_LISTS

    @property
    def ends_masks(self) -> bool:
        """Whether it drops the masks of what it is given, as an op does."""
        return self.name in ENDING_MASKS


@dataclass(frozen=True, kw_only=True)
class OpCall:
    """A call of an op: its arguments by the names of its parameters, but for its own name.

    ``text_of`` gives the source of a part, ``is_of_image`` says whether axes are those of the image
    in the user's configuration.
    """

    key: str
    given: Mapping[str, ast.expr]
    text_of: Callable[[ast.AST], str]
    is_of_image: Callable[[ast.expr], bool]

    def only(self, *names: str) -> bool:
        """Whether it is given nothing but ``names``."""
        return set(self.given) <= set(names)


def stock_call(
    key: str,
    op: ast.Call,
    text_of: Callable[[ast.AST], str],
    is_of_image: Callable[[ast.expr], bool],
) -> StockCall | None:
    """The layer of Keras that computes what the call ``op`` of the op ``key`` does."""
    given = dict(zip(tf_catalog.signature(key), op.args))
    if len(given) < len(op.args) or any(word.arg is None for word in op.keywords):
        return None
    given.update({word.arg: word.value for word in op.keywords if word.arg is not None})
    given.pop("name", None)
    if "#" in (text := text_of(op)) and "\n" in text:
        # A class has room for the comments.
        return None
    call = OpCall(key=key, given=given, text_of=text_of, is_of_image=is_of_image)
    for find in _FINDERS:
        found = find(call)
        if found is not None:
            return found
    return None


def _activation(call: OpCall) -> StockCall | None:
    layer = ACTIVATIONS.get(call.key)
    first = tf_catalog.signature(call.key)[:1]
    if layer is None or tuple(call.given) != first:
        return None
    return StockCall(name=layer.name, arguments=layer.arguments, given=call.given[first[0]])


def _of_logits(call: OpCall) -> StockCall | None:
    """``tf.nn.softmax(x, axis=-1)``: of the layers of Keras, that takes a mask for its values."""
    layer = KEEPING_LOGITS.get(call.key)
    first = tf_catalog.signature(call.key)[0] if layer is not None else ""
    if layer is None or not call.only(first, "axis") or first not in call.given:
        return None
    if _literal(call.given.get("axis", ast.Constant(DEFAULT_AXIS))) != DEFAULT_AXIS:
        return None
    return StockCall(
        name=layer.name, arguments=layer.arguments, given=call.given[first], keeps_logits=True
    )


def chosen_activation(
    op: ast.Call, keys: Sequence[str], text_of: Callable[[ast.AST], str]
) -> StockCall | None:
    """``Activation(act)``, where callers choose ``act`` among functions that are saved by name."""
    if len(op.args) != 1 or op.keywords or isinstance(op.args[0], ast.Starred):
        return None
    if not keys or not all(map(tf_catalog.is_saved_by_name, keys)):
        return None
    return StockCall(name="Activation", arguments=(text_of(op.func),), given=op.args[0])


def _leaky_relu(call: OpCall) -> StockCall | None:
    """``LeakyReLU``, given the slope by position: its name changed with Keras 3."""
    if call.key != LEAKY_RELU or not call.only("features", "alpha") or "features" not in call.given:
        return None
    slope = call.given.get("alpha", ast.Constant(TF_SLOPE))
    if not isinstance(slope, ast.Constant) or not isinstance(slope.value, float):
        return None
    return StockCall(name="LeakyReLU", arguments=(repr(slope.value),), given=call.given["features"])


def _concatenation(call: OpCall) -> StockCall | None:
    """``tf.concat([a, b], axis=1)``: one tensor alone is no list for the layer of Keras.

    Whether a name stands for a list, who asks has to know.
    """
    if call.key not in CONCATENATIONS or not call.only("values", "tensors", "axis"):
        return None
    values = call.given.get("values", call.given.get("tensors"))
    if isinstance(values, (ast.List, ast.Tuple)):
        if len(values.elts) < 2 or any(isinstance(item, ast.Starred) for item in values.elts):
            return None
    elif not isinstance(values, ast.Name):
        return None
    axis = _literal(call.given["axis"]) if "axis" in call.given else DEFAULT_AXIS
    # The batch is no axis for Keras.
    if not _is_whole(axis) or axis == 0:
        return None
    arguments = () if axis == DEFAULT_AXIS else (f"axis={axis}",)
    return StockCall(name="Concatenate", arguments=arguments, given=values)


def _merge(call: OpCall) -> StockCall | None:
    """``tf.add(a, b)`` of two tensors; whether they have one rank, verification tells."""
    if call.key not in MERGES or set(call.given) != {"x", "y"}:
        return None
    pair = [call.given["x"], call.given["y"]]
    if any(isinstance(item, ast.Starred) for item in pair):
        return None
    return StockCall(name=MERGES[call.key], given=ast.List(pair, ast.Load()))


def _global_pool(call: OpCall) -> StockCall | None:
    """``tf.reduce_mean(x, [1, 2])``; what has two axes to pool is an image, verification tells.

    One axis there is in tensors of all ranks.
    """
    if call.key not in GLOBAL_POOLS or not call.only("input_tensor", "x", "axis", "keepdims"):
        return None
    values = call.given.get("input_tensor", call.given.get("x"))
    axes = _literal(call.given.get("axis"))
    keepdims = _literal(call.given.get("keepdims", ast.Constant(False)))
    if values is None or not isinstance(keepdims, bool):
        return None
    rank, arguments = 2, [CHANNELS_LAST]
    if _is_whole(axes) and axes == 1:
        rank = 1
    elif "axis" in call.given and call.is_of_image(call.given["axis"]):
        arguments = []
    elif not isinstance(axes, (list, tuple)) or [*axes] != [1, 2]:
        return None
    if keepdims:
        arguments.append("keepdims=True")
    name = f"{GLOBAL_POOLS[call.key]}{rank}D"
    needs_rank = 3 if rank == 1 else None
    return StockCall(name=name, arguments=tuple(arguments), given=values, needs_rank=needs_rank)


def _pool(call: OpCall) -> StockCall | None:
    """``tf.nn.max_pool2d(x, 2, 2, "SAME")``."""
    names = ("input", "ksize", "strides", "padding")
    padding = _literal(call.given.get("padding"))
    if call.key not in POOLS or set(call.given) != set(names) or padding not in PADDINGS:
        return None
    sizes = [_sizes(call.given[name], call.text_of) for name in ("ksize", "strides")]
    size, strides = sizes
    if size is None or strides is None:
        return None
    arguments = [size]
    if strides != size or not _may_be_left_out(call.given["strides"]):
        arguments.append(f"strides={strides}")
    if padding == "SAME":
        arguments.append('padding="same"')
    return StockCall(
        name=POOLS[call.key], arguments=(*arguments, CHANNELS_LAST), given=call.given["input"]
    )


def _sizes(node: ast.expr, text_of: Callable[[ast.AST], str]) -> str | None:
    """The source of the sizes of a window, a number or one for each axis of the image."""
    if not isinstance(node, (ast.List, ast.Tuple)):
        return text_of(node)
    items = node.elts
    if len(items) == 4 and [_literal(items[0]), _literal(items[3])] == [1, 1]:
        items = items[1:3]
    texts = [text_of(item) for item in items]
    if len(texts) != 2:
        return texts[0] if len(texts) == 1 and not isinstance(items[0], ast.Starred) else None
    if texts[0] == texts[1] and _may_be_left_out(items[1]):
        return texts[0]
    return f"({', '.join(texts)})"


def _may_be_left_out(node: ast.expr) -> bool:
    """Whether nothing is missed where ``node`` is not evaluated a second time."""
    return not any(isinstance(part, ast.Call) for part in walk(node))


def _padding(call: OpCall) -> StockCall | None:
    """``tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])``."""
    rows = call.given.get("paddings")
    if call.key != PAD or set(call.given) != {"tensor", "paddings"}:
        return None
    if not isinstance(rows, (ast.List, ast.Tuple)):
        return None
    pairs = [_pair(row) for row in rows.elts]
    name = PADS.get(len(pairs) - 2)
    if name is None or any(_literal(rows.elts[place]) not in _NOTHING for place in (0, -1)):
        return None
    texts = [[call.text_of(item) for item in pair] for pair in pairs[1:-1] if pair is not None]
    if len(texts) != len(pairs) - 2:
        return None
    if len({text for pair in texts for text in pair}) == 1 and _may_be_left_out(rows):
        argument = texts[0][0]
    else:
        argument = f"({', '.join(f'({before}, {after})' for before, after in texts)})"
    return StockCall(name=name, arguments=(argument, CHANNELS_LAST), given=call.given["tensor"])


_NOTHING = ([0, 0], (0, 0))


def _pair(node: ast.expr) -> Sequence[ast.expr] | None:
    if isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) == 2:
        return node.elts
    return None


def _transposition(call: OpCall) -> StockCall | None:
    """``tf.transpose(x, [0, 2, 1])``, where the batch stays in front."""
    if call.key not in TRANSPOSITIONS or len(call.given) != 2:
        return None
    order = _literal(call.given.get("perm", call.given.get("pattern")))
    values = call.given.get("a", call.given.get("x"))
    if values is None or not isinstance(order, (list, tuple)) or not all(map(_is_whole, order)):
        return None
    # An axis of its own is no permutation worth a layer, nor are all axes from the other end.
    if len(order) < 3 or order[0] != 0 or sorted(order) != [*range(len(order))]:
        return None
    return StockCall(name="Permute", arguments=(repr(tuple(order[1:])),), given=values)


def _reshape(call: OpCall) -> StockCall | None:
    """``tf.reshape(x, [-1, size])``; whether the batch is what is inferred, verification tells."""
    if call.key not in RESHAPES or len(call.given) != 2:
        return None
    shape = call.given.get("shape")
    values = call.given.get("tensor", call.given.get("x"))
    if values is None or not isinstance(shape, (ast.List, ast.Tuple)) or len(shape.elts) < 2:
        return None
    first, *rest = shape.elts
    if any(isinstance(item, ast.Starred) for item in shape.elts):
        return None
    if _literal(first) != -1 and not is_batch_size(first, values):
        return None
    texts = [call.text_of(item) for item in rest]
    comma = "," if len(texts) == 1 else ""
    return StockCall(
        name="Reshape",
        arguments=(f"({', '.join(texts)}{comma})",),
        given=values,
        inferred_sizes=rest if _literal(first) == -1 else (),
    )


def is_batch_size(node: ast.expr, tensor: ast.expr) -> bool:
    """Whether ``node`` is ``tf.shape(tensor)[0]``, as far as the text goes."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Call)
        and [ast.unparse(item) for item in node.value.args] == [ast.unparse(tensor)]
        and not node.value.keywords
        and isinstance(tensor, ast.Name)
        and _literal(node.slice) == 0
    )


_FINDERS: Sequence[Callable[[OpCall], StockCall | None]] = (
    *(_activation, _of_logits, _leaky_relu, _concatenation, _merge, _global_pool),
    *(_pool, _padding, _transposition, _reshape),
)


def _literal(node: ast.expr | None) -> object:
    """The value of a literal; None for anything else."""
    try:
        return None if node is None else ast.literal_eval(node)
    except (ValueError, TypeError):
        return None


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
