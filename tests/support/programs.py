"""Programs at random, which build with branches, loops, exceptions, containers and objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from hypothesis import strategies as st

from tests.support.program_definitions import DEFINITIONS, header_for

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
        "for q in list({xs})[:3]:",
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
    # By address, which is chance.
    "sorted(",
)


@dataclass(frozen=True)
class Program:
    """A program; ``is_straight`` where its code has no branches, loops or calls of such."""

    header: str
    body: str
    is_straight: bool

    @property
    def source(self) -> str:
        """The whole text."""
        return self.header + self.body


def random_program(seed: int) -> Program:
    """The program that belongs to ``seed``."""
    random = Random(seed)
    straight = random.random() < 0.25
    setup = [_filled(random, random.choice(choice)) for choice in SETUP]
    lines = [*setup, *_block(random, 0, False, straight), *ENDING]
    if random.random() < 0.5 or any("return" in line for line in lines):
        lines = ["def main():", "    global table", *_indented(lines), "main()"]
    body = "\n".join(lines) + "\n"
    # Few programs also have functions that nobody calls, which cost as much as the rest.
    header = header_for(" ".join(DEFINITIONS) if random.random() < 0.1 else body)
    branches = any(word in body for word in BRANCHING)
    return Program(header, body, straight and not branches)


def programs() -> st.SearchStrategy[Program]:
    """Programs at random."""
    return st.integers(0, 2**40).map(random_program)


def shortened(program: Program, is_wrong: Callable[[Program], bool]) -> str:
    """The program without the lines that it need not have to be wrong, but for its header."""
    body = program.body.rstrip("\n").split("\n")
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
            candidate = replace(program, body="\n".join(lines) + "\n")
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
