"""Rewrites from the user's side: source in, source out, and what is reported."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from codemod.api import rewrite_source
from codemod.results import FileResult
from codemod.settings import Settings
from tests.support.golden import planned
from transforms.plan.module_plan import Granularity
from transforms.syntax.records import Operators, Target

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""


def rewrite(
    body: str,
    target: Target = "layer",
    operators: Operators = "keep",
    granularity: Granularity = "run",
    header: str = HEADER,
) -> FileResult:
    return planned(
        (header + body).encode(), Path("/models/model.py"), target, operators, granularity
    )


def after(result: FileResult) -> str:
    assert result.error is None
    text = result.rewritten.decode()
    ast.parse(text)
    return text


def last_line(result: FileResult) -> str:
    return after(result).rstrip("\n").splitlines()[-1]


SITES = {
    "alias of the module": ("import tensorflow.compat.v2 as t2\nx = t2.exp(i)\n", ["tf.exp"]),
    "imported function": (
        "from tensorflow import concat as cat\nx = cat([i, i], 1)\n",
        ["tf.concat"],
    ),
    "namespace in a name": ("nn = tf.nn\nx = nn.relu(i)\n", ["tf.nn.relu"]),
    "function in a table": ('x = {"relu": tf.nn.relu}["relu"](i)\n', ["tf.nn.relu"]),
    "getattr": ('x = getattr(tf.nn, "relu")(i)\n', ["tf.nn.relu"]),
    "backend": ("from tensorflow.keras import backend as K\nx = K.sum(i)\n", ["K.sum"]),
    "closure": ("def f():\n    return tf.exp(i)\nx = f()\n", ["tf.exp"]),
    "method": (
        "class B:\n    def __init__(self):\n        self.x = i\n    def f(self):\n"
        "        return tf.exp(self.x)\nx = B().f()\n",
        ["tf.exp"],
    ),
    "comprehension": ("x = [tf.exp(t) for t in [i, i]]\n", ["tf.exp"]),
    "loop over a list": ("for t in [i]:\n    x = tf.exp(t)\n", ["tf.exp"]),
    "tuple unpacking": ("a, b = tf.split(i, 2, 1)\nx = tf.exp(b)\n", ["tf.split", "tf.exp"]),
    "default argument": (
        "def f(x, act=tf.nn.relu):\n    return act(x)\nx = f(i)\n",
        ["tf.nn.relu"],
    ),
    "ternary": ("x = tf.exp(i) if True else i\n", ["tf.exp"]),
    "output of a model": ("m = keras.Model(i, i)\nx = tf.exp(m.output)\n", ["tf.exp"]),
    "layer call in a layer": ("x = layers.Dense(2)(tf.exp(i))\n", ["tf.exp"]),
    "uncalled helper": (
        "def f(x):\n    x = layers.Dense(2)(x)\n    return tf.exp(x)\n",
        ["tf.exp"],
    ),
    "call of a layer": (
        "class L(layers.Layer):\n    def call(self, x):\n        return tf.exp(x)\nx = L()(i)\n",
        [],
    ),
    "loss": (
        "def loss(a, b):\n    return tf.abs(a - b)\nm = keras.Model(i, i)\nm.compile(loss=loss)\n",
        [],
    ),
    "data": (
        "def f(x):\n    return tf.cast(x, tf.float32)\nd = tf.data.Dataset.range(3).map(f)\n",
        [],
    ),
    "tf.function": ("@tf.function\ndef step(x):\n    return tf.exp(x)\n", []),
    "gradient tape": (
        "v = tf.ones(3)\nwith tf.GradientTape() as tape:\n    x = tf.exp(v)\n",
        [],
    ),
    "eager": ("x = tf.exp(tf.constant(1.0))\ny = x * 2\n", []),
    "Lambda": ("x = layers.Lambda(lambda t: tf.exp(t))(i)\n", []),
    "static shape": ("n = i.shape[1] * 2\nx = layers.Dense(n)(i)\n", []),
}


@pytest.mark.parametrize("name", SITES)
def test_what_is_a_site(name: str) -> None:
    body, ops = SITES[name]
    result = rewrite("i = keras.Input((4, 4))\n" + body)
    assert [op for site in result.sites for op in site.ops] == ops


def test_a_lambda_layer_is_named_and_takes_its_operands() -> None:
    body = "q = k = keras.Input((4, 3))\nscores = tf.matmul(q, k + 1.0, transpose_b=True)\n"
    assert after(rewrite(body, "lambda")).endswith(
        "scores = layers.Lambda(\n"
        "    lambda tensors: tf.matmul(tensors[0], tensors[1] + 1.0, transpose_b=True),\n"
        '    name="scores",\n'
        ")([q, k])\n"
    )


def test_a_helper_lends_its_name_its_docstring_and_its_defaults() -> None:
    body = (
        "def soft_assign(distances, temperature=0.5):\n"
        '    """The weight of each centre.\n\n    Nearer ones weigh more."""\n'
        "    logits = -distances / temperature\n"
        "    return tf.nn.softmax(logits)\n"
        "i = keras.Input((4,))\n"
        "m = keras.Model(i, soft_assign(i))\n"
    )
    assert after(rewrite(body)) == HEADER + (
        "\n\n"
        '@keras.utils.register_keras_serializable(package="model")\n'
        "class SoftAssign(layers.Layer):\n"
        '    """The weight of each centre."""\n'
        "\n"
        "    def __init__(self, temperature=0.5, **kwargs):\n"
        "        super().__init__(autocast=False, **kwargs)\n"
        "        self.temperature = temperature\n"
        "\n"
        "    def call(self, distances):\n"
        "        logits = -distances / self.temperature\n"
        "        return tf.nn.softmax(logits)\n"
        "\n"
        "    def get_config(self):\n"
        '        return {**super().get_config(), "temperature": self.temperature}\n'
        "\n\n"
        "def soft_assign(distances, temperature=0.5):\n"
        '    """The weight of each centre.\n\n    Nearer ones weigh more."""\n'
        "    return SoftAssign(temperature)(distances)\n"
        "i = keras.Input((4,))\n"
        "m = keras.Model(i, soft_assign(i))\n"
    )


def test_what_a_helper_computes_at_last_has_its_name() -> None:
    body = (
        "def features(x):\n"
        "    return layers.Dense(4)(x)\n\n\n"
        "def decode_boxes(x, size):\n"
        "    raw = features(x)\n"
        "    centre = tf.square(raw[:, 0:2]) + tf.cast(size, tf.float32)\n"
        "    extent = tf.exp(raw[:, 2:4]) * tf.cast(size, tf.float32)\n"
        "    low = tf.maximum(centre - extent / 2, 0.0)\n"
        "    high = tf.minimum(centre + extent / 2, 1.0)\n"
        "    return tf.concat([low, high], axis=-1)\n\n\n"
        "i = keras.Input((4,))\n"
        "m = keras.Model(i, decode_boxes(i, 8))\n"
    )
    text = after(rewrite(body))
    assert "    return DecodeBoxes(size)(raw)\n" in text


def test_operators_that_make_the_result_of_much_go_with_it() -> None:
    body = (
        "def peaks(heat, count=4):\n"
        "    heat = layers.ReLU()(heat)\n"
        "    b, h, w, c = tf.shape(heat)[0], heat.shape[1], heat.shape[2], tf.shape(heat)[3]\n"
        "    scores, indices = tf.math.top_k(tf.reshape(heat, (b, -1)), k=count)\n"
        "    classes = indices % c\n"
        "    xs = indices // c % w\n"
        "    ys = indices // c // w\n"
        "    return scores, classes, xs, ys\n\n\n"
        "i = keras.Input((8, 8, 3))\n"
        "m = keras.Model(i, [*peaks(i)])\n"
    )
    text = after(rewrite(body))
    assert "    scores, classes, xs, ys = Peaks(count)(heat)\n    return scores" in text


def test_what_classes_have_in_common_stands_once() -> None:
    body = (
        "i = keras.Input((4,))\n"
        "h = layers.Dense(4)(tf.sin(i))\n"
        "m = keras.Model(i, tf.reduce_sum(h, axis=1) / 2.0)\n"
    )
    assert after(rewrite(body)) == HEADER + (
        "\n\n"
        "class UncastLayer(layers.Layer):\n"
        '    """A layer whose inputs keep their dtype, as those of a raw op do."""\n'
        "\n"
        "    def __init__(self, **kwargs):\n"
        "        super().__init__(autocast=False, **kwargs)\n"
        "\n\n"
        '@keras.utils.register_keras_serializable(package="model")\n'
        "class Sin(UncastLayer):\n"
        '    """The sine of the input."""\n'
        "\n"
        "    def call(self, x):\n"
        "        return tf.sin(x)\n"
        "\n\n"
        '@keras.utils.register_keras_serializable(package="model")\n'
        "class ScaledSum(UncastLayer):\n"
        '    """Divides the sum of the input over axis 1 by 2.0."""\n'
        "\n"
        "    def call(self, x):\n"
        "        return tf.reduce_sum(x, axis=1) / 2.0\n"
        "\n\n"
        "i = keras.Input((4,))\n"
        'h = layers.Dense(4)(Sin(name="sin")(i))\n'
        'm = keras.Model(i, ScaledSum(name="scaled_sum")(h))\n'
    )


def test_a_run_becomes_one_class_that_reads_like_the_run() -> None:
    body = (
        "def build(width):\n"
        "    i = keras.Input((6, width))\n"
        "    h = layers.Dense(width)(i)\n"
        "    # the mean over time\n"
        "    centred = h - tf.reduce_mean(h, axis=1, keepdims=True)  # per channel\n"
        "    # and its shape\n"
        "    flat = tf.reshape(centred, [-1, 6 * width])\n"
        "    return keras.Model(i, layers.Dense(1)(flat))\n"
    )
    assert after(rewrite(body)) == HEADER + (
        "\n\n"
        '@keras.utils.register_keras_serializable(package="model")\n'
        "class Flat(layers.Layer):\n"
        '    """Subtracts the mean of the input over axis 1 from the input, then reshapes it to\n'
        "    `[-1, 6 * width]`.\n"
        '    """\n'
        "\n"
        "    def __init__(self, width, **kwargs):\n"
        "        super().__init__(autocast=False, **kwargs)\n"
        "        self.width = width\n"
        "\n"
        "    def call(self, h):\n"
        "        centred = h - tf.reduce_mean(h, axis=1, keepdims=True)  # per channel\n"
        "        # and its shape\n"
        "        return tf.reshape(centred, [-1, 6 * self.width])\n"
        "\n"
        "    def get_config(self):\n"
        '        return {**super().get_config(), "width": self.width}\n'
        "\n\n"
        "def build(width):\n"
        "    i = keras.Input((6, width))\n"
        "    h = layers.Dense(width)(i)\n"
        "    # the mean over time\n"
        "    flat = Flat(width)(h)\n"
        "    return keras.Model(i, layers.Dense(1)(flat))\n"
    )


def test_names_follow_how_often_a_builder_runs() -> None:
    once = "i = keras.Input((4,))\nx = tf.exp(i)\n"
    assert last_line(rewrite(once)) == 'x = Exp(name="exp")(i)'
    loop = "x = keras.Input((4,))\nfor k in range(3):\n    x = tf.roll(x, k, 1)\n"
    assert last_line(rewrite(loop)) == '    x = Roll(shift=k, axis=1, name=f"roll_{k}")(x)'
    many = "def f(x):\n    return tf.exp(x)\ni = keras.Input((4,))\ny = f(f(i))\n"
    assert "    return Exp()(x)\n" in after(rewrite(many))
    assert "name=f\"exp.{keras.backend.get_uid('exp')}\"" in after(rewrite(many, "lambda"))


def test_new_names_keep_away_from_the_users_own() -> None:
    body = (
        'i = layers.Input((4,), name="exp")\nx = tf.exp(i)\nx = layers.Dense(4)(x)\nx = tf.exp(x)\n'
        "class Exp:\n    pass\n"
    )
    text = after(rewrite(body))
    assert 'x = ElementwiseExp(name="exp2")(i)' in text
    assert 'x = ElementwiseExp(name="exp3")(x)' in text
    assert text.count("class ElementwiseExp(") == 1


def test_bound_values_are_given_when_the_layer_is_made() -> None:
    body = "s = 2.0\ni = keras.Input((4,))\nx = tf.multiply(i, s)\ns = 100.0\n"
    layer = after(rewrite(body))
    assert "        self.factor = factor\n" in layer
    assert "        return tf.multiply(x, self.factor)\n" in layer
    assert layer.endswith('x = Scale(factor=s, name="scale")(i)\ns = 100.0\n')
    assert after(rewrite(body, "lambda")).endswith(
        "x = layers.Lambda(\n"
        "    lambda i, factor: tf.multiply(i, factor),\n"
        '    arguments={"factor": s},\n'
        '    name="scale",\n'
        ")(i)\n"
        "s = 100.0\n"
    )


def test_an_activation_of_keras_is_bound_by_its_own_name() -> None:
    body = (
        "from tensorflow.keras.activations import swish\n"
        "def build(x, activation=swish):\n    x = layers.Dense(2)(x)\n"
        "    return activation(x)\no = build(keras.Input((3,)))\n"
    )
    text = after(rewrite(body, operators="wrap"))
    assert "self.activation = keras.activations.get(activation)\n" in text
    assert '"activation": keras.activations.serialize(self.activation),\n' in text
    assert "return Swish(activation)(x)" in text


def test_a_dynamic_size_is_an_input_across_statements() -> None:
    body = (
        "i = keras.Input((None, 4))\nn = tf.shape(i)[1]\nh = layers.Dense(6)(i)\nprint(n)\n"
        "x = tf.reshape(h, [-1, n, 2, 3])\n"
    )
    assert last_line(rewrite(body)) == 'x = ReshapeTensor(name="reshape_tensor")(h, n)'
    # A Lambda would lose the integer dtype under Keras 3.
    assert [site.target for site in rewrite(body, "lambda").sites] == ["layer", "layer"]


def test_operators_alone_are_kept_or_wrapped() -> None:
    body = "i = keras.Input((4,))\nx = i[:, 0] + 1.0\n"
    assert rewrite(body).status == "unchanged"
    (site,) = rewrite(body, operators="wrap").sites
    assert (site.code, site.ops) == ("KC102", ("operator.add", "operator.getitem"))


def test_a_product_that_a_new_layer_takes_is_rewritten_with_it() -> None:
    body = "i = keras.Input((4,))\nx = i * 2.0\ny = layers.Dense(2)(x)\nz = tf.exp(x)\n"
    assert [site.code for site in rewrite(body).sites] == ["KC102", "KC101"]


@pytest.mark.parametrize(
    ("header", "spelling"),
    [
        ("import tensorflow as tf\nfrom tensorflow.keras.layers import Input, Lambda\n", "Lambda("),
        ("import tensorflow as tf\nInput = tf.keras.Input\n", "tf.keras.layers.Lambda("),
        (
            "import keras\nimport tensorflow as tf\nfrom keras import Input\n",
            "keras.layers.Lambda(",
        ),
        (
            "import tensorflow as tf\nimport tensorflow.keras.layers as L\nInput = L.Input\n",
            "L.Lambda(",
        ),
    ],
)
def test_the_modules_own_imports_are_used(header: str, spelling: str) -> None:
    result = rewrite("i = Input((4,))\nx = tf.exp(i)\n", "lambda", header=header)
    assert last_line(result) == f'x = {spelling}lambda i: tf.exp(i), name="exp")(i)'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("from somewhere import block\nx = tf.exp(block(i))\n", "KC301"),
        ("e = layers.Embedding(9, 4)\nx = tf.cast(e.compute_mask(i), tf.float32)\n", "KC301"),
        ("t = 0.0\nfor k in range(2):\n    t = tf.add(t, i)\n", "KC302"),
        (
            "def f(x):\n    return tf.exp(x)\nclass L(layers.Layer):\n    def call(self, x):\n"
            "        return f(x)\nx = f(L()(i))\n",
            "KC303",
        ),
        ("x = tf.debugging.assert_rank(i, 2)\n", "KC304"),
        ("def f(x, act):\n    return act(x)\nx = f(f(i, tf.exp), layers.ReLU())\n", "KC305"),
        ("def f():\n    v = tf.Variable(1.0)\n    return tf.multiply(i, v)\nx = f()\n", "KC306"),
        # These give variables, which a layer would hold among its weights.
        (
            "def f():\n    v = keras.backend.ones((4,))\n    return tf.multiply(i, v)\nx = f()\n",
            "KC306",
        ),
        ("x = tf.add(i, keras.backend.variable(2.0))\n", "KC306"),
        # In a layer they cannot see what it is given.
        ("x = keras.backend.zeros(i)\n", "KC304"),
        ("x = tf.cast(i == 0, tf.float32)\n", "KC307"),
        ("x = tf.add(i, (y := 2.0))\n", "KC308"),
        ("x = keras.metrics.MeanSquaredError()(i, i)\n", "KC309"),
        ("f = keras.losses.Huber()\nf = keras.losses.MeanSquaredError()\nx = f(i, i)\n", "KC309"),
        ("def f(d):\n    x = keras.losses.Huber(d)(i, i)\nf(2.0)\n", "KC309"),
        ("e = [i, None]\nx = tf.concat(e, 1)\n", "KC312"),
    ],
)
def test_what_is_refused_says_why(body: str, code: str) -> None:
    result = rewrite("i = keras.Input((4,))\n" + body)
    assert result.rewritten == result.original
    assert {site.status for site in result.sites} == {"refused"}
    assert {site.refusal.code for site in result.sites if site.refusal} == {code}


HANDLED = """\
def f(x, n):
    try:
        x = tf.reshape(tf.abs(x), [-1, x.shape[1] // n, n])
        x = tf.reduce_sum(x, axis=1)
    except {}:
        return x
    return x
x = f(i, 2)
"""


@pytest.mark.parametrize(
    ("handled", "is_inside"),
    [
        ("ZeroDivisionError", False),
        ("(ValueError, errors.OpError)", False),
        ("ValueError", True),
        ("Exception as error", True),
    ],
)
def test_what_a_layer_would_raise_as_something_else_stays_outside(
    handled: str, is_inside: bool
) -> None:
    result = rewrite("i = keras.Input((4,))\n" + HANDLED.format(handled))
    layers_made = result.rewritten.decode().partition("def f(")[0]
    assert ("// self.n" in layers_made) is is_inside
    assert "tf.reshape" in layers_made


def test_without_verification_each_op_is_a_layer() -> None:
    body = "i = keras.Input((4,))\nx = tf.exp(tf.square(i))\nm, v = tf.nn.moments(x, [1])\n"
    result = rewrite_source((HEADER + body).encode(), Settings())
    assert 'x = Exp(name="exp")(Square(name="square")(i))' in result.rewritten.decode()
    refusal = result.sites[1].refusal
    assert refusal is not None
    assert refusal.code == "KC313"
    assert refusal.text.startswith("tf.nn.moments is several layers")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("x = tf.reduce_sum(i, axis=0)\n", "KC201"),
        ("v = tf.Variable(1.0)\nx = tf.multiply(i, v)\n", "KC202"),
        ("for k in range(2):\n    i = layers.Lambda(lambda t: t + k)(i)\n", "KC203"),
        ("x = i == 0\n", "KC204"),
        ("x = tf.add(i, tf.random.normal((4,)))\n", "KC205"),
        ("x = layers.Lambda(lambda t: t)(i)\n", "KC206"),
        ("j = keras.Input((4,), dtype='int32')\nx = j & 3\n", "KC404"),
        ("j = keras.Input((4,), dtype='int64')\nx = -(1 / j)\n", "KC404"),
    ],
)
def test_hazards(body: str, code: str) -> None:
    result = rewrite("i = keras.Input((4,))\n" + body)
    assert code in [hazard.code for hazard in result.hazards]


def test_what_nests_too_deeply_is_left_alone_and_told() -> None:
    source = HEADER + "i = keras.Input((3,))\nx = tf.exp(i)\ny = i" + " + 1" * 1500 + "\n"
    result = rewrite_source(source.encode(), Settings())
    assert result.rewritten == source.encode()
    assert [hazard.code for hazard in result.hazards] == ["KC207"]


def test_comments_can_stop_it() -> None:
    body = "i = keras.Input((4,))\nx = tf.exp(i)  # keras-codemod: skip\ny = tf.sin(x)\n"
    assert [site.ops for site in rewrite(body).sites] == [("tf.sin",)]
    assert rewrite("# keras-codemod: skip-file\n" + body).sites == ()


@pytest.mark.parametrize(
    "quoted",
    [
        '"Write `# keras-codemod: skip-file` at the top."',
        "help = '# keras-codemod: skip'; y = tf.exp(i)",
        "y = tf.exp(\n    i, '# keras-codemod: skip',\n)",
    ],
)
def test_strings_that_quote_a_comment_stop_nothing(quoted: str) -> None:
    result = rewrite(f"i = keras.Input((4,))\n{quoted}\nx = tf.sin(i)\n")
    found = {op for site in result.sites for op in site.ops}
    assert found == ({"tf.exp", "tf.sin"} if "exp" in quoted else {"tf.sin"})
    assert not [hazard for hazard in result.hazards if hazard.code == "KC001"]


@pytest.mark.parametrize(
    ("line", "unused"),
    [
        ("x = tf.exp(i)  # keras-codemod: skip", False),
        ("x = tf.exp(  # keras-codemod: skip\n    i\n)", False),
        ("x = i * 2  # keras-codemod: skip", False),
        ("x = layers.Lambda(lambda t: t)(i)  # keras-codemod: skip", False),
        ("x = layers.Dense(2)(i)  # old; keras-codemod: skip", False),
        ("x = layers.Dense(2)(i)  # old  # keras-codemod: skip", True),
        ("x = '# keras-codemod: skip'", False),
        ("# keras-codemod: skip-file\nx = i", True),
        ("# keras-codemod: skip-file\nx = tf.exp(i)", False),
    ],
)
def test_comments_that_stop_nothing_are_told(line: str, unused: bool) -> None:
    result = rewrite(f"i = keras.Input((4,))\n{line}\n")
    told = [hazard for hazard in result.hazards if hazard.code == "KC001"]
    assert len(told) == unused
    for hazard in told:
        text = result.original.decode().split("\n")[hazard.span.line - 1]
        assert text[hazard.span.column :].startswith("# keras-codemod: skip")
    assert not any(site.status != "refused" for site in result.sites)


def test_lines_choose_statements() -> None:
    body = "i = keras.Input((4,))\nx = tf.exp(\n    i\n)\ny = tf.sin(x)\n"
    chosen = rewrite_source((HEADER + body).encode(), Settings(lines=((6, 6),)))
    assert [site.ops for site in chosen.sites] == [("tf.exp",)]


def test_losses_are_made_where_they_are_applied() -> None:
    done = rewrite(
        "i = keras.Input((4,))\n"
        "huber = keras.losses.Huber(delta=2.0)\n"
        "x = tf.sqrt(huber(i, i))\n"
        "y = keras.losses.MeanSquaredError()(i, x)\n"
        "print(keras.losses.MeanSquaredError()(1.0, 2.0))\n"
    ).rewritten.decode()
    assert "        x = tf.sqrt(keras.losses.Huber(delta=2.0)(i, i))\n" in done
    assert "keras.losses.MeanSquaredError()(i, x)\n" in done
    assert done.endswith("print(keras.losses.MeanSquaredError()(1.0, 2.0))\n")
    assert "huber(i" not in done


def test_preprocessing_of_a_symbolic_input_goes_into_a_layer() -> None:
    done = rewrite(
        "i = keras.Input((4,))\nx = keras.applications.vgg16.preprocess_input(i)\n"
    ).rewritten.decode()
    assert done.endswith('x = PreprocessInput(name="preprocess_input")(i)\n')
    assert "        return keras.applications.vgg16.preprocess_input(x)\n" in done


@pytest.mark.parametrize(
    ("before", "after_it", "is_copied"),
    [
        ("sizes = [-1]\nsizes.append(4)\n", "sizes.clear()\n", True),
        ("sizes = [-1, 4]\n", "sizes[0] = 7\n", True),
        ("sizes = [-1, 4]\n", "sizes += [1]\n", True),
        # What nobody changes, and what need not be a list.
        ("sizes = [-1, 4]\n", "", False),
        ("sizes = other()\n", "sizes += step\n", False),
        ("sizes = [-1, 4]\n", "def f(sizes):\n    sizes.append(1)\n", False),
    ],
)
@pytest.mark.parametrize("target", ["layer", "lambda"])
def test_a_list_that_is_changed_in_place_is_copied(
    before: str, after_it: str, is_copied: bool, target: Target
) -> None:
    body = f"i = keras.Input((4,))\n{before}x = tf.reshape(i, sizes)\n{after_it}"
    header = HEADER + "from elsewhere import other\n"
    assert ("[*sizes]" in after(rewrite(body, target, header=header))) == is_copied


@pytest.mark.parametrize(
    ("before", "after_it", "expected"),
    [
        ("", "sizes[0] = 1", "refused"),
        ("", "sizes[0][0] = 1", "refused"),
        ("", "sizes.append(1)", "refused"),
        ("", "sizes += [1]", "refused"),
        ("sizes = [[0, 0], sizes]", "sizes[0][0] = 1", "refused"),
        ("self.sizes = [-1, 4]", "self.sizes[0] = 1", "copied"),
        ("self.sizes = other", "self.sizes[0] = 1", "refused"),
        ("sizes = list(sizes)", "sizes[0] = 1", "copied"),
        ("sizes = i.shape.as_list()", "del sizes[0]", "copied"),
        ("sizes = list(sizes); sizes[0] = -1", "", "kept"),
        ("", "sizes += 1", "kept"),
        ("", "other[0] = sizes", "kept"),
        ("sizes[0] = -1", "", "kept"),
    ],
)
def test_what_is_changed_after_an_op_is_copied_or_the_op_refused(
    before: str, after_it: str, expected: str
) -> None:
    given = "self.sizes" if "self" in before else "sizes"
    lines = ["i = keras.Input((4,))", *before.split("; "), f"x = tf.reshape(i, {given})"]
    lines += [after_it, "return keras.Model(i, x)"]
    body = "".join(f"        {line}\n" for line in lines if line)
    done = rewrite(f"class Net:\n    def build(self, sizes, other):\n{body}")
    site = done.sites[0]
    if expected == "refused":
        assert site.refusal is not None
        assert f"`{given}` is changed in place" in site.refusal.text
    else:
        assert site.refusal is None
        assert (f"[*{given}]" in done.rewritten.decode()) == (expected == "copied")


@pytest.mark.parametrize(("made", "is_refused"), [("", True), ("sizes = list(sizes)", False)])
def test_what_a_loop_changes_is_changed_after_an_op(made: str, is_refused: bool) -> None:
    done = rewrite(
        "def build(sizes):\n    x = i = keras.Input((4,))\n    for size in 1, 2:\n"
        f"        {made or 'print()'}\n        sizes[0] = size\n        x = tf.reshape(x, sizes)\n"
        "    return keras.Model(i, x)\nbuild([-1, 4])\n"
    )
    assert bool(done.sites[0].refusal) == is_refused


CHANGED_ELSEWHERE = {
    "another name": "def build(ix):\n    q = ix\n    x = tf.transpose(i, ix)\n    q[0] = 1\n",
    "this name": "def build(ix):\n    q = ix\n    x = tf.transpose(i, q)\n    ix[0] = 1\n",
    "a choice": (
        "def build(ix, jx):\n    q = ix if jx else jx\n    x = tf.transpose(i, ix)\n    del q[0]\n"
    ),
    "an item": "def build(p):\n    x = tf.transpose(i, p)\n    for one in p:\n        one[0] = 1\n",
    "what holds it": (
        "def build(p):\n    q = [[0, 0], p]\n    x = tf.transpose(i, q)\n    p[0] = 1\n"
    ),
    "a key": "def build(cfg):\n    x = tf.transpose(i, cfg['ix'])\n    cfg['ix'][0] = 1\n",
    "a callee": (
        "def fill(q):\n    q[0] = 1\ndef build(ix):\n    x = tf.transpose(i, ix)\n    fill(ix)\n"
    ),
    "a callee of a callee": (
        "def fill(q):\n    q[0] = 1\ndef more(n, r):\n    fill(q=r)\n"
        "def build(ix):\n    x = tf.transpose(i, ix)\n    more(1, ix)\n"
    ),
    "a library": (
        "import random\ndef build(ix):\n    x = tf.transpose(i, ix)\n    random.shuffle(ix)\n"
    ),
    "an inner function": (
        "def build(ix):\n    def fill():\n        ix[0] = 1\n"
        "    x = tf.transpose(i, ix)\n    fill()\n"
    ),
    "a method": (
        "class Net:\n    def __init__(self, ix):\n        self.ix = ix\n"
        "    def build(self):\n        x = tf.transpose(i, self.ix)\n"
        "    def fill(self):\n        self.ix[0] = 1\n"
    ),
    "a method, of a parameter": (
        "class Net:\n    def __init__(self, ix):\n"
        "        x = tf.transpose(i, ix)\n        self.ix = ix\n"
        "    def fill(self):\n        self.ix[0] = 1\n"
    ),
    "a caller": (
        "def build(ix):\n    x = tf.transpose(i, ix)\ndef main(ix):\n    build(ix)\n    ix[0] = 1\n"
    ),
    "a caller of a caller": (
        "def block(ix):\n    x = tf.transpose(i, ix)\ndef build(jx):\n    block(ix=jx)\n"
        "def main(ix):\n    for k in range(2):\n        ix[0] = k\n        build(ix)\n"
    ),
    "the module": "IX = other()\ndef build():\n    x = tf.transpose(i, IX)\nbuild()\nIX[0] = 1\n",
    "a function that sets a global": (
        "IX = other()\ndef build():\n    x = tf.transpose(i, IX)\ndef fill():\n    IX[0] = 1\n"
    ),
    "the next call": "def build(ix=[0]):\n    ix[0] += 1\n    x = tf.transpose(i, ix)\n",
}
NOT_CHANGED_LATER = {
    "another name before": (
        "def build(ix):\n    q = ix\n    q[0] = 1\n    x = tf.transpose(i, ix)\n"
    ),
    "another value": (
        "def build(ix):\n    q = ix\n    x = tf.transpose(i, ix)\n    q = other()\n    q[0] = 1\n"
    ),
    "a copy": "def build(ix):\n    q = list(ix)\n    x = tf.transpose(i, ix)\n    q[0] = 1\n",
    "a list for each iteration": (
        "def build(n):\n    for k in range(n):\n        ix = []\n        for j in range(k):\n"
        "            ix.append(j)\n        x = tf.transpose(i, ix)\n"
    ),
    "a callee before": (
        "def fill(q):\n    q[0] = 1\ndef build(ix):\n    fill(ix)\n    x = tf.transpose(i, ix)\n"
    ),
    "another argument": (
        "def fill(q, r):\n    q[0] = r\ndef build(ix, jx):\n"
        "    x = tf.transpose(i, ix)\n    fill(jx, ix)\n"
    ),
    "the constructor": (
        "class Net:\n    def __init__(self):\n        self.ix = other()\n        self.ix[0] = 1\n"
        "    def build(self):\n        x = tf.transpose(i, self.ix)\n"
    ),
    "a caller before": (
        "def build(ix):\n    x = tf.transpose(i, ix)\ndef main(ix):\n    ix[0] = 1\n    build(ix)\n"
    ),
    "a list of the caller's loop": (
        "def build(ix):\n    x = tf.transpose(i, ix)\n"
        "def main(n):\n    for k in range(n):\n        ix = other(k)\n        ix[0] = 1\n"
        "        build(ix)\n"
    ),
    "the module before": (
        "IX = other()\nfor k in range(3):\n    IX.append(k)\n"
        "def build():\n    x = tf.transpose(i, IX)\n"
        "build()\n"
    ),
    "results of layers": (
        "def build(ix):\n    outs = []\n    for k in range(2):\n"
        "        x = tf.transpose(i, ix)\n        outs.append(x)\n    return outs\n"
    ),
    "another key": (
        "def build(cfg):\n    x = tf.transpose(i, cfg['ix'])\n    cfg['seen'].append(1)\n"
    ),
    "a new value of the key": (
        "def build(cfg):\n    x = tf.transpose(i, cfg['ix'])\n    cfg['ix'] = 1\n"
    ),
    "an attribute of another class": (
        "class Net:\n    def build(self):\n        x = tf.transpose(i, self.ix)\n"
        "class Log:\n    def add(self, k):\n        self.ix.append(k)\n"
    ),
    "a list that is made and grows before": (
        "class Net:\n    def __init__(self):\n        self.ix = []\n    def add(self, k):\n"
        "        self.ix.append(k)\n    def build(self):\n        x = tf.transpose(i, self.ix)\n"
    ),
}


def changed_later(body: str) -> list[str]:
    header = HEADER + "from elsewhere import other\ni = keras.Input((4, 4))\n"
    done = planned((header + body).encode(), Path("/models/model.py"), "layer")
    assert done.sites
    return [str(one.refusal) for one in done.sites if "in place" in str(one.refusal)]


@pytest.mark.parametrize("body", CHANGED_ELSEWHERE.values(), ids=CHANGED_ELSEWHERE)
def test_what_other_code_changes_after_an_op_has_taken_it(body: str) -> None:
    assert changed_later(body)


@pytest.mark.parametrize("body", NOT_CHANGED_LATER.values(), ids=NOT_CHANGED_LATER)
def test_what_no_code_changes_after_an_op_has_taken_it(body: str) -> None:
    assert not changed_later(body)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("[-1, 4]", "=[*sizes])(i)"),
        ("other()", "in place"),
        ("[-1, 4]\n    sizes[1] = 2", "keras.ops.reshape(i, sizes)"),
    ],
)
def test_keras_ops_take_no_copy_of_what_is_changed_later(made: str, expected: str) -> None:
    change = "" if "\n" in made else "    sizes[1] = 2\n"
    body = (
        "from elsewhere import other\ndef build():\n    i = keras.Input((4, 4))\n"
        f"    sizes = {made}\n    x = tf.reshape(i, sizes)\n{change}    return keras.Model(i, x)\n"
    )
    done = planned((HEADER + body).encode(), Path("/models/model.py"), "ops")
    assert expected in f"{done.rewritten.decode()}{done.sites[0].refusal}"
