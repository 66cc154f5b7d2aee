"""The source of generated layer classes."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

from transforms.generate.body_builder import Captured, LayerBody
from transforms.knowledge import tf_catalog
from transforms.syntax.naming import metric_attribute

# Forms that JSON holds only as a list, so that the dtype is saved beside them.
LISTED = frozenset({"array", "tensor"})
# What has variables of its own.
SCOPES = (ast.Lambda, ast.FunctionDef, ast.ClassDef, ast.comprehension)
# One class has nothing in common with others.
SHORTEST_SHARING = 2


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How the module writes what a class needs.

    ``layer``, ``register``, ``array`` (NumPy), ``constant``, ``metric`` (a mean) and
    ``activations`` are expressions, the last four empty where the class does not need them.
    ``package`` is the name under which Keras registers the class; ``indent``, ``quote`` and
    ``line_length`` are the module's style.
    """

    layer: str
    register: str
    package: str
    array: str
    constant: str
    metric: str
    activations: str
    indent: str
    quote: str
    line_length: int


@dataclass(frozen=True, kw_only=True)
class LayerClass:
    """What a generated class holds; two that compute the same are equal.

    ``captured`` are its constructor arguments, those with defaults last, ``parameters`` the names
    of the operands, which ``call`` takes as one list where ``in_list`` says so and of which those
    in ``optional`` may be None, ``lines`` the statements of ``call`` and ``result`` what it
    returns, ``metrics`` the names of the means that it keeps,
    ``functions`` the keys of the ops by how it calls them.
    """

    captured: tuple[Captured, ...]
    parameters: tuple[str, ...]
    in_list: bool
    lines: tuple[str, ...]
    result: str
    metrics: tuple[str, ...]
    optional: frozenset[str]
    spelling: Spelling
    docstring: str = field(compare=False)
    functions: Mapping[str, str] = field(default_factory=dict, compare=False)


def layer_class(body: LayerBody, docstring: str, spelling: Spelling) -> LayerClass:
    """The class for ``body``, without what differs between the places that share it."""
    captured = [replace(item, source=item.name) for item in body.captured]
    return LayerClass(
        captured=tuple(sorted(captured, key=lambda item: item.default is not None)),
        parameters=body.parameters,
        in_list=body.in_list,
        lines=body.lines,
        result=body.result,
        metrics=body.metrics,
        optional=body.optional,
        spelling=spelling,
        docstring=docstring,
        functions=body.functions,
    )


def without_variables(made: LayerClass) -> Hashable:
    """What ``made`` computes: equal for classes that differ in the names of variables alone.

    Nor does it matter whether an op is given an argument by position or by its name.
    """
    text = "\n".join([*made.lines, f"({made.result})"])
    try:
        tree = ast.parse(textwrap.dedent(text))
    except SyntaxError:
        return made
    nodes = list(ast.walk(tree))
    if any(isinstance(node, SCOPES) for node in nodes):
        # Their own variables hide others.
        return made
    names = {name: f"<{number}>" for number, name in enumerate(made.parameters)}
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id, f"<{len(names)}>")
    for node in nodes:
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
        elif isinstance(node, ast.Call):
            _name_arguments(node, made.functions)
    optional = tuple(name in made.optional for name in made.parameters)
    captured = frozenset(made.captured)
    parts = (captured, optional, made.in_list, made.metrics, made.spelling)
    return (*parts, ast.dump(tree))


def _name_arguments(node: ast.Call, functions: Mapping[str, str]) -> None:
    """Give the arguments of an op by their names, in one order."""
    names = tf_catalog.signature(functions.get(ast.unparse(node.func), ""))
    starred = any(isinstance(argument, ast.Starred) for argument in node.args)
    if starred or len(node.args) > len(names) or any(name.startswith("*") for name in names):
        return
    words = [ast.keyword(name, value) for name, value in zip(names, node.args)]
    node.args.clear()
    node.keywords = sorted([*words, *node.keywords], key=lambda word: word.arg or "")


def class_sources(classes: Mapping[LayerClass, str], base: str) -> list[str]:
    """The definitions of the classes of a module; each ends with a line end.

    What several have in common stands once, in a class that is called ``base``.
    """
    if len(classes) < SHORTEST_SHARING:
        return [_class_source(name, made, None) for made, name in classes.items()]
    spelling = next(iter(classes)).spelling
    return [
        _base_source(base, spelling),
        *(_class_source(name, made, base) for made, name in classes.items()),
    ]


def _base_source(name: str, spelling: Spelling) -> str:
    one = spelling.indent
    lines = [
        f"class {name}({spelling.layer}):",
        f'{one}"""A layer whose inputs keep their dtype, as those of a raw op do."""',
        "",
        f"{one}def __init__(self, **kwargs):",
        f"{one}{one}super().__init__(autocast=False, **kwargs)",
    ]
    return "\n".join(lines) + "\n"


def _class_source(name: str, made: LayerClass, base: str | None) -> str:
    spelling = made.spelling
    one, two, quote = spelling.indent, spelling.indent * 2, spelling.quote
    lines = [
        f"@{spelling.register}(package={quote}{spelling.package}{quote})",
        f"class {name}({base or spelling.layer}):",
        *_docstring(made, one),
        "",
    ]
    if made.captured or made.metrics or base is None:
        autocast = "" if base else "autocast=False, "
        lines += [
            f"{one}def __init__({', '.join(_parameters(made))}):",
            f"{two}super().__init__({autocast}**kwargs)",
            *(f"{two}self.{item.name} = {_stored(item, spelling)}" for item in made.captured),
            *(f"{two}{_kept_metric(name, spelling)}" for name in made.metrics),
            "",
        ]
    lines += _call(made, one, two)
    if made.captured:
        lines += ["", f"{one}def get_config(self):", *_returned_config(made, one, two)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _docstring(made: LayerClass, one: str) -> list[str]:
    """The docstring, over two lines where one does not hold it."""
    quotes = '"""'
    whole = f"{one}{quotes}{made.docstring}{quotes}"
    if len(whole) <= made.spelling.line_length:
        return [whole]
    width = made.spelling.line_length - len(one) - len(quotes)
    first, *rest = textwrap.wrap(made.docstring, width, break_on_hyphens=False)
    return [f"{one}{quotes}{first}", *(f"{one}{line}" for line in rest), f"{one}{quotes}"]


def _kept_metric(name: str, spelling: Spelling) -> str:
    named = f"name={spelling.quote}{name}{spelling.quote}"
    return f"self.{metric_attribute(name)} = {spelling.metric}({named})"


def _returned_config(made: LayerClass, one: str, two: str) -> list[str]:
    quote = made.spelling.quote
    items = ["**super().get_config()"]
    for item in made.captured:
        items.append(f"{quote}{item.name}{quote}: {_configured(item, made.spelling)}")
        if item.form in LISTED:
            dtype = _configured_dtype(item, quote)
            items.append(f"{quote}{_dtype_name(item)}{quote}: {dtype}")
    line = f"{two}return {{{', '.join(items)}}}"
    if len(line) <= made.spelling.line_length:
        return [line]
    return [f"{two}return {{", *(f"{two}{one}{item}," for item in items), f"{two}}}"]


def _call(body: LayerClass, one: str, two: str) -> list[str]:
    """The lines of the method ``call``."""
    names = ", ".join(body.parameters)
    if not body.in_list:
        signature = [f"{name}=None" if name in body.optional else name for name in body.parameters]
        lines = [f"{one}def call(self, {', '.join(signature)}):"]
    else:
        given = "tensors" if "inputs" in body.parameters else "inputs"
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


def _parameters(made: LayerClass) -> list[str]:
    given = [
        item.name if item.default is None else f"{item.name}={item.default}"
        for item in made.captured
    ]
    dtypes = [f"{_dtype_name(item)}=None" for item in made.captured if item.form in LISTED]
    return ["self", *given, *dtypes, "**kwargs"]


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
