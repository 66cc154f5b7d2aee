"""The source of ``Lambda`` layers."""

from __future__ import annotations

from transforms.generate.body_builder import LayerBody


def lambda_arguments(body: LayerBody, name: str, quote: str) -> list[str]:
    """The arguments of ``Lambda`` for ``body``; ``name`` is an expression."""
    operands = body.parameters[0] if len(body.parameters) == 1 else "tensors"
    signature = ", ".join([operands, *(captured.name for captured in body.captured)])
    arguments = [f"lambda {signature}: {body.result}"]
    if body.captured:
        items = ", ".join(
            f"{quote}{captured.name}{quote}: {captured.source}" for captured in body.captured
        )
        arguments.append(f"arguments={{{items}}}")
    arguments.append(f"name={name}")
    return arguments
