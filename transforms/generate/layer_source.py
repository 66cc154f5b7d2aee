"""The source of generated layer classes."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.generate.body_builder import Captured, LayerBody

# Forms that JSON holds only as a list, so that the dtype is saved beside them.
LISTED = frozenset({"array", "tensor"})
# Keras fills arguments of these names of ``call`` itself, so no operand may have one.
FILLED_BY_KERAS = frozenset({"mask", "training"})


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How the module writes what a class needs.

    ``layer``, ``register``, ``array`` (NumPy), ``constant`` and ``activations`` are expressions,
    the last three empty where the class does not need them. ``package`` is the name under which
    Keras registers the class; ``indent`` and ``quote`` are the module's style.
    """

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
        *(
            f"{two}self.{captured.name} = {_stored(captured, spelling)}"
            for captured in body.captured
        ),
        "",
        *_call(body, one, two),
    ]
    if body.captured:
        lines += ["", f"{one}def get_config(self):", f"{two}return {{"]
        lines.append(f"{two}{one}**super().get_config(),")
        for captured in body.captured:
            lines.append(
                f"{two}{one}{quote}{captured.name}{quote}: {_configured(captured, spelling)},"
            )
            if captured.form in LISTED:
                dtype = _configured_dtype(captured, quote)
                lines.append(f"{two}{one}{quote}{_dtype_name(captured)}{quote}: {dtype},")
        lines.append(f"{two}}}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def summary(ops: tuple[str, ...]) -> str:
    """The docstring of a class that holds ``ops``."""
    names = list(dict.fromkeys(op for op in ops if not op.startswith("operator.")))
    return f"{', '.join(names) or 'Arithmetic'} as a layer."


def _call(body: LayerBody, one: str, two: str) -> list[str]:
    """The lines of the method ``call``; several operands come as one list."""
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
    """Whether ``source`` runs over lines that stood between brackets of the original."""
    if "\n" not in source:
        return False
    try:
        compile(f"return_value = {source}", "<layer>", "exec")
    except SyntaxError:
        return True
    return False


def _parameters(body: LayerBody) -> list[str]:
    dtypes = [
        f"{_dtype_name(captured)}=None" for captured in body.captured if captured.form in LISTED
    ]
    return ["self", *(captured.name for captured in body.captured), *dtypes, "**kwargs"]


def _dtype_name(captured: Captured) -> str:
    """The argument that gives an array its dtype back, since it is saved as a list."""
    return f"{captured.name}_dtype"


def _configured_dtype(captured: Captured, quote: str) -> str:
    dtype = f"getattr(self.{captured.name}, {quote}dtype{quote}, None)"
    return f"getattr({dtype}, {quote}name{quote}, None)"


def _stored(captured: Captured, spelling: Spelling) -> str:
    if captured.form == "activation":
        return f"{spelling.activations}.get({captured.name})"
    if captured.form in LISTED:
        dtype = _dtype_name(captured)
        make = spelling.constant if captured.form == "tensor" else f"{spelling.array}.asarray"
        return f"{captured.name} if {dtype} is None else {make}({captured.name}, {dtype})"
    return captured.name


def _configured(captured: Captured, spelling: Spelling) -> str:
    if captured.form == "activation":
        return f"{spelling.activations}.serialize(self.{captured.name})"
    if captured.form in LISTED:
        return f"{spelling.array}.asarray(self.{captured.name}).tolist()"
    return f"self.{captured.name}"
