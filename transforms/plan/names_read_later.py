"""Which names are read after each statement: in the same body, as attributes, by other modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.accesses import accessed_name
from transforms.syntax.liveness import NO_NAMES, Names, live_after, names_bound_at, names_may_bind
from transforms.syntax.nodes import walk

EXPORTS = "__all__"


def names_read_later(
    analysis: Analysis, module: Module, expressions: Sequence[RawExpression]
) -> dict[ast.stmt, Names]:
    """The names that are read after each statement, wherever the same body holds expressions."""
    bodies: dict[ast.AST, list[ast.stmt]] = {}
    live: dict[ast.stmt, Names] = {}
    for expression in expressions:
        around = next(reversed(expression.place.definitions), None)
        if isinstance(around, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bodies[around] = around.body
        else:
            bodies[module.tree] = module.tree.body
    for scope, body in bodies.items():
        elsewhere = NO_NAMES
        if isinstance(scope, ast.ClassDef):
            # They are attributes of the class.
            elsewhere = NO_NAMES.union(*map(names_may_bind, body))
        elif scope is module.tree:
            elsewhere = frozenset(_exported(module)).union(
                *(_asked_of_modules(other) for other in _others(analysis, module))
            )
        live |= {statement: names | elsewhere for statement, names in live_after(body).items()}
    return live


def _others(analysis: Analysis, module: Module) -> list[Module]:
    return [other for other in analysis.modules.values() if other is not module]


def _exported(module: Module) -> Iterator[str]:
    """The names that the module says to be what others may import."""
    for node in module.all_of(ast.Assign):
        if any(isinstance(one, ast.Name) and one.id == EXPORTS for one in node.targets):
            for part in walk(node.value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def _asked_of_modules(module: Module) -> Iterator[str]:
    """The names that ``module`` may ask of any other one."""
    froms = module.all_of(ast.ImportFrom)
    asked = {name.name for node in froms for name in node.names}
    yield from asked
    if "*" in asked:
        yield from module.names_read
    imported = [name for node in froms for name in node.names]
    imported += [name for node in module.all_of(ast.Import) for name in node.names]
    bound = NO_NAMES.union(*map(names_bound_at, imported))
    for attribute in module.all_of(ast.Attribute):
        if accessed_name(attribute) in bound:
            yield attribute.attr
