"""The patterns that ``benchmarks/generated_code.py`` counts in generated classes."""

from __future__ import annotations

from pathlib import Path

from benchmarks.generated_code import count_patterns

SAMPLE = '''\
@keras.utils.register_keras_serializable(package="a")
class ShapeSlice2(layers.Layer):
    """Applies tf.shape, slice and add."""

    def __init__(self, value, i, value_dtype=None, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def call(self, inputs):
        tensor, x = inputs
        y = tf.shape(tensor)
        return y

    def get_config(self):
        return {
            **super().get_config(),
        }


@keras.utils.register_keras_serializable(package="a")
class ReluOp(layers.Layer):
    """Computes `tf.nn.relu(x)`."""

    def __init__(self, **kwargs):
        super().__init__(autocast=False, **kwargs)

    def call(self, x):
        return tf.nn.relu(x)


class Own(layers.Layer):
    def build(self, shape):
        self.built = True
'''


def test_each_pattern_is_counted_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SAMPLE)
    assert count_patterns([tmp_path / "a.py"]) == {
        "classes": 2,
        "lines of classes": 20,
        "numbered class name": 1,
        "class name that ends in Op": 1,
        "docstring that lists ops": 1,
        "one statement in call": 1,
        "assigns, then returns the same name": 1,
        "__init__ without arguments": 1,
        "parameter value": 1,
        "parameter of one letter": 1,
        "array or tensor in the constructor": 1,
        "input called tensor": 1,
        "get_config of several lines": 1,
    }
