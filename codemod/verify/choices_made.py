"""Choices that a rewrite makes by what callers give, where the original makes none.

``self.alpha = alpha or 0.3`` keeps every number but zero, ``min(alpha, 6.0)`` all up to one: the
models in sight need not show another.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterable, Iterator, Mapping

from codemod.verify.new_layers import CONSTRUCTOR, DESCRIBING
from codemod.verify.parameters_read import (
    Function,
    changed_statements,
    functions_of,
    is_name_given,
    parameters_of,
    parsed,
    statements_of,
)

CHOOSING = frozenset(["min", "max"])
CLIPPING = frozenset(["clip"])
"""Functions of NumPy, where a plain number is clipped."""
NAMING = re.compile(r"name|prefix|suffix|scope|training|^kwargs$")
"""Parameters that say what something is called, or that Keras gives."""


def choice_made(before: bytes, after: bytes) -> str | None:
    """The first choice by what callers give that ``after`` makes and ``before`` does not, in words.

    The same choice by something of another name is the same, and ``is None`` is none.
    """
    try:
        old_tree, new_tree = (parsed(source) for source in (before, after))
        known = set(_known_in(old_tree))
        old, new = (dict(functions_of(tree, "")) for tree in (old_tree, new_tree))
    except (SyntaxError, ValueError, RecursionError):
        # What Python cannot read fails when it is run.
        return None
    there = {one.name for one in ast.walk(old_tree) if isinstance(one, ast.ClassDef)}
    classes = {
        one.name: one
        for one in ast.walk(new_tree)
        if isinstance(one, ast.ClassDef) and one.name not in there
    }
    for cls in classes.values():
        found = _choice_of_a_class(cls, new_tree, known)
        if found is not None:
            return f"`{cls.name}` chooses by its argument `{found[0]}`: `{found[1]}`"
    for name, function in new.items():
        if set(name.split(".")) & classes.keys():
            continue
        statements = changed_statements(function.body, old[name].body if name in old else [])
        parameters = {one: one for one in parameters_of(function) if not NAMING.search(one)}
        found = _first_choice(statements, parameters, known)
        if found is not None:
            return f"`{name}` chooses by its parameter `{found[0]}`: `{found[1]}`"
    return None


def _choice_of_a_class(cls: ast.ClassDef, tree: ast.AST, known: set[str]) -> tuple[str, str] | None:
    methods = {one.name: one for one in cls.body if isinstance(one, Function)}
    if CONSTRUCTOR not in methods or "call" not in methods:
        return None
    constructor = methods[CONSTRUCTOR]
    given = _given_openly(cls, constructor, tree)
    kept = {f"self.{attribute}": name for name, attribute in _kept(constructor, given)}
    for name, method in methods.items():
        if name in DESCRIBING - {CONSTRUCTOR}:
            continue
        names = {**kept, **({one: one for one in given} if name == CONSTRUCTOR else {})}
        statements = ((one, parts) for one, _, parts in statements_of(method.body))
        found = _first_choice(statements, names, known)
        if found is not None:
            return found
    return None


def _first_choice(
    statements: Iterable[tuple[ast.AST, list[ast.AST]]], names: Mapping[str, str], known: set[str]
) -> tuple[str, str] | None:
    """By which of ``names`` one of ``statements`` chooses, and the choice as text."""
    for statement, parts in statements:
        is_test = isinstance(statement, (ast.If, ast.While))
        if isinstance(statement, ast.If) and _only_raises(statement):
            continue
        for part in parts:
            if is_test and (asked := _asked_anew(part, names, known)):
                return asked, ast.unparse(part)
            found = _choice(part, names, known)
            if found is not None:
                return found
    return None


def _given_openly(cls: ast.ClassDef, constructor: Function, tree: ast.AST) -> frozenset[str]:
    """The arguments of a constructor for which some call has no constant; all where none calls."""
    own = set(ast.walk(cls))
    calls = [
        one
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and one not in own and _last_name(one.func) == cls.name
    ]
    every = frozenset(one for one in parameters_of(constructor) if not NAMING.search(one))
    if not calls:
        return every
    names = [one.arg for one in constructor.args.args][1:]
    found: set[str] = set()
    for call in calls:
        starred = any(isinstance(one, ast.Starred) for one in call.args)
        if starred or any(keyword.arg is None for keyword in call.keywords):
            return every
        given = [*zip(names, call.args), *((one.arg, one.value) for one in call.keywords)]
        found |= {str(name) for name, value in given if not _is_literal(value)}
    return every & found


def _is_literal(node: ast.AST) -> bool:
    return not any(isinstance(one, (ast.Name, ast.Call)) for one in ast.walk(node))


def _last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _kept(constructor: Function, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The arguments with the attributes that are set from them."""
    for node in ast.walk(constructor):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            read = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Attribute):
                    yield from ((name, target.attr) for name in sorted(read & set(names)))


def _only_raises(statement: ast.If) -> bool:
    return not statement.orelse and all(isinstance(one, ast.Raise) for one in statement.body)


def _choice(node: ast.AST, names: Mapping[str, str], known: set[str]) -> tuple[str, str] | None:
    """The first choice in an expression by one of ``names``, and by which."""
    for one in _walk(node):
        by = ""
        if isinstance(one, ast.IfExp):
            by = _asked_anew(one.test, names, known)
        elif _is_choosing(one) and _blank(one) not in known:
            by = _asked(one, names)
        if by:
            return by, ast.unparse(one)
    return None


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """``node`` and what is below, without names that layers are given."""
    if not is_name_given(node):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from _walk(child)


def _known_in(tree: ast.AST) -> Iterator[str]:
    """What ``tree`` asks and chooses, whatever the names."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            yield from map(_blank, _questions(node.test))
        elif _is_choosing(node):
            yield _blank(node)


def _questions(test: ast.expr) -> Iterator[ast.expr]:
    """The parts of a condition that ``and``, ``or`` and ``not`` join."""
    if isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from _questions(value)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _questions(test.operand)
    else:
        yield test


def _asked_anew(test: ast.AST, names: Mapping[str, str], known: set[str]) -> str:
    """Which of ``names`` decides by a question that is not ``known``."""
    questions = _questions(test) if isinstance(test, ast.expr) else ()
    anew = (_asked(one, names) for one in questions if _blank(one) not in known)
    return next((by for by in anew if by), "")


def _is_choosing(node: ast.AST) -> bool:
    return isinstance(node, ast.BoolOp) or _is_clip(node)


def _is_clip(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in CHOOSING
    return ast.unparse(node.func) in ("np.clip", "numpy.clip")


def _asked(node: ast.AST, names: Mapping[str, str]) -> str:
    """Which of ``names`` decides: itself or in a comparison, not what is made of it."""
    if isinstance(node, (ast.Name, ast.Attribute)):
        return names.get(ast.unparse(node), "")
    if isinstance(node, ast.Compare):
        if any(isinstance(one, (ast.Is, ast.IsNot)) for one in node.ops):
            return ""
        sides: list[ast.expr] = [node.left, *node.comparators]
    elif isinstance(node, ast.BoolOp):
        sides = node.values
    elif isinstance(node, ast.UnaryOp):
        sides = [node.operand]
    elif isinstance(node, ast.BinOp):
        sides = [node.left, node.right]
    elif isinstance(node, ast.Call) and _is_clip(node):
        sides = node.args
    else:
        return ""
    return next((by for side in sides if (by := _asked(side, names))), "")


class _Blank(ast.NodeTransformer):
    """Takes names and calls out, and the difference between a question and its opposite."""

    def visit_NotEq(self, node: ast.NotEq) -> ast.AST:
        return ast.Eq()

    def visit_NotIn(self, node: ast.NotIn) -> ast.AST:
        return ast.In()

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(value=None, kind="name")

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Constant(value=None, kind="name")

    def visit_Call(self, node: ast.Call) -> ast.AST:
        # What is called is what a rewrite changes; a choice is its own name.
        return self.generic_visit(node) if _is_clip(node) else self.visit_Name(ast.Name(id=""))


def _blank(node: ast.AST) -> str:
    """``node`` as text, whatever its names."""
    return ast.dump(_Blank().visit(copy.deepcopy(node)))
