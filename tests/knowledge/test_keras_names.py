"""One table of Keras roots: every spelling of a name is the same name everywhere."""

from __future__ import annotations

import pytest

from transforms.knowledge.keras_names import (
    as_written,
    is_input,
    is_layer_class,
    is_tensorflow,
    keras_path,
    written_root,
)
from transforms.knowledge.tf_catalog import canonical

ROOTS = """
keras tf_keras keras_core
keras.src keras.api keras._tf_keras keras._tf_keras.keras
keras.api.keras keras.api._v1.keras keras.api._v2.keras
tf_keras.src tf_keras.api._v1.keras tf_keras.api._v2.keras
tensorflow.keras tensorflow.v2.keras tensorflow.keras.api._v2.keras
tensorflow.compat.v1.keras tensorflow.compat.v2.keras tensorflow.compat.v1.python.keras
tensorflow.python.keras tensorflow.python.keras.api._v2.keras
tensorflow._api.v2.keras tensorflow._api.v2.v2.keras
tensorflow._api.v2.compat.v1.keras tensorflow._api.v2.compat.v2.keras
""".split()
OTHERS = """
tensorflow tensorflow.kerasified tensorflow.compat.v1 tensorflow_addons.keras tensorflow_addons
keras_tuner keras_cv kerastuner autokeras mykeras.keras numpy
""".split()


@pytest.mark.parametrize("root", ROOTS)
def test_every_spelling_of_the_root_names_the_same_api(root: str) -> None:
    assert keras_path(root) == ""
    assert keras_path(f"{root}.layers.Dense") == "layers.Dense"
    assert canonical(root) == "keras"
    assert canonical(f"{root}.activations.relu") == "keras.activations.relu"
    assert canonical(f"{root}.backend.sum") == "K.sum"
    assert is_layer_class(f"{root}.layers.Dense")
    assert is_input(f"{root}.Input")
    assert not is_tensorflow(f"{root}.layers.Dense")


@pytest.mark.parametrize("root", OTHERS)
def test_other_packages_are_no_keras(root: str) -> None:
    assert keras_path(f"{root}.Input") is None
    assert canonical(f"{root}.Input").partition(".")[0] not in {"keras", "K"}
    assert written_root(f"{root}.Input") == ""


@pytest.mark.parametrize(
    ("dotted", "root"),
    [
        ("keras.api._v2.keras.layers.Dense", "keras"),
        ("keras.src.layers.Dense", "keras"),
        ("keras._tf_keras.keras.layers.Dense", "keras"),
        ("tf_keras.layers.Dense", "tf_keras"),
        ("keras_core.layers.Dense", "keras_core"),
        ("tensorflow.keras", "tensorflow.keras"),
        ("tensorflow.compat.v1.keras.layers.Dense", "tensorflow.compat.v1.keras"),
        ("tensorflow.python.keras.layers.Dense", "tensorflow.python.keras"),
    ],
)
def test_new_code_writes_a_root_that_can_be_imported(dotted: str, root: str) -> None:
    assert written_root(dotted) == root
    assert as_written(dotted) == dotted.replace(dotted.removesuffix(".layers.Dense"), root)


def test_names_of_other_packages_are_written_as_they_are() -> None:
    assert as_written("numpy.abs") == "numpy.abs"
