"""The edits at the head of a module: the imports and classes that its new layers need."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from transforms.generate.layer_source import LayerClass, class_sources
from transforms.plan.new_layer import NewLayer
from transforms.syntax.cells import MAGIC, in_cells
from transforms.syntax.records import Edit, InsertImport, InsertStatements
from transforms.syntax.source_text import SourceText


def edits_of_module(
    layers: Iterable[NewLayer],
    classes: Mapping[LayerClass, str],
    base_class: str,
    uses: Mapping[str | None, ast.stmt],
    tree: ast.Module,
    text: SourceText,
) -> tuple[Edit, ...]:
    """The imports and classes for ``layers``, to stand before they are used.

    ``classes`` maps each class to its name; ``base_class`` is free for what they have in common.
    ``uses`` has for each class the first statement that uses it. All classes stand together, but
    in a script of cells in the first cell that needs each.
    """
    layers = tuple(layers)
    used = {layer.class_name for layer in layers}
    needed = {made: name for made, name in classes.items() if name in used}
    sources = class_sources(needed, base_class)
    words = {word for source in sources for word in re.findall(r"\w+", source)}
    first = min(uses.values(), key=text.span)
    borders = text.cell_borders
    # What the classes have in common comes before them.
    firsts = [first] * (len(sources) - len(needed)) + [uses[name] for name in needed.values()]
    lines = [
        insertion_line_in_cell(tree, text, one, words, borders)
        if borders
        else insertion_line(tree, text, first, words)
        for one in firsts
    ]
    imports = sorted({statement for layer in layers for statement in layer.imports})
    return (
        *(InsertImport(statement) for statement in imports),
        *(InsertStatements(line, source) for line, source in zip(lines, sources)),
    )


def insertion_line(
    tree: ast.Module, text: SourceText, first: ast.stmt, words: AbstractSet[str]
) -> int:
    """The line of the statement before which new classes go.

    It is the first after the imports, and after aliases of modules whose names are in ``words``.
    """
    last_import = -1
    for index, statement in enumerate(tree.body):
        if _holds_import(statement):
            last_import = index
        elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)) and last_import >= 0:
            # Imports below a definition are late on purpose; classes need not wait for them.
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
        elif _is_alias(statement) and _aliased_name(statement) in modules:
            modules |= _targets(statement)
            if words & _targets(statement):
                following = max(following, index + 1)
    candidate = tree.body[min(following, len(tree.body) - 1)]
    return min(text.span(candidate).line, text.span(first).line)


def insertion_line_in_cell(
    tree: ast.Module,
    text: SourceText,
    first: ast.stmt,
    words: AbstractSet[str],
    borders: Sequence[int],
) -> int:
    """The line of the statement of its own cell before which the class that it uses goes.

    It is the first after the imports, the magics and the aliases in ``words`` above it. What
    stands above all cells is a cell too, whose classes stand as in other modules.
    """
    line = text.span(first).line
    cell = next(part for part in in_cells(tree.body, borders) if _last_line(part[-1]) >= line)
    if not any(border < cell[0].lineno for border in borders):
        return insertion_line(tree, text, first, words)
    above = [statement for statement in cell if _last_line(statement) < line]
    needed = [
        place
        for place, statement in enumerate(above, 1)
        if _holds_import(statement)
        or text.text_of(statement).startswith(MAGIC)
        or (_is_alias(statement) and words & _targets(statement))
    ]
    following = max(needed, default=0)
    return min(text.span(cell[following]).line, line)


def _last_line(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


def _holds_import(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.Try, ast.If)):
        return any(isinstance(inner, (ast.Import, ast.ImportFrom)) for inner in statement.body)
    return isinstance(statement, (ast.Import, ast.ImportFrom))


def has_room_for_classes(tree: ast.Module, first: ast.stmt) -> bool:
    """Whether there is a place for classes behind what they need and before ``first``.

    There is none where an import or an alias of one stands on the line of ``first``.
    """
    return not any(
        statement.end_lineno == first.lineno
        and statement is not first
        and (isinstance(statement, (ast.Import, ast.ImportFrom)) or _is_alias(statement))
        and statement.end_col_offset is not None
        and statement.end_col_offset <= first.col_offset
        for statement in tree.body
    )


def _is_alias(statement: ast.stmt) -> bool:
    """``layers = tf.keras.layers`` and the like, which new classes may need."""
    return isinstance(statement, ast.Assign) and isinstance(
        statement.value, (ast.Attribute, ast.Name)
    )


def _targets(statement: ast.stmt) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _aliased_name(statement: ast.stmt) -> str | None:
    """The name that the value of an alias starts from."""
    value: ast.expr | None = statement.value if isinstance(statement, ast.Assign) else None
    while isinstance(value, ast.Attribute):
        value = value.value
    return value.id if isinstance(value, ast.Name) else None
