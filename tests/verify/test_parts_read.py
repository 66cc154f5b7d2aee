"""Values that callers choose arrive where they did, also those that nobody in sight has given."""

from __future__ import annotations

import pytest

from codemod.verify.attributes_read import part_no_longer_read
from codemod.verify.choices_made import choice_made
from codemod.verify.defaults_of_keys import other_default
from codemod.verify.new_layers import lost_argument
from codemod.verify.sizes_read import size_written_down
from codemod.verify.values_read import value_no_longer_read

NET = """\
class Net:
    def __init__(self, slope):
        self.slope = slope
        self.steps = 3

    def build(self, x, cfg):
        for _ in range(self.steps):
            x = leaky_relu(x, self.slope) * cfg.scale * x.shape[1]
        return x
"""
NEW = "Leaky(self.slope, cfg.scale)(x)"
OLD = "leaky_relu(x, self.slope) * cfg.scale * x.shape[1]"
RIGHT = NET.replace(OLD, NEW)
KEPT = RIGHT.replace("self.steps = 3", "self.act = Leaky({}, 2)").replace(NEW, "self.act(x) * cfg")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (RIGHT, None),
        (RIGHT.replace("Leaky(self", "Leaky(Net"), ("Net.build", "self.slope")),
        (RIGHT.replace("Leaky(self.slope", "Leaky(0.2"), ("Net.build", "self.slope")),
        (RIGHT.replace("cfg.scale", "cfg.size"), ("Net.build", "cfg.scale")),
        (RIGHT.replace(", cfg.scale", ", cfg"), None),
        # An attribute of the class is one for all objects.
        (
            RIGHT.replace("self.slope = slope", "Net.slope = slope").replace("(self.s", "(Net.s"),
            ("Net.build", "self.slope"),
        ),
        # What no caller chooses.
        (RIGHT.replace("self.steps", "3"), None),
        # Layers that the constructor makes now.
        (KEPT.format("slope"), None),
        (KEPT.format("self.slope"), None),
        (KEPT.format("0.2"), ("Net.build", "self.slope")),
        ("class Net:\n    def build(self:\n", None),
    ],
)
def test_parts_that_are_chosen_are_read(after: str, expected: tuple[str, str] | None) -> None:
    assert part_no_longer_read(NET.encode(), after.encode()) == expected


def test_fields_of_settings_are_chosen() -> None:
    old = "@dataclass\nclass Net:\n    slope: float = 0.2\n    def build(self, x):\n        "
    new = old + "return Leaky(0.2)(x)\n"
    assert part_no_longer_read((old + "return leaky(x, self.slope)\n").encode(), new.encode()) == (
        "Net.build",
        "self.slope",
    )


LAYER = """\
class Leaky(Layer):
    def __init__(self, alpha=0.2, beta=0.1, **kwargs):
        super().__init__(**kwargs)
        self.alpha = alpha
        self.beta = float(beta)
        self.inner = Dense(self.beta)

    def call(self, x):
        return leaky_relu(x, self.alpha) + self.beta

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha, "beta": self.beta}
"""
UNREAD = "`Leaky` keeps its argument `alpha`, and no method that computes reads it"
UNUSED = "`Leaky` does nothing with its argument `alpha`"
CONFIG = "`Leaky` has {} in its configuration for the argument `alpha`"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", None),
        ("x, self.alpha", "x, Leaky.alpha", UNREAD),
        ("x, self.alpha", "x, 0.2", UNREAD),
        ("self.alpha", "Leaky.alpha", UNUSED),
        ("= alpha", "= 0.2", UNUSED),
        ('"alpha": self.alpha', '"alpha": 0.2', CONFIG.format("0.2")),
        ('"alpha": self.alpha', '"alpha": self.beta', CONFIG.format("self.beta")),
        # More may be done with it than to keep it.
        (
            "self.alpha = alpha",
            "self.alpha = 1\n        if alpha:\n            self.alpha = 2",
            None,
        ),
        ("super().__init__(", "super().__init__(alpha=alpha, ", None),
        ("def call", "def run", None),
        ("class Leaky", "class Known", None),
    ],
)
def test_arguments_of_new_layers_arrive(old: str, new: str, expected: str | None) -> None:
    before = b"class Known:\n    pass\n"
    assert lost_argument(before, LAYER.replace(old, new).encode()) == expected


def test_the_other_argument_is_read_where_it_is_kept_for_a_layer_inside() -> None:
    source = LAYER.replace(") + self.beta", ")").encode()
    assert lost_argument(b"", source) is None
    assert lost_argument(b"", b"class (") is None


MODULE = """\
LIMIT = float(os.environ.get("LIMIT", "6"))
args = parser.parse_args()
class C:
    limit = 6.0
i = Input((3,))
x = abs(i)

def build(cfg):
    return minimum(x, {})
"""


@pytest.mark.parametrize(
    ("value", "right", "lost"),
    [
        ("LIMIT", "LIMIT * 1", "LIMIT"),
        ("args.limit", "float(args.limit)", "args.limit"),
        ("C.limit", "C.limit + 0", "C.limit"),
        ("cfg['a']", "cfg", "cfg['a']"),
        ("K.epsilon()", "keras.config.epsilon()", "epsilon()"),
        # Tensors are what a layer takes the place of.
        ("x", "6.0", ""),
    ],
)
def test_values_from_outside_are_read(value: str, right: str, lost: str) -> None:
    before = MODULE.format(value).encode()
    after = MODULE.replace("minimum(x, {})", "Clip({})(x)")
    assert value_no_longer_read(before, after.format(right).encode()) is None
    assert value_no_longer_read(before, after.format("6.0").encode()) == (lost or None)
    # A new class reads it.
    moved = f"class Clip:\n    def call(self, x):\n        return minimum(x, {value})\n"
    assert value_no_longer_read(before, (after.format("") + moved).encode()) is None
    assert value_no_longer_read(before, b"def f(") is None


SCALED = """\
def scaled(x, k=2):
    _, h, w, _ = x.shape
    y = tf.multiply(x, k)
    return {}

def build():
    i = Input((3, 3, 2))
    return Model(i, {})
"""
CLASS = "class Scaled(Layer):\n    def call(self, x):\n        return {}\n"


@pytest.mark.parametrize(
    ("old", "new", "more", "expected"),
    [
        ("y / float(x.shape[1])", "Scaled(3.0)(y)", "", "x.shape[1]"),
        ("y / float(x.shape[1])", "Scaled(SIZE)(y)", "SIZE = 3\n", "x.shape[1]"),
        ("y / K.int_shape(y)[-1]", "Scaled(2.5)(y)", "", "K.int_shape(y)[-1]"),
        ("y / tf.shape(y)[1]", "Scaled(3)(y)", "", "tf.shape(y)[1]"),
        ("y / y.get_shape().as_list()[2]", "Scaled(3)(y)", "", "y.get_shape().as_list()[2]"),
        ("tf.reshape(y, (-1, h * w))", "Reshape((9,))(y)", "", "h"),
        ("y / x.shape[1] / x.shape[2]", "Scaled(3.0)(y / x.shape[2])", "", "x.shape[1]"),
        ("y / float(x.shape[1])", "y / 1.0", "", "x.shape[1]"),
        ("y / float(x.shape[1])", "Scaled(1.0)(y)", "", "x.shape[1]"),
        ("y - x.shape[1]", "Scaled()(y)", CLASS.format("x - 1"), "x.shape[1]"),
        ("tf.reshape(y, (-1, h, k))", "Reshape((1, k))(y)", "", "h"),
        ("y * 3 / x.shape[1]", "y * 3 / 3", "", "x.shape[1]"),
        # It arrives, or the layer reads it itself.
        ("y / float(x.shape[1])", "Scaled(x.shape[1], 3)(y)", "", None),
        ("y / x.shape[1]", "Scaled(x.shape[-3], 3)(y)", "", None),
        ("y / h", "Scaled(h, 3)(y)", "", None),
        ("y / h", "Scaled()(y)", CLASS.format("x / 3 / x.shape[1]"), None),
        ("y / x.shape[1]", "Scaled(3)(y)", CLASS.format("x / tf.shape(x)[self.axis]"), None),
        # What needs no size holds no new number; -1, 0 and 1 are those of axes.
        ("tf.reshape(y, (-1, h * w))", "Flatten()(y)", "", None),
        ("y / tf.cast(tf.shape(y)[1], 'f') * 7", "Scaled(7, axis=-1)(y)", "", None),
    ],
)
def test_sizes_of_what_is_given_are_read(
    old: str, new: str, more: str, expected: str | None
) -> None:
    before, after = (SCALED.format(text, "scaled(i) / i.shape[1]").encode() for text in (old, new))
    found = size_written_down(before, more.encode() + after)
    assert found == (None if expected is None else ("scaled", expected))


SHUFFLE = """\
def shuffled(x, groups):
    _, h, w, c = x.shape
    x = tf.reshape(x, [-1, h, w, groups, c // groups])
    return tf.transpose(x, [0, 1, 2, 4, 3])

i = Input((4, 4, 6))
x = shuffled(tf.nn.relu6(i), 2)
"""
SHUFFLED = """\
class Shuffle(Layer):
    def __init__(self, groups):
        super().__init__()
        self.groups = groups

    def call(self, x):
        {}
        x = tf.reshape(x, [-1, h, w, self.groups, c // self.groups])
        return tf.transpose(x, [0, 1, 2, 4, 3])

def shuffled(x, groups):
    return Shuffle(groups)(x)

i = Input((4, 4, 6))
x = shuffled(ReLU(6.0)(i), 2)
"""


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [("_, h, w, c = x.shape", None), ("h, w, c = 4, 4, 6", ("shuffled", "x.shape"))],
)
def test_sizes_are_read_in_a_layer_that_statements_have_moved_to(
    sizes: str, expected: tuple[str, str] | None
) -> None:
    after = SHUFFLED.format(sizes)
    assert size_written_down(SHUFFLE.encode(), after.encode()) == expected


def test_sizes_of_inputs_in_sight_are_known() -> None:
    old, new = (SCALED.format("y", text).encode() for text in ("i / i.shape[1]", "Scaled(3)(i)"))
    assert size_written_down(old, new) is None
    assert size_written_down(old, b"def scaled(") is None


POOLED = "def f(x):\n    axis = 2 if K.image_data_format() == 'channels_first' else 1\n    return "


@pytest.mark.parametrize(
    ("layer", "lost"),
    [
        ("GlobalAveragePooling2D()", None),
        ("keras.layers.Flatten(name='f')", None),
        ("GlobalAveragePooling2D(data_format='channels_last')", "image_data_format()"),
        ("Mean(1)", "image_data_format()"),
    ],
)
def test_layers_read_the_order_of_axes_themselves(layer: str, lost: str | None) -> None:
    before = (POOLED + "reduce_mean(x, axis)\n").encode()
    after = f"def f(x):\n    return {layer}(x)\n".encode()
    assert value_no_longer_read(before, after) == lost


LOOKUP = "def f(x, **kw):\n    return minimum(x, {})\n"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kw.get('a', 6.0)", "kw.get('a', 7.0) - 1.0", "`kw.get('a', 6.0)` has the default 7.0"),
        ("kw.pop('a', 6)", "kw.get('a', 5)", "`kw.pop('a', 6)` has the default 5"),
        ("getattr(kw, 'a', 6)", "getattr(kw, 'a', 5)", "`getattr(kw, 'a', 6)` has the default 5"),
        ("kw.get('a', 6)", "kw.get('a', 6.0)", None),
        ("kw.get('a', 6)", "kw.get('a', LIMIT)", None),
        ("kw.get('a', 6)", "kw['a'] if 'a' in kw else 6", None),
        ("kw.get('a', LIMIT)", "kw.get('a', 6)", None),
        ("kw.get('a', 6)", "kw.get('b', 5)", None),
    ],
)
def test_keys_that_are_left_out_have_the_same_default(
    old: str, new: str, expected: str | None
) -> None:
    before, after = LOOKUP.format(old).encode(), LOOKUP.format(f"Minimum({new})").encode()
    assert other_default(before, after) == expected
    assert other_default(before, b"def f(") is None


def test_keys_that_were_looked_up_are_read() -> None:
    before = LOOKUP.format("kw.get('a', 6) + kw.get('b', 5)").encode()
    after = LOOKUP.format("6 + kw.get('b', 5)").encode()
    assert value_no_longer_read(before, after) == "kw['a']"
    assert value_no_longer_read(before, LOOKUP.format("kw['a'] + kw.get('b')").encode()) is None


CHOICE = "def f(x, alpha, axis=1):\n    if axis > 2:\n        x = x + 1\n    return {}\n"
MADE = """\
class Leaky(Layer):
    def __init__(self, alpha=0.2, axis=None, **kwargs):
        super().__init__(**kwargs)
        self.alpha = {}
        self.axis = axis

    def call(self, x):
        {}
        return leaky_relu(x, self.alpha)
"""
BY = "`{}` chooses by its {} `alpha`: `{}`"


@pytest.mark.parametrize(
    ("call", "kept", "line", "expected"),
    [
        ("Leaky(alpha)", "alpha", "", None),
        ("Leaky(alpha)", "alpha or 0.3", "", BY.format("Leaky", "argument", "alpha or 0.3")),
        ("Leaky(alpha)", "min(alpha, 6)", "", BY.format("Leaky", "argument", "min(alpha, 6)")),
        (
            "Leaky(alpha=alpha)",
            "alpha if alpha > 0 else 0.3",
            "",
            BY.format("Leaky", "argument", "alpha if alpha > 0 else 0.3"),
        ),
        (
            "Leaky(**{'alpha': alpha})",
            "alpha",
            "if self.alpha < 1: return x",
            BY.format("Leaky", "argument", "self.alpha < 1"),
        ),
        ("Leaky(alpha or 0.3)", "alpha", "", BY.format("f", "parameter", "alpha or 0.3")),
        # What the original asks too, what only raises, and what every layer may be given.
        ("Leaky(alpha)", "alpha", "if self.alpha > 2: return x", None),
        ("Leaky(alpha)", "alpha", "if self.alpha < 1: raise ValueError", None),
        ("Leaky(alpha)", "0.3 if alpha is None else alpha", "", None),
        ("Leaky(alpha, name='a' if alpha else 'b')", "alpha", "", None),
        # All calls are in sight, and give a number.
        ("Leaky(0.1)", "alpha or 0.3", "", None),
        ("Leaky(alpha)", "alpha", "if self.axis: return x", None),
    ],
)
def test_nothing_is_chosen_by_what_is_given_that_was_not(
    call: str, kept: str, line: str, expected: str | None
) -> None:
    before = CHOICE.format("leaky_relu(x, alpha)").encode()
    after = MADE.format(kept, line) + CHOICE.format(f"{call}(x)")
    assert choice_made(before, after.encode()) == expected
    assert choice_made(before, b"def f(") is None


def test_an_expression_with_a_choice_may_move() -> None:
    before = CHOICE.format("leaky_relu(x, alpha or 0.3)").encode()
    after = MADE.format("slope or 0.3", "").replace("alpha=0.2", "slope=0.2")
    after += CHOICE.format("Leaky(slope=alpha)(x)")
    assert choice_made(before, after.encode()) is None
    assert choice_made(before, after.replace("0.3", "0.2").encode()) is not None
