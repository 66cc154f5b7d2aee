"""Which calls are tried beside those of the code: each value in sight of open parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.engine.helper_variants import changed_functions
from codemod.engine.variants import Variants, variant_finder, variants_of_source
from codemod.limits import VARIANTS
from transforms.interpret.symbolic import analyse
from transforms.plan.module_plan import plan_module
from transforms.plan.settings import PlanSettings
from transforms.syntax.source_text import read_source_text

PATH = Path("/models/net.py")
HEADER = "import tensorflow as tf\nfrom tensorflow import keras\n"
TABLE = "ACT = {'relu': tf.nn.relu, 'own': lambda x: x * 2}\n"


def variants(source: str, build: str = "") -> Variants:
    content = (HEADER + source).encode()
    analysis = analyse({PATH: content}, [PATH])
    text = read_source_text(content)
    plan = plan_module(analysis, analysis.modules[PATH], text, PlanSettings())
    finder = variant_finder(analysis, {PATH: [site.span for site in plan.sites]})
    return finder.of_build(PATH, build) if build else finder.of_file(PATH)


NET = "def net({}):\n    i = keras.Input((3,))\n    {}\n    return keras.Model(i, tf.sqrt(x))\n"

CALLS = {
    "keys of a table": (TABLE + NET.format("kind='relu'", "x = ACT[kind](i)"), ["net(kind='own')"]),
    "keys of a table without a default": (
        TABLE + NET.format("kind", "x = ACT.get(kind)(i)"),
        ["net(kind='relu')", "net(kind='own')"],
    ),
    "a table on the spot": (
        NET.format("how='a'", "x = {'a': tf.sin, 'b': tf.cos}[how](i)"),
        ["net(how='b')"],
    ),
    "comparison": (
        NET.format("how='a'", "x = tf.sin(i) if how == 'a' else i"),
        ["net(how='otherwise')"],
    ),
    "comparison with several": (
        NET.format("how='a'", "x = tf.sin(i) if how.lower() in ('a', 'b') else i"),
        ["net(how='b')"],
    ),
    "comparison of numbers": (
        NET.format("size=1", "x = tf.sin(i) if size > 2 else i"),
        ["net(size=2)", "net(size=3)"],
    ),
    "flag": (NET.format("fast=True", "x = tf.sin(i) if not fast else i"), ["net(fast=False)"]),
    "match": (
        NET.format(
            "kind=None", "match kind:\n        case 'a': x = tf.sin(i)\n        case _: x = i"
        ),
        ["net(kind='a')"],
    ),
    "name of a function": (
        NET.format("kind='gelu'", "x = getattr(tf.nn, kind)(i)"),
        ["net(kind='relu')", "net(kind='tanh')"],
    ),
    "another name for it": (
        TABLE + NET.format("kind='relu'", "own = kind\n    x = ACT[own](i)"),
        ["net(kind='own')"],
    ),
    "a helper that is given it": (
        TABLE
        + "def block(x, act):\n    return ACT[act](x)\n"
        + NET.format("kind='relu'", "x = block(i, act=kind)"),
        ["net(kind='own')"],
    ),
    "an argument of a call in sight": (
        TABLE + NET.format("size, kind='relu'", "x = ACT[kind](i)") + "size = 4\nm = net(size)\n",
        ["net(size, kind='own')"],
    ),
    "a call with the value": (
        TABLE + NET.format("kind='relu'", "x = ACT[kind](i)") + "m = net('own')\n",
        ["net('relu')"],
    ),
    "an attribute set from a parameter": (
        TABLE
        + "class B:\n    def __init__(self, kind):\n        self.kind = kind\n"
        + "    def build(self):\n        i = keras.Input((3,))\n"
        + "        return keras.Model(i, tf.sqrt(ACT[self.kind](i)))\nm = B('own').build()\n",
        ["B('relu').build()"],
    ),
    "a call beside raw ops": (
        "def block(x, how):\n    return tf.sin(x) if how == 'a' else tf.cos(x)\n"
        "i = keras.Input((3,))\nm = keras.Model(i, [block(i, 'a'), tf.abs(i)])\n",
        ["model_of(lambda: block(i, 'otherwise'))"],
    ),
    "a model class": (
        TABLE
        + "class Net(keras.Model):\n    def __init__(self, kind='own'):\n"
        + "        i = keras.Input((3,))\n        super().__init__(i, tf.sqrt(ACT[kind](i)))\n",
        ["Net()", "Net(kind='relu')"],
    ),
    "numbers that nothing is compared with": (NET.format("size=2", "x = i * size"), []),
    "a required size": (TABLE + NET.format("size, kind='relu'", "x = ACT[kind](i) * size"), []),
    "no raw op behind it": (
        "def net(kind='a'):\n    i = keras.Input((3,))\n    if kind == 'a': print()\n"
        "    return keras.Model(i, i)\n",
        [],
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_with_other_values(name: str) -> None:
    source, expected = CALLS[name]
    assert list(variants(source).calls) == expected


def test_a_build_of_the_user_keeps_its_other_arguments() -> None:
    source = TABLE + NET.format("size, kind='relu'", "x = ACT[kind](i) * size")
    assert variants(source, "net(3)").calls == ("net(3, kind='own')",)
    assert variants(source, "net(3, kind='own')").calls == ("net(3, kind='relu')",)
    assert variants(source, "other.module:net(3)").calls == ()
    assert variants(source, "net(3").calls == ()


def test_a_pair_is_compared_for_other_numbers_too() -> None:
    head = "size=8, rate=0.5, shape=(4, 4), axis=-1, zero=0, name='n', act=None, flag=True"
    source = HEADER + NET.format(head, "x = i * (2 if flag else 3)")
    assert variants_of_source(PATH, source.encode(), ()).calls == (
        "net(flag=False)",
        "net(size=16)",
        "net(rate=0.25)",
        "net(shape=(8, 4))",
        "net(axis=-2)",
        "net(zero=1)",
    )


HELPERS = """\
def scaled(x, alpha=1.0, act='relu', axis=None, axes=(1,), keep=False):
    return tf.minimum(TABLE[act](x) * alpha, 6.0)
def gate(x, power):
    return tf.pow(x, power)
def other(x, size=3):
    return x
TABLE = {'relu': tf.nn.relu, 'tanh': tf.tanh}
class Net:
    def __init__(self, width=4):
        self.width = width
    def head(self, x, rate=2.0):
        return tf.tanh(x * rate)
    def build(self):
        i = keras.Input((4,))
        return keras.Model(i, self.head(gate(other(i), 2.0)))
def build():
    i = keras.Input((4,))
    return keras.Model(i, scaled(i))
net = Net().build()
"""


def test_helpers_with_other_statements_are_given_other_arguments() -> None:
    old = (HEADER + HELPERS).encode()
    new = old.replace(b"tf.minimum(", b"Minimum()(").replace(b"tf.tanh(x", b"Tanh()(x")
    new = new.replace(b"tf.pow(x, ", b"Pow(")
    changed = changed_functions(old, new)
    assert changed == {"scaled", "gate", "Net.head"}
    assert variants_of_source(PATH, old, (), changed).calls == (
        "with_argument('scaled', 'alpha', 0.5, 'build()')",
        "with_argument('scaled', 'act', 'tanh', 'build()')",
        "with_argument('scaled', 'axes', (2,), 'build()')",
        "with_argument('scaled', 'axes', (1, 2), 'build()')",
        "with_argument('scaled', 'keep', True, 'build()')",
        "with_argument('gate', 'power', 1.0, 'Net().build()')",
        "with_argument('Net.head', 'rate', 1.0, 'Net().build()')",
        "with_argument('Net.__init__', 'width', 8, 'Net().build()')",
        "Net(width=8).build()",
    )
    assert changed_functions(old, b"def (") == frozenset()


def test_more_values_than_the_limit_are_told() -> None:
    table = "ACT = {" + ", ".join(f"'a{n}': tf.sin" for n in range(VARIANTS + 5)) + "}\n"
    found = variants(table + NET.format("kind", "x = ACT[kind](i)"))
    assert len(found.calls) == VARIANTS
    assert found.untried == tuple(f"net(kind='a{n}')" for n in range(VARIANTS, VARIANTS + 5))


SETTINGS = """\
from dataclasses import dataclass, field
from typing import NamedTuple
@dataclass(frozen=True)
class Config:
    rate: float = 2.0
    width: int = field(default=4)
    keep: bool = True
    unread: float = 3.0
class Sizes(NamedTuple):
    depth: int
class Plain:
    def __init__(self, slope=0.5):
        self.slope = slope
def scaled(x, config, sizes, plain):
    width = config.width if config.keep else 1
    return tf.tanh(x * config.rate) * width * sizes.depth * plain.slope
def build():
    i = keras.Input((4,))
    return keras.Model(i, scaled(i, Config(), Sizes(3), Plain()))
"""


def test_settings_that_helpers_read_have_other_values() -> None:
    source = (HEADER + SETTINGS).encode()
    found = variants_of_source(PATH, source, (), frozenset({"scaled"})).calls
    assert found == (
        "with_argument('Config.__init__', 'rate', 1.0, 'build()')",
        "with_argument('Config.__init__', 'width', 8, 'build()')",
        "with_argument('Config.__init__', 'keep', False, 'build()')",
        "with_argument('Sizes.__new__', 'depth', 6, 'build()')",
        "with_argument('Plain.__init__', 'slope', 0.25, 'build()')",
    )
