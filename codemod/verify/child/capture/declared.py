"""What functions declare, and what the names of modules stand for, as their sources say."""

from __future__ import annotations

import ast
import inspect
from typing import Any, Dict, Iterable, Iterator, List, Tuple

from .made_up import MADE_UP_NAME, by_name
from .parameters import Use


def functions_of(trees: Iterable[Any]) -> Dict[str, Any]:
    """The functions of modules, by their names."""
    return {
        node.name: node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)
    }


def defined_in(trees: Iterable[Any]) -> Dict[str, List[Any]]:
    """What names of modules stand for: functions, classes, and what variables are made of."""
    found: Dict[str, List[Any]] = {}
    for tree in trees:
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found.setdefault(node.name, []).append(node)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        found.setdefault(target.id, []).append(node.value)
    return found


def returned_function(node: Any) -> Any:
    """The function that ``node`` defines and returns; none where it gives something else."""
    inner: Dict[str, Any] = {}
    waiting: List[Any] = [*node.body]
    returned: List[Any] = []
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.FunctionDef):
            inner[one.name] = one
        elif isinstance(one, ast.Return):
            returned.append(one.value)
        elif not isinstance(one, (ast.ClassDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(one)
    names = [value.id for value in returned if isinstance(value, ast.Name) and value.id in inner]
    lambdas = [value for value in returned if isinstance(value, ast.Lambda)]
    return next((inner[name] for name in names), next(iter(lambdas), None))


def with_defaults(arguments: Any) -> Iterator[Tuple[Any, bool]]:
    first = len(arguments.args) - len(arguments.defaults)
    for place, argument in enumerate(arguments.args):
        yield argument, place >= first


def parameter_of(argument: Any, has_default: bool) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    default = None if has_default else inspect.Parameter.empty
    return inspect.Parameter(argument.arg, kind, default=default)


def is_needed(item: inspect.Parameter, use: Use) -> bool:
    """Whether a name that may be None is put together with texts: ``name + "_conv"``."""
    return item.default is None and "number" in use.kinds and by_name(item.name) == MADE_UP_NAME


def parameters_of(value: Any, node: Any) -> List[inspect.Parameter]:
    """The parameters of a function, or of making a class, without ``self``."""
    function = value
    if isinstance(value, (staticmethod, classmethod)):
        function = value.__func__
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []
    is_method = (
        node is not None and not inspect.isclass(value) and not isinstance(value, staticmethod)
    )
    first = node.args.args[0].arg if node is not None and node.args.args else ""
    if is_method and first in ("self", "cls") and found and found[0].name == first:
        found = found[1:]
    return found
