"""Programs at random, run on stand-ins for TensorFlow and Keras that only keep what is symbolic."""

from __future__ import annotations

import builtins
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from random import Random
from types import ModuleType, SimpleNamespace
from typing import Any

from hypothesis import strategies as st

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from collections import defaultdict, deque, namedtuple
from contextlib import contextmanager
from dataclasses import dataclass
from settings import choose

Pair = namedtuple("Pair", "a b")
shared = 1.0
table = {}

class Holder:
    x = 1.0
    def __init__(self, x):
        self.x = x
        self.items = []
    def set(self, x):
        self.x = x
    def off(self):
        self.x = 1.0
    def keep(self, x):
        self.items.append(x)
        return self
    def perhaps(self, x):
        if choose():
            self.x = x
    def get(self):
        return self.x
    @property
    def current(self):
        return self.x
    def __call__(self, x):
        self.x = x
        return x
    def __iter__(self):
        yield self.x
        yield 1.0
    def __getitem__(self, key):
        return self.x
    def __add__(self, other):
        return other
    def __enter__(self):
        return self.x
    def __exit__(self, *error):
        self.x = 1.0
        return True

class Slot(Holder):
    def set(self, x):
        super().set(x)
        self.items = [x]

@dataclass
class Record:
    a: object
    b: object = 1.0

@contextmanager
def holding(x):
    yield x

def push(values, x):
    values.append(x)

def make():
    return []

def both(x, y):
    return y, x

def first(*values, **named):
    return values[0]

def named(**values):
    return values

def fill(mapping, x):
    mapping["k"] = x
    return mapping

def maybe(x):
    if choose():
        return x
    return 1.0

def store(x):
    global shared
    shared = x

def generate(x):
    yield x
    yield 1.0

def fail(holder, x):
    holder.x = x
    if choose():
        raise ValueError
    holder.x = 1.0

def deep(count, x, values):
    if count == 0:
        values.append(x)
        return 1.0
    return deep(count - 1, x, values)

def counter(x):
    kept = [1.0]
    def change(y):
        nonlocal x
        x = y
        kept.append(y)
    def read():
        return x
    return change, read, kept

def apply(function, x):
    return function(x)

"""

VALUES = ("u", "v", "w")
LISTS = ("xs", "ys")
DICTS = ("d", "e")
OBJECTS = ("o", "p")
SETUP = (
    ("u = keras.Input((3,))",),
    ("v = 1.0", "v = keras.Input((3,))"),
    ("w = 2.0", "w = u"),
    ("xs = []", "xs = [u]", "xs = [1.0, {v}]"),
    ("ys = [1.0]", "ys = xs", "ys = [{v}, {w}]"),
    ("d = {{'k': 1.0}}", "d = {{'k': {v}}}"),
    ("e = {{}}", "e = d", "e = dict(k={w})"),
    ("o = Holder({v})", "o = Slot({w})"),
    ("p = Slot(v)", "p = o", "p = Holder(1.0)"),
    ("change, read, kept = counter({v})",),
    ("groups = defaultdict(list)",),
    ("line = deque()",),
)
ENDING = (
    *("tf.abs(u)", "tf.abs(v)", "tf.abs(w)", "tf.add_n(xs)", "tf.add_n(ys)", "tf.abs(o.x)"),
    *("tf.abs(p.get())", "tf.add_n(list(d.values()))", "tf.add_n(o.items)", "tf.abs(read())"),
    *("tf.add_n(kept)", "tf.abs(shared)", "tf.add_n(line)", "tf.abs(ys[-1])", "tf.abs(e['k'])"),
)

_EXPRESSIONS = (
    *("{v}", "{v}", "{v}", "1.0", "{xs}[-1]", "{xs}[0]", "{d}['k']", "{o}.x", "{o}.get()"),
    *("({v} if choose() else {w})", "maybe({v})", "first({v}, {w})", "shared", "read()"),
    *("{d}.get('k', {v})", "{o}.current", "[{v}, {w}][0]", "Pair({v}, {w}).a", "kept[-1]"),
    *("next(iter({o}))", "{o}[0]", "(lambda: {v})()", "[q for q in {xs}][-1]", "({v}, {w})[1]"),
    *("Record({v}).b", "Record({v}).a", "{o} + {v}", "next(generate({v}))", "apply(first, {v})"),
    *("max([1.0])", "{d}.setdefault('k', {v})", "{xs}.pop()", "list(named(k={v}).values())[0]"),
)
_STATEMENTS = (
    *("{v} = {x}", "{v} = {x}", "{v} = tf.abs({x})", "{v} = tf.abs({x})", "tf.abs({x})"),
    *("tf.add_n({xs})", "tf.add_n(list({d}.values()))", "tf.add_n(groups['a'])", "tf.abs(shared)"),
    *("{v} = layers.Dense(3)({x})", "{xs}.append({x})", "{xs}.append({x})", "{xs} = [{x}, {y}]"),
    *("{xs} = {ys}", "{xs} = make()", "{xs}[0] = {x}", "{xs} += [{x}]", "{xs}.insert(0, {x})"),
    *("{xs}.extend({ys}[:3])", "{xs}.pop()", "{xs} = {xs}[-3:] + {ys}[-3:]", "{xs} = list({xs})"),
    *("{d}['k'] = {x}", "{d}.update(k={x})", "{d}.update({e})", "{d} = {{**{d}, 'k': {x}}}"),
    *("{d} = {{**({d} if choose() else {e})}}", "{d}.setdefault('k', {x})", "{d}.clear()"),
    *("{d} = fill({e}, {x})", "fill({d}, {x})", "{d} = named(k={x})", "{d} = {e}", "{d} |= {e}"),
    *("{o} = Holder({x})", "{o} = Slot({x})", "{o}.x = {x}", "{o}.set({x})", "{o}.off()"),
    *("{o} = {p}", "{o}.perhaps({x})", "{o}.keep({x}).keep({y})", "tf.add_n({o}.items)"),
    *("{o}({x})", "Holder.x = {x}", "push({xs}, {x})", "push({o}.items, {x})", "store({x})"),
    *("{v}, {w} = both({x}, {y})", "{v}, {w} = {o}", "{v}, *{xs} = [{x}, {y}, 1.0]"),
    *("change({x})", "apply(change, {x})", "apply({o}.set, {x})", "deep(3, {x}, {xs})"),
    *("[{xs}.append({x}) for _ in range(2)]", "{ys} = [tf.abs(q) for q in {xs}]"),
    *(
        "groups['a'].append({x})",
        "groups[{v}].append({x})",
        "line.append({x})",
        "{v} = line.popleft()",
    ),
    *("{ys} = list(map(lambda q: q, {xs}))", "table['t'] = {x}", "{v} = table.get('t', {y})"),
    *("{v} = sorted({xs}, key=id)[0]", "fail({o}, {x})", "{v} = ({w} := {x})", "del {d}['k']"),
    *("{v} = keras.Input((3,))", "{d} = dict(zip(['k', 'm'], {xs}))", "{v}, {w} = {w}, {v}"),
)
_BLOCKS = (
    *(
        "if choose():",
        "if choose():",
        "for _ in range(3):",
        "while choose():",
        "for q in list({xs}):",
    ),
    *("for {v} in [{x}, {y}]:", "with holding({x}) as {v}:", "with {o} as {v}:", "try:"),
    *("for k, {v} in {d}.items():", "for {v} in {o}:"),
)
_LEAVES = ("break", "continue", "raise ValueError", "if choose(): raise ValueError", "return")


_POOLS = {"v": VALUES, "w": VALUES, "xs": LISTS, "ys": LISTS, "d": DICTS, "e": DICTS}
_POOLS |= {"o": OBJECTS, "p": OBJECTS}


def _filled(random: Random, pattern: str, depth: int = 0) -> str:
    parts = {name: random.choice(pool) for name, pool in _POOLS.items()}
    for name in ("x", "y"):
        if f"{{{name}}}" in pattern:
            inner = random.choice(_EXPRESSIONS) if depth < 2 else "{v}"
            parts[name] = _filled(random, inner, depth + 1)
    return pattern.format(**parts)


def _block(random: Random, depth: int, in_loop: bool, straight: bool) -> list[str]:
    lines: list[str] = []
    for _ in range(random.randint(1, 4) if depth else random.randint(5, 14)):
        kind = random.random()
        if straight or kind < 0.7 or depth > 2:
            lines.append(_filled(random, random.choice(_STATEMENTS)))
        elif kind < 0.77 and depth:
            leaf = random.choice(_LEAVES)
            if leaf in {"break", "continue"} and not in_loop:
                leaf = "raise ValueError"
            is_sure = random.random() < 0.4
            lines.append(leaf if is_sure else f"if choose(): {leaf.split(': ')[-1]}")
        else:
            lines += _compound(random, depth, in_loop)
    return lines


def _compound(random: Random, depth: int, in_loop: bool) -> list[str]:
    head = _filled(random, random.choice(_BLOCKS))
    loops = in_loop or head.startswith(("for", "while"))
    lines = [head, *_indented(_block(random, depth + 1, loops, False))]
    if head == "try:":
        lines += ["except Exception:", *_indented(_block(random, depth + 1, in_loop, False))]
        if random.random() < 0.4:
            lines += ["finally:", *_indented(_block(random, depth + 1, False, True))]
    elif random.random() < 0.3 and not head.startswith("with"):
        lines += ["else:", *_indented(_block(random, depth + 1, in_loop, False))]
    return lines


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


BRANCHING = (
    "choose()",
    "maybe",
    "perhaps",
    "fail(",
    "deep(",
    " for ",
    "map(",
    "generate(",
    "= o\n",
)


@dataclass(frozen=True)
class Program:
    """A program; ``is_straight`` where its code has no branches, loops or calls of such."""

    source: str
    is_straight: bool


def random_program(seed: int) -> Program:
    """The program that belongs to ``seed``."""
    random = Random(seed)
    straight = random.random() < 0.25
    setup = [_filled(random, random.choice(choice)) for choice in SETUP]
    body = [*setup, *_block(random, 0, False, straight), *ENDING]
    if random.random() < 0.5 or any("return" in line for line in body):
        body = ["def main():", "    global table", *_indented(body), "main()"]
    text = "\n".join(body)
    branches = any(word in text for word in BRANCHING)
    return Program(HEADER + text + "\n", straight and not branches)


def programs() -> st.SearchStrategy[Program]:
    """Programs at random."""
    return st.integers(0, 2**40).map(random_program)


def shortened(program: Program, is_wrong: Callable[[Program], bool]) -> str:
    """The program without the lines that it need not have to be wrong, but for its header."""
    body = program.source[len(HEADER) :].rstrip("\n").split("\n")
    index = len(body) - 1
    while index >= 0:
        end = index + 1
        while end < len(body) and _indent(body[end]) > _indent(body[index]):
            end += 1
        shorter = [body[:index] + body[end:]]
        if end > index + 1:
            inner = [line[4:] for line in body[index + 1 : end]]
            shorter.append(body[:index] + inner + body[end:])
        for lines in shorter:
            candidate = Program(HEADER + "\n".join(lines) + "\n", program.is_straight)
            if _parses(candidate.source) and is_wrong(candidate):
                body, index = lines, len(lines)
                break
        index -= 1
    return "\n".join(body)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _parses(source: str) -> bool:
    try:
        compile(source, "program", "exec")
    except SyntaxError:
        return False
    return True


class Tensor:
    """A stand-in for a KerasTensor."""

    def __bool__(self) -> bool:
        raise TypeError("no truth")

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


def holds(item: object, seen: tuple[int, ...] = ()) -> bool:
    """Whether an argument is, or holds, a tensor."""
    if isinstance(item, Tensor) or id(item) in seen:
        return isinstance(item, Tensor)
    if isinstance(item, dict):
        return any(holds(part, (*seen, id(item))) for part in item.values())
    if isinstance(item, (list, tuple, deque)):
        return any(holds(part, (*seen, id(item))) for part in item)
    return False


def run_on_stubs(source: str, bits: list[bool]) -> dict[int, set[bool]]:
    """Run a program; for each line with ops, whether they were given tensors.

    ``bits`` are what ``choose`` gives, over and over.
    """
    seen: dict[int, set[bool]] = defaultdict(set)
    turns = cycle(bits)
    left = [60]

    def choose() -> bool:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return next(turns)

    def op(*values: object) -> object:
        if any(isinstance(value, (list, deque)) and not value for value in values):
            raise ValueError
        symbolic = holds(values)
        seen[sys._getframe(1).f_lineno].add(symbolic)
        return Tensor() if symbolic else 1.0

    def layer(*_: object) -> Callable[..., object]:
        return lambda *values: Tensor() if holds(values) else 1.0

    keras = SimpleNamespace(Input=lambda shape: Tensor(), layers=SimpleNamespace(Dense=layer))
    tensorflow = SimpleNamespace(abs=op, add_n=op, keras=keras)
    stubs: dict[str, Any] = {
        "tensorflow": tensorflow,
        "tensorflow.keras": keras,
        "settings": SimpleNamespace(choose=choose),
    }

    def import_(name: str, *arguments: Any, **named: Any) -> Any:
        return stubs[name] if name in stubs else builtins.__import__(name, *arguments, **named)

    module = ModuleType("program")
    module.__dict__["__builtins__"] = {**vars(builtins), "__import__": import_}
    sys.modules["program"] = module
    code = compile(source, "program", "exec")
    # A program may fail: what ran before has run.
    with suppress(Exception, KeyboardInterrupt):
        exec(code, module.__dict__)
    return seen


def choices() -> Iterator[list[bool]]:
    """What ``choose`` gives in several runs."""
    yield [True]
    yield [False]
    yield [True, False]
    yield [False, False, True]
    yield [True, True, False, True, False, False]
    yield [False, True, True, False, False, True, False]
