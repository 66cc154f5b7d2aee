"""Models with state: the batch size of their first layer, and the call that forgets the state.

Keras 3 takes the size of an ``Input`` alone. Keras 2 makes that of the layer itself, named after it
(``lstm_input``), and resets the layers that are stateful (seen with tf-keras 2.21, Keras 3.15.1).
"""

from __future__ import annotations

import ast
import itertools

from transforms.interpret.imports import reference
from transforms.port.breaks import Source
from transforms.syntax.nodes import walk
from transforms.syntax.records import Edit, InsertImport, ReplaceText, Span


def own_input(source: Source, layer: ast.Call, shape: ast.keyword, left_out: Span) -> list[Edit]:
    """The edits that add an ``Input`` before the first layer that ``model.add`` is given.

    ``left_out`` is the text of the argument ``shape`` of the call, with its comma. There are none
    where the layer is not the first one, or is given otherwise.
    """
    found = _added_first(source, layer)
    if found is None:
        return []
    statement, model = found
    name = _free_name(source, ("first", "first_layer"))
    given = source.text.span(layer)
    head = source.text.slice(Span(given.line, given.column, left_out.line, left_out.column))
    end = (left_out.end_line, left_out.end_column, given.end_line, given.end_column)
    rest = source.text.slice(Span(*end))
    maker = reference(source.parsed.imports, ["keras.Input"])
    quote = "'" if source.text.text.count("'") > source.text.text.count('"') else '"'
    size = source.text.text_of(shape.value)
    lines = [
        f"{name} = {head}{rest}",
        f"{model}.add({maker.expression}(batch_shape={size}, "
        f"name={name}.name + {quote}_input{quote}))",
        f"{model}.add({name})",
    ]
    indent = source.text.indent_of(statement.lineno)
    edits: list[Edit] = [ReplaceText(source.text.span(statement), f"\n{indent}".join(lines))]
    if maker.needed_import is not None:
        edits.append(InsertImport(maker.needed_import))
    return edits


def reset_layers(source: Source, call: ast.Call, model: str) -> tuple[Edit, ...]:
    """The edit that resets each layer with a state, where the call is a statement of its own."""
    statement = _statement_of(source, call)
    if statement is None or _nests(source):
        return ()
    name = _free_name(source, ("layer", "stateful_layer"))
    indent = source.text.indent_of(statement.lineno)
    inner = f"{indent}{_step(source)}"
    written = (
        f"for {name} in {model}.layers:\n"
        f'{inner}if getattr({name}, "stateful", False):\n'
        f"{inner}{_step(source)}{name}.reset_states()"
    )
    return (ReplaceText(source.text.span(statement), written),)


def _added_first(source: Source, layer: ast.Call) -> tuple[ast.Expr, str] | None:
    """The statement that adds ``layer`` to a model, right after that is made without layers."""
    for block in _blocks(source):
        model = ""
        for before, statement in itertools.pairwise(block):
            match before:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[])) if (
                    source.kinds.of(before.value) == "sequential"
                ):
                    model = name
                case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
                    pass
                case _:
                    model = ""
            match statement:
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name(id=owner), attr="add"),
                        args=[given],
                        keywords=[],
                    )
                ) if given is layer and model and owner == model:
                    return (statement, model) if _is_alone(source, statement) else None
    return None


def _blocks(source: Source) -> list[list[ast.stmt]]:
    functions = [node.body for node in source.all_of(ast.FunctionDef)]
    branches = [node.body for node in source.all_of(ast.If)]
    loops = [node.body for node in source.all_of(ast.For)]
    return [source.parsed.tree.body, *functions, *branches, *loops]


def _statement_of(source: Source, call: ast.Call) -> ast.Expr | None:
    found = [item for item in source.all_of(ast.Expr) if item.value is call]
    return found[0] if found and _is_alone(source, found[0]) else None


def _is_alone(source: Source, statement: ast.stmt) -> bool:
    """Whether nothing stands before the statement in its line, or behind it but a comment."""
    span = source.text.span(statement)
    behind = source.text.lines[span.end_line - 1][span.end_column :].strip()
    before = source.text.lines[span.line - 1][: span.column]
    return not before.strip() and (not behind or behind.startswith("#"))


def _nests(source: Source) -> bool:
    """Whether a model may be a layer of another one: Keras 3 would not reset what it holds."""
    return any(
        source.kinds.of(part) in {"model", "sequential"}
        for call in source.all_of(ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add"
        for part in call.args
    )


def _step(source: Source) -> str:
    """One step of the file's indentation."""
    for line in source.text.lines:
        if line[:1] in " \t" and line.strip():
            return line[: len(line) - len(line.lstrip())]
    return "    "


def _free_name(source: Source, names: tuple[str, ...]) -> str:
    """The first of ``names`` that the module does not have, else that with a number."""
    used = {node.id for node in walk(source.parsed.tree) if isinstance(node, ast.Name)}
    used |= {node.arg for node in walk(source.parsed.tree) if isinstance(node, ast.arg)}
    more = (f"{names[-1]}_{number}" for number in range(2, len(used) + 3))
    return next(name for name in (*names, *more) if name not in used)
