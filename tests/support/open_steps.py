"""The steps of random functional programs: ops that open values choose in many ways."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.open_writer import FUNCTIONS, NAMES, OWN, REDUCTIONS, Writer


def _table_item(w: Writer) -> None:
    table, keys = w.table()
    parameter = w.parameter(keys)
    use = w.random.choice(["{t}[{p}]", "{t}.get({p})", "{t}.get({p}, tf.cos)"])
    use = use.format(t=table, p=parameter)
    if w.random.random() < 0.5:
        w.line(f"act = {use}")
        use = "act"
    w.line(f"x = {w.random.choice(['{}(x)', 'tf.abs({}(x)) + x', '{}(tf.sin(x))']).format(use)}")


def _named_function(w: Writer) -> None:
    parameter = w.parameter([repr(name) for name in w.random.sample(NAMES, 3)])
    use = w.random.choice(["getattr(tf.nn, {})", "keras.activations.get({})"]).format(parameter)
    if w.random.random() < 0.5:
        w.line(f"act = {use}")
        use = "act"
    w.line(f"x = {use}(x) * 0.5")


def _inline_table(w: Writer) -> None:
    functions = w.random.sample(REDUCTIONS, 3)
    keys = ["'u'", "'v'", "'w'"]
    parameter = w.parameter(keys)
    items = ", ".join(f"{key}: {text}" for key, text in zip(keys, functions))
    w.line(f"x = x - {{{items}}}[{parameter}](x, 1, keepdims=True)")


def _comparison(w: Writer) -> None:
    parameter = w.parameter(["'first'", "'second'", "'third'"])
    subject = f"{parameter}.lower()" if w.random.random() < 0.3 else parameter
    w.line(f"if {subject} == 'first':")
    w.line(f"x = {w.op()}", 1)
    if w.random.random() < 0.6:
        w.line(f"elif {subject} in ('second', 'other'):")
        w.line(f"x = {w.op()}", 1)
    w.line("else:")
    w.line(f"x = {w.op()}", 1)


def _ternary(w: Writer) -> None:
    parameter = w.parameter(["True", "False"])
    one, other = w.random.sample(FUNCTIONS, 2)
    if w.random.random() < 0.5:
        w.line(f"act = {one} if {parameter} else {other}")
        w.line("x = act(x)")
    else:
        w.line(f"x = ({one} if {parameter} else {other})(x)")


def _number(w: Writer) -> None:
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


def _loop(w: Writer) -> None:
    count = w.parameter(["2", "1", "3"])
    w.line(f"for k in range({count}):")
    w.line(f"x = tf.sin(x) + k * {w.random.choice(['0.5', 'float(k)'])}", 1)
    if w.random.random() < 0.5:
        w.line(f"x = {w.op()}", 1)


def _optional(w: Writer) -> None:
    parameter = w.parameter(["None", "0.5", "2.0"])
    w.line(f"scale = {parameter} or 1.25")
    w.line("x = tf.sin(x * scale)")
    if w.random.random() < 0.5:
        w.line(f"if {parameter} is not None:")
        w.line(f"x = x + {parameter} * tf.cos(x)", 1)


def _helper(w: Writer) -> None:
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


def _closure(w: Writer) -> None:
    parameter = w.parameter(["0.5", "1.5"])
    w.line(f"factor = {parameter}")
    w.line("def inner(t, shift=0.1):")
    w.line("return tf.tanh(t * factor) + shift", 1)
    if w.random.random() < 0.5:
        w.line("factor = factor + 1")
    w.line("x = inner(x)")


def _index(w: Writer) -> None:
    functions = ", ".join(w.random.sample((*FUNCTIONS, *OWN[:2]), 3))
    w.line(f"x = [{functions}][{w.parameter(['0', '2', '1'])}](x)")


def _pair(w: Writer) -> None:
    name = f"PAIRS_{w.suffix}_{len(w.before)}"
    one, other = w.random.sample(FUNCTIONS, 2)
    w.before.append(f'{name} = {{"a": ({one}, 0.5), "b": ({other}, 2.0)}}')
    w.line(f"act, by = {name}[{w.parameter([repr('b'), repr('a')])}]")
    w.line("x = act(x) * by")


def _nested(w: Writer) -> None:
    name = f"CONFIG_{w.suffix}_{len(w.before)}"
    one, other = w.random.sample((*FUNCTIONS, "own"), 2)
    w.before.append(
        f'{name} = {{"a": {{"act": {one}, "by": 0.5}}, "b": {{"act": {other}, "by": 2.0}}}}'
    )
    w.line(f"config = {name}[{w.parameter([repr('b'), repr('a')])}]")
    w.line('x = config["act"](x) * config["by"]')


def _given_functions(w: Writer) -> None:
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


def _object(w: Writer) -> None:
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


def _method_by_name(w: Writer) -> None:
    name = f"Methods_{w.suffix}_{len(w.before)}"
    w.before.append(
        f"class {name}:\n"
        f"    @staticmethod\n    def do_a(x):\n        return {w.op()}\n\n"
        f"    @staticmethod\n    def do_b(x):\n        return {w.op()}"
    )
    w.line(f'x = getattr({name}, "do_" + {w.parameter([repr("b"), repr("a")])})(x)')


def _match(w: Writer) -> None:
    w.line(f"match {w.parameter([repr('u'), repr('v'), repr('w')])}:")
    w.line("case 'u':", 1)
    w.line(f"x = {w.op()}", 2)
    w.line("case 'v' | 'z':", 1)
    w.line(f"act = {w.random.choice(FUNCTIONS)}", 2)
    w.line("x = act(x) * 0.5", 2)
    w.line("case _:", 1)
    w.line(f"x = {w.op()}", 2)


def _default_table(w: Writer) -> None:
    functions = w.random.sample((*FUNCTIONS, "own"), 3)
    items = ", ".join(f"'{key}': {text}" for key, text in zip("xyz", functions))
    other = f"{{'x': {functions[2]}, 'z': {functions[0]}}}"
    table = w.parameter([f"{{{items}}}", other])
    key = w.parameter(["'z'", "'x'"])
    w.line(f"x = {w.random.choice(['{}[{}](x)', '{}.get({}, tf.cos)(x) + x']).format(table, key)}")


def _partial(w: Writer) -> None:
    kind = w.random.randrange(4)
    if kind == 0:
        table = ", ".join(f"'{k}': {f}" for k, f in zip("uv", w.random.sample(REDUCTIONS, 2)))
        name = f"REDUCE_{w.suffix}_{len(w.before)}"
        w.before.append(f"{name} = {{{table}}}")
        key = w.parameter([repr("v"), repr("u")])
        w.line(f"reduce = functools.partial({name}[{key}], axis=1)")
        w.line("x = x - reduce(x, keepdims=True)")
    elif kind == 1:
        w.line(f"act = functools.partial(tf.nn.leaky_relu, alpha={w.parameter(['0.1', '0.3'])})")
        w.line("x = act(tf.sin(x))")
    elif kind == 2:
        one, other = w.random.sample(FUNCTIONS, 2)
        given = w.parameter([one, other, "functools.partial(scaled, by=0.25)"])
        w.line(f"act = functools.partial({given})")
        w.line("x = act(x) * 0.5 + x")
    else:
        values = ["functools.partial(tf.roll, shift=1, axis=1)", "tf.tanh"]
        w.line(f"x = {w.parameter(values)}(x) - x")


def _enum(w: Writer) -> None:
    name = f"Kind_{w.suffix}_{len(w.before)}"
    one, other = w.random.sample(NAMES, 2)
    w.before.append(f'class {name}(enum.Enum):\n    ONE = "{one}"\n    TWO = "{other}"')
    parameter = w.parameter([f"{name}.TWO", f"{name}.ONE"])
    kind = w.random.randrange(5)
    if kind == 0:
        w.line(f"x = getattr(tf.nn, {parameter}.value)(x) * 0.5")
    elif kind == 1:
        w.before.append(
            f"{name}_TABLE = {{{name}.ONE: {w.random.choice(FUNCTIONS)}, {name}.TWO: own}}"
        )
        w.line(f"x = {name}_TABLE[{parameter}](x)")
    elif kind == 2:
        w.line(f"if {parameter} {w.random.choice(['is', '=='])} {name}.ONE:")
        w.line(f"x = {w.op()}", 1)
        w.line("else:")
        w.line(f"x = {w.op()}", 1)
    elif kind == 3:
        w.line(f"x = keras.activations.get({parameter}.value)(x) + {w.op()}")
    else:
        w.line(f"match {parameter}:")
        w.line(f"case {name}.ONE:", 1)
        w.line(f"act = {w.random.choice(FUNCTIONS)}", 2)
        w.line(f"case {name}.TWO:", 1)
        w.line(f"act = {w.random.choice(FUNCTIONS)}", 2)
        w.line("x = act(x)")


def _match_parts(w: Writer) -> None:
    one, two = w.random.sample(FUNCTIONS, 2)
    values = ["('scale', 2.0)", "('act', 'b')", "None", "('shift', 0.5)"]
    w.line(f"match {w.parameter(w.random.sample(values, 3))}:")
    w.line("case ('scale', by) if by > 1.0:", 1)
    w.line("x = tf.sin(x) * by", 2)
    w.line("case ('act', name):", 1)
    w.line(f"act = {one} if name == 'a' else {two}", 2)
    w.line("x = act(x)", 2)
    w.line("case None:", 1)
    w.line(f"x = {w.op()}", 2)
    w.line("case (_, by):", 1)
    w.line("x = tf.tanh(x + by)", 2)


def _method_of_self(w: Writer) -> None:
    name = f"Ops_{w.suffix}_{len(w.before)}"
    w.before.append(
        f"class {name}:\n"
        "    def __init__(self, kind, by=0.5):\n"
        "        self.kind = kind\n"
        "        self.by = by\n\n"
        f"    def op_a(self, x):\n        return {w.op()} * self.by\n\n"
        f"    def op_b(self, x):\n        return {w.op()}\n\n"
        "    def apply(self, x):\n"
        + w.random.choice(
            [
                '        return getattr(self, "op_" + self.kind)(x)',
                '        name = f"op_{self.kind}"\n'
                "        op = getattr(self, name)\n        return op(x) + x",
                '        return {"a": self.op_a, "b": self.op_b}[self.kind](x)',
                '        op = getattr(self, f"op_{self.kind}", None)\n'
                "        return tf.abs(x) if op is None else op(x)",
            ]
        )
    )
    given = w.random.choice(["", f", {w.parameter(['1.5', '0.25'])}"])
    w.line(f"x = {name}({w.parameter([repr('a'), repr('b')])}{given}).apply(x)")


def _fixed(w: Writer) -> None:
    w.line(f"x = {w.op()}")


STEPS: tuple[Callable[[Writer], None], ...] = (
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
    _default_table,
    _partial,
    _partial,
    _enum,
    _enum,
    _match_parts,
    _method_of_self,
    _fixed,
    _fixed,
)
