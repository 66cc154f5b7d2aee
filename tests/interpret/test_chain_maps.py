"""A new container type is one module and one test: ``collections.ChainMap``."""

from __future__ import annotations

from tests.interpret.test_analysis_patterns import found

SOURCE = """
from collections import ChainMap
first, second = {}, {"a": keras.Input((3,)), "b": 1.0}
chained = ChainMap(first, second)
tf.abs(chained["a"])
tf.exp(chained["b"])
chained["b"] = keras.Input((3,))
tf.tanh(first["b"])
first["a"] = 1.0
tf.sin(chained["a"])
"""


def test_a_chain_of_dicts_reads_each_and_writes_the_first() -> None:
    assert found(SOURCE, certain=True) == ["tf.abs(chained['a'])", "tf.tanh(first['b'])"]
