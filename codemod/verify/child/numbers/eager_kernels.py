"""How TensorFlow runs one op eagerly."""

from __future__ import annotations

from typing import Any


def run_ops_as_kernels() -> None:
    """Let eager ops run their kernels, without a function around each op.

    TensorFlow makes, optimises and instantiates a function for each op that it meets anew: a
    seventh of the time of a small model in a new process (seen with 2.21; 2.10 has the option
    too). Has an effect only before the first op.
    """
    from tensorflow.python.eager import context  # type: ignore[import-untyped,unused-ignore]

    name = "TFE_ContextOptionsSetRunEagerOpAsFunction"
    set_option = getattr(context.pywrap_tfe, name, None)
    if set_option is None:
        return

    def refuse(options: Any, enabled: bool) -> None:
        set_option(options, False)

    setattr(context.pywrap_tfe, name, refuse)
