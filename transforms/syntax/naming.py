"""Names for what is generated: layers, classes, parameters."""

from __future__ import annotations

import builtins
import itertools
import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from transforms.syntax.limits import OPS_IN_A_NAME, SHORTEST_LAYER_NAME, WORDS_REMEMBERED

LEGAL_LAYER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

_MEANINGLESS = """
x y z xs ys out outs output outputs h hidden net tmp temp t tensor tensors inp inps input
inputs feature features feat feats value values val res result results ret data
attn inner large small
"""
# Variables that say nothing of what they hold.
MEANINGLESS_VARIABLES = frozenset(_MEANINGLESS.split())

_MAKING_VERBS = ("apply", "build", "calc", "calculate", "compute", "create", "get", "make")
# Functions that say only that something is done.
_MEANINGLESS_FUNCTIONS = frozenset(
    """
    block body branch call closure decorated forward func function helper inner_function lambda
    layer main model models net network op ops process run step transform wrapped wrapper
    """.split()
)

_ATTRIBUTES = """
activity_regularizer call_signature_parameters add_loss add_metric add_update add_variable
add_weight add_weight_metrics apply autocast build build_from_config built call cls compute_dtype
compute_mask compute_output_shape compute_output_signature compute_output_spec count_params
dtype dtype_policy dynamic finalize_state from_config get_build_config get_config get_input_at
get_input_mask_at get_input_shape_at get_output_at get_output_mask_at get_output_shape_at
get_weights inbound_nodes input input_dtype input_mask input_shape input_spec inputs kwargs
load_own_variables losses mask metrics metrics_variables name name_scope
non_trainable_variables non_trainable_weights outbound_nodes output output_mask output_shape
outputs path quantization_mode quantize quantized_build quantized_call rematerialized_call
save_own_variables self set_weights stateful stateless_call submodules supports_jit
supports_masking symbolic_call trainable trainable_variables trainable_weights training
updates variable_dtype variables weights with_name_scope
"""
# What the Keras layer base classes keep on themselves, and `cls` of `__new__` (tf_keras 2.21,
# Keras 3.15): a constructor argument of one of these names would break the layer or be ignored.
LAYER_ATTRIBUTES = frozenset(_ATTRIBUTES.split())

_OPERATOR_NAMES = {
    "mul": "multiply",
    "sub": "subtract",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "matmul": "matmul",
    "neg": "negative",
    "pow": "power",
    "pos": "positive",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
    "and_": "logical_and",
    "or_": "logical_or",
    "xor": "logical_xor",
    "invert": "logical_not",
    "getitem": "slice",
}
_LAST_IDENTIFIER = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)")
_GETTER = re.compile(r"(?:[A-Za-z_]\w*\.)*(?:get_(\w+)|(epsilon|floatx))\(\)")
_STRING_KEY = re.compile(r"""[\w.\[\]'"]*\[\s*(['"])(\w+)\1\s*\]""")


def metric_attribute(metric: str) -> str:
    """The attribute in which a layer keeps its metric of that name."""
    return f"{snake_case(metric)}_metric"


@lru_cache(maxsize=WORDS_REMEMBERED)
def snake_case(name: str) -> str:
    """The name that Keras gives to an unnamed layer of the class ``name``.

    ``MHABlock`` becomes ``mha_block``. For a class whose name starts with an underscore Keras 2
    puts ``private`` in front and Keras 3 does not (tf_keras 2.21, Keras 3.15).
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def camel_case(words: str | Iterable[str]) -> str:
    """A class name from words: ``reduce_sum`` and ``["reduce", "sum"]`` give ``ReduceSum``.

    What cannot be part of a Python name separates words. A name that would start with a digit,
    or be empty, gets ``Op`` in front.
    """
    text = words if isinstance(words, str) else "_".join(words)
    pieces = re.split(r"[^A-Za-z0-9]+", _plain(text))
    name = "".join(piece[:1].upper() + piece[1:] for piece in pieces)
    return name if name[:1].isalpha() else f"Op{name}"


def is_legal_layer_name(name: str) -> bool:
    """Whether Keras 2 and Keras 3 both take ``name`` as a layer name."""
    return LEGAL_LAYER_NAME.fullmatch(name) is not None


def layer_name_for(variable: str | None, ops: Sequence[str]) -> str:
    """A layer name from the variable that is assigned, or from the ops where that says nothing.

    ``ops`` are dotted names such as ``tf.math.reduce_sum`` or ``operator.mul``. Of more than
    three different ones the first two and the last make the name.
    """
    name = _plain(variable or "").strip("_")
    if _says_something(name.removeprefix("out_")) and is_legal_layer_name(name):
        return name
    names = list(dict.fromkeys(op_name(op) for op in ops)) or ["op"]
    if len(names) > OPS_IN_A_NAME:
        names = [*names[: OPS_IN_A_NAME - 1], names[-1]]
    return "_".join(names)


def helper_name(function: str) -> str | None:
    """A layer name from the name of a function, None where that does not say what it computes.

    ``_get_position_bias`` gives ``position_bias``, ``tf_mish`` gives ``mish``, ``build_model``
    nothing.
    """
    name = snake_case(_plain(function)).strip("_").removeprefix("tf_")
    for verb in _MAKING_VERBS:
        name = name.removeprefix(f"{verb}_")
    if name in _MEANINGLESS_FUNCTIONS or not _says_something(name):
        return None
    return name if is_legal_layer_name(name) else None


def _says_something(name: str) -> bool:
    stem = name.rstrip("0123456789").rstrip("_")
    return len(stem) >= SHORTEST_LAYER_NAME and stem.lower() not in MEANINGLESS_VARIABLES


@lru_cache(maxsize=WORDS_REMEMBERED)
def op_name(op: str) -> str:
    """The short name of one op: ``tf.nn.relu`` gives ``relu``, ``operator.mul`` ``multiply``.

    A loss object, ``keras.losses.Huber``, gives ``huber_loss``.
    """
    namespace, _, last = op.rpartition(".")
    if namespace.endswith(".losses") and last[:1].isupper():
        last = f"{snake_case(last)}_loss"
    if namespace == "operator":
        last = _OPERATOR_NAMES.get(last, last)
    name = re.sub(r"[^A-Za-z0-9_]+", "_", _plain(last)).strip("_")
    return name or "op"


def parameter_name(text: str, fallback: str, taken: Collection[str]) -> str:
    """A name for the constructor argument that holds the value of the expression ``text``.

    ``self.axis`` gives ``axis``, ``config["dim"]`` gives ``dim``, ``K.epsilon()`` gives
    ``epsilon``, ``n * 2`` gives ``fallback``.
    Never a keyword, a builtin, an attribute of Keras layers or one of ``taken``.
    """
    text = _plain(text.strip())
    if match := _LAST_IDENTIFIER.fullmatch(text):
        name = match.group(1)
    elif match := _GETTER.fullmatch(text):
        name = match.group(1) or match.group(2)
    elif match := _STRING_KEY.fullmatch(text):
        name = match.group(2)
    else:
        name = fallback
    name = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
    if name.isupper():
        name = name.lower()
    if not name or name[0].isdigit():
        name = f"{fallback}_{name}" if name else fallback
    if _is_reserved(name):
        name = f"{name}_value"
    return _first_free(name, taken)


def _first_free(name: str, taken: Collection[str]) -> str:
    candidates = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
    return next(each for each in candidates if each not in taken and not _is_reserved(each))


def _is_reserved(name: str) -> bool:
    return (
        keyword.iskeyword(name)
        or keyword.issoftkeyword(name)
        or hasattr(builtins, name)
        or name in LAYER_ATTRIBUTES
    )


@lru_cache(maxsize=WORDS_REMEMBERED)
def _plain(text: str) -> str:
    """``text`` in ASCII: accents are dropped, and so is what has no ASCII form."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
