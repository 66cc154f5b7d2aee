"""Which functions of the sources lead to given lines: whose calls are worth making."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Iterator, List, Mapping, Sequence, Set, Tuple

from ..parsing import parsed

Lines = Sequence[Sequence[int]]
TABLES = (ast.Dict, ast.List, ast.Tuple, ast.Name, ast.Attribute, ast.Call)
"""Values of variables that functions are chosen from; calls such as ``partial(build, 4)``, too."""
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Definition:
    """A function of a module, or a method with the name of its class in ``owner``."""

    path: str
    owner: str
    node: Any
    mentioned: FrozenSet[str]

    @property
    def name(self) -> str:
        """The function's own name."""
        return str(self.node.name)

    def holds(self, wanted: Mapping[str, Lines]) -> bool:
        """Whether it has a line of ``wanted``."""
        first, last = self.node.lineno, self.node.end_lineno
        return any(first <= span[0] <= last for span in wanted.get(self.path, ()))


class Definitions:
    """The functions and methods of the sources, and what leads where, by the names they mention."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        self.trees: Dict[str, Any] = dict(_trees(sources))
        self.all = [item for path, tree in self.trees.items() for item in _definitions(path, tree)]
        self._tables = [item for tree in self.trees.values() for item in _tables(tree)]

    def leading(self, wanted: Mapping[str, Lines]) -> List[Definition]:
        """Those that hold lines of ``wanted``, or mention the name of one that leads there.

        Objects that are made of others lead where these do: in the methods that use them; and so
        do tables and other variables of a module: ``MODELS = {"small": build_small}``.
        """
        found = [item for item in self.all if item.holds(wanted)]
        names = {name for item in found for name in _names_of(item)}
        left = [item for item in self.all if item not in found]
        while True:
            names |= _through(self._tables, names)
            parts = [
                (item.owner, attribute)
                for item in self.all
                if item.name == "__init__" and item.mentioned & names
                for attribute in _attributes_of(item.node, names)
            ]
            new = [
                item
                for item in left
                if item.mentioned & names
                or any(item.owner == owner and part in item.mentioned for owner, part in parts)
            ]
            if not new:
                return [item for item in self.all if item in found]
            found += new
            names |= {name for item in new for name in _names_of(item)}
            left = [item for item in left if item not in new]


def _tables(tree: Any) -> Iterator[Tuple[str, FrozenSet[str]]]:
    """Variables of a module, each with the names that its value mentions."""
    for node in tree.body:
        value = getattr(node, "value", None)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(value, TABLES):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            mentioned = frozenset(mentioned_names(value))
            yield from ((one.id, mentioned) for one in targets if isinstance(one, ast.Name))


def _through(tables: Sequence[Tuple[str, FrozenSet[str]]], names: Set[str]) -> Set[str]:
    """The variables that mention one of ``names``, also through others of them."""
    found: Set[str] = set()
    while True:
        new = {name for name, mentioned in tables if mentioned & (names | found)} - found
        if not new:
            return found
        found |= new


def mentioned_names(node: ast.AST) -> Set[str]:
    """All names and attributes in ``node``."""
    inner = list(ast.walk(node))
    return {item.id for item in inner if isinstance(item, ast.Name)} | {
        item.attr for item in inner if isinstance(item, ast.Attribute)
    }


def _names_of(item: Definition) -> Tuple[str, ...]:
    """What a caller mentions: a class for what it does when it is made, or called as it is."""
    of_class = ("__init__", "__new__", "__call__")
    return (item.owner,) if item.name in of_class else (item.name,)


def _attributes_of(init: Any, names: Set[str]) -> Iterator[str]:
    """The attributes of ``self`` that are set from what mentions one of ``names``."""
    for node in ast.walk(init):
        if isinstance(node, ast.Assign) and mentioned_names(node.value) & names:
            for target in node.targets:
                if isinstance(target, ast.Attribute):
                    yield target.attr


def _trees(sources: Mapping[str, bytes]) -> Iterator[Tuple[str, Any]]:
    for path, content in sources.items():
        try:
            yield path, parsed(content)
        except (SyntaxError, ValueError, RecursionError):
            continue


def _definitions(path: str, tree: Any) -> Iterator[Definition]:
    for node in tree.body:
        if isinstance(node, FUNCTIONS):
            yield Definition(path, "", node, frozenset(mentioned_names(node)))
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, FUNCTIONS):
                    names = frozenset(mentioned_names(inner))
                    yield Definition(path, node.name, inner, names)
