"""What the analysis knows about TensorFlow functions and the Keras 2 backend.

Functions are named by keys: ``tf.reduce_sum``, ``K.sum``, ``keras.activations.relu``. The data
behind the queries is in ``tf_signatures`` (seen in TensorFlow 2.21 and tf-keras 2.21).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from transforms.knowledge import tf_names
from transforms.knowledge.batch_dimension import UNKNOWN, drops_batch
from transforms.knowledge.keras_names import keras_path
from transforms.knowledge.tf_names import ACTIVATIONS
from transforms.knowledge.tf_signatures import (
    ALIASES,
    OP_COUNTS,
    RESULT_DTYPES,
    RESULTS,
    SIGNATURES,
)

__all__ = [
    "ACTIVATIONS",
    "UNKNOWN",
    "canonical",
    "drops_batch",
    "dtype_parameters",
    "is_op",
    "keras2_op_count",
    "reason_to_refuse",
    "result",
    "result_dtype",
    "signature",
    "tensor_parameters",
]

_TENSORFLOW_ROOT = re.compile(r"^tensorflow(?:\.compat|\._api|\.v[12])*(?=\.|$)")
# Names that a program uses: a few hundred, also in a large package.
_REMEMBERED = 4096
_INTERNAL = re.compile(r"^python\.(?:ops|framework)\.(?:\w+\.)+")
_INTERNAL_NEST = re.compile(r"^python\.util\.nest(?=\.|$)")
_PUBLIC_NAMESPACES = ("", "nn.", "math.", "linalg.", "image.", "strings.", "random.", "signal.")
_KERAS_ALIASES = frozenset({"losses", "metrics", "initializers", "optimizers"})


UNKNOWN_ACTIVATION = "keras.activations.unknown"
"""What `keras.activations.get` gives for a name that is not in sight."""


@cache
def is_saved_by_name(key: str) -> bool:
    """Whether ``keras.activations.serialize`` gives a name for the function."""
    path = keras_path(key) or ""
    is_activation = path.startswith("activations.") and key != UNKNOWN_ACTIVATION
    return is_activation or key in ACTIVATIONS


@lru_cache(maxsize=_REMEMBERED)
def _keys() -> dict[str, str]:
    return {alias: key for key, names in ALIASES.items() for alias in names.split()}


@lru_cache(maxsize=_REMEMBERED)
def canonical(dotted: str) -> str:
    """The stable key of a fully qualified name.

    ``tensorflow.math.reduce_sum`` and ``tensorflow.compat.v1.reduce_sum`` give
    ``tf.reduce_sum``, the shortest public name of the same function; ``tf_keras.backend.sum``
    gives ``K.sum``; other Keras names give ``keras.<rest>``, other TensorFlow names
    ``tf.<rest>``; names of other packages come back unchanged.
    """
    path = keras_path(dotted)
    if path is not None:
        if path.startswith("backend."):
            return f"K.{path[8:].removeprefix('tensorflow_backend.')}"
        return f"keras.{path}" if path else "keras"
    match = _TENSORFLOW_ROOT.match(dotted)
    if match is None:
        return dotted
    path = dotted[match.end() :].lstrip(".")
    if path.partition(".")[0] in _KERAS_ALIASES:
        return f"keras.{path}"
    # No op, and what it gives is known: `tf.nest` is made of it.
    path = _INTERNAL_NEST.sub("nest", path)
    if _INTERNAL.match(path):
        return _public_key(path.rpartition(".")[2].removesuffix("_v2"))
    return _keys().get(path, f"tf.{path}") if path else "tf"


@lru_cache(maxsize=_REMEMBERED)
def _public_key(name: str) -> str:
    for namespace in _PUBLIC_NAMESPACES:
        path = namespace + name
        if f"tf.{path}" in SIGNATURES or path in _keys():
            return _keys().get(path, f"tf.{path}")
    return f"tf.{name}"


@lru_cache(maxsize=_REMEMBERED)
def is_op(key: str) -> bool:
    """Whether a call makes a raw op when an argument is a symbolic tensor."""
    path = key.partition(".")[2]
    name = key.rpartition(".")[2]
    if key.startswith("K."):
        return (
            path not in tf_names.NOT_OP_BACKEND
            and name.islower()
            and not path.startswith(("set_", "experimental"))
        )
    if key.startswith(tf_names.KERAS_FUNCTIONS):
        return name not in tf_names.KERAS_GETTERS and (name.islower() or name.isupper())
    if not key.startswith("tf."):
        return False
    if key.startswith(("tf.raw_ops.", *tf_names.TENSOR_CLASSES)) or key in tf_names.UPPER_CASE_OPS:
        return True
    parts = path.split(".")
    if any(
        ".".join(parts[:length]) in tf_names.NOT_OP_NAMESPACES
        for length in range(1, len(parts) + 1)
    ):
        return False
    return path not in tf_names.NOT_OPS and not any(part[:1].isupper() for part in parts)


@lru_cache(maxsize=_REMEMBERED)
def signature(key: str) -> tuple[str, ...]:
    """Parameter names in order (``*inputs``, ``**kwargs`` with stars), () where unknown.

    They are those of TensorFlow 2, also for a name reached through ``tf.compat.v1``.
    """
    return tuple(SIGNATURES.get(key, "").split())


def result(key: str) -> str:
    """Structure of the result on symbolic tensors.

    ``tensor``, ``list``, ``tuple:N``, ``namedtuple:field,field``, ``none`` (assertions), or
    ``same``: it depends on the arguments.
    """
    if key.startswith(("tf.assert_", "tf.debugging.assert_")) or key in {"tf.print", "tf.Assert"}:
        return "none"
    if key.startswith("tf.raw_ops."):
        return "same"
    return RESULTS.get(key, "tensor")


@lru_cache(maxsize=_REMEMBERED)
def result_dtype(key: str, argument_dtype: str | None = None) -> str:
    """Dtype of the result, where all its tensors have one.

    A dtype name; ``same``: that of the tensors given for ``dtype_parameters(key)``;
    ``argument:<parameter>[:<rule without it>]``; or ``unknown``. Without ``argument_dtype`` the
    rule is the one for floating-point tensors; with it, it is the one for such tensors
    (``tf.abs`` of complex64 is float32, ``tf.divide`` of int32 is float64).
    """
    rule, *exceptions = RESULT_DTYPES.get(key, "unknown").split()
    for exception in exceptions:
        dtype, _, seen = exception.partition("=")
        if dtype == argument_dtype:
            head, colon, _ = rule.rpartition(":")
            return f"{head}:{seen}" if colon else seen
    return rule


@lru_cache(maxsize=_REMEMBERED)
def tensor_parameters(key: str) -> frozenset[str]:
    """The parameters that take tensors; shapes, axes and the like are not among them."""
    return frozenset(name for name in _names(key) if name in tf_names.TENSOR_PARAMETERS)


@lru_cache(maxsize=_REMEMBERED)
def dtype_parameters(key: str) -> tuple[str, ...]:
    """The tensor parameters whose dtype ``same`` of ``result_dtype`` means.

    ``("params",)`` for ``tf.gather``: its ``indices`` say nothing about the result.
    """
    parameters = tensor_parameters(key)
    return tuple(
        name for name in _names(key) if name in parameters and name not in tf_names.INDEX_PARAMETERS
    )


@lru_cache(maxsize=_REMEMBERED)
def _names(key: str) -> list[str]:
    return [name.lstrip("*") for name in signature(key)]


def keras2_op_count(key: str) -> int:
    """Op layers that Keras 2 makes for one call (seen in tf-keras 2.21, default arguments)."""
    return OP_COUNTS.get(key, 1)


@lru_cache(maxsize=_REMEMBERED)
def reason_to_refuse(key: str) -> str | None:
    """Why the op must never go into a layer, None where it may."""
    if key in tf_names.REFUSED:
        return tf_names.REFUSED[key]
    return next(
        (reason for prefix, reason in tf_names.REFUSED_PREFIXES if key.startswith(prefix)), None
    )
