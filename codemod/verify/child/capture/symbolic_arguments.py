"""Symbolic tensors for parameters: calls of blocks, which make a part of a model of one."""

from __future__ import annotations

import ast
import functools
import re
from typing import Any, Callable, Dict, Iterator, List, Mapping, Sequence, Set

from ..protocol import MODEL_OF, WITH_ARGUMENT
from .hyperparameters import HyperParameters
from .loose_tensors import inputs_behind, loose_ends, symbolic_tensors, watched_nodes
from .made_up import NUMBERS
from .parameters import Use
from .pytest_arguments import FIXTURE_VALUE, fixture_value
from .reach import mentioned_names
from .unset_attributes import GIVEN, given_attributes
from .with_argument import with_argument

Texts = List[str]
SMALL_MODEL = "small_model"
"""The name of what makes a model for a block that takes one: ``small_model(Input((16, 8)))``."""
TENSOR_NAMES = frozenset(["Tensor", "KerasTensor", "TensorLike", "Input", "InputLayer"])
"""What annotations call a symbolic tensor."""
LISTS = frozenset(["List", "list", "Sequence", "Iterable", "Tuple", "tuple"])
NAMES = (
    r"^(x|y|h|z|inp|inputs?|tensors?|feats?|features?|hidden|query|key|value|skips?|residual)$"
    r"|^(input|x|in)_(tensor|layer|map|feat|x|data|\d)|^feature_?(layer|map)s?$"
    r"|_(inputs?|tensors?|x|features?|feats?|layer|logits)$"
)
OF_MODELS = frozenset(
    [
        *(".input", ".inputs", ".output", ".outputs", ".layers", ".input_names", ".output_names"),
        *(".weights", ".trainable_weights", ".trainable_variables"),
    ]
)
MODEL_METHODS = frozenset(["compile", "fit", "summary", "load_weights", "save", "save_weights"])
MODEL_NAMES = r"model$|backbone|encoder|decoder|^base|net(work)?(_?[a-z0-9])?$|generator|critic"
MODEL_NAMES += r"|discriminator|^actor"
SEVERAL = r"^(inputs?|tensors?|features?|feats|skips)$"
"""Names of what is unpacked into tensors; anything else that is may be a shape."""
SIZED = r"(?<!%s\()Input\(\((\d+(?:, \d+)*), \d+\)\)" % SMALL_MODEL
"""An input of one or more sizes, and its channels."""
TOKENS = r"(^|_)ids$|tokens?$|indices$"
MOST_SHAPES = 20
"""How many inputs are tried for one block: a wrong one fails at its first layer."""
CHANNELS = ["16", "8"]
SHAPES = {
    "2D": ("(32, 32, 16)", "(32, 32, 3)", "(32, 32, 1)", "(128, 128, 3)", "(128, 128, 2)"),
    "1D": ("(16, 16)", "(16, 1)"),
    "3D": ("(16, 16, 16, 16)", "(16, 16, 16, 1)"),
    "0D": ("(16,)",),
}
"""As many channels as filters are made up, for what is added to what a convolution gives; heads,
groups and ratios divide them. Deep U-Nets need large pictures;
sound in stereo has two channels."""
ORDER = (
    (r"3D", ("3D", "2D")),
    (r"2D|image", ("2D", "3D")),
    (r"1D|LSTM|GRU|RNN|Attention|Embedding", ("1D", "2D")),
    (r"Dense", ("0D", "1D", "2D")),
    (r"", ("1D", "2D", "0D", "3D")),
)
"""The shapes for what a function mentions, the most telling first."""


def symbolic_values(
    name: str, use: Use, annotation: Any, mentioned: Set[str], surely: bool = False
) -> Texts:
    """Inputs of models for a parameter that takes symbolic tensors; none for another.

    ``surely`` it takes them where nothing says otherwise.
    """
    said = set() if annotation is None else mentioned_names(annotation)
    inputs = ["Input(%s)" % shape for shape in _shapes(mentioned)]
    if _is_model(name, use, said):
        return ["%s(%s)" % (SMALL_MODEL, one) for one in inputs]
    is_said = bool(said & TENSOR_NAMES)
    is_plain = bool(use.kinds & {"text", "settings", "path", "size"} or use.texts)
    is_shown = bool(use.kinds & {"tensor", "operand"}) and annotation is None
    is_named = bool(re.search(NAMES, name)) and annotation is None and _is_as_tensors(name, use)
    if not is_said and (is_plain or not (surely or is_shown or is_named)):
        return []
    if re.search(TOKENS, name):
        return ["Input((16,), dtype='int32')"]
    lists = ["[%s]" % ", ".join([one] * max(use.length, 2)) for one in inputs]
    if said & LISTS:
        return lists
    if use.length > 1 or "walked" in use.kinds:
        # One tensor, or as many as are unpacked: where a function asks, it takes both.
        return [one for pair in zip(inputs, lists) for one in pair]
    return inputs


def _is_as_tensors(name: str, use: Use) -> bool:
    """Whether what is done with a value can be done with tensors: ``skip + layer(x)``."""
    kinds = use.kinds - {"walked"}
    if kinds == {"shape"}:
        return use.length > 1 and bool(re.search(SEVERAL, name))
    return not kinds or kinds == {"number", "added"}


def whole_models(name: str, use: Use, annotation: Any, mentioned: Set[str]) -> Texts:
    """Models for a parameter that takes one, or that is called as a model is; none for another."""
    said = set() if annotation is None else mentioned_names(annotation)
    is_called = not said and "function" in use.kinds and bool(re.search(MODEL_NAMES, name.lower()))
    # What is only handed on to a base class or kept may be anything, but for its name.
    is_named = not said and not use.kinds - {"settings"} and not use.texts and not use.paths
    is_named = is_named and bool(re.search(r"(^|_)model$", name))
    if not (is_called or is_named or _is_model(name, use, said)):
        return []
    return ["%s(shape=%s)" % (SMALL_MODEL, shape) for shape in _shapes(mentioned)]


def _is_model(name: str, use: Use, said: Set[str]) -> bool:
    if said:
        return bool(said & {"Model", "Functional", "Sequential"})
    if use.methods & MODEL_METHODS and re.search(MODEL_NAMES, name.lower()):
        return True
    read = {path[0] for path in use.paths}
    return bool(read & OF_MODELS) and (read <= OF_MODELS or bool(re.search(MODEL_NAMES, name)))


def beside_tensors(values: Texts) -> Texts:
    """The numbers of ``values`` as they go with inputs: as many filters as channels."""
    return list(dict.fromkeys([*CHANNELS, *values])) if set(values) & set(NUMBERS) else values


def as_wide(given: Mapping[str, str]) -> Dict[str, str]:
    """``given`` with as many filters as inputs have channels."""
    return {name: CHANNELS[0] if text in NUMBERS else text for name, text in given.items()}


def _shapes(mentioned: Set[str]) -> Texts:
    text = " ".join(mentioned)
    kinds = next(kinds for words, kinds in ORDER if re.search(words, text))
    ranked = [shape for kind in kinds for shape in SHAPES[kind]]
    return list(dict.fromkeys([*ranked, *(one for some in SHAPES.values() for one in some)]))


def is_symbolic(text: str) -> bool:
    """Whether ``text`` is an input, or a list of them."""
    return text.startswith(("Input(", "[Input(", SMALL_MODEL + "(Input("))


def half_sizes(sets: Sequence[Mapping[str, str]]) -> Iterator[Dict[str, str]]:
    """Of each rank the first of ``sets`` with several inputs, one of them half as large.

    So decoders join what they have with what an encoder had.
    """
    ranks: Set[int] = set()
    for given in sets:
        places = [
            (name, match) for name, text in given.items() for match in re.finditer(SIZED, text)
        ]
        rank = places[0][1][1].count(",") if places else 0
        if len(places) > 1 and rank not in ranks:
            ranks.add(rank)
            for name, match in (places[0], places[-1]):
                sizes = ", ".join(str(max(int(size) // 2, 1)) for size in match[1].split(","))
                text = given[name]
                halved = "%s%s%s" % (text[: match.start(1)], sizes, text[match.end(1) :])
                yield {**given, name: halved}


def helpers(keras: Any, names: Dict[str, Any]) -> Dict[str, Any]:
    """What made-up calls may say beside the ``names`` of the module."""
    own: Dict[str, Any] = {
        "Input": keras.Input,
        MODEL_OF: _model_of(keras),
        SMALL_MODEL: functools.partial(_small_model, keras),
        "HyperParameters": HyperParameters,
        FIXTURE_VALUE: fixture_value,
        GIVEN: given_attributes,
        WITH_ARGUMENT: functools.partial(with_argument, keras, names),
    }
    return {name: value for name, value in own.items() if name not in names}


def _model_of(keras: Any) -> Callable[..., Any]:
    def model_of(function: Callable[..., Any], **given: Any) -> Any:
        """The model of what ``function`` makes of symbolic tensors among ``given``.

        Where it gives none back, it is the model of those that it leaves behind.
        """
        nodes: List[Any] = []
        with watched_nodes(keras, nodes.append):
            made = function(**given)
        if isinstance(made, keras.Model):
            return made
        outputs, inputs = symbolic_tensors(made), symbolic_tensors(given)
        if not outputs:
            outputs = loose_ends(nodes)
        if not outputs:
            raise ValueError("it gives no symbolic tensor")
        name = str(getattr(function, "__name__", type(function).__name__))
        if name == "<lambda>":
            # It is named after what it calls.
            name = next(iter(function.__code__.co_names), name)
        name = re.sub(r"\W", "", name).strip("_")
        return keras.Model(inputs or inputs_behind(outputs), outputs, name=name)

    return model_of


def _small_model(keras: Any, inputs: Any = None, shape: Sequence[int] = ()) -> Any:
    if inputs is None:
        # One of its own, that tells classes apart as most models do.
        inputs = hidden = keras.Input(shape)
        if len(shape) > 1:
            hidden = keras.layers.Flatten()(keras.layers.Dense(4, activation="relu")(inputs))
        return keras.Model(inputs, keras.layers.Dense(3)(hidden))
    hidden = keras.layers.Dense(inputs.shape[-1], activation="relu")(inputs)
    return keras.Model(inputs, keras.layers.Dense(inputs.shape[-1])(hidden))


def annotation_of(node: Any, name: str) -> Any:
    """The annotation of a parameter as the source has it, that in a string too."""
    for item in ast.walk(node.args) if node is not None else ():
        if isinstance(item, ast.arg) and item.arg == name:
            text = getattr(item.annotation, "value", None)
            try:
                return ast.parse(text, mode="eval") if isinstance(text, str) else item.annotation
            except (SyntaxError, ValueError):
                return None
    return None
