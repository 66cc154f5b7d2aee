"""Writing what is exactly the same and runs in both generations (``--fix keras3``)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from transforms.interpret.parsed import Parsed
from transforms.port.breaks import Break
from transforms.port.find import find_breaks
from transforms.syntax.locations import read_source
from transforms.syntax.records import (
    Edit,
    InsertImport,
    ReplaceStatements,
    ReplaceText,
    Span,
)
from transforms.syntax.source_text import EditError, SourceText

_ROUNDS = 8
"""A fix can stand inside another one (``x.get_shape().as_list()``); few stand deeper than two."""


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A source after its fixes, each with its place when it was made."""

    source: bytes
    fixes: tuple[Break, ...] = ()


def _all(found: Break, text: SourceText) -> bool:
    return True


def _unknown(node: ast.AST) -> bool:
    return False


def fix_source(
    source: bytes,
    wanted: Callable[[Break, SourceText], bool] = _all,
    tree: ast.Module | None = None,
    symbolic: Callable[[ast.AST], bool] | None = None,
    name: str = "",
) -> Fixed:
    """``source`` with every exact fix that is ``wanted``.

    ``symbolic`` says which nodes of ``tree``, that of ``source``, are symbolic tensors; ``name`` is
    that of the module.

    Raises:
        SyntaxError: ``source`` is no Python.
    """
    done: list[Break] = []
    for _ in range(_ROUNDS):
        text = read_source(source)
        if tree is None or symbolic is None:
            tree, symbolic = text.tree, _unknown
        breaks = find_breaks(Parsed(tree), text, symbolic, name)
        found = [item for item in breaks if item.edits and wanted(item, text)]
        tree = symbolic = None
        chosen, edits = _apart(found)
        edited = _edited(source, edits) if chosen else source
        if edited == source:
            break
        source = edited
        done += chosen
    return Fixed(source=source, fixes=tuple(done))


def _apart(found: list[Break]) -> tuple[list[Break], list[Edit]]:
    """The findings whose edits do not meet, and their edits; the outer ones come first."""
    chosen: list[Break] = []
    edits: list[Edit] = []
    taken: list[tuple[tuple[int, int], tuple[int, int]]] = []
    for item in found:
        places = [place for edit in item.edits if (place := _place(edit)) is not None]
        if any(
            start < end_of and start_of < end for start, end in places for start_of, end_of in taken
        ):
            continue
        taken += places
        chosen.append(item)
        edits += [edit for edit in item.edits if edit not in edits]
    return chosen, edits


def _place(edit: Edit) -> tuple[tuple[int, int], tuple[int, int]] | None:
    if isinstance(edit, ReplaceText):
        return _ends(edit.span, edit.span)
    if isinstance(edit, ReplaceStatements):
        return _ends(edit.first, edit.last)
    return None


def _ends(first: Span, last: Span) -> tuple[tuple[int, int], tuple[int, int]]:
    return (first.line, first.column), (last.end_line, last.end_column)


def _edited(source: bytes, edits: list[Edit]) -> bytes:
    # LibCST takes a third of a second to import, and most files are not edited.
    from transforms.edit.edits import apply_edits

    try:
        return apply_edits(source, edits)
    except EditError:
        if len(edits) == 1:
            return source
    for edit in edits:
        # The positions are those of this source: one edit, and the next round makes the others.
        if not isinstance(edit, InsertImport) and (made := _edited(source, [edit])) != source:
            return made
    return source
