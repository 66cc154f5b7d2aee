"""Which statements a rewrite has changed, and marks in them that tell which have run."""

from __future__ import annotations

import ast
import builtins
import difflib
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple, Union

from .units import BLOCKS, DEFINITIONS, Unit, key_of, units_of

MARK = "__keras_codemod_ran__"
WITHOUT_EFFECT = (ast.Import, ast.ImportFrom, ast.Pass, ast.Global, ast.Nonlocal)
OFTEN_TRACED = frozenset(["call", "train_step", "test_step", "predict_step"])
"""Methods that AutoGraph runs as a copy: their branches are compared as graphs."""
DESCRIBING = frozenset(
    ["get_config", "from_config", "compute_output_shape", "compute_output_spec", "compute_mask"]
)
"""Methods that only saving and shape inference call."""


class Slot(NamedTuple):
    """An expression that may stay unevaluated in a statement that runs: a branch, a body."""

    holder: ast.AST
    field: str
    place: Optional[int]


@dataclass
class Marks:
    """The rewritten lines of each file, and which of the marks in them were passed."""

    lines: Dict[str, List[int]]
    numbers: Dict[str, List[int]]
    passed: Set[int]

    def not_run(self) -> Dict[str, List[int]]:
        """For each file the rewritten lines that have not run."""
        return {
            path: sorted(
                {
                    line
                    for number, line in zip(self.numbers[path], lines)
                    if number not in self.passed
                }
            )
            for path, lines in self.lines.items()
        }


def mark_changes(before: Dict[str, bytes], after: Dict[str, bytes]) -> Tuple[Marks, Dict[str, Any]]:
    """The marks for the files of ``after`` that differ from ``before``, and their marked trees."""
    marks = Marks({}, {}, set())
    trees = {}
    count = 0
    for path, content in after.items():
        if path not in before or before[path] == content:
            continue
        try:
            old, new = ast.parse(before[path]), ast.parse(content, path)
        except (SyntaxError, ValueError):
            continue  # What does not parse does not run, and says so.
        targets = list(_changes(old, new))
        marks.lines[path] = [line for line, _ in targets]
        marks.numbers[path] = list(range(count, count + len(targets)))
        for number, (_, target) in zip(marks.numbers[path], targets):
            _mark(target, number)
        count += len(targets)
        trees[path] = ast.fix_missing_locations(new)
    setattr(builtins, MARK, _recorder(marks.passed))
    return marks, trees


def _recorder(passed: Set[int]) -> Any:
    def ran(number: int, value: Any = None) -> Any:
        passed.add(number)
        return value

    return ran


def _changes(old: ast.Module, new: ast.Module) -> Iterator[Tuple[int, Union[Unit, Slot]]]:
    """The line and the place of each mark."""
    before, after = list(units_of(old.body, ())), list(units_of(new.body, ()))
    known = {unit.scope for unit in before}
    old_keys, new_keys = [key_of(unit) for unit in before], [key_of(unit) for unit in after]
    matcher = difflib.SequenceMatcher(None, old_keys, new_keys, autojunk=False)
    for operation, i1, i2, j1, j2 in matcher.get_opcodes():
        if operation == "equal":
            continue
        if operation == "delete":
            for unit in _beside(before[i1:i2], after, j1):
                yield from _places(unit, None, known)
            continue
        partners: List[Optional[Unit]] = [None] * (j2 - j1)
        if i2 - i1 == j2 - j1:
            partners = list(before[i1:i2])
        for unit, partner in zip(after[j1:j2], partners):
            yield from _places(unit, partner, known)


def _beside(gone: List[Unit], after: List[Unit], place: int) -> Iterator[Unit]:
    """For each scope that lost a statement one that stands there still, the nearest."""
    for scope in dict.fromkeys(unit.scope for unit in gone):
        left = [number for number, unit in enumerate(after) if unit.scope == scope]
        if left:
            yield after[min(left, key=lambda number: abs(number - place))]


def _places(
    unit: Unit, partner: Optional[Unit], known: Set[Tuple[str, ...]]
) -> Iterator[Tuple[int, Union[Unit, Slot]]]:
    node = unit.node
    if isinstance(node, (*WITHOUT_EFFECT, *DEFINITIONS)) or _is_traced_only(unit):
        return
    for depth, outer in enumerate(unit.around):
        # A new class is used where it is named, which is a changed line too.
        if isinstance(outer, ast.ClassDef) and unit.scope[: depth + 1] not in known:
            return
    method = _method(unit)
    if method is not None and method.name in DESCRIBING:
        return
    if method is not None and method.name in OFTEN_TRACED:
        first = next(units_of(method.body, unit.around), None)
        if first is not None:
            yield node.lineno, first._replace(node=method.body[0], siblings=method.body)
        return
    slots: List[Optional[Slot]] = [None]
    if partner is not None and type(partner.node) is type(node):
        slots = list(dict.fromkeys(_different(partner.node, node, None))) or [None]
    for slot in slots:
        yield node.lineno, unit if slot is None else slot


def _is_traced_only(unit: Unit) -> bool:
    """Whether only a graph of it runs: `tf.function`."""
    return any(
        "function" in ast.dump(decorator)
        for outer in unit.around
        for decorator in getattr(outer, "decorator_list", ())
    )


def _method(unit: Unit) -> Optional[ast.FunctionDef]:
    for outer, inner in zip(unit.around, unit.around[1:]):
        if isinstance(outer, ast.ClassDef) and isinstance(inner, ast.FunctionDef):
            return inner
    return None


def _different(old: Any, new: Any, slot: Optional[Slot]) -> Iterator[Optional[Slot]]:
    """The innermost slots that hold the differences of two nodes; ``None`` for none of them."""
    if type(old) is not type(new):
        yield slot
        return
    if not isinstance(new, ast.AST):
        if old != new:
            yield slot
        return
    for name, value in ast.iter_fields(new):
        if name in BLOCKS and isinstance(new, ast.stmt):
            continue
        before = getattr(old, name, None)
        if isinstance(value, list) and isinstance(before, list):
            if len(value) != len(before):
                yield slot
                continue
            for index, (first, second) in enumerate(zip(before, value)):
                yield from _different(first, second, _slot(new, name, index, second) or slot)
        else:
            yield from _different(before, value, _slot(new, name, None, value) or slot)


def _slot(holder: ast.AST, field: str, index: Optional[int], value: Any) -> Optional[Slot]:
    branches = (
        (isinstance(holder, ast.IfExp) and field in ("body", "orelse"))
        or (isinstance(holder, ast.BoolOp) and index is not None and index > 0)
        or (isinstance(holder, ast.Lambda) and field == "body")
        or (isinstance(holder, (ast.ListComp, ast.SetComp, ast.GeneratorExp)) and field == "elt")
        or (isinstance(holder, ast.DictComp) and field in ("key", "value"))
    )
    return Slot(holder, field, index) if branches and isinstance(value, ast.expr) else None


def _mark(target: Union[Unit, Slot], number: int) -> None:
    if isinstance(target, Slot):
        value = getattr(target.holder, target.field)
        if target.place is None:
            setattr(target.holder, target.field, _call(number, value, value))
        else:
            value[target.place] = _call(number, value[target.place], value[target.place])
        return
    node, siblings = target.node, target.siblings
    place = next(index for index, item in enumerate(siblings) if item is node)
    if isinstance(node, ast.Return) and node.value is not None:
        node.value = _call(number, node.value, node.value)
        return
    runs_through = not hasattr(node, "body") and not isinstance(
        node, (ast.Return, ast.Raise, ast.Break, ast.Continue)
    )
    mark = ast.copy_location(ast.Expr(_call(number, None, node)), node)
    siblings.insert(place + runs_through, mark)


def _call(number: int, value: Optional[ast.expr], where: ast.AST) -> ast.expr:
    name, constant = ast.Name(MARK, ast.Load()), ast.Constant(number)
    call = ast.Call(name, [constant] if value is None else [constant, value], [])
    for node in (name, constant, call):
        ast.copy_location(node, where)
    return call
