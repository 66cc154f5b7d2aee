"""Mutants of a source: one planted fault each, made with LibCST and chosen with a fixed seed."""

from __future__ import annotations

import ast
import difflib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import libcst as cst

OTHER_FLOATS = re.compile(r"float16|float64|bfloat16|set_floatx")
TENSORFLOW = re.compile(r"^import tensorflow(?:\.compat\.v2)? as (\w+)", re.MULTILINE)
NOT_OF_THE_MODEL = frozenset(["compile", "fit", "summary", "print", "register_keras_serializable"])


@dataclass(frozen=True)
class Place:
    """A node with the nodes around it, the outermost first.

    ``tensorflow`` is what the file calls TensorFlow; ``other_floats`` says that it names a float
    type other than float32.
    """

    node: cst.CSTNode
    ancestors: tuple[cst.CSTNode, ...]
    tensorflow: str | None
    other_floats: bool

    @property
    def parent(self) -> cst.CSTNode:
        """The innermost node around."""
        return self.ancestors[-1]

    @property
    def function(self) -> str | None:
        """The name of the innermost function around."""
        names = [item.name.value for item in self.ancestors if isinstance(item, cst.FunctionDef)]
        return names[-1] if names else None

    @property
    def is_in_call(self) -> bool:
        """Whether this stands in the ``call`` of a layer."""
        return self.function == "call" and any(
            isinstance(item, cst.ClassDef) for item in self.ancestors
        )


@dataclass(frozen=True)
class Edit:
    """One fault: nodes of the tree, each with what takes its place."""

    kind: str
    changes: tuple[tuple[cst.CSTNode, cst.CSTNode], ...]


@dataclass(frozen=True)
class Mutant:
    """One mutated source; ``line`` is that of the first change, the texts are stripped lines."""

    kind: str
    line: int
    before: str
    after: str
    source: bytes

    def __str__(self) -> str:
        return f"{self.kind}, line {self.line}: {self.before} -> {self.after}"


Operator = Callable[[Place], Iterator[Edit]]


def edits_of(module: cst.Module, operators: Sequence[Operator]) -> list[Edit]:
    """All edits of ``module`` in source order; code that makes no model is left alone."""
    aliases = TENSORFLOW.search(module.code)
    walk = _Walk(
        operators,
        aliases.group(1) if aliases else None,
        bool(OTHER_FLOATS.search(module.code)),
    )
    module.visit(walk)
    return walk.edits


class _Walk(cst.CSTVisitor):
    def __init__(
        self, operators: Sequence[Operator], tensorflow: str | None, other_floats: bool
    ) -> None:
        super().__init__()
        self.edits: list[Edit] = []
        self._operators = operators
        self._tensorflow = tensorflow
        self._other_floats = other_floats
        self._ancestors: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if _makes_no_model(node):
            return False
        if self._ancestors:
            place = Place(node, tuple(self._ancestors), self._tensorflow, self._other_floats)
            for operator in self._operators:
                self.edits.extend(operator(place))
        self._ancestors.append(node)
        # What a configuration says is no computation: ``lost_configuration`` sees to it.
        return not (isinstance(node, cst.FunctionDef) and node.name.value == "get_config")

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if self._ancestors and self._ancestors[-1] is original_node:
            self._ancestors.pop()


def _makes_no_model(node: cst.CSTNode) -> bool:
    """Whether nothing below ``node`` can change a model: names, docstrings, training."""
    if isinstance(node, (cst.FormattedString, cst.Import, cst.ImportFrom)):
        return True
    if isinstance(node, cst.Expr):
        return isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString))
    if isinstance(node, cst.Arg):
        return node.keyword is not None and node.keyword.value == "name"
    if isinstance(node, cst.Call):
        return last_name(node.func) in NOT_OF_THE_MODEL
    if isinstance(node, cst.If):
        test = node.test
        return (
            isinstance(test, cst.Comparison)
            and isinstance(test.left, cst.Name)
            and test.left.value == "__name__"
        )
    return False


def last_name(node: cst.CSTNode) -> str:
    """``c`` of ``a.b.c``, the name itself of a name, nothing of anything else."""
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def mutant_of(module: cst.Module, edit: Edit) -> Mutant | None:
    """The source with the fault in it; None where it does not parse or nothing has changed."""
    changed = module.visit(_Replacing(dict(edit.changes)))
    assert isinstance(changed, cst.Module)
    source = changed.code
    original, parsed = _original(module)
    try:
        same = ast.dump(ast.parse(source)) == parsed
    except SyntaxError:
        return None
    if same:
        return None
    line, before, after = first_change(original, source)
    return Mutant(edit.kind, line, before, after, changed.bytes)


@lru_cache(maxsize=1)
def _original(module: cst.Module) -> tuple[str, str]:
    """The source that all mutants of a module are compared with, and its tree."""
    code = module.code
    return code, ast.dump(ast.parse(code))


class _Replacing(cst.CSTTransformer):
    def __init__(self, changes: Mapping[cst.CSTNode, cst.CSTNode]) -> None:
        super().__init__()
        self._changes = changes

    # LibCST's own type of what may come back is an invariant union.
    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode:
        return self._changes.get(original_node, updated_node)


def first_change(before: str, after: str) -> tuple[int, str, str]:
    """The first line that differs, and the lines that do on either side, each hunk behind ``|``."""
    old, new = before.splitlines(), after.splitlines()
    hunks = [
        (start, (old[start:end], new[other_start:other_end]))
        for tag, start, end, other_start, other_end in difflib.SequenceMatcher(
            None, old, new, autojunk=False
        ).get_opcodes()
        if tag != "equal"
    ]
    texts = [
        " | ".join(" ".join(" ".join(sides[side]).split()) for _, sides in hunks) for side in (0, 1)
    ]
    return hunks[0][0] + 1, texts[0], texts[1]


@dataclass
class Supply:
    """The edits of one file by kind, in the order in which they are taken.

    Where ``lines`` is given, only those that change one of these lines are, and files.
    """

    module: cst.Module
    lines: frozenset[int] | None = None
    waiting: dict[str, list[Edit]] = field(default_factory=dict)
    taken: set[bytes] = field(default_factory=set)

    def next_mutant(self, chosen: Counter[str]) -> Mutant | None:
        """A mutant of the kind chosen least so far, None where none is left."""
        while self.waiting:
            kind = min(self.waiting, key=lambda name: (chosen[name], name))
            mutant = mutant_of(self.module, self.waiting[kind].pop(0))
            if not self.waiting[kind]:
                del self.waiting[kind]
            # What a file is read for counts, whether or not the line was rewritten.
            is_left = self.lines is not None and kind != "file"
            if mutant is None or (is_left and mutant.line not in (self.lines or ())):
                continue
            if mutant.source not in self.taken:
                self.taken.add(mutant.source)
                return mutant
        return None


def changed_lines(before: bytes, after: bytes) -> frozenset[int]:
    """The numbers of the lines of ``after`` that ``before`` does not have."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), False)
    return frozenset(
        line + 1
        for tag, _, _, start, end in matcher.get_opcodes()
        if tag != "equal"
        for line in range(start, end)
    )


def supply_of(
    source: bytes,
    operators: Sequence[Operator],
    seed: int,
    lines: frozenset[int] | None = None,
) -> Supply:
    """The mutants that ``source`` can have; the order within a kind is drawn with ``seed``."""
    module = cst.parse_module(source)
    supply = Supply(module, lines)
    for edit in edits_of(module, operators):
        supply.waiting.setdefault(edit.kind, []).append(edit)
    for kind, edits in supply.waiting.items():
        random.Random(f"{seed} {kind}").shuffle(edits)
    return supply


def choose(supplies: Mapping[str, Supply], caps: Mapping[str, int]) -> list[tuple[str, Mutant]]:
    """Mutants evenly over files and kinds: one of each file in turn, at most ``caps`` of each.

    The first N are what a choice of N in all would be.
    """
    chosen: list[tuple[str, Mutant]] = []
    kinds: Counter[str] = Counter()
    for turn in range(max(caps.values(), default=0)):
        for name, supply in supplies.items():
            mutant = supply.next_mutant(kinds) if turn < caps[name] else None
            if mutant is not None:
                kinds[mutant.kind] += 1
                chosen.append((name, mutant))
    return chosen
