"""The source of ``Lambda`` layers."""

from __future__ import annotations

from transforms.generate.body_builder import LayerBody

LIST = "tensors"


def lambda_arguments(body: LayerBody, name: str, quote: str) -> list[str]:
    """The arguments of ``Lambda`` for ``body``; ``name`` is an expression."""
    operands = body.parameters[0] if len(body.parameters) == 1 else LIST
    signature = ", ".join([operands, *(captured.name for captured in body.captured)])
    arguments = [f"lambda {signature}: {_with_whole_list(body)}"]
    if body.captured:
        items = ", ".join(
            f"{quote}{captured.name}{quote}: {captured.given}" for captured in body.captured
        )
        arguments.append(f"arguments={{{items}}}")
    arguments.append(f"name={name}")
    return arguments


def _with_whole_list(body: LayerBody) -> str:
    """The result, with the list of all operands in the place of a display of its items."""
    items = ", ".join(f"{LIST}[{index}]" for index in range(len(body.parameters)))
    if len(body.parameters) < 2:
        return body.result
    result = body.result.replace(f"[{items}]", LIST)
    # These take tuples as lists.
    for op in ("concat", "stack"):
        result = result.replace(f"{op}(({items})", f"{op}({LIST}")
    return result
