"""The codes of findings and refusals, and what each means in a few words."""

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
REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "KC301": "it is not certain that the tensor is symbolic",
        "KC302": "symbolic in some calls only",
        "KC303": "the code also runs on other tensors",
        "KC304": "an op that is never wrapped",
        "KC305": "a function that cannot be saved by name",
        "KC306": "a variable that a class cannot reach",
        "KC307": "== inside a raw expression",
        "KC308": "syntax that cannot be moved",
        "KC309": "raw ops inside a library",
        "KC310": "no rewrite passed verification",
        "KC311": "no built model runs this code",
        "KC312": "a list of symbolic tensors and other things",
        "KC313": "a call that is several layers in Keras 2",
        "KC314": "callers choose the function",
    }
)


def is_prefix_of_a_code(text: str) -> bool:
    """Whether some code begins with ``text``."""
    return bool(text) and any(code.startswith(text) for code in (*FINDINGS, *REFUSALS))
