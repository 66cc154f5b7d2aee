"""Which calls are made up to reach lines that running a file does not reach."""

from __future__ import annotations

import ast
import math
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codemod.verify.child.capture.captured import Wanted
from codemod.verify.child.capture.explored import Explorer
from codemod.verify.child.capture.hyperparameters import HyperParameters
from codemod.verify.child.capture.pytest_arguments import fixture_value

HEAD = "from keras_like import layers, Model\n"


def calls(
    source: str,
    lines: list[int],
    others: dict[str, str] | None = None,
    works: Callable[[str], bool | None] = lambda text: True,
    certain: bool = False,
    path: str = "/p/own.py",
) -> list[str]:
    """The calls that are tried for ``lines`` of ``source``; none of them shows a line.

    Where it is ``certain`` that these are of symbolic tensors, they may be given such.
    """
    sources = {path: source, **(others or {})}
    module = types.ModuleType("own")
    code = compile(source.replace(HEAD, "\n"), path, "exec", dont_inherit=True)
    exec(code, module.__dict__)
    tried: list[str] = []

    def attempt(text: str) -> bool | None:
        tried.append(text)
        return works(text)

    wanted: Wanted = {path: [[line, line, int(certain)] for line in lines]}
    contents = {path: text.encode() for path, text in sources.items()}
    Explorer(module, path, contents).explore(lambda: wanted, attempt)
    return tried


def never(text: str) -> bool:
    return False


def test_functions_that_lead_nowhere_are_not_called() -> None:
    source = "def delete(path):\n    pass\ndef build():\n    return 1\n"
    assert calls(source, [4]) == ["build()"]
    assert calls(source, []) == []


def test_who_calls_comes_before_who_is_called() -> None:
    source = "def block(x):\n    return x.shape\ndef build():\n    return block(1)\n"
    assert calls(source, [2])[0] == "build()"


@pytest.mark.parametrize(
    "header, body, expected",
    [
        ("def f(input_shape)", "layers.Conv2D(Input(input_shape))", "f(input_shape=(32, 32, 3))"),
        ("def f(input_shape)", "layers.LSTM(Input(input_shape))", "f(input_shape=(16, 8))"),
        ("def f(size)", "h, w = size", "f(size=(16, 8))"),
        ("def f(size)", "h, w, c, d = size", "f(size=(16, 16, 16, 1))"),
        ("def f(classes, heads)", "Dense(classes * heads)", "f(classes=3, heads=2)"),
        ("def f(how)", "how == 'max' or how == 'sum'", "f(how='max')"),
        ("def f(how)", "how.lower() == 'max'", "f(how='max')"),
        ("def f(conf)", "conf['width'] + conf['classes']", "f(conf={'width': 32, 'classes': 3})"),
        ("def f(units)", "[Dense(u) for u in units]", "f(units=[8, 8])"),
        ("def f(use_bias)", "1 if use_bias else 2", "f(use_bias=False)"),
        ("def f(dropout_rate)", "Dropout(dropout_rate)", "f(dropout_rate=0.1)"),
        ("def f(n, *more, **others)", "range(n)", "f(n=8)"),
        (
            "def f(report)",
            "report.width\n    report.note('net', 1)",
            "f(report=__import__('types').SimpleNamespace(width=32, note=(lambda *_, **__: None)))",
        ),
        ("def f(items)", "items.append(1)", "f(items=8)"),
        (
            "def f(base)",
            "Dense(3)(base.layers[0])\n    base.summary()",
            "f(base=small_model(shape=(16,)))",
        ),
        ("def f(network)", "Conv2D(network(1))", "f(network=small_model(shape=(32, 32, 16)))"),
        ("def f(net)", "net + 1", "f(net=8)"),
        # Named as tensors are, and the size of one.
        ("def f(features)", "Dense(4)(Input((2, 3 * features)))", "f(features=8)"),
        ("def f(base_model)", "super().f(base_model)", "f(base_model=small_model(shape=(16, 16)))"),
        ("def f(model)", "TABLE[model] + 1", "f(model=8)"),
        (
            "def f(X, y)",
            "Dense(X.shape[1])",
            "f(X=__import__('numpy').linspace(0, 1, 8192).reshape((64, 128)), "
            "y=__import__('numpy').arange(64) % 2)",
        ),
        (
            "def f(x_train)",
            "Conv2D(8, len(x_train))",
            "f(x_train=__import__('numpy').linspace(0, 1, 24576).reshape((8, 32, 32, 3)))",
        ),
    ],
)
def test_a_parameter_gets_what_its_use_and_name_say(header: str, body: str, expected: str) -> None:
    assert calls(f"{header}:\n    {body}\n", [2])[0] == expected


def test_the_size_of_an_input_is_no_tensor() -> None:
    source = (
        "def f(features):\n    x = layers.Dense(4)(Input((features, 4)))\n"
        "    return reshape(x, (-1, features * 4))\n"
    )
    assert calls(source, [3], certain=True)[0] == "f(features=8)"


FIELDS = """from typing import Dict, Iterable, List, Optional, Tuple
from dataclasses import dataclass
import enum

class Pool(enum.Enum):
    MAX = 1
    MEAN = 2

@dataclass
class Field:
    name: str
    vocabulary: int = 1
    kind: str = "user"
    def __post_init__(self):
        assert self.kind in ("user", "history", "item")

class Task:
    def __init__(self, pool: Pool, field: Field, rate=0.1):
        self.made = (pool, field, rate)

"""


@pytest.mark.parametrize(
    "annotation, expected",
    [
        ("List[Field]", "[Field(name='field_0'), Field(name='field_1')]"),
        ("'List[Field]'", "[Field(name='field_0'), Field(name='field_1')]"),
        (
            "Optional[Dict[str, Field]]",
            "{'key_0': Field(name='field_0'), 'key_1': Field(name='field_1')}",
        ),
        ("Field", "Field(name='field_0')"),
        ("Task", "Task(pool=Pool.MAX, field=Field(name='field_0'))"),
        ("Pool", "Pool.MAX"),
        ("Dict[Pool, Dict[str, int]]", "{Pool.MAX: {}}"),
        (
            "Dict[Pool, List[Field]]",
            "{Pool.MAX: [Field(name='field_0'), Field(name='field_1')]}",
        ),
        ("Tuple[Dict[Pool, float], ...]", "[{Pool.MAX: {}}]"),
        ("str", "'what'"),
        ("float", "8"),
        ("bool", "False"),
        ("Iterable[str]", "['what_0', 'what_1']"),
        ("List[str]", "['what_0', 'what_1']"),
        ("Tuple[int, int, int]", "(8, 8, 8)"),
        ("'Unknown'", "8"),
    ],
)
def test_a_parameter_gets_what_its_annotation_says(annotation: str, expected: str) -> None:
    source = f"{FIELDS}def f(what: {annotation}):\n    what\n"
    line = source.count("\n")
    assert calls(source, [line], works=never)[0] == f"f(what={expected})"


CONFIGURATION = """class Base:
    RATE = 0.1
class Config(Base):
    WIDTH = 8
    def __init__(self):
        self.SHAPE = (self.WIDTH, self.WIDTH)
"""


def test_the_configuration_of_the_project_is_taken_where_it_has_what_is_read() -> None:
    source = "def f(config):\n    config.WIDTH + config.RATE + config.SHAPE[0]\n"
    assert calls(CONFIGURATION + source, [8])[0] == "f(config=Config())"
    other = calls(source, [2], {"/p/settings.py": CONFIGURATION})[0]
    assert other == "f(config=__import__('importlib').import_module('settings').Config())"
    needing = CONFIGURATION.replace("class Base:", "class Base:\n    def __init__(self, n): ...")
    needing = needing.replace("__init__(self):", "prepare(self):")
    assert "SimpleNamespace" in calls(needing + source, [9])[0]
    unlike = "def f(config):\n    config.WIDTH + config.RATE + config.DEPTH\n"
    assert "SimpleNamespace" in calls(CONFIGURATION + unlike, [8])[0]


@pytest.mark.parametrize(
    "read, given",
    [
        ("config['width'] + config['deep']['rate']", "{'width': 7, 'deep': {'rate': 0.5}, 'n': 1}"),
        (
            "config.width + config.deep.rate",
            "__import__('types').SimpleNamespace(width=7, "
            "deep=__import__('types').SimpleNamespace(rate=0.5))",
        ),
        # Too little of it is there.
        ("config['width'] + config['a']", "{'width': 32, 'a': 8}"),
    ],
)
def test_settings_of_the_project_are_taken(read: str, given: str, tmp_path: Path) -> None:
    text = "{'width': 7, 'deep': {'rate': 0.5}, 'n': 1}"
    source = f"def f(config):\n    {read}\n"
    # Beside the sources, and in them.
    (tmp_path / "net.json").write_text(text.replace("'", '"'))
    found = calls(source, [2], path=str(tmp_path / "own.py"))
    assert found[0] == f"f(config={given})"
    assert calls(source, [2], {"/p/test_own.py": f"CONFIG = {text}\n"})[0] == found[0]


def test_a_class_is_made_for_what_its_methods_do_with_what_it_keeps() -> None:
    source = (
        "class Base:\n"
        "    def __init__(self, shape: tuple, config: dict, flag=1):\n"
        "        self._shape, self.flag = shape, flag\n"
        "        self.config = config\n"
        "class Net(Base):\n"
        "    def build(self):\n"
        "        return self.config['units'] + self.config.get('rate')\n"
    )
    made = "shape=(16, 16, 16, 1), config={'units': 8, 'rate': 0.1}"
    assert calls(source, [7])[0] == f"Net({made}).build()"


def test_objects_are_made_in_each_way_that_their_class_asks_about() -> None:
    source = f"{FIELDS}def f(fields: List[Field]):\n    fields['history'] + fields.pop('item')\n"
    user, other = "Field(name='field_0', vocabulary=50)", "Field(name='field_1', vocabulary=50"
    assert calls(source, [source.count("\n")])[1:] == [
        f"f(fields=[{user}, {other})])",
        f"f(fields=[{user}, {other}, kind='history'), "
        "Field(name='field_2', vocabulary=50, kind='item')])",
        f"f(fields=[{user}, {other}, kind='history')])",
        f"f(fields=[{user}, {other}, kind='item')])",
    ]


def test_an_object_with_the_attributes_that_are_read() -> None:
    text = calls("def f(args):\n    Dense(args.units, args.activation)\n", [2])[0]
    found = eval(text, {"f": lambda args: args})
    assert (found.units, found.activation) == (8, "relu")


def test_settings_have_what_is_done_with_each_of_them() -> None:
    source = (
        "KINDS = {'int': 2, 'float': 1}\n"
        "def f(conf):\n"
        "    key = conf['key']\n"
        "    x = Input((conf['length'],), dtype=KINDS.get(conf['kind'], 0), name=key)\n"
        "    if 'how' in conf.keys():\n"
        "        if conf['how'] == 'log':\n"
        "            x = log(x)\n"
        "        elif conf['how'] == 'sqrt':\n"
        "            x = sqrt(x)\n"
        "    if 'scale' in conf:\n"
        "        x = x * conf.get('scale')\n"
        "    return x\n"
    )
    tried = [eval(text, {"f": lambda conf: conf}) for text in calls(source, [9], works=never)]
    needed = {"key": "made_up", "length": 16, "kind": "float"}
    assert tried[:5] == [
        {**needed, "how": "log", "scale": 0.1},
        needed,
        {**needed, "how": "log"},
        {**needed, "scale": 0.1},
        {**needed, "how": "sqrt", "scale": 0.1},
    ]
    # Once one works, another branch of it is one value away.
    assert sum("sqrt" in text for text in calls(source, [9])) == 1


def test_a_model_with_all_its_parts_has_classes() -> None:
    source = (
        "def build(include_top, classes=None, pooling=None):\n"
        "    return Dense(classes) if include_top else POOLS[pooling]\n"
    )
    assert calls(source, [2], works=never) == [
        "build(include_top=False)",
        "build(include_top=True, classes=3)",
    ]


def test_values_of_calls_in_sight_come_first() -> None:
    source = "def build(width, kind):\n    return width\n"
    other = "SIZE = 40\nfrom own import build\ndef go(): build(SIZE, kind='wide')\n"
    assert calls(source, [2], {"/p/other.py": other})[0] == "build(width=40, kind='wide')"


def test_other_values_are_tried_where_a_call_fails() -> None:
    source = "def build(input_shape):\n    return Input(input_shape)\n"
    tried = calls(source, [2], works=never)
    assert len(tried) > 3 and len(set(tried)) == len(tried)


@pytest.mark.parametrize(
    "source, expected",
    [
        (
            "def block(x, filters):\n    return tf.nn.relu(Conv2D(filters, 3)(x))\n",
            "model_of(block, x=Input((32, 32, 16)), filters=16)",
        ),
        (
            "def norm(logits, axis=-1):\n    return K.softmax(logits, axis)\n",
            "model_of(norm, logits=Input((16, 16)))",
        ),
        (
            "def fuse(feats, units):\n    return Dense(units)(tf.concat([f for f in feats], 1))\n",
            "model_of(fuse, feats=Input((16,)), units=16)",
        ),
        (
            "def embed(token_ids):\n    return tf.cast(Embedding(9, 4)(token_ids), 'int32')\n",
            "model_of(embed, token_ids=Input((16,), dtype='int32'))",
        ),
        (
            "def f(inputs: 'List[tf.Tensor]'):\n    a, b, c = inputs\n    LSTM(4)(a)\n",
            "model_of(f, inputs=[Input((16, 16)), Input((16, 16)), Input((16, 16))])",
        ),
        (
            "class Net:\n"
            "    def __init__(self, units):\n        self.units = units\n"
            "    def head(self, inputs: 'tf.Tensor', training=None):\n"
            "        return Dense(self.units)(inputs)\n",
            "model_of(Net(units=8).head, inputs=Input((16,)))",
        ),
        (
            "def head(base_model, classes):\n"
            "    return Dense(classes)(tf.reduce_max(base_model.output, 1))\n",
            "model_of(head, base_model=small_model(Input((16,))), classes=3)",
        ),
        # A number, a text, settings: no tensors.
        ("def f(x, size):\n    return tf.zeros(size) + int(x)\n", None),
        ("def f(x: int):\n    return Dense(x)\n", None),
        ("def f(how):\n    return tf.sin if how == 'sin' else 1\n", None),
        ("def f(config):\n    return Dense(config.width)\n", None),
    ],
)
def test_a_block_is_given_symbolic_tensors(source: str, expected: str | None) -> None:
    line = source.count("\n")
    tried = calls(source, [line], works=never, certain=True)
    assert expected in tried if expected else not any("model_of" in text for text in tried)
    if "K.softmax" in source or expected is None:
        # What may be a loss, or anything else that works on values, gets none.
        assert not any("model_of" in text for text in calls(source, [line], works=never))


def test_an_object_of_layers_is_called_as_they_are_whatever_is_known_of_its_sites() -> None:
    body = (
        "    def __init__(self, steps=1):\n        self.steps = steps\n        self.made = {}\n"
        "    def __call__(self, x: 'tf.Tensor'):\n        return tf.nn.relu(self.made(x))\n"
    )
    tried = calls("class Net:\n" + body.format("layers.Dense(8)"), [6], works=never)
    assert tried[0] == "model_of(Net(), x=Input((16,)))"
    # Where no call works so, numbers that are one or none are larger.
    assert "model_of(Net(steps=8), x=Input((16, 16)))" in tried
    # What no layer is made for may be a loss.
    assert "model_of" not in str(calls("class Net:\n" + body.format("cosine"), [6], works=never))


def test_what_calls_layers_on_a_parameter_is_a_block_whatever_is_known_of_its_sites() -> None:
    source = "def block(x, n):\n    x = {}(x)\n    return tf.pad(x, n)\n"
    tried = calls(source.format("layers.Conv2D(n, 3)"), [3], works=never)
    assert tried[0] == "model_of(block, x=Input((32, 32, 16)), n=16)"
    assert "model_of" not in str(calls(source.format("losses.Huber(n)"), [3], works=never))


def test_a_builder_of_a_search_gets_choices_and_tensors_that_it_may_be_given() -> None:
    source = (
        "class Block:\n"
        "    def build(self, hp, inputs=None):\n"
        "        return layers.Dense(hp.Int('units', 8, 32))(tf.nn.relu(inputs))\n"
    )
    tried = calls(source, [3], works=never, certain=True)
    assert tried[0] == "Block().build(hp=HyperParameters())"
    assert "model_of(Block().build, hp=HyperParameters(), inputs=Input((16, 16)))" in tried


def test_choices_are_the_default_or_the_first() -> None:
    hp = HyperParameters()
    assert (hp.Int("a", 8, 32), hp.Int("a", 8, 32, default=16, step=8)) == (8, 16)
    assert (hp.Float("b", 0.1, 0.5), hp.Boolean("c"), hp.Fixed("d", 7)) == (0.1, False, 7)
    assert (hp.Choice("e", ["relu", "tanh"]), hp.Choice("e", [1, 2], default=2)) == ("relu", 2)
    with hp.name_scope("s"), hp.conditional_scope("e", [1]):
        pass


def test_objects_are_made_of_tensors() -> None:
    source = (
        "class Normal:\n"
        "    def __init__(self, mu, logvar):\n"
        "        self.mu = mu\n        self.logvar = logvar\n"
        "    def sample(self):\n        return K.exp(self.logvar) + K.abs(self.mu)\n"
    )
    tried = calls(source, [6], works=never, certain=True)
    made = "lambda mu, logvar: Normal(mu=mu, logvar=logvar).sample()"
    assert tried[0] == f"model_of({made}, mu=Input((16, 16)), logvar=Input((16, 16)))"


def test_what_reads_settings_may_stand_in_a_function_that_gets_a_part_of_them() -> None:
    source = (
        "def head(x, how):\n    return Dense(how['width'])(x)\n"
        "def build(config):\n    return head(Input((3,)), config.head)\n"
    )
    inner = "__import__('types').SimpleNamespace(head={'width': 32})"
    assert calls(source, [2])[0] == f"build(config={inner})"


def test_branches_of_a_call_that_works_and_shows_nothing_are_tried() -> None:
    source = "def build(how='sum'):\n    if how == 'mean':\n        return Dense(8)\n    return 1\n"
    assert calls(source, [3], works=lambda text: None)[:2] == ["build()", "build(how='mean')"]
    assert calls(source, [3], works=never) == ["build()"]


def test_branches_by_numbers_are_tried_once_a_call_works() -> None:
    source = "def build(n=4):\n    if n == 8:\n        return Dense(8)\n    return Dense(n)\n"
    assert calls(source, [3]) == ["build()", "build(n=8)", "build(n=9)"]
    more = "def build(n=4):\n    if n > 8:\n        return Dense(8)\n    return Dense(n)\n"
    assert calls(more, [3]) == ["build()"]


def test_attributes_that_nothing_in_sight_sets_are_given() -> None:
    source = (
        "class Net(Exception):\n    def __init__(self, units=8):\n        self.units = units\n"
        "    def build(self):\n        shape = self.X_shape_[1], self.X_shape_[2]\n"
        "        return Dense(self.n_classes_ + self.units)(Input(shape))\n"
    )
    given = "given_attributes(Net(), X_shape_=(32, 16, 512), n_classes_=3).build()"
    assert calls(source, [6], works=never) == ["Net().build()", given]


def test_one_of_several_tensors_is_half_as_large() -> None:
    source = "def up(x, skip, n):\n    return tf.nn.relu(Conv2D(n, 3)(x) + skip)\n"
    tried = calls(source, [2], works=never, certain=True)
    assert "model_of(up, x=Input((16, 16, 16)), skip=Input((32, 32, 16)), n=16)" in tried
    assert "model_of(up, x=Input((32, 32, 16)), skip=Input((16, 16, 16)), n=16)" in tried
    assert any("x=Input((8, 16)), skip=Input((16, 16))" in text for text in tried)
    source = (
        "def up(inputs):\n    x, skip = inputs\n    return tf.nn.relu(Conv2D(1, 3)(x) + skip)\n"
    )
    tried = calls(source, [3], works=never, certain=True)
    assert "model_of(up, inputs=[Input((16, 16, 16)), Input((32, 32, 16))])" in tried


def test_a_method_without_an_object_is_called_on_its_class() -> None:
    source = "class Net:\n    def build(width=8):\n        return Dense(width)\n"
    assert calls(source, [3], works=never)[0] == "Net.build()"
    source = "class Net:\n    def __init__(self, x):\n        1 / 0\n    @staticmethod\n"
    source += "    def build(width, depth):\n        return Dense(width * depth)\n"
    assert calls(source, [6], works=never)[0] == "Net.build(width=32, depth=2)"
    own = "class Net:\n    def build(self, width=8):\n        return Dense(width)\n"
    assert calls(own, [3], works=never) == ["Net().build()"]


def test_a_function_that_is_given_back_is_called_on_tensors() -> None:
    source = (
        "def decoder(filters):\n    layer = {}(filters)\n"
        "    with scope():\n"
        "        def op(x):\n            return tf.nn.relu(layer(x))\n        return op\n"
    )
    tried = calls(source.format("layers.Conv1D"), [5], works=never)
    assert tried[0].startswith("model_of(decoder(filters=16), x=Input(")
    pair = "def up(n):\n    Dense(n)\n    return lambda pair: pair[0] + tf.exp(pair[1])\n"
    tried = calls(pair, [3], works=never, certain=True)
    assert "model_of(up(n=16), pair=[Input((16,)), Input((16,))])" in tried
    # What makes no layer may give a loss.
    assert "model_of" not in str(calls(source.format("weights"), [5], works=never))


def test_objects_that_are_made_of_others_are_called() -> None:
    source = (
        "class Part:\n"
        "    def __call__(self, x: 'tf.Tensor'):\n        return tf.nn.relu(Dense(4)(x))\n"
        "class Whole:\n"
        "    def __init__(self):\n        self.part = Part()\n"
        "    def __call__(self, inputs: 'tf.Tensor'):\n        return self.part(inputs)\n"
        "    def other(self):\n        return 1\n"
    )
    tried = calls(source, [3], works=never)
    assert any(text.startswith("model_of(Whole(), inputs=Input(") for text in tried)
    assert not any("other" in text for text in tried)


def test_blocks_are_given_shapes_of_all_ranks_and_the_tensors_that_they_unpack() -> None:
    source = (
        "def f(inputs):\n"
        "    if isinstance(inputs, list):\n        a, b = inputs\n"
        "    return tf.nn.relu(inputs)\n"
    )
    tried = calls(source, [4], works=never, certain=True)
    assert tried[:2] == [
        "model_of(f, inputs=Input((16, 16)))",
        "model_of(f, inputs=[Input((16, 16)), Input((16, 16))])",
    ]
    shapes = {text.partition("Input(")[2][:-2] for text in tried if "[" not in text}
    assert {len(ast.literal_eval(shape)) for shape in shapes} == {1, 2, 3, 4}


def test_branches_are_tried_once_a_call_works() -> None:
    source = (
        "def build(width, norm=False, kind='a'):\n"
        "    if norm:\n        return 1\n"
        "    if kind == 'b':\n        return 2\n"
        "    return width\n"
    )
    expected = ["build(width=32)", "build(width=32, norm=True)", "build(width=32, kind='b')"]
    assert calls(source, [3, 5]) == [*expected, "build(width=32, kind='other')"]
    assert calls(source, [3, 5], works=never)[0] == expected[0]


def test_who_chooses_from_a_table_leads_to_what_is_in_it() -> None:
    source = (
        "def small(width):\n    return Input((width,))\n"
        "MODELS = {'small': small, 'large': None}\nKINDS = MODELS\n"
        "def build(kind, width=4):\n    if kind not in KINDS and kind not in MODELS.keys():\n"
        "        return None\n    return KINDS.get(kind)(width)\n"
    )
    assert "build(kind='small')" in calls(source, [2], works=never)


def test_values_are_followed_into_the_functions_that_get_them() -> None:
    source = (
        "class Head:\n"
        "    def __init__(self, units, how):\n        self.x = 1 if how == 'max' else 2\n"
        "def block(x, heads, kind='a'):\n    return TABLE[kind]\n"
        "TABLE = {'a': 1, 'b': 2}\n"
        "def build(count, style, head='max'):\n"
        "    Head(count, how=head)\n    return block(1, kind=style, heads=count)\n"
    )
    tried = calls(source, [5])
    assert tried[0] == "build(count=8, style='a')"
    assert {"build(count=8, style='b')", "build(count=8, style='a', head='other')"} <= {*tried}


def test_classes_are_made_and_their_methods_called() -> None:
    source = (
        "class Trainer:\n"
        "    def __init__(self, frames, deep=True):\n        self.frames = frames\n"
        "    def _net(self, units):\n        return units\n"
        "    def build(self):\n        return self._net(3)\n"
    )
    assert calls(source, [5])[0] == "Trainer(frames=16).build()"


def test_layers_are_no_builders() -> None:
    source = "class Layer: pass\nclass Mine(Layer):\n    def call(self, x):\n        return x\n"
    assert calls(source, [4]) == []


def test_tests_are_run_one_by_one() -> None:
    source = (
        "import unittest\n"
        "class TestNet(unittest.TestCase):\n"
        "    def setUp(self):\n        self.n = 1\n"
        "    def test_net(self):\n        self.n + 1\n"
    )
    assert calls(source, [6]) == ["TestNet('test_net').debug()"]


def test_a_branch_that_fails_is_tried_with_what_may_be_left_out() -> None:
    source = HEAD + (
        "def build(shape, kind='plain', width=None, name=None):\n"
        "    x = Input(shape)\n"
        "    if kind == 'wide':\n        return Model(x, layers.Dense(width)(x))\n"
        "    return Model(x, x)\n"
    )
    tried = calls(source, [5], works=lambda text: False if "wide" in text else None)
    failing = tried.index("build(shape=(8,), kind='wide')")
    assert tried.index("build(shape=(8,), kind='wide', width=32)") > failing


def test_a_file_that_is_no_python_is_left_out(tmp_path: Path) -> None:
    assert calls("def f():\n    return 1\n", [2], {"/p/other.py": "def ("}) == ["f()"]


@pytest.mark.parametrize("limits", [(-1.0, math.inf), (math.inf, -1.0)])
def test_calls_are_made_up_for_a_while(limits: tuple[float, float]) -> None:
    source = "def a():\n    return 1\ndef b():\n    return 1\n"
    module = types.ModuleType("own")
    exec(source, module.__dict__)
    tried: list[str] = []
    wanted: Wanted = {"/p/own.py": [[2, 2], [4, 4]]}
    explorer = Explorer(module, "/p/own.py", {"/p/own.py": source.encode()}, *limits)

    def attempt(text: str) -> bool:
        tried.append(text)
        return False

    explorer.explore(lambda: wanted, attempt)
    assert tried == []


def test_no_more_than_sixty_calls_are_made_up_for_a_file() -> None:
    source = "".join(f"def f{number}(a, b):\n    return Dense(a)\n" for number in range(70))
    lines = list(range(2, 141, 2))
    tried = calls(source, lines, works=never)
    assert len(tried) == 60
    # And as many of blocks.
    block = "def last(x):\n    return Dense(4)(x)\n"
    assert "model_of(last, x=Input((16,)))" in calls(source + block, [*lines, 142], works=never)


TESTS = (
    HEAD
    + """
import pytest
@pytest.fixture
def net():
    yield 5
def build(n, width):
    return n, width
@pytest.mark.parametrize("width, deep", [(8, True), pytest.param(16, False, id="wide")])
@pytest.mark.parametrize("kind", ["a", "b"])
def test_net(net, width, kind, deep):
    build(net, width)
"""
)


def test_tests_get_what_their_tables_and_fixtures_give() -> None:
    tried = calls(TESTS, [8], works=never)
    assert "test_net(net=fixture_value(net), width=8, kind='a', deep=True)" in tried
    assert "test_net(net=fixture_value(net), width=16, kind='b', deep=False)" in tried


def test_a_fixture_gives_what_it_returns_or_yields() -> None:
    def yields() -> Iterator[int]:
        yield 3

    assert (fixture_value(yields), fixture_value(lambda: 4)) == (3, 4)
    assert fixture_value(pytest.fixture(yields)) == 3


ALIKE = (
    HEAD
    + """
class Normal:
    def __init__(self, mean, scale):
        self.mean, self.scale = layers.Dense(1)(mean), layers.Dense(1)(scale)
    def distance(self, other):
        return (self.mean - other.mean) / other.scale
    def moved(self, other):
        return self.mean + other.weight
"""
)


def test_another_object_of_the_class_is_made_as_the_first_one_is() -> None:
    tried = calls(ALIKE, [6, 8], works=never, certain=True)
    made = "Normal(mean=mean, scale=scale)"
    assert any(f"{made}.distance(other={made})" in text for text in tried)
    assert not any(f"moved(other={made})" in text for text in tried)


def test_settings_and_values_may_stand_in_sources_around(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text("")
    settings = "class Settings:\n    depth = 3\n    width = 2\n    kind = 'a'\n"
    (tmp_path / "settings.py").write_text(settings)
    (tmp_path / "train.py").write_text("from nets import build\nbuild(None, steps=31)\n")
    source = HEAD + "def build(settings, steps):\n    return settings.depth, settings.width\n"
    source += "def other(options):\n    return options.depth, options.width, options.kind\n"
    path = str(tmp_path / "nets.py")
    tried = calls(source, [3, 5], works=never, path=path)
    assert any("steps=31" in text for text in tried)
    assert any("settings').Settings()" in text for text in tried)


def test_a_class_of_settings_is_derived_from_where_it_says_so() -> None:
    source = HEAD + "class Config:\n    NAME = None\n    WIDTH = 8\n    WEIGHTS = None\n"
    source += "    OTHER = None\ndef build(config):\n    config.OTHER, config.WEIGHTS\n"
    source += "    return config.NAME.lower(), config.WIDTH\n"
    tried = calls(source, [9], works=never)
    made = "type('Config', (Config,), {'NAME': 'made_up', 'WEIGHTS': None})()"
    assert f"build(config={made})" in tried and "build(config=Config())" in tried


def test_a_shape_that_is_left_open_is_given() -> None:
    source = HEAD + "def ResNet(stack, top=True, input_shape=None):\n"
    source += (
        "    x = layers.Conv3D(8, 3)(layers.Input(input_shape))\n    return Model(x, stack(x))\n"
    )
    source += "def ResNet50(top=True, input_shape=None):\n"
    source += "    layers.Conv3D\n    return ResNet(abs, top, input_shape)\n"
    tried = calls(source, [3], works=never)
    assert "ResNet50()" in tried and "ResNet50(input_shape=(16, 16, 16, 1))" in tried
    tried = calls(source.replace("shape=None", "shape=(None, 9, 3)"), [3], works=never)
    assert "ResNet50()" in tried and "ResNet50(input_shape=(64, 9, 3))" in tried


def test_a_name_that_is_put_together_is_given() -> None:
    source = HEAD + "def block(x, filters, name=None, label_name=None):\n"
    source += "    return layers.Conv3D(filters, 1, name=name + '_conv')(x)\n"
    tried = calls(source, [3], works=never, certain=True)
    assert tried[0] == "model_of(block, x=Input((16, 16, 16, 16)), filters=16, name='made_up')"


def learning(source: str) -> list[str]:
    """The calls that are tried for the last line of ``source``, until one gives something.

    They are really made, so that errors tell what to give instead.
    """
    path = "/p/own.py"
    module = types.ModuleType("own")
    exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
    errors: list[BaseException | None] = [None]
    tried: list[str] = []
    line = source[: source.rindex("return")].count("\n") + 1
    wanted: Wanted = {path: [[line, line, 0]]}

    def attempt(text: str) -> bool:
        tried.append(text)
        errors[:] = [None]
        try:
            shows = bool(eval(text, module.__dict__))
        except Exception as error:
            errors[:] = [error]
            return False
        if shows:
            wanted.clear()
        return shows

    explorer = Explorer(module, path, {path: source.encode()}, errors=lambda: errors[0])
    explorer.explore(lambda: wanted, attempt)
    return tried


@pytest.mark.parametrize(
    "source, expected",
    [
        (
            # The choice is made of a table that only the function has.
            "def f(kind):\n    table = {'deep': 1, 'wide': 2}\n    if kind not in table:\n"
            "        raise ValueError('unknown block')\n    return table[kind]\n",
            "f(kind='deep')",
        ),
        (
            # Another function asks for it.
            "def pick(kind):\n    if kind == 'deep':\n        return 1\n"
            "    raise NotImplementedError(kind)\n"
            "def f(width, conf):\n    kind = conf['block']['kind']\n"
            "    return pick(kind) * width * len(conf)\n",
            "f(width=32, conf={'block': {'kind': 'deep'}})",
        ),
        (
            # The message has the choices.
            "BLOCKS = 'deep', 'wide'\ndef check(kind):\n    if not known(kind):\n"
            "        raise ValueError(\"kind must be one of 'deep', 'wide', not %r\" % kind)\n"
            "def known(kind):\n    return str(kind) in BLOCKS\n"
            "def f(kind):\n    check(kind)\n    return kind.upper() + 'x'\n",
            "f(kind='deep')",
        ),
        (
            # What is handed on has parameters of its own.
            "def layer(filters, strides):\n    return filters * strides\n"
            "def f(width, **options):\n    return layer(**options) * width\n",
            "f(width=32, filters=8, strides=1)",
        ),
        (
            "def f(size):\n    return volume(size)\n"
            "def volume(size):\n    a, b, c = tuple(size)\n    return a * b * c\n",
            "f(size=[8, 8, 8])",
        ),
        (
            "def f(settings):\n    return read(settings, 'depth')\n"
            "def read(settings, name):\n    return dict(settings)[name] + settings['width']\n",
            "f(settings={'width': 32, 'depth': 2})",
        ),
        (
            "def g(net):\n    return 1 + len({**net})\n"
            "def f(conf):\n    return g(conf['net']) + 1\n",
            "f(conf={'net': {}})",
        ),
        (
            "class Net:\n    def __init__(self, kind='x'):\n        self._kind = kind\n"
            "    def pick(self):\n        return {'deep': 1}[self._kind]\n"
            "    def build(self):\n        return self.pick() + 1\n",
            "Net(kind='deep').build()",
        ),
        (
            "def conv(strides, dilation):\n    if strides > 1 and dilation > 1:\n"
            "        raise ValueError('`strides > 1` not supported with dilation')\n"
            "def f(x, stride_of, d):\n    conv(2, d)\n    return x + d\n",
            "f(x=8, stride_of=1, d=1)",
        ),
        (
            "def f(scope):\n    (xs, ts) = scope['x_train']\n"
            "    return len(xs) + len(ts) + scope['width']\n",
            "f(scope={'x_train': (%s, %s), 'width': 32})"
            % (("__import__('numpy').linspace(0, 1, 8192).reshape((64, 128))",) * 2),
        ),
        (
            # Both or none: an error tells the second.
            "def f(units, skip=None, rate=None):\n    if skip:\n        return rate * 2\n"
            "    return g(units, rate)\ndef g(units, rate):\n    return units * rate\n",
            "f(units=8, rate=0.1)",
        ),
        (
            "def f(filters):\n    return [filters[place] for place in range(4)][3]\n",
            "f(filters=[8, 8, 8, 8, 8, 8, 8, 8])",
        ),
    ],
)
def test_an_error_tells_what_to_give(source: str, expected: str) -> None:
    assert learning(source)[-1] == expected


def test_errors_are_asked_for_a_few_calls_only() -> None:
    source = (
        "def f(kind):\n    if kind != 'a' + 'b':\n        raise ValueError('no %r')\n    return 1\n"
    )
    assert len(learning(source)) < 40


def test_what_others_make_layers_for_is_a_block() -> None:
    source = (
        "def conv(x, filters):\n    return layers.Conv2D(filters, 3)(x)\n"
        "def block(x, filters):\n    y = conv(x, filters)\n    return tf.reduce_max(y, -1)\n"
        "def loss(x, filters):\n    return tf.reduce_max(x, filters)\n"
    )
    assert "model_of(block, x=Input((32, 32, 16)), filters=16)" in calls(source, [5], works=never)
    assert not any("Input" in text for text in calls(source, [7], works=never))


def test_what_is_asked_for_its_shape_is_a_tensor_where_layers_are_made() -> None:
    source = (
        "def conv(x):\n    layer = %s\n    return layer(x)\n"
        "def parts(x):\n    return [conv(x[..., i]) for i in range(x.shape[-1])]\n"
        "def f(x, kind):\n    x = parts(x)\n    return [1 for _ in x]\n"
    )
    expected = "model_of(f, x=Input((32, 32, 16)), kind=8)"
    assert expected in learning(source % "layers.Conv2D(3)")
    assert expected not in learning(source % "something(3)")


def test_what_decodes_boxes_gets_anchors_and_as_many_channels() -> None:
    source = (
        "def head(feats, anchors, num_classes, input_shape):\n    n = len(anchors)\n"
        "    return K.reshape(feats, [-1, 13, 13, n, num_classes + 5]) / input_shape[0]\n"
    )
    tried = calls(source, [3], works=never, certain=True)
    anchors = "[(10, 13), (16, 30), (33, 23)]"
    rest = f"anchors={anchors}, num_classes=3, input_shape=(416, 416))"
    assert tried[0] == f"model_of(head, feats=Input((13, 13, 24)), {rest}"
    assert tried[1] == f"model_of(head, feats=Input((13, 13, 3, 8)), {rest}"
    assert "feats=[Input((13, 13, 24)), " in tried[2] and "reshape((9, 2))" in tried[2]
    assert not any("(10, 13)" in text for text in calls(source, [3], works=never))


def test_a_class_that_is_none_any_more_is_not_called() -> None:
    source = "class Net:\n    def build(self):\n        return 1\nNet = print\n"
    assert calls(source, [3]) == []
