"""What functions of ``keras.ops`` do otherwise on other backends of Keras than TensorFlow's.

Seen with Keras 3.15, JAX 0.10 and torch 2.13 on a CPU, by ``benchmarks/ops_backends.py``: usual
values, float32 and int32. A function that has no row here gave the same within float32's rounding.
"""

from __future__ import annotations

from collections.abc import Mapping

ELSEWHERE: Mapping[str, str] = {
    "image.resize": "torch: `bicubic` gives other numbers",
    "norm": "JAX: a model with it does not run (`unhashable type: 'list'`)",
    "one_hot": "torch: a number that is out of range is an error, and not a row of zeros",
    "pad": "torch: `symmetric` gives other numbers",
    "repeat": "JAX and torch: a list of numbers of times is an error",
    "top_k": "JAX and torch: another order where `sorted=False`; torch: int64 indices, and of equal"
    " numbers another one",
}
"""By function, as it is called in ``keras.ops``."""
