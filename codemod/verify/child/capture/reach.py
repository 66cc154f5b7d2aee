"""Which functions of the sources lead to given lines: whose calls are worth making."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Iterator, List, Mapping, Sequence, Set, Tuple

from ..parsing import parsed

Lines = Sequence[Sequence[int]]
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

    def leading(self, wanted: Mapping[str, Lines]) -> List[Definition]:
        """Those that hold lines of ``wanted``, or mention the name of one that leads there.

        Objects that are made of others lead where these do: in the methods that use them.
        """
        found = [item for item in self.all if item.holds(wanted)]
        names = {name for item in found for name in _names_of(item)}
        left = [item for item in self.all if item not in found]
        while True:
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
