"""The codes of findings and what each means in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        "KC101": "raw TensorFlow op on a symbolic tensor",
        "KC102": "operator or slice on a symbolic tensor",
        "KC103": "keras.backend op on a symbolic tensor",
        "KC201": "the op drops the batch dimension",
        "KC202": "a variable is captured outside any layer",
        "KC203": "a Lambda layer binds a name late",
        "KC204": "== on a KerasTensor compares identity",
        "KC205": "random numbers are drawn once and frozen into the model",
        "KC206": "Keras 3 cannot load this Lambda layer again",
        "KC207": "the analysis was cut short and may have missed raw ops",
    }
)
