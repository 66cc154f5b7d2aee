"""Random functional programs whose ops are chosen by open values, with all their values."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

HEADER = """\
import functools

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def own(x):
    return x * tf.sigmoid(1.5 * x)


def scaled(x, by=0.5):
    return tf.tanh(x) * by


"""
FUNCTIONS = ("tf.nn.relu", "tf.tanh", "tf.nn.softplus", "tf.nn.gelu", "tf.sin", "tf.nn.relu6")
OWN = ("own", "scaled", "lambda t: t - tf.square(t)", "functools.partial(scaled, by=2.0)")
NAMES = ("relu", "tanh", "softplus", "sigmoid")
REDUCTIONS = ("tf.reduce_sum", "tf.reduce_max", "tf.reduce_mean", "tf.reduce_min")
COMBINATIONS = 7
"""Calls of one program: each value of each parameter, and some together."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """Source of one program, the name of its builder, and the arguments of all calls."""

    source: str
    builder: str
    calls: tuple[str, ...]


@dataclass(kw_only=True)
class _Writer:
    """One program while it is written; ``suffix`` keeps its names apart from the others'."""

    random: random.Random
    suffix: str
    before: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    is_method: bool = False

    def parameter(self, values: list[str]) -> str:
        """A new parameter; the first of ``values`` is its default."""
        name = f"p{len(self.values)}"
        self.values[name] = values
        return self.attribute(name) if self.is_method else name

    def attribute(self, name: str) -> str:
        return f"self.{name}" if self.random.random() < 0.7 else name

    def table(self) -> tuple[str, list[str]]:
        """A table of functions at module level, and its keys."""
        name = f"TABLE_{self.suffix}_{len(self.before)}"
        functions = self.random.sample(FUNCTIONS, self.random.randint(2, 4))
        functions += self.random.sample(OWN, self.random.randint(0, 2))
        self.random.shuffle(functions)
        items = ", ".join(f'"{key}": {text}' for key, text in zip("abcdefg", functions))
        self.before.append(f"{name} = {{{items}}}")
        return name, [repr(key) for key, _ in zip("abcdefg", functions)]

    def line(self, text: str, depth: int = 0) -> None:
        self.body.append("    " * depth + text)

    def op(self, operand: str = "x") -> str:
        """An op whose values are fixed."""
        return self.random.choice(
            [
                f"{self.random.choice(FUNCTIONS)}({operand})",
                f"{operand} * {self.random.choice(['2.0', '0.5', '-1.5'])}",
                f"tf.roll({operand}, 1, 1)",
                f"tf.concat([{operand}[:, 1:], {operand}[:, :1]], 1)",
                f"{operand} - tf.reduce_mean({operand}, -1, keepdims=True)",
            ]
        )


def _table_item(w: _Writer) -> None:
    table, keys = w.table()
    parameter = w.parameter(keys)
    use = w.random.choice(["{t}[{p}]", "{t}.get({p})", "{t}.get({p}, tf.cos)"])
    use = use.format(t=table, p=parameter)
    if w.random.random() < 0.5:
        w.line(f"act = {use}")
        use = "act"
    w.line(f"x = {w.random.choice(['{}(x)', 'tf.abs({}(x)) + x', '{}(tf.sin(x))']).format(use)}")


def _named_function(w: _Writer) -> None:
    parameter = w.parameter([repr(name) for name in w.random.sample(NAMES, 3)])
    use = w.random.choice(["getattr(tf.nn, {})", "keras.activations.get({})"]).format(parameter)
    if w.random.random() < 0.5:
        w.line(f"act = {use}")
        use = "act"
    w.line(f"x = {use}(x) * 0.5")


def _inline_table(w: _Writer) -> None:
    functions = w.random.sample(REDUCTIONS, 3)
    keys = ["'u'", "'v'", "'w'"]
    parameter = w.parameter(keys)
    items = ", ".join(f"{key}: {text}" for key, text in zip(keys, functions))
    w.line(f"x = x - {{{items}}}[{parameter}](x, 1, keepdims=True)")


def _comparison(w: _Writer) -> None:
    parameter = w.parameter(["'first'", "'second'", "'third'"])
    subject = f"{parameter}.lower()" if w.random.random() < 0.3 else parameter
    w.line(f"if {subject} == 'first':")
    w.line(f"x = {w.op()}", 1)
    if w.random.random() < 0.6:
        w.line(f"elif {subject} in ('second', 'other'):")
        w.line(f"x = {w.op()}", 1)
    w.line("else:")
    w.line(f"x = {w.op()}", 1)


def _ternary(w: _Writer) -> None:
    parameter = w.parameter(["True", "False"])
    one, other = w.random.sample(FUNCTIONS, 2)
    if w.random.random() < 0.5:
        w.line(f"act = {one} if {parameter} else {other}")
        w.line("x = act(x)")
    else:
        w.line(f"x = ({one} if {parameter} else {other})(x)")


def _number(w: _Writer) -> None:
    kind = w.random.randrange(6)
    if kind == 0:
        w.line(f"x = tf.tanh(x * {w.parameter(['2.0', '0.25', '-1.0'])})")
    elif kind == 1:
        w.line(f"x = x - tf.reduce_mean(x, {w.parameter(['1', '2', '-1'])}, keepdims=True)")
    elif kind == 2:
        w.line(f"x = tf.roll(x, {w.parameter(['1', '2'])}, {w.parameter(['1', '2'])})")
    elif kind == 3:
        size = w.parameter(["1", "2", "3"])
        w.line(f"x = tf.concat([x[:, {size}:], x[:, :{size}]], 1)")
    elif kind == 4:
        limit = w.parameter(["0.5", "1.0"])
        w.line(f"x = tf.clip_by_value(x, -{limit}, {limit} + 0.25)")
    else:
        w.line(f"x = tf.stack([x[..., {w.parameter(['0', '3'])}]] * 6, -1) + x")


def _loop(w: _Writer) -> None:
    count = w.parameter(["2", "1", "3"])
    w.line(f"for k in range({count}):")
    w.line(f"x = tf.sin(x) + k * {w.random.choice(['0.5', 'float(k)'])}", 1)
    if w.random.random() < 0.5:
        w.line(f"x = {w.op()}", 1)


def _optional(w: _Writer) -> None:
    parameter = w.parameter(["None", "0.5", "2.0"])
    w.line(f"scale = {parameter} or 1.25")
    w.line("x = tf.sin(x * scale)")
    if w.random.random() < 0.5:
        w.line(f"if {parameter} is not None:")
        w.line(f"x = x + {parameter} * tf.cos(x)", 1)


def _helper(w: _Writer) -> None:
    table, keys = w.table()
    name = f"helper_{w.suffix}_{len(w.before)}"
    default = w.random.choice(keys)
    w.before.append(
        f"def {name}(x, kind={default}, times=1.0):\n"
        f"    f = {table}[kind]\n"
        f"    return f(x * times) + {w.op()}"
    )
    parameter = w.parameter(keys)
    given = w.random.choice(["", ", times=0.5", f", times={w.parameter(['3.0', '0.5'])}"])
    w.line(f"x = {name}(x, {parameter}{given})")


def _closure(w: _Writer) -> None:
    parameter = w.parameter(["0.5", "1.5"])
    w.line(f"factor = {parameter}")
    w.line("def inner(t, shift=0.1):")
    w.line("return tf.tanh(t * factor) + shift", 1)
    if w.random.random() < 0.5:
        w.line("factor = factor + 1")
    w.line("x = inner(x)")


def _index(w: _Writer) -> None:
    functions = ", ".join(w.random.sample((*FUNCTIONS, *OWN[:2]), 3))
    w.line(f"x = [{functions}][{w.parameter(['0', '2', '1'])}](x)")


def _pair(w: _Writer) -> None:
    name = f"PAIRS_{w.suffix}_{len(w.before)}"
    one, other = w.random.sample(FUNCTIONS, 2)
    w.before.append(f'{name} = {{"a": ({one}, 0.5), "b": ({other}, 2.0)}}')
    w.line(f"act, by = {name}[{w.parameter([repr('b'), repr('a')])}]")
    w.line("x = act(x) * by")


def _nested(w: _Writer) -> None:
    name = f"CONFIG_{w.suffix}_{len(w.before)}"
    one, other = w.random.sample((*FUNCTIONS, "own"), 2)
    w.before.append(
        f'{name} = {{"a": {{"act": {one}, "by": 0.5}}, "b": {{"act": {other}, "by": 2.0}}}}'
    )
    w.line(f"config = {name}[{w.parameter([repr('b'), repr('a')])}]")
    w.line('x = config["act"](x) * config["by"]')


def _given_functions(w: _Writer) -> None:
    one, two, three = w.random.sample((*FUNCTIONS, "own", "scaled"), 3)
    kind = w.random.randrange(4)
    if kind == 0:
        w.line(f"for act in {w.parameter([f'[{one}, {two}]', f'[{three}]', f'({two}, {one})'])}:")
        w.line("x = act(x)", 1)
    elif kind == 1:
        w.line(f"x = {w.parameter([one, two, three])}(x) + x")
    elif kind == 2:
        w.line(f"act, by = {w.parameter([f'({one}, 0.5)', f'({two}, 1.5)'])}")
        w.line("x = act(x) * by")
    else:
        given = w.parameter([f"{{'act': {one}}}", f"{{'act': {two}}}"])
        w.line(f"x = {given}['act'](x) - x")


def _object(w: _Writer) -> None:
    name = f"Choice_{w.suffix}_{len(w.before)}"
    one, other = w.random.sample((*FUNCTIONS, "own"), 2)
    w.before.append(
        f"class {name}:\n"
        "    def __init__(self, act, by):\n"
        "        self.act = act\n"
        "        self.by = by\n\n"
        f'{name}_TABLE = {{"a": {name}({one}, 0.5), "b": {name}({other}, 1.5)}}'
    )
    w.line(f"choice = {name}_TABLE[{w.parameter([repr('a'), repr('b')])}]")
    w.line("x = choice.act(x) * choice.by")


def _method_by_name(w: _Writer) -> None:
    name = f"Methods_{w.suffix}_{len(w.before)}"
    w.before.append(
        f"class {name}:\n"
        f"    @staticmethod\n    def do_a(x):\n        return {w.op()}\n\n"
        f"    @staticmethod\n    def do_b(x):\n        return {w.op()}"
    )
    w.line(f'x = getattr({name}, "do_" + {w.parameter([repr("b"), repr("a")])})(x)')


def _match(w: _Writer) -> None:
    w.line(f"match {w.parameter([repr('u'), repr('v'), repr('w')])}:")
    w.line("case 'u':", 1)
    w.line(f"x = {w.op()}", 2)
    w.line("case 'v' | 'z':", 1)
    w.line(f"act = {w.random.choice(FUNCTIONS)}", 2)
    w.line("x = act(x) * 0.5", 2)
    w.line("case _:", 1)
    w.line(f"x = {w.op()}", 2)


def _fixed(w: _Writer) -> None:
    w.line(f"x = {w.op()}")


STEPS: tuple[Callable[[_Writer], None], ...] = (
    _table_item,
    _named_function,
    _inline_table,
    _comparison,
    _ternary,
    _number,
    _number,
    _loop,
    _optional,
    _helper,
    _closure,
    _index,
    _pair,
    _nested,
    _given_functions,
    _given_functions,
    _object,
    _method_by_name,
    _match,
    _fixed,
    _fixed,
)


def program(seed: int) -> Program:
    """The program of ``seed``; its names end with the seed."""
    w = _Writer(random=random.Random(seed), suffix=str(seed))
    w.is_method = w.random.random() < 0.3
    for step in w.random.choices(STEPS, k=w.random.randint(2, 5)):
        step(w)
    builder = f"build_{seed}"
    names = list(w.values)
    signature = ", ".join(f"{name}={w.values[name][0]}" for name in names)
    lines = ["\n\n".join(w.before), ""] if w.before else []
    if w.is_method:
        lines += [
            f"class Builder{seed}:",
            f"    def __init__(self{', ' * bool(names)}{signature}):",
        ]
        lines += [f"        self.{name} = {name}" for name in names] or ["        pass"]
        plain = [f"        {name} = self.{name}" for name in names]
        lines += ["", "    def build(self):", *plain]
        indent = "        "
        call = f"Builder{seed}({{}}).build()"
    else:
        lines += [f"def {builder}({signature}):"]
        indent = "    "
        call = f"{builder}({{}})"
    lines += [f"{indent}i = keras.Input((4, 6))", f"{indent}x = i"]
    lines += [f"{indent}{text}" for text in w.body]
    lines += [f"{indent}return keras.Model(i, x)", ""]
    return Program(source="\n".join(lines), builder=builder, calls=_calls(w, call))


def _calls(w: _Writer, call: str) -> tuple[str, ...]:
    each = [f"{name}={value}" for name, values in w.values.items() for value in values[1:]]
    together = [
        ", ".join(f"{name}={value}" for name, value in zip(w.values, chosen))
        for chosen in itertools.islice(itertools.product(*w.values.values()), 200)
    ]
    some = w.random.sample(together, min(2, len(together)))
    given = list(dict.fromkeys(["", *each, *some]))[:COMBINATIONS]
    return tuple(call.format(arguments) for arguments in given)
