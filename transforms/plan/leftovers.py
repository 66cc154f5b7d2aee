"""Assignments that nobody reads any more once the ops that read them are layers: they go."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from transforms.generate.body_builder import ModuleNames
from transforms.generate.module_names import names_of
from transforms.interpret.imports import ImportTable
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind, may_be_symbolic
from transforms.knowledge.keras_names import keras_path
from transforms.knowledge.stock_layers import DATA_FORMATS
from transforms.sites.dead import stands_alone
from transforms.sites.facts import fact_of
from transforms.sites.plain_values import PLAIN
from transforms.syntax.accesses import accessed_name, is_dotted_name, tensor_of_shape
from transforms.syntax.liveness import READING_ALL, names_bound, names_bound_at, names_read
from transforms.syntax.locations import parse_quietly
from transforms.syntax.nodes import walk
from transforms.syntax.places import Definition, Place, own_statements, statements_of
from transforms.syntax.records import ReplaceStatements
from transforms.syntax.source_text import SourceText

Names = tuple[ImportTable, ModuleNames]
"""What a module imports, and the names that surely stand for one thing."""
_COMPUTED = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.List, ast.Tuple)


def leftovers(
    analysis: Analysis,
    module: Module,
    text: SourceText,
    rewritten: SourceText,
    line_length: int,
) -> tuple[ReplaceStatements, ...]:
    """The edits of ``rewritten``, that was ``text``, which take away what only ops have read.

    It computes something plain of plain values, so nobody can see that it is gone. A layer that is
    all that is left of a function is returned without a name.
    """
    before = dict(_outermost(module.tree))
    tree = parse_quietly(rewritten.text)
    known = names_of(module)
    found: list[ReplaceStatements] = []
    places = list(statements_of(tree))
    for key, function in _outermost(tree):
        original = before.get(key)
        if original is None or text.text_of(original) == rewritten.text_of(function):
            continue
        if names_read(function) & READING_ALL:
            continue
        inside = {*walk(function)}
        own = [place for statement, place in places if statement in inside]
        returned = _returned(original, function, rewritten, line_length)
        found += [returned] if returned is not None else []
        for statement in _unread(analysis, known, original, function, own, rewritten):
            span = rewritten.span(statement)
            found.append(ReplaceStatements(first=span, last=span, source=""))
    return tuple(found)


def _outermost(tree: ast.Module) -> Iterator[tuple[tuple[str, int], Definition]]:
    """The functions of a module and methods of its classes, each with a key of its own."""
    seen: Counter[str] = Counter()
    for _, place in statements_of(tree):
        node = place.statement
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and place.function is None:
            name = f"{place.builder}.{node.name}"
            seen[name] += 1
            yield (name, seen[name]), node


def _returned(
    original: Definition, function: Definition, text: SourceText, line_length: int
) -> ReplaceStatements | None:
    """The edit that returns the layer which took the place of several statements, as it is."""
    if len(own_statements(original)) < 3:
        return None
    match own_statements(function):
        case [
            ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Call()) as value
            ) as first,
            ast.Return(value=ast.Name(id=returned)) as last,
        ] if name == returned:
            call = text.text_of(value)
        case _:
            return None
    span, end = text.span(first), text.span(last)
    lines = text.lines[span.line - 1 : end.end_line]
    if any("#" in line for line in lines) or end.line != text.span(first).end_line + 1:
        return None
    head, *rest = f"return {call}".splitlines()
    if span.column + len(head) > line_length or any(line[: span.column].strip() for line in rest):
        return None
    source = "\n".join([head, *(line[span.column :] for line in rest)])
    return ReplaceStatements(first=span, last=end, source=source)


def _unread(
    analysis: Analysis,
    names: Names,
    original: Definition,
    function: Definition,
    places: Sequence[Place],
    text: SourceText,
) -> list[ast.Assign]:
    """The assignments whose names were read in ``original``, and are not in ``function``."""
    known: dict[str, list[ast.Assign]] = {}
    for node in walk(original):
        if isinstance(node, ast.Assign):
            known.setdefault(ast.dump(node), []).append(node)
    plain: dict[ast.Assign, Place] = {
        place.statement: place
        for place in places
        if isinstance(place.statement, ast.Assign)
        and (same := known.get(ast.dump(place.statement)))
        and all(_is_plain(analysis, names, node) for node in same)
        and stands_alone(place.statement, place, text)
    }
    read_before = names_read(original)
    bound = Counter(name for node in walk(function) for name in names_bound_at(node))
    reads = _reads(function)
    shared = {
        name
        for node in walk(function)
        if isinstance(node, (ast.Global, ast.Nonlocal))
        for name in node.names
    }
    gone: list[ast.Assign] = []
    while more := [
        statement
        for statement in plain
        if statement not in gone
        and all(
            name in read_before
            and name not in shared
            and not reads[name]
            and bound[name] == _times_bound(name, plain)
            for name in names_bound(statement)
        )
    ]:
        gone += more
        for statement in more:
            reads -= _reads(statement)
    return gone


def _reads(node: ast.AST) -> Counter[str]:
    """How often each name is read in ``node``."""
    names = (part for part in walk(node) if isinstance(part, ast.Name))
    return Counter(name.id for name in names if isinstance(name.ctx, ast.Load))


def _times_bound(name: str, plain: Mapping[ast.Assign, Place]) -> int:
    """How often ``plain`` assignments bind ``name``: what binds it otherwise keeps all of them."""
    return sum(name in names_bound(statement) for statement in plain)


def _is_plain(analysis: Analysis, names: Names, node: ast.Assign) -> bool:
    """Whether an assignment does nothing but compute a plain value, and surely unpacks it."""
    if len(node.targets) != 1:
        return False
    target = node.targets[0]
    if isinstance(target, (ast.Tuple, ast.List)):
        if not all(isinstance(one, ast.Name) for one in target.elts):
            return False
        if not _has_items(node.value, len(target.elts)):
            return False
    elif not isinstance(target, ast.Name):
        return False
    return _is_plain_value(analysis, names, node.value)


def _has_items(value: ast.expr, count: int) -> bool:
    """Whether ``value`` is a display of ``count`` items, or a choice among such."""
    if isinstance(value, ast.IfExp):
        return _has_items(value.body, count) and _has_items(value.orelse, count)
    if not isinstance(value, (ast.Tuple, ast.List)) or len(value.elts) != count:
        return False
    return not any(isinstance(item, ast.Starred) for item in value.elts)


def _is_plain_value(analysis: Analysis, names: Names, value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return True
    if isinstance(value, _COMPUTED):
        if may_be_symbolic(fact_of(analysis, value).kinds):
            return False
        parts = [part for part in ast.iter_child_nodes(value) if isinstance(part, ast.expr)]
        return all(_is_plain_value(analysis, names, part) for part in parts)
    tensor = tensor_of_shape(value)
    if tensor is not None:
        return may_be_symbolic(fact_of(analysis, tensor).kinds)
    if isinstance(value, ast.Call):
        return not value.args and not value.keywords and _tells_format(names, value.func)
    if not is_dotted_name(value):
        return False
    kinds = fact_of(analysis, value).kinds
    return (bool(kinds) and not kinds & ~(PLAIN | Kind.ARRAY)) or _is_of_module(names, value)


def _is_of_module(names: Names, value: ast.expr) -> bool:
    """Whether ``value`` is a function of the module, or what it has imported, or a part of that."""
    _, reached = names
    return accessed_name(value) in reached.imported | reached.functions


def _tells_format(names: Names, function: ast.expr) -> bool:
    """Whether ``function`` is ``keras.backend.image_data_format``, which changes nothing."""
    if not is_dotted_name(function):
        return False
    first, dot, rest = ast.unparse(function).partition(".")
    table, reached = names
    if first not in reached.imported or first not in table.names:
        return False
    return keras_path(f"{table.names[first]}{dot}{rest}") in DATA_FORMATS
