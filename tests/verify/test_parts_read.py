"""Values that callers choose arrive where they did, also those that nobody in sight has given."""

from __future__ import annotations

import pytest

from codemod.verify.attributes_read import part_no_longer_read
from codemod.verify.new_layers import lost_argument
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
