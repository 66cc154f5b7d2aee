"""``--fix hazards``: what is written in the place of hazards, and what is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from transforms.interpret.symbolic import analyse
from transforms.mend.mend import find_mends, fitting_mends, mended_source
from transforms.mend.mends import Mend
from transforms.plan.module_plan import PlanSettings, plan_module
from transforms.syntax.source_text import read_source_text

PATH = Path("/models/net.py")
HEAD = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
INPUT = "x = keras.Input((4,))\n"
REGISTER = '@keras.utils.register_keras_serializable(package="net")\n'


def mends(source: str) -> list[Mend]:
    content = source.encode()
    analysis = analyse({PATH: content}, [PATH])
    return find_mends(analysis, analysis.modules[PATH], read_source_text(content))


def mended(body: str, needs_proof: bool = False) -> str:
    """What becomes of ``body`` below the imports, and of the functions above it."""
    source = (HEAD + body).encode()
    wanted = [mend for mend in mends(HEAD + body) if mend.needs_proof == needs_proof]
    after = mended_source(source, fitting_mends(source, wanted)).decode()
    assert after.startswith(HEAD)
    return after.removeprefix(HEAD).strip() + "\n"


def function(text: str) -> str:
    return f"{REGISTER}def {text}\n\n\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # The module's names are read when it runs, as before; those of functions are given.
        (
            "S = 2.0\n" + INPUT + "y = layers.Lambda(lambda t: tf.square(t) * S)(x)\n",
            function("square(t):\n    return tf.square(t) * S")
            + "S = 2.0\n"
            + INPUT
            + "y = layers.Lambda(square)(x)\n",
        ),
        (
            "def block(x, rate):\n    return layers.Lambda(lambda t: t * rate)(x)\n"
            + INPUT
            + "y = block(x, 2.0)\n",
            function("multiply(t, rate):\n    return t * rate")
            + "def block(x, rate):\n"
            + '    return layers.Lambda(multiply, arguments={"rate": rate})(x)\n'
            + INPUT
            + "y = block(x, 2.0)\n",
        ),
        # A default that is more than a literal is a value of its time.
        (
            INPUT
            + "for i in range(2):\n    x = layers.Lambda(lambda t, i=i, j=1: t[:, i:] + j)(x)\n",
            function("add(t, i, j):\n    return t[:, i:] + j")
            + INPUT
            + 'for i in range(2):\n    x = layers.Lambda(add, arguments={"i": i, "j": 1})(x)\n',
        ),
        (
            INPUT + "y = layers.Lambda(lambda t, axis=1: tf.reduce_mean(t, axis))(x)\n",
            function("reduce_mean(t, axis=1):\n    return tf.reduce_mean(t, axis)")
            + INPUT
            + "y = layers.Lambda(reduce_mean)(x)\n",
        ),
        # Equal functions are made once; what a call has already stays.
        (
            INPUT
            + "y = layers.Lambda(lambda t: t[:, :2], name='left')(x)\n"
            + "z = layers.Lambda(lambda t: t[:, :2], output_shape=(2,))(x)\n",
            function("left(t):\n    return t[:, :2]").replace('"', "'")
            + INPUT
            + "y = layers.Lambda(left, name='left')(x)\n"
            + "z = layers.Lambda(left, output_shape=(2,))(x)\n",
        ),
        (
            "def block(x, a):\n"
            "    return layers.Lambda(lambda t, c=a: t + c, arguments={'d': 1})(x)\n"
            + INPUT
            + "y = block(x, 2)\n",
            function("add(t, c):\n    return t + c").replace('"', "'")
            + "def block(x, a):\n    return layers.Lambda(add, arguments={'d': 1, 'c': a})(x)\n"
            + INPUT
            + "y = block(x, 2)\n",
        ),
        # A name that a local variable has is none for the function.
        (
            INPUT + "left = layers.Lambda(lambda t: tf.abs(t))(x)\nabs = left\n",
            function("abs_value(t):\n    return tf.abs(t)")
            + INPUT
            + "left = layers.Lambda(abs_value)(x)\nabs = left\n",
        ),
        (
            INPUT + "y = layers.Lambda(\n    lambda t: (t\n               + 1)\n)(x)\n",
            function("add(t):\n    return (\n        t\n        + 1\n    )")
            + INPUT
            + "y = layers.Lambda(\n    add\n)(x)\n",
        ),
        (
            INPUT
            + "y = layers.Lambda(\n    lambda t: tf.concat(\n        [t, t], -1\n    )\n)(x)\n",
            function("concat(t):\n    return tf.concat(\n        [t, t], -1\n    )")
            + INPUT
            + "y = layers.Lambda(\n    concat\n)(x)\n",
        ),
        # ``==`` as a function; the parentheses around its sides stay.
        (
            INPUT + "y = tf.cast((x + 1) == 0, tf.float32)\n",
            INPUT + "y = tf.cast(tf.equal((x + 1), 0), tf.float32)\n",
        ),
    ],
)
def test_what_is_surely_the_same_is_written(before: str, after: str) -> None:
    assert mended(before) == after
    assert mended(after) == after


@pytest.mark.parametrize(
    "body",
    [
        "y = layers.Lambda(lambda t: t + dense(t))(x)",
        "y = layers.Lambda(lambda t: t * w)(x)",
        "y = layers.Lambda(lambda t: t + x)(x)",
        "y = layers.Lambda(lambda *t: t[0])(x)",
        "y = layers.Lambda(lambda t: t, output_shape=lambda s: s)(x)",
        "def f(x, g):\n    return layers.Lambda(lambda t: g(t))(x)\ny = f(x, tf.abs)",
        "def f(x, a):\n    def g(t):\n        return t + a\n"
        "    return layers.Lambda(lambda t: g(t))(x)\ny = f(x, 1)",
        "def f(x, a):\n    options = {}\n"
        "    return layers.Lambda(lambda t: t + a, **options)(x)\ny = f(x, 1)",
        "def f(x, mask):\n    return layers.Lambda(lambda t, mask=mask: t * mask)(x)\ny = f(x, 2)",
        "def f(x, a):\n"
        "    return layers.Lambda(lambda t, b=a: t + b, arguments={'b': 1})(x)\ny = f(x, 1)",
        "class Net:\n    a = 2\n    y = layers.Lambda(lambda t: t + a)(x)",
        "class Net:\n    a = 2\n    def f(self, x):\n"
        "        return layers.Lambda(lambda t: t * __class__.a)(x)",
        "def f(x):\n    import elsewhere\n"
        "    return layers.Lambda(lambda t: elsewhere.scaled(t))(x)\ny = f(x)",
        "def f(y=None):\n    return x == y\nf()",
        "y = x == x == 0",
        "y = 3 == 4",
    ],
)
def test_what_no_function_can_do_is_left(body: str) -> None:
    head = INPUT + "dense = layers.Dense(4)\nw = tf.Variable(1.0)\n"
    assert mended(head + body) == f"{head}{body}\n"
    assert mended(head + body, needs_proof=True) == f"{head}{body}\n"


@pytest.mark.parametrize(
    ("body", "late", "written"),
    [
        ("for i in range(3):\n    x = layers.Lambda(lambda t: t + i)(x)", "i", '{"i": i}'),
        ("s = 2\ny = layers.Lambda(lambda t: t * s)(x)\ns = 3", "s", '{"s": s}'),
        ("ys = [layers.Lambda(lambda t: t + i)(x) for i in range(3)]", "i", '{"i": i}'),
        (
            "def f(x, n):\n    while n:\n        n -= 1\n"
            "        x = layers.Lambda(lambda t: t + n)(x)\n    return x\ny = f(x, 3)",
            "n",
            '{"n": n}',
        ),
    ],
)
def test_what_is_bound_late_is_given_only_after_a_proof(body: str, late: str, written: str) -> None:
    assert mended(INPUT + body) == f"{INPUT}{body}\n"
    assert f"arguments={written}" in mended(INPUT + body, needs_proof=True)
    assert f"KC203 {late}" in told(INPUT + body)


@pytest.mark.parametrize(
    "body",
    [
        "s = 1\ns = 2\ny = layers.Lambda(lambda t: t * s)(x)",
        "if x is None:\n    s = 1\n    y = layers.Lambda(lambda t: t * s)(x)\nelse:\n    s = 2",
        "for i in range(3):\n    x = layers.Lambda(lambda t, i=i: t + i)(x)",
        "def f(x, n):\n    return layers.Lambda(lambda t: t + n)(x)\n"
        "for i in range(3):\n    x = f(x, i)",
        "y = layers.Lambda(lambda i: [i for i in [i]][0])(x)\ni = 3",
    ],
)
def test_what_is_not_bound_again_is_not_late(body: str) -> None:
    assert "KC203" not in told(INPUT + body)


def test_what_an_inner_function_binds_is_late() -> None:
    body = (
        "def f(x):\n    n = 1\n    def more():\n        nonlocal n\n        n += 1\n"
        "    y = layers.Lambda(lambda t: t * n)(x)\n    more()\n    return y\ny = f(x)"
    )
    assert mended(INPUT + body) == f"{INPUT}{body}\n"
    assert 'arguments={"n": n}' in mended(INPUT + body, needs_proof=True)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("(lambda t: t * n)", '(multiply), arguments={"n": n}'),
        ('lambda t: t * n, name=("scaled")', 'scaled, name=("scaled"), arguments={"n": n}'),
        (
            '(lambda t: t * n  # a )\n    ), name="class",',
            '(class_take  # a )\n    ), name="class", arguments={"n": n},',
        ),
        (
            'lambda t, a: t * n, arguments={"a": 1,  # a\n    }',
            'multiply, arguments={"n": n, "a": 1,  # a\n    }',
        ),
    ],
)
def test_arguments_stand_behind_brackets_and_comments(given: str, written: str) -> None:
    def body(call: str) -> str:
        return f"def f(x, n):\n    return layers.Lambda({call})(x)\ny = f(x, 2)\n"

    # What a lambda with `arguments` reads is not looked at, so it needs a proof.
    needs_proof = "arguments" in given
    assert body(written) in mended(INPUT + body(given), needs_proof)


def test_a_text_of_several_lines_stays_what_it_is() -> None:
    after = mended(INPUT + 'y = layers.Lambda(lambda t: tf.strings.join([t, """a\n  b"""]))(x)\n')
    assert 'return tf.strings.join([t, """a\n  b"""])\n' in after


@pytest.mark.parametrize(
    ("body", "written"),
    [
        ("def f(a):\n    return x == a\n", "tf.equal(x, a)"),
        ("y = x == [1, 2]\n", "tf.equal(x, [1, 2])"),
        ("y = x == keras.Input((5,))\n", "tf.equal(x, keras.Input((5,)))"),
    ],
)
def test_what_may_be_none_or_not_fit_is_compared_only_after_a_proof(
    body: str, written: str
) -> None:
    assert mended(INPUT + body) == INPUT + body
    assert written in mended(INPUT + body, needs_proof=True)


def told(body: str) -> str:
    content = (HEAD + body).encode()
    analysis = analyse({PATH: content}, [PATH])
    text = read_source_text(content)
    plan = plan_module(analysis, analysis.modules[PATH], text, PlanSettings())
    return "\n".join(
        f"{hazard.code} {name} {hazard.message}"
        for hazard in plan.hazards
        for name in [hazard.message.partition("`")[2].partition("`")[0]]
    )


def test_the_hazard_says_what_the_option_does() -> None:
    body = (
        INPUT
        + "w = tf.Variable(1.0)\n"
        + "a = layers.Lambda(lambda t: t + 1)(x)\n"
        + "b = layers.Lambda(lambda t: t * w)(x)\n"
        + "c = tf.cast(x == 0, tf.float32)\n"
        + "d = tf.multiply(x, w)\n"
    )
    lines = told(body)
    mends = "; `--fix hazards` mends it"
    assert f"with a Python lambda{mends}\n" in lines
    assert "; `--fix hazards` leaves it: `w` is a variable, which no model has" in lines
    assert f"use tf.equal{mends}" in lines
    assert (
        "KC202 w the variable `w` (line 5) is not tracked by any layer of the model; "
        "`--fix hazards` leaves it: as a weight of a layer it would change the model's weights"
    ) in lines
