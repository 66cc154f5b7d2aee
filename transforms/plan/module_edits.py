"""The edits of a module from the results of its units: calls in place, classes after imports."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from transforms.sites.sites import RawExpression
from transforms.syntax.records import (
    Edit,
    InsertImport,
    InsertStatements,
    Refusal,
    ReplaceExpression,
    Target,
)
from transforms.syntax.source_text import SourceText

PLACEHOLDER = "__ClassName__"


@dataclass(frozen=True, eq=False)
class UnitResult:
    """What one unit becomes; ``source`` is the expression that stands in its place."""

    refusal: Refusal | None = None
    edits: tuple[Edit, ...] = ()
    source: str = ""
    target: Target | None = None
    layer_name: str | None = None
    class_name: str | None = None
    imports: tuple[str, ...] = ()
    pieces: tuple[UnitResult, ...] = ()


def finish(
    results: Mapping[RawExpression, UnitResult],
    nested: set[ast.AST],
    classes: Mapping[str, str],
    tree: ast.Module,
    text: SourceText,
) -> dict[RawExpression, UnitResult]:
    """Take out the edits inside other edits, and add classes and imports to the first result.

    ``nested`` are the roots that were rewritten inside outer ones; ``classes`` maps the source
    of each class, with a placeholder for its name, to the name.
    """
    once: dict[int, UnitResult] = {}
    for item, result in results.items():
        if id(result) not in once:
            once[id(result)] = _without_nested(item, result, nested, text)
    finished = {item: once[id(result)] for item, result in results.items()}
    pieces = [
        piece
        for result in finished.values()
        for piece in (result.pieces or (result,))
        if piece.refusal is None
    ]
    used = {piece.class_name for piece in pieces}
    first = next((item for item, result in finished.items() if result.edits), None)
    if first is None:
        return finished
    sources = [source for source, name in classes.items() if name in used]
    words = {word for source in sources for word in re.findall(r"\w+", source)}
    line = insertion_line(tree, text, first.statement, words)
    imports = sorted({source for piece in pieces for source in piece.imports})
    extra: list[Edit] = [InsertImport(source) for source in imports]
    extra += [
        InsertStatements(line, source.replace(PLACEHOLDER, name))
        for source, name in classes.items()
        if name in used
    ]
    shared = finished[first]
    updated = replace(shared, edits=(*extra, *shared.edits))
    return {item: updated if result is shared else result for item, result in finished.items()}


def _without_nested(
    item: RawExpression, result: UnitResult, nested: set[ast.AST], text: SourceText
) -> UnitResult:
    if result.pieces:
        inside = {text.span(node) for node in nested}
        edits = [
            edit
            for piece in result.pieces
            for edit in piece.edits
            if not (isinstance(edit, ReplaceExpression) and edit.span in inside)
        ]
        return replace(result, edits=tuple(edits))
    return replace(result, edits=()) if item.root in nested else result


def insertion_line(
    tree: ast.Module, text: SourceText, first: ast.stmt, words: AbstractSet[str]
) -> int:
    """The line of the statement before which new classes go.

    It is the first after the imports, and after aliases of modules whose names are in ``words``.
    """
    last_import = -1
    for index, statement in enumerate(tree.body):
        if isinstance(statement, (ast.Import, ast.ImportFrom)) or (
            isinstance(statement, (ast.Try, ast.If))
            and any(isinstance(inner, (ast.Import, ast.ImportFrom)) for inner in statement.body)
        ):
            last_import = index
        elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)) and last_import >= 0:
            break
    following = last_import + 1
    while following < len(tree.body) - 1 and _is_alias(tree.body[following]):
        following += 1
    modules: set[str] = set()
    for index, statement in enumerate(tree.body):
        if text.span(statement).line >= text.span(first).line:
            break
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            modules |= {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
        elif _is_alias(statement) and _root(statement) in modules:
            modules |= _targets(statement)
            if words & _targets(statement):
                following = max(following, index + 1)
    candidate = tree.body[min(following, len(tree.body) - 1)]
    return min(text.span(candidate).line, text.span(first).line)


def _is_alias(statement: ast.stmt) -> bool:
    """``layers = tf.keras.layers`` and the like, which new classes may need."""
    return isinstance(statement, ast.Assign) and isinstance(
        statement.value, (ast.Attribute, ast.Name)
    )


def _targets(statement: ast.stmt) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _root(statement: ast.stmt) -> str | None:
    value: ast.expr | None = statement.value if isinstance(statement, ast.Assign) else None
    while isinstance(value, ast.Attribute):
        value = value.value
    return value.id if isinstance(value, ast.Name) else None
