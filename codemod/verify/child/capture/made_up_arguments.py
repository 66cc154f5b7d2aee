"""Arguments of a command line that is empty: what a script takes from ``sys.argv`` itself."""

from __future__ import annotations

import ast
import os
import re
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .made_up import values_for
from .parameters import Known, Use, uses_of
from .working_folder import data_files

NOTHING = Known({}, {})


def made_up_arguments(tree: ast.AST, folders: List[str]) -> List[str]:
    """What ``sys.argv[1:]`` has to be for the script ``tree``.

    Files come from ``folders``. An argument that is only read where there is one is not given.
    """
    scan = _Scan()
    scan.visit(tree)
    names = {place: name for place, name in scan.names.items() if place not in scan.optional}
    count = max([*names, *scan.counts, 0])
    known = uses_of([name for name in names.values() if name], tree, NOTHING)
    found = []
    for place in range(1, count + 1):
        use = scan.direct.get(place, Use())
        name = names.get(place) or ""
        use.add(known.get(name, Use()))
        found.append(argument_text(name or "argument", use, folders))
    return found


def argument_text(name: str, use: Use, folders: List[str]) -> str:
    """An argument called ``name`` as it stands on a command line."""
    if not use.texts and ("path" in use.kinds or names_a_file(name)):
        return file_for(name, folders)
    if use.kinds <= {"settings", "walked", "text"} and not use.texts:
        return name
    value = ast.literal_eval(values_for(name, use, set())[0])
    return value if isinstance(value, str) else str(value)


def names_a_file(name: str) -> bool:
    """Whether an argument of this name is a path."""
    return bool(re.search(r"file|path|config|settings|\byaml|\bjson|\bcsv|^cfg$", name.lower()))


def file_for(name: str, folders: List[str]) -> str:
    """An existing file whose name has most to do with ``name``, else ``name``."""
    words = set(re.split(r"[^a-z0-9]+", name.lower())) - {"", "path", "file", "name", "the"}
    kinds = {
        "config": (".yaml", ".yml", ".json"),
        "settings": (".json", ".yaml"),
        "cfg": (".yaml",),
    }
    endings = tuple(end for word in words for end in kinds.get(word, ()))

    def rank(path: str) -> int:
        base = os.path.basename(path).lower()
        return 4 * any(word in base for word in words) + 2 * base.endswith(endings or ("\0",))

    files = sorted(data_files(folders), key=rank, reverse=True)
    if not files or (len(files) > 1 and words and rank(files[0]) == 0):
        return name
    return files[0]


class _Scan(ast.NodeVisitor):
    """The places in ``sys.argv`` that are read, the names that they get, and what is asked."""

    def __init__(self) -> None:
        self.names: Dict[int, Optional[str]] = {}
        self.direct: Dict[int, Use] = {}
        self.counts: List[int] = []
        self.optional: Dict[int, bool] = {}
        self._guards = 0

    def visit_If(self, node: ast.If) -> None:
        self._visit_choice(node, node.body, node.orelse)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._visit_choice(node, [node.body], [node.orelse])

    def _visit_choice(self, node: Any, body: Sequence[Any], orelse: Sequence[Any]) -> None:
        asked = _asked_count(node.test)
        self.visit(node.test)
        for branch, signs in (
            (body, (ast.Gt, ast.GtE, ast.Eq)),
            (orelse, (ast.Lt, ast.LtE, ast.NotEq)),
        ):
            is_guarded = asked is not None and isinstance(asked[0], signs)
            # A script that ends where arguments are missing needs them.
            self._guards += is_guarded
            for item in branch:
                self.visit(item)
            self._guards -= is_guarded
        if asked is not None and isinstance(asked[0], (ast.Lt, ast.NotEq)) and _ends(body):
            self.counts.append(asked[1] - 1)
        if asked is not None and isinstance(asked[0], ast.LtE) and _ends(body):
            self.counts.append(asked[1])

    def visit_Assign(self, node: ast.Assign) -> None:
        place = _place(node.value)
        target = node.targets[0]
        if place is not None and isinstance(target, ast.Name):
            self._note(place, target.id)
        elif _is_argv(node.value) and isinstance(target, (ast.Tuple, ast.List)):
            for number, item in enumerate(target.elts):
                self._note(number, getattr(item, "id", None))
        elif isinstance(node.value, ast.Call) and isinstance(target, ast.Name):
            inner = _place(node.value.args[0]) if node.value.args else None
            if inner is not None:
                self._note(inner, target.id)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        for value in node.args:
            place = _place(value)
            if place is not None:
                called = ast.Call(node.func, [ast.Name("argument", ast.Load())], [])
                found = uses_of(["argument"], ast.Expr(called), NOTHING)["argument"]
                self.direct.setdefault(place, Use()).add(found)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        place = _place(node.left)
        if place is not None:
            compared = ast.Compare(ast.Name("argument", ast.Load()), node.ops, node.comparators)
            found = uses_of(["argument"], ast.Expr(compared), NOTHING)["argument"]
            self.direct.setdefault(place, Use()).add(found)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        place = _place(node)
        if place is not None:
            self._note(place, None)
        self.generic_visit(node)

    def _note(self, place: int, name: Optional[str]) -> None:
        if place > 0 and self._guards:
            self.optional.setdefault(place, True)
        elif place > 0:
            self.optional.pop(place, None)
            self.names[place] = name or self.names.get(place)
        if place > 0:
            self.names.setdefault(place, name)


def _is_argv(node: Any) -> bool:
    return getattr(node, "attr", getattr(node, "id", "")) == "argv"


def _place(node: Any) -> Optional[int]:
    """Which item of ``sys.argv`` an expression is."""
    if not isinstance(node, ast.Subscript) or not _is_argv(node.value):
        return None
    key: Any = node.slice
    key = getattr(key, "value", None) if type(key).__name__ in ("Index", "Constant") else None
    key = getattr(key, "value", key)
    return key if isinstance(key, int) else None


def _asked_count(test: Any) -> Optional[Tuple[Any, int]]:
    """How a condition compares the length of ``sys.argv``, and with what."""
    for node in ast.walk(test):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Call) and node.left.args:
            value = getattr(node.comparators[0], "value", None)
            if _is_argv(node.left.args[0]) and isinstance(value, int):
                return node.ops[0], value
    return None


def _ends(body: Sequence[Any]) -> bool:
    """Whether statements end the script."""
    names = {
        getattr(inner, "attr", getattr(inner, "id", ""))
        for statement in body
        for inner in ast.walk(statement)
    }
    return bool(names & {"exit", "_exit", "quit"}) or any(isinstance(s, ast.Raise) for s in body)
