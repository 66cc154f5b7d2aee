"""What callers choose stays open: each alternative has a site, and none of them is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.api import rewrite_source
from codemod.settings import Settings
from tests.interpret.test_analysis_patterns import HEADER, analysed, found
from transforms.interpret.symbolic import analyse

CALL = "block(keras.Input((3,)))\n"
TABLE = 'ACT = {"relu": tf.nn.relu, "own": lambda x: x, "gelu": tf.nn.gelu}\n'
MANY = "ACT = {" + ", ".join(f'"a{n}": tf.math.f{n}' for n in range(90)) + "}\n"

CHOSEN = {
    "a table, its default the user's own": (
        TABLE + 'def block(x, kind="own"):\n    return ACT[kind](x)\nblock(keras.Input((3,)))\n',
        "ACT[kind](x)",
        ("tf.nn.relu", "tf.nn.gelu"),
    ),
    "get of a table": (
        TABLE + 'def block(x, kind="own"):\n    return ACT.get(kind)(x)\n' + CALL,
        "ACT.get(kind)(x)",
        ("tf.nn.relu", "tf.nn.gelu"),
    ),
    "a table on the spot": (
        "def block(x, how):\n    return {'max': tf.reduce_max, 'mean': tf.reduce_mean}[how](x, 1)\n"
        "block(keras.Input((3,)), 'max')\n",
        "{'max': tf.reduce_max, 'mean': tf.reduce_mean}[how](x, 1)",
        ("tf.reduce_max", "tf.reduce_mean"),
    ),
    "a table of ninety": (
        MANY + 'def block(x, kind="a3"):\n    return ACT[kind](x)\nblock(keras.Input((3,)))\n',
        "ACT[kind](x)",
        tuple(f"tf.math.f{n}" for n in range(90)),
    ),
    "an attribute of a module": (
        'def block(x, kind="relu"):\n    return getattr(tf.nn, kind)(x)\n' + CALL,
        "getattr(tf.nn, kind)(x)",
        ("tf.nn.relu",),
    ),
    "an attribute of a module without a call in sight": (
        "def block(x, kind):\n    x = layers.Dense(3)(x)\n    return getattr(tf.nn, kind)(x)\n",
        "getattr(tf.nn, kind)(x)",
        ("tf.nn.chosen_by_caller",),
    ),
    "an environment variable": (
        TABLE + "import os\nx = keras.Input((3,))\nACT[os.environ['ACT']](x)\n",
        "ACT[os.environ['ACT']](x)",
        ("tf.nn.relu", "tf.nn.gelu"),
    ),
    "an attribute set from a parameter": (
        TABLE + "class Net:\n    def __init__(self, kind='own'):\n        self.kind = kind\n"
        "    def build(self, x):\n        return ACT[self.kind](x)\n"
        "Net().build(keras.Input((3,)))\n",
        "ACT[self.kind](x)",
        ("tf.nn.relu", "tf.nn.gelu"),
    ),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_each_alternative_has_a_site_that_is_not_rewritten(name: str) -> None:
    source, text, keys = CHOSEN[name]
    assert found(source, certain=True) == [text]
    analysis, _ = analysed(source)
    facts = [fact for fact in analysis.ops.values() if fact.keys]
    assert [set(fact.keys) for fact in facts] == [set(keys)]
    assert facts[0].open
    result = rewrite_source((HEADER + source).encode(), Settings())
    assert result.rewritten == (HEADER + source).encode()
    assert [site.refusal and site.refusal.code for site in result.sites] == ["KC314"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "get of a table",
            "callers choose the function `ACT.get(kind)` among tf.nn.relu, tf.nn.gelu and "
            "what is no op of TensorFlow; no layer could save that by name",
        ),
        (
            "a table on the spot",
            "callers choose the function `{'max': tf.reduce_max, 'mean': tf.reduce_mean}[how]` "
            "among tf.reduce_max and tf.reduce_mean; no layer could save tf.reduce_max by name",
        ),
        (
            "a table of ninety",
            "callers choose the function `ACT[kind]` among tf.math.f0, tf.math.f1, tf.math.f2, "
            "tf.math.f3, tf.math.f4 and 85 more; no layer could save tf.math.f0 by name",
        ),
        (
            "an attribute of a module without a call in sight",
            "callers choose the function `getattr(tf.nn, kind)`; give it a name of its own first",
        ),
    ],
)
def test_the_refusal_names_what_callers_choose_from(name: str, text: str) -> None:
    result = rewrite_source((HEADER + CHOSEN[name][0]).encode(), Settings())
    assert [site.refusal and site.refusal.text for site in result.sites] == [text]


@pytest.mark.parametrize(
    "function",
    [
        "ALL[kind]",
        "(tf.nn.relu if kind else tf.nn.gelu)",
        '{"relu": tf.nn.relu, "gelu": tf.nn.gelu}[kind]',
    ],
)
def test_a_layer_is_given_what_it_can_save_by_name(function: str) -> None:
    table = 'ALL = {"relu": tf.nn.relu, "gelu": tf.nn.gelu}\n'
    source = f'{table}def block(x, kind="relu"):\n    return {function}(x)\n{CALL}'
    result = rewrite_source((HEADER + source).encode(), Settings())
    given = function.strip("()")
    assert f"activation={given})(" in result.rewritten.decode()
    assert [site.status for site in result.sites] == ["rewritable"]


def test_functions_that_have_a_name_are_told_too() -> None:
    source = "def f(x, g):\n    return g(x, 1)\ni = keras.Input((3,))\nf(i, tf.reduce_max)\n"
    result = rewrite_source((HEADER + source + "f(i, tf.reduce_sum)\n").encode(), Settings())
    texts = [site.refusal and site.refusal.text for site in result.sites]
    assert texts == [
        "`g` is a function that cannot be saved by name: tf.reduce_max or tf.reduce_sum"
    ]


NAMED = {
    "a table": (TABLE.replace("lambda x: x", "tf.nn.tanh"), "act = ACT[kind]"),
    "a name": ("", "act = keras.activations.get(kind)"),
    "a comparison": (
        "",
        "act = tf.nn.gelu\n    if kind == 'relu':\n        act = tf.nn.relu",
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_layer_is_given_the_function_that_a_name_stands_for(name: str) -> None:
    before, choice = NAMED[name]
    source = (
        f"{HEADER}{before}def block(x, kind='relu'):\n    {choice}\n    return tf.sqrt(act(x))\n"
        "block(keras.Input((3,)))\n"
    )
    result = rewrite_source(source.encode(), Settings(operators="wrap"))
    assert b"tf.nn.relu(" not in result.rewritten
    assert b"(act)(" in result.rewritten


def test_what_no_caller_chooses_is_rewritten() -> None:
    source = TABLE + "x = keras.Input((3,))\nACT['relu'](x)\n"
    result = rewrite_source((HEADER + source).encode(), Settings())
    assert [site.status for site in result.sites] == ["rewritable"]


HIDDEN = {
    "a pair": (
        'PAIRS = {"a": (tf.nn.relu, 2), "b": (tf.nn.gelu, 3)}\n',
        "act, by = PAIRS[kind]",
        "act",
    ),
    "an inner table": (
        'TABLES = {"a": {"act": tf.nn.relu}, "b": {"act": tf.nn.gelu}}\n',
        "table = TABLES[kind]",
        "table['act']",
    ),
    "an object": (
        "class Choice:\n    def __init__(self, act):\n        self.act = act\n"
        'CHOICES = {"a": Choice(tf.nn.relu), "b": Choice(tf.nn.gelu)}\n',
        "choice = CHOICES[kind]",
        "choice.act",
    ),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_function_inside_of_what_is_chosen_is_not_written_down(name: str) -> None:
    before, choice, function = HIDDEN[name]
    source = (
        f"{HEADER}{before}def block(x, kind='a'):\n    {choice}\n"
        f"    return tf.sqrt({function}(x))\nblock(keras.Input((3,)))\n"
    )
    result = rewrite_source(source.encode(), Settings())
    assert b"tf.nn.relu(" not in result.rewritten
    assert b"tf.nn.gelu(" not in result.rewritten


GIVEN = {
    "a list": ("acts=[tf.nn.relu]", "acts[0](x)"),
    "a dict": ("table={'act': tf.nn.relu}", "table['act'](x)"),
    "a pair": ("pair=(tf.nn.relu, 2)", "pair[0](x)"),
    "a list of pairs": ("pairs=[(tf.nn.relu, 2)]", "pairs[0][0](x)"),
    "an object": ("choice=Choice()", "choice.act(x)"),
    "an object with an attribute of its class": ("choice=Choice()", "choice.other(x)"),
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_function_in_a_container_that_callers_give_is_not_written_down(name: str) -> None:
    parameter, use = GIVEN[name]
    before = (
        "class Choice:\n    other = tf.nn.relu\n"
        "    def __init__(self):\n        self.act = tf.nn.relu\n"
    )
    source = f"{HEADER}{before}def block(x, {parameter}):\n    return tf.sqrt({use})\n{CALL}"
    result = rewrite_source(source.encode(), Settings())
    assert b"return tf.nn.relu(" not in result.rewritten


def test_a_function_that_an_object_gives_itself_is_no_choice_of_callers() -> None:
    source = (
        f"{HEADER}class Net:\n    def __init__(self):\n        self.act = tf.nn.relu\n"
        "    def build(self, x):\n        return self.act(x)\nNet().build(keras.Input((3,)))\n"
    )
    result = rewrite_source(source.encode(), Settings())
    assert [site.status for site in result.sites] == ["rewritable"]


UNSURE = {
    "a table of tables": (
        'TABLES = {"a": {"act": own}, "b": {"act": tf.nn.gelu}}\n',
        "TABLES[kind]['act'](x)",
    ),
    "a table with a key that is not known": (
        'import random\nTABLE = {"a": own, "b": tf.nn.gelu}\n',
        "TABLE[random.choice(['a', 'b'])](x)",
    ),
}


@pytest.mark.parametrize("name", UNSURE)
def test_a_function_that_may_be_one_of_the_sources_is_not_an_op(name: str) -> None:
    before, use = UNSURE[name]
    source = (
        f"{HEADER}def own(x):\n    return x\n{before}def block(x, kind='b'):\n"
        f"    return tf.sqrt({use})\nblock(keras.Input((3,)))\n"
    )
    result = rewrite_source(source.encode(), Settings())
    assert b"return tf.nn.gelu(" not in result.rewritten


KINDS = 'KINDS = {"max": tf.nn.relu, "mean": tf.nn.gelu}\n'
SET_BY_OTHERS = {
    "a dict as a default": ("CFG = {'k': 'max'}\ndef f(x, cfg=CFG):\n", "KINDS[cfg['k']](x)"),
    "a dict in a default": ("def f(x, cfg={'k': 'max'}):\n", "KINDS[cfg.get('k')](x)"),
    "a merged dict": (
        "CFG = {'k': 'max'}\ndef f(x, cfg=None):\n    cfg = {**CFG, **(cfg or {})}\n",
        "KINDS[cfg['k']](x)",
    ),
    "a keyword that is taken out": (
        "def f(x, **kw):\n    kind = kw.pop('k', 'max')\n",
        "KINDS[kind](x)",
    ),
    "a function as a keyword": (
        "def f(x, **kw):\n    act = kw.get('act', tf.nn.relu)\n",
        "act(x)",
    ),
    "a field of a dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass Net:\n    k: str = 'max'\n"
        "    def __call__(self, x):\n        return KINDS[self.k](x)\nf = Net()\n",
        "",
    ),
    "an attribute of a class": (
        "class Net:\n    k = 'max'\n"
        "    def __call__(self, x):\n        return KINDS[self.k](x)\nf = Net()\n",
        "",
    ),
    "an attribute that a method sets": (
        "class Net:\n    def __init__(self):\n        self.k = 'max'\n"
        "    def use(self, k):\n        self.k = k\n"
        "    def __call__(self, x):\n        return KINDS[self.k](x)\nf = Net()\n",
        "",
    ),
    "an attribute that others set": (
        "class Net:\n    def __init__(self):\n        self.k = 'max'\n"
        "    def __call__(self, x):\n        return KINDS[self.k](x)\n"
        "def other(net):\n    net.k = 'mean'\nf = Net()\n",
        "",
    ),
    "a global name": (
        "KIND = 'max'\ndef use(kind):\n    global KIND\n    KIND = kind\ndef f(x):\n",
        "KINDS[KIND](x)",
    ),
    "a global function": (
        "ACT = tf.nn.relu\ndef use(act):\n    global ACT\n    ACT = act\ndef f(x):\n",
        "ACT(x)",
    ),
}


@pytest.mark.parametrize("name", SET_BY_OTHERS)
def test_what_others_may_set_is_not_written_down(name: str) -> None:
    before, use = SET_BY_OTHERS[name]
    use = f"    return tf.sqrt({use})\n" if use else ""
    source = f"{HEADER}{KINDS}{before}{use}f(keras.Input((3,)))\n"
    result = rewrite_source(source.encode(), Settings())
    assert b"return tf.nn.relu(" not in result.rewritten
    assert b"return ACT(" not in result.rewritten.partition(b"def use")[0]


WRITTEN = {
    "a local name": "act = tf.nn.relu\n    return act(x)",
    "a loop over a list": "for act in [tf.nn.relu, tf.nn.relu]:\n        x = act(x)\n    return x",
    "a loop over keys": "for kind in ('max', 'max'):\n        x = KINDS[kind](x)\n    return x",
    "two names at once": "act, by = tf.nn.relu, 2\n    return act(x)",
    "a table with a literal": "return KINDS['max'](x)",
    "a function that gives it": "return pick()(x)",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_the_text_names_is_written_down(name: str) -> None:
    pick = "def pick():\n    return tf.nn.relu\n"
    source = f"{HEADER}{KINDS}{pick}def f(x):\n    {WRITTEN[name]}\nf(keras.Input((3,)))\n"
    result = rewrite_source(source.encode(), Settings())
    assert b"return tf.nn.relu(" in result.rewritten


ELSEWHERE = {
    "an attribute of a module": ("import settings\n", "settings.ACT(x)"),
    "a name of a module": ("from settings import ACT\n", "ACT(x)"),
}


@pytest.mark.parametrize("name", ELSEWHERE)
@pytest.mark.parametrize("is_set", [True, False])
def test_a_function_that_another_file_sets_is_not_written_down(name: str, is_set: bool) -> None:
    before, use = ELSEWHERE[name]
    blocks, settings, train = (
        Path(f"/project/{one}.py") for one in ("blocks", "settings", "train")
    )
    source = f"{HEADER}{before}def f(x):\n    return {use}\nf(keras.Input((3,)))\n"
    sets = "import settings\nsettings.ACT = abs\n" if is_set else ""
    sources = {
        blocks: source.encode(),
        settings: b"import tensorflow as tf\nACT = tf.nn.relu\n",
        train: f"import tensorflow as tf\n{sets}".encode(),
    }
    analysis = analyse(sources, [*sources])
    assert [bool(fact.open) for fact in analysis.ops.values() if fact.keys] == [is_set]
