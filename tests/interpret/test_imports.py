"""What the names of a module mean, and how it would write others."""

from __future__ import annotations

import ast

import pytest

from transforms.interpret.imports import (
    ImportTable,
    Reference,
    keras_flavour,
    reference,
)
from transforms.interpret.parsed import Parsed


def table_of(source: str) -> ImportTable:
    return Parsed(ast.parse(source)).imports


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import tensorflow as tf", {"tf": "tensorflow"}),
        ("import tensorflow.keras", {"tensorflow": "tensorflow"}),
        ("import tensorflow.keras.layers as L", {"L": "tensorflow.keras.layers"}),
        (
            "from tensorflow.keras import layers, backend as K",
            {"layers": "tensorflow.keras.layers", "K": "tensorflow.keras.backend"},
        ),
        ("from keras.layers import Lambda", {"Lambda": "keras.layers.Lambda"}),
        (
            "import tensorflow as tf\nkeras = tf.keras\nlayers = keras.layers",
            {"tf": "tensorflow", "keras": "tensorflow.keras", "layers": "tensorflow.keras.layers"},
        ),
        ("import numpy as np\na = b = np.pi", {"np": "numpy", "a": "numpy.pi", "b": "numpy.pi"}),
        ("if a:\n  import b\nelse:\n  import c", {"b": "b", "c": "c"}),
        ("try:\n  import b\nexcept E:\n  b = None", {}),
        (
            "try:\n  from keras import layers\nexcept E:\n  from tensorflow.keras import layers",
            {"layers": "keras.layers"},
        ),
        ("from keras import layers\nlayers = [1]", {}),
        ("from keras import layers\nfor layers in x: pass", {}),
        ("from keras import layers\ndef layers(): pass", {}),
        ("from keras import layers\ndef f():\n  global layers\n  layers = 1", {}),
        ("from keras import layers\ndef f(layers): pass", {"layers": "keras.layers"}),
        ("import a\nimport a", {"a": "a"}),
        ("from . import layers\nfrom .a import b", {}),
        ("def f():\n  import a", {}),
    ],
)
def test_collects_external_names(source: str, names: dict[str, str]) -> None:
    assert table_of(source).names == names


def test_bound_names_are_those_of_every_scope() -> None:
    source = "import a.b\ndef f(c, *d):\n  e = 1\n  from g import h\nclass I: pass\nprint(j)\n"
    assert table_of(source).bound == {"a", "f", "c", "d", "e", "h", "I"}


@pytest.mark.parametrize(
    ("source", "flavour"),
    [
        ("import tensorflow as tf", "tensorflow.keras"),
        ("", "tensorflow.keras"),
        ("import tensorflow.compat.v2 as tf", "tensorflow.compat.v2.keras"),
        ("import keras", "keras"),
        ("import tensorflow as tf\nimport keras", "keras"),
        ("import tensorflow as tf\nfrom keras import layers", "keras"),
        ("import tf_keras as keras", "tf_keras"),
        ("from keras.src import layers", "keras"),
        (
            "from keras.utils import to_categorical\nfrom tensorflow.keras import layers",
            "tensorflow.keras",
        ),
        (
            "import tensorflow as tf\nfrom keras.utils import to_categorical\ntf.keras.layers.A()",
            "tensorflow.keras",
        ),
        ("from keras.layers import Dense\nfrom tensorflow.keras.utils import A", "keras"),
        ("from tensorflow.keras.layers import *\nimport keras", "tensorflow.keras"),
    ],
)
def test_the_flavour_is_the_keras_that_builds_models(source: str, flavour: str) -> None:
    assert keras_flavour(table_of(source)) == flavour


TF, COMPAT = "import tensorflow as tf\n", "import tensorflow.compat.v2 as tf\n"


@pytest.mark.parametrize(
    ("source", "target", "expression", "needed"),
    [
        ("from keras.layers import Lambda", "keras.layers.Lambda", "Lambda", None),
        ("from keras.layers import Lambda as La", "keras.layers.Lambda", "La", None),
        (TF + "from tensorflow.keras import layers", "keras.layers.Lambda", "layers.Lambda", None),
        ("import tensorflow.keras.layers as L", "keras.layers.Lambda", "L.Lambda", None),
        (TF + "from tensorflow import keras", "keras.layers.Layer", "keras.layers.Layer", None),
        (TF, "keras.layers.Lambda", "tf.keras.layers.Lambda", None),
        (TF, "keras.utils.register", "tf.keras.utils.register", None),
        (COMPAT, "keras.layers.Lambda", "tf.keras.layers.Lambda", None),
        (COMPAT, "tensorflow.einsum", "tf.einsum", None),
        (TF + "from tensorflow import einsum", "tensorflow.einsum", "einsum", None),
        (TF, "tensorflow", "tf", None),
        ("import keras", "tensorflow", "tf", "import tensorflow as tf"),
        ("import keras\ntf = 1", "tensorflow.abs", "tensorflow.abs", "import tensorflow"),
        ("import keras", "numpy.pi", "np.pi", "import numpy as np"),
        (
            TF + "from keras import layers",
            "keras.utils.register",
            "keras.utils.register",
            "import keras",
        ),
        (
            "from tensorflow.keras import layers",
            "keras.utils.register",
            "keras.utils.register",
            "from tensorflow import keras",
        ),
        (
            "from tensorflow.keras import layers\nimport keras",
            "keras.utils.register",
            "tfk.utils.register",
            "from tensorflow import keras as tfk",
        ),
        (
            "from tensorflow.keras import layers\ndef f(keras, tfk): pass",
            "keras.utils.register",
            "keras_2.utils.register",
            "from tensorflow import keras as keras_2",
        ),
        (
            "from tf_keras.layers import Dense",
            "keras.layers.Lambda",
            "keras.layers.Lambda",
            "import tf_keras as keras",
        ),
        (
            "from tensorflow.compat.v2.keras import layers",
            "keras.Model",
            "keras.Model",
            "from tensorflow.compat.v2 import keras",
        ),
        ("from tensorflow.keras.layers import *", "keras.layers.Lambda", "Lambda", None),
        (
            "from tensorflow.keras.layers import *\nclass Lambda: pass",
            "keras.layers.Lambda",
            "keras.layers.Lambda",
            "from tensorflow import keras",
        ),
        ("from keras.src import layers", "keras.layers.Lambda", "layers.Lambda", None),
    ],
)
def test_references(source: str, target: str, expression: str, needed: str | None) -> None:
    assert reference(table_of(source), [target]) == Reference(expression, needed)


def test_references_never_mix_generations() -> None:
    source = (
        "import tensorflow as tf\nfrom tf_keras.layers import Lambda\n"
        "from keras import layers\nfrom keras import Model, Input\n"
    )
    assert reference(table_of(source), ["keras.layers.Lambda"]).expression == "layers.Lambda"


def test_references_choose_among_equivalent_names_and_avoid_shadowed_ones() -> None:
    table = table_of("import tensorflow as tf\nfrom tensorflow.keras import layers, Model\n")
    candidates = ["keras.layers.Layer", "keras.Layer"]
    assert reference(table, candidates).expression == "layers.Layer"
    assert reference(table, candidates[:1], {"layers"}).expression == "tf.keras.layers.Layer"
    assert reference(table, ["keras.models.Model", "keras.Model"]).expression == "Model"
    assert reference(table, candidates[:1], {"layers", "tf", "keras"}) == Reference(
        "tfk.layers.Layer", "from tensorflow import keras as tfk"
    )
    with pytest.raises(ValueError, match="at least one"):
        reference(table, [])
