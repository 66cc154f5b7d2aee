"""The source of ``Lambda`` layers."""

from __future__ import annotations

from transforms.layer_body import LayerBody


def lambda_source(layer: str, body: LayerBody, name: str, quote: str) -> str:
    """A ``Lambda`` layer applied to its operands; ``name`` is an expression."""
    bound = [item.name for item in body.captured]
    if len(body.parameters) == 1:
        parameters, expression = body.parameters[0], body.result
        operands = body.arguments[0]
    else:
        parameters, expression = "tensors", body.result
        operands = f"[{', '.join(body.arguments)}]"
    signature = ", ".join([parameters, *bound])
    arguments = [f"lambda {signature}: {expression}"]
    if body.captured:
        items = ", ".join(f"{quote}{item.name}{quote}: {item.source}" for item in body.captured)
        arguments.append(f"arguments={{{items}}}")
    arguments.append(f"name={name}")
    return f"{layer}({', '.join(arguments)})({operands})"
