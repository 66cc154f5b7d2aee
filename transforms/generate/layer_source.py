"""The source of generated layer classes."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.generate.body_builder import Captured, LayerBody

LISTED = frozenset({"array", "tensor"})
FILLED_BY_KERAS = frozenset({"mask", "training"})


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How the module writes the names that a class needs."""

    layer: str
    register: str
    package: str
    array: str
    constant: str
    activations: str
    indent: str
    quote: str


def class_source(name: str, body: LayerBody, ops: tuple[str, ...], spelling: Spelling) -> str:
    """The definition of a layer class; it ends with a line end."""
    one = spelling.indent
    two = one * 2
    quote = spelling.quote
    lines = [
        f"@{spelling.register}(package={quote}{spelling.package}{quote})",
        f"class {name}({spelling.layer}):",
        f'{one}"""{summary(ops)}"""',
        "",
        f"{one}def __init__({', '.join(_parameters(body))}):",
        f"{two}super().__init__(autocast=False, **kwargs)",
        *(f"{two}self.{item.name} = {_stored(item, spelling)}" for item in body.captured),
        "",
        *_call(body, one, two),
    ]
    if body.captured:
        lines += ["", f"{one}def get_config(self):", f"{two}return {{"]
        lines.append(f"{two}{one}**super().get_config(),")
        for item in body.captured:
            lines.append(f"{two}{one}{quote}{item.name}{quote}: {_configured(item, spelling)},")
            if item.form in LISTED:
                dtype = _configured_dtype(item, quote)
                lines.append(f"{two}{one}{quote}{_dtype_name(item)}{quote}: {dtype},")
        lines.append(f"{two}}}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def summary(ops: tuple[str, ...]) -> str:
    """The docstring of a class that holds ``ops``."""
    names = list(dict.fromkeys(op for op in ops if not op.startswith("operator.")))
    return f"{', '.join(names) or 'Arithmetic'} as a layer."


def _call(body: LayerBody, one: str, two: str) -> list[str]:
    if len(body.parameters) == 1 and body.parameters[0] not in FILLED_BY_KERAS:
        lines = [f"{one}def call(self, {body.parameters[0]}):"]
    else:
        given = "tensors" if "inputs" in body.parameters else "inputs"
        names = ", ".join(body.parameters)
        lines = [f"{one}def call(self, {given}):", f"{two}{names} = {given}"]
    lines += [f"{two}{line}" for line in body.lines]
    result = body.result.split("\n")
    opening, closing = ("(", ")") if _needs_parentheses(body.result) else ("", "")
    lines.append(f"{two}return {opening}{result[0]}")
    lines += [f"{two}{line}" for line in result[1:]]
    lines[-1] += closing
    return lines


def _needs_parentheses(source: str) -> bool:
    if "\n" not in source:
        return False
    try:
        compile(f"return_value = {source}", "<layer>", "exec")
    except SyntaxError:
        return True
    return False


def _parameters(body: LayerBody) -> list[str]:
    dtypes = [f"{_dtype_name(item)}=None" for item in body.captured if item.form in LISTED]
    return ["self", *(item.name for item in body.captured), *dtypes, "**kwargs"]


def _dtype_name(item: Captured) -> str:
    """The argument that gives an array its dtype again: saved, it is a list."""
    return f"{item.name}_dtype"


def _configured_dtype(item: Captured, quote: str) -> str:
    dtype = f"getattr(self.{item.name}, {quote}dtype{quote}, None)"
    return f"getattr({dtype}, {quote}name{quote}, None)"


def _stored(item: Captured, spelling: Spelling) -> str:
    if item.form == "activation":
        return f"{spelling.activations}.get({item.name})"
    if item.form in LISTED:
        dtype = _dtype_name(item)
        make = spelling.constant if item.form == "tensor" else f"{spelling.array}.asarray"
        return f"{item.name} if {dtype} is None else {make}({item.name}, {dtype})"
    return item.name


def _configured(item: Captured, spelling: Spelling) -> str:
    if item.form == "activation":
        return f"{spelling.activations}.serialize(self.{item.name})"
    if item.form in LISTED:
        return f"{spelling.array}.asarray(self.{item.name}).tolist()"
    return f"self.{item.name}"
