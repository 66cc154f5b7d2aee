"""Parts of open values that rewritten statements no longer read: ``self.slope``, ``cfg.slope``.

An attribute that a method sets from its parameter is as open as the parameter: a class attribute
of the same name, or a number in its place, may be the same for the models in sight alone.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeGuard

from codemod.verify.parameters_read import (
    IMPLIED,
    Function,
    functions_of,
    is_name_given,
    parameters_of,
    parsed,
    statements_of,
)

# What tensors have too: layers read it themselves.
OF_TENSORS = frozenset("shape dtype get_shape ndim rank name".split())
OPEN_CLASSES = ("dataclass", "NamedTuple", "attr.s", "define", "frozen")


def constructor_of_fields(cls: ast.ClassDef) -> str | None:
    """The constructor that Python makes of the fields of ``cls``, if it makes one."""
    told = " ".join(map(ast.unparse, [*cls.decorator_list, *cls.bases]))
    if not any(word in told for word in OPEN_CLASSES):
        return None
    if any(isinstance(one, Function) and one.name == "__init__" for one in cls.body):
        return None
    return "__new__" if "NamedTuple" in told else "__init__"


@dataclass(frozen=True)
class _Reads:
    """What a statement reads: ``self.slope`` as a part, what is no root of one as whole."""

    text: str
    parts: frozenset[str]
    whole: frozenset[str]
    sets_of_others: bool


def part_no_longer_read(before: bytes, after: bytes) -> tuple[str, str] | None:
    """The first function of ``after`` whose new statements leave a part of an open value alone.

    Given with that part, which the statements read that they take the place of. What other new
    statements read, as a layer that a constructor makes now, is not lost.
    """
    try:
        old_tree, new_tree = (parsed(source) for source in (before, after))
        old, new = (dict(functions_of(tree, "")) for tree in (old_tree, new_tree))
    except (SyntaxError, ValueError, RecursionError):
        # What Python cannot read fails when it is run.
        return None
    set_from = _set_from_parameters(old_tree)
    old_reads = {name: list(_reads_of(function)) for name, function in old.items()}
    new_reads = {name: list(_reads_of(function)) for name, function in new.items()}
    moved = _read_anew(old_reads, new_reads)
    for name, function in old.items():
        if name not in new:
            continue
        gone = _left(old_reads[name], new_reads[name])
        come = _left(new_reads[name], old_reads[name])
        read = frozenset().union(*(one.parts for one in come))
        whole = frozenset().union(*(one.whole for one in come))
        parameters = parameters_of(function) & parameters_of(new[name])
        for part in sorted(frozenset().union(*(one.parts for one in gone)) - read):
            root, _, attribute = part.partition(".")
            if root in whole or attribute in OF_TENSORS or f".{attribute}" in moved:
                continue
            if root in IMPLIED:
                if attribute in set_from and not set_from[attribute] & moved:
                    return name, part
            elif root in parameters:
                return name, part
    return None


def _left(some: list[_Reads], others: list[_Reads]) -> list[_Reads]:
    """Those of ``some`` that ``others`` do not have."""
    counts = Counter(one.text for one in others)
    left = []
    for one in some:
        if counts[one.text]:
            counts[one.text] -= 1
        else:
            left.append(one)
    return left


def _read_anew(old: Mapping[str, list[_Reads]], new: Mapping[str, list[_Reads]]) -> frozenset[str]:
    """Attributes, with a dot, and names that new statements of functions which were there read.

    Not for an attribute of something else than ``self``: that is one for all objects.
    """
    found: set[str] = set()
    for name, reads in new.items():
        for one in _left(reads, old[name]) if name in old else ():
            if not one.sets_of_others:
                found |= {f".{part.partition('.')[2]}" for part in one.parts if _is_own(part)}
                found |= one.whole
    return frozenset(found)


def _is_own(part: str) -> bool:
    return part.partition(".")[0] in IMPLIED


def _set_from_parameters(tree: ast.AST) -> dict[str, frozenset[str]]:
    """The attributes that are set from parameters, with these; fields of dataclasses too."""
    found: dict[str, frozenset[str]] = {}
    for cls in ast.walk(tree):
        if not isinstance(cls, ast.ClassDef):
            continue
        told = " ".join(map(ast.unparse, [*cls.decorator_list, *cls.bases]))
        for one in cls.body:
            if isinstance(one, ast.AnnAssign) and any(word in told for word in OPEN_CLASSES):
                found[ast.unparse(one.target)] = frozenset()
            if not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            parameters = parameters_of(one)
            for node in ast.walk(one):
                if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                    names = {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)}
                    given = frozenset(names & parameters)
                    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                        if _is_of_self(target) and given:
                            found[target.attr] = found.get(target.attr, frozenset()) | given
    return found


def _is_of_self(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in IMPLIED
    )


def _reads_of(function: Function) -> Iterator[_Reads]:
    for statement, text, read in statements_of(function.body):
        parts: set[str] = set()
        whole: set[str] = set()
        for part in read:
            _collect(part, parts, whole)
        targets = getattr(statement, "targets", [])
        yield _Reads(
            text,
            frozenset(parts),
            frozenset(whole),
            any(isinstance(one, ast.Attribute) and not _is_of_self(one) for one in targets),
        )


def _collect(node: ast.AST, parts: set[str], whole: set[str]) -> None:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        if isinstance(node.ctx, ast.Load):
            parts.add(f"{node.value.id}.{node.attr}")
    elif isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load):
            whole.add(node.id)
    elif not is_name_given(node):
        for child in ast.iter_child_nodes(node):
            _collect(child, parts, whole)
