"""Names that Keras 3 has not: imports of them, and attributes that lead to them (KC401)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.knowledge.keras3_names import BACKEND_ONLY_TF_KERAS, Fate, fate_of
from transforms.knowledge.keras_names import KERAS_ROOT, keras_path, written_root
from transforms.port.breaks import NAME, Break, Source
from transforms.port.edits import written_with
from transforms.port.scopes import dotted_name
from transforms.syntax.records import Edit, ReplaceStatements


def find_names(source: Source) -> Iterator[Break]:
    """The imports and attributes of ``source`` that lead to what Keras 3 has not."""
    attributes = source.all_of(ast.Attribute)
    inner = {node.value for node in attributes if isinstance(node.value, ast.Attribute)}
    for imported_from in source.all_of(ast.ImportFrom):
        yield from _imported_from(source, imported_from)
    for imported in source.all_of(ast.Import):
        yield from _imported(source, imported)
    for attribute in attributes:
        if attribute not in inner:
            yield from _attribute(source, attribute)


def _target(dotted: str, fate: Fate) -> str | None:
    """The whole name that takes the place of ``dotted``."""
    if fate.now is None:
        return None
    if KERAS_ROOT.match(fate.now):
        return fate.now
    root = written_root(dotted) or "tensorflow.keras"
    return f"{root}.{fate.now}"


def message_of(dotted: str, fate: Fate) -> str:
    return f"{dotted} is not in Keras 3: {fate.advice}"


def _imported_from(source: Source, node: ast.ImportFrom) -> Iterator[Break]:
    if node.level or not node.module:
        return
    fates: list[tuple[ast.alias, str, Fate | None]] = []
    for alias in node.names:
        dotted = f"{node.module}.{alias.name}"
        fate = fate_of(node.module) if alias.name == "*" else fate_of(dotted, imported=True)
        if fate is None and _is_own_backend(dotted):
            fate = _backend(source, alias.asname or alias.name)
        fates.append((alias, dotted, fate))
    lost = [(dotted, fate) for _, dotted, fate in fates if fate is not None]
    if not lost:
        return
    edits: tuple[Edit, ...] = ()
    lines = _import_lines(node.module, fates)
    span = source.text.span(node)
    if lines is not None:
        edits = (ReplaceStatements(first=span, last=span, source="".join(lines)),)
    for number, (dotted, fate) in enumerate(lost):
        yield Break(
            code=NAME, span=span, message=message_of(dotted, fate), edits=() if number else edits
        )


def _is_own_backend(dotted: str) -> bool:
    return keras_path(dotted) == "backend" and not dotted.startswith("tensorflow")


def _backend(source: Source, local: str) -> Fate | None:
    """What became of ``from keras import backend``: functions that are used of it are gone."""
    used = {
        node.attr
        for node in source.all_of(ast.Attribute)
        if isinstance(node.value, ast.Name)
        and node.value.id == local
        and node.attr in BACKEND_ONLY_TF_KERAS
    }
    if not used:
        return None
    names = ", ".join(sorted(used)[:3]) + (", ..." if len(used) > 3 else "")
    now = "tensorflow.keras.backend"
    return Fate(advice=f"only tf.keras.backend has {names}: import {now}", now=now)


def _import_lines(module: str, fates: list[tuple[ast.alias, str, Fate | None]]) -> list[str] | None:
    """The statements that import the same under the same names; None where one cannot."""
    by_module: dict[str, list[str]] = {}
    for alias, dotted, fate in fates:
        target = dotted if fate is None else _target(dotted, fate)
        if target is None or alias.name == "*":
            return None
        parent, _, name = target.rpartition(".")
        local = alias.asname or alias.name
        if not parent:
            return None
        written = name if name == local else f"{name} as {local}"
        by_module.setdefault(module if fate is None else parent, []).append(written)
    return [f"from {parent} import {', '.join(names)}\n" for parent, names in by_module.items()]


def _imported(source: Source, node: ast.Import) -> Iterator[Break]:
    for alias in node.names:
        fate = fate_of(alias.name)
        if fate is None and alias.asname and _is_own_backend(alias.name):
            fate = _backend(source, alias.asname)
        if fate is None:
            continue
        edits: tuple[Edit, ...] = ()
        target = _target(alias.name, fate)
        span = source.text.span(node)
        if target is not None and alias.asname and len(node.names) == 1:
            parent, _, name = target.rpartition(".")
            line = f"from {parent} import {name} as {alias.asname}\n"
            edits = (ReplaceStatements(first=span, last=span, source=line),)
        yield Break(code=NAME, span=span, message=message_of(alias.name, fate), edits=edits)


def _attribute(source: Source, node: ast.Attribute) -> Iterator[Break]:
    """The longest part of an attribute chain that has a fate of its own."""
    part: ast.AST = node
    while isinstance(part, ast.Attribute):
        dotted = dotted_name(source.scoped, part)
        if dotted is None:
            return
        fate = fate_of(dotted)
        if fate is not None:
            if not _told_at_import(source, part):
                yield _lost_attribute(source, part, dotted, fate)
            return
        part = part.value


def _told_at_import(source: Source, node: ast.Attribute) -> bool:
    """Whether the import of the name at the start is told, and with it what is made of it."""
    start: ast.AST = node
    while isinstance(start, ast.Attribute):
        start = start.value
    dotted = dotted_name(source.scoped, start)
    if dotted is None:
        return False
    if fate_of(dotted) is not None:
        return True
    path = keras_path(dotted)
    name = node.attr if isinstance(node.value, ast.Name) else ""
    # `from keras import backend as K` is told once, at the import.
    return path == "backend" and dotted.startswith("keras.") and name in BACKEND_ONLY_TF_KERAS


def _lost_attribute(source: Source, node: ast.Attribute, dotted: str, fate: Fate) -> Break:
    target = _target(dotted, fate)
    return Break(
        code=NAME,
        span=source.text.span(node),
        message=message_of(dotted, fate),
        edits=() if target is None else written_with(source, node, target, ""),
    )
