"""Compare all pairs of variants of a small model, their graphs and their bits; print JSON."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import tensorflow as tf
from tensorflow import keras

from codemod.verify import worker

worker.load_child_package()
from keras_codemod_verify_child.graphs import (  # type: ignore[import-not-found]  # noqa: E402
    nodes,
    proof,
    traces,
)
from keras_codemod_verify_child.numbers import weights  # type: ignore  # noqa: E402

layers = keras.layers
SEED = 5
SPECIAL = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-42, 3e38]


def model(
    function: Callable[[Any, Any], Any], wrap: bool = True, rate: float = 0.5, momentum: float = 0.9
) -> Any:
    inputs = [keras.Input((3, 4)), keras.Input((3, 4))]
    first = layers.Dense(4, name="first")(inputs[0])
    if wrap:
        x = layers.Lambda(lambda pair: function(*pair), name="wrapped")([first, inputs[1]])
    else:
        x = function(first, inputs[1])
    x = layers.Dropout(rate, seed=3, name="dropout")(x)
    x = layers.BatchNormalization(momentum=momentum, name="norm")(x)
    return keras.Model(inputs, x)


def base(a: Any, b: Any) -> Any:
    return tf.reduce_sum(a * tf.tanh(b), 1) - 0.0


def noisy() -> Any:
    """A function that draws from its own generator."""
    return tf.function(lambda x: x + tf.random.normal((4,), seed=1))


def drawn(*functions: Any) -> Any:
    first, second = functions
    return model(lambda a, b: first(base(a, b)) - second(base(a, b)))


def counted(write_first: bool, step: float = 1.0) -> Any:
    counter = tf.Variable(1.0, trainable=False)

    def count(a: Any, b: Any) -> Any:
        if write_first:
            counter.assign_add(step)
            return base(a, b) * counter
        result = base(a, b) * counter
        counter.assign_add(step)
        return result

    return model(count)


def branched(exchanged: bool, bound: float = 0.0) -> Any:
    def branch(a: Any, b: Any) -> Any:
        x = base(a, b)
        ways = [lambda: x * 2.0, lambda: x - 1.0]
        return tf.cond(tf.reduce_sum(x) > bound, ways[exchanged], ways[not exchanged])

    return model(branch)


def looped(times: int, step: float, draws: bool = False) -> Any:
    def more(x: Any) -> Any:
        return x * step + (tf.random.normal((4,), seed=2) if draws else 0.0)

    def loop(a: Any, b: Any) -> Any:
        start = (0, base(a, b))
        return tf.while_loop(lambda k, _: k < times, lambda k, x: (k + 1, more(x)), start)[1]

    return model(loop)


def called_twice() -> Any:
    function = noisy()
    return drawn(function, function)


VARIANTS = {
    "raw": lambda: model(base, wrap=False),
    "wrapped": lambda: model(base),
    "swapped product": lambda: model(lambda a, b: tf.reduce_sum(tf.tanh(b) * a, 1) - 0.0),
    "axis from the end": lambda: model(lambda a, b: tf.reduce_sum(a * tf.tanh(b), -2) - 0.0),
    "both": lambda: model(lambda a, b: tf.reduce_sum(tf.tanh(b) * a, -2) - 0.0),
    "other axis": lambda: model(lambda a, b: tf.reduce_sum(a * tf.tanh(b), 2) - 0.0),
    "mean": lambda: model(lambda a, b: tf.reduce_mean(a * tf.tanh(b), 1) - 0.0),
    "inputs exchanged": lambda: model(lambda a, b: base(b, a)),
    "negative zero": lambda: model(lambda a, b: tf.reduce_sum(a * tf.tanh(b), 1) - (-0.0)),
    "plus zero": lambda: model(lambda a, b: tf.reduce_sum(a * tf.tanh(b), 1) + 0.0),
    "times one": lambda: model(lambda a, b: base(a * 1.0, b)),
    "identity": lambda: model(lambda a, b: tf.identity(base(tf.identity(a), b))),
    "reversed": lambda: model(lambda a, b: tf.reverse(base(a, b), [1])),
    "maximum": lambda: model(lambda a, b: tf.maximum(base(a, b), 0.0)),
    "maximum swapped": lambda: model(lambda a, b: tf.maximum(0.0, base(a, b))),
    "rate": lambda: model(base, rate=0.25),
    "momentum": lambda: model(base, momentum=0.8),
    "noise": lambda: model(lambda a, b: base(a, b) + tf.random.normal((4,), seed=1)),
    "noise twice": lambda: model(
        lambda a, b: base(a, b) + tf.random.normal((4,), seed=1) - tf.random.normal((4,), seed=1)
    ),
    "function called twice": called_twice,
    "two equal functions": lambda: drawn(noisy(), noisy()),
    "written first": lambda: counted(True),
    "read first": lambda: counted(False),
    "other step": lambda: counted(True, 2.0),
    "branches": lambda: branched(False),
    "branches exchanged": lambda: branched(True),
    "other bound": lambda: branched(False, 1.0),
    "loop": lambda: looped(3, 2.0),
    "loop in four": lambda: looped(4, 2.0),
    "other factor": lambda: looped(3, 2.5),
    "loop with draws": lambda: looped(3, 2.0, True),
    "stopped": lambda: model(lambda a, b: base(tf.stop_gradient(a), b)),
}


def samples() -> list[Any]:
    found = []
    for special in (False, True):
        random = np.random.RandomState(1)
        values = [random.normal(size=(5, 3, 4)).astype("float32") for _ in range(2)]
        if special:
            for value in values:
                value.reshape(-1)[random.permutation(60)[: len(SPECIAL)]] = SPECIAL
        found.append([tf.constant(value) for value in values])
    return found


def bits(built: Any) -> list[bytes]:
    """What the model gives without and with training, and the weights after that.

    NaNs count as equal: the order of operands decides their payload.
    """
    names, _ = weights.pair_weights(built, None)
    found = []
    for inputs in samples():
        for training in (False, True):
            weights.set_weights(built, names)
            tf.random.set_seed(SEED)
            results = [built(inputs, training=training), *built.weights]
            for value in (np.array(result.numpy()) for result in results):
                value[np.isnan(value)] = np.nan
                found.append(value.tobytes())
    return found


def traced(build: Callable[[], Any]) -> tuple[Any, Any]:
    keras.backend.clear_session()
    tf.random.set_seed(SEED)
    built = build()
    names, _ = weights.pair_weights(built, None)
    weights.set_weights(built, names)
    return built, traces.trace_model(tf, built, names)


def tier(left: Any, right: Any) -> str:
    stored = json.loads(json.dumps(proof.as_json(left[1])))
    return str(proof.compare_traces(stored, right[1], right[0], [__file__])["tier"])


def of_two_orders() -> list[list[Any]]:
    """The nodes of a graph whose attributes, the branches among them, come in two orders."""

    @tf.function  # type: ignore[untyped-decorator,unused-ignore]
    def drawing_in_one_branch(x: Any) -> Any:
        return tf.cond(x > 0.0, lambda: x + tf.random.normal((), seed=1), lambda: x)

    graph = drawing_in_one_branch.get_concrete_function(tf.TensorSpec(())).graph.as_graph_def()
    found = []
    for backwards in (False, True):
        defined = [
            SimpleNamespace(
                name=node.name,
                op=node.op,
                input=list(node.input),
                device=node.device,
                attr=dict(sorted(node.attr.items(), reverse=backwards)),
            )
            for node in graph.node
        ]
        numbers: dict[str, int] = {}

        def key(name: str, numbers: dict[str, int] = numbers) -> tuple[str, bool]:
            number = numbers.setdefault(name, len(numbers))
            return f"function {number}", "_true_" in name

        argument = {"x": nodes.Source("argument", "0")}
        found.append(nodes.graph_of(defined, argument, ["cond"], set(), key).nodes)
    return found


def main() -> None:
    known = {name: traced(build) for name, build in VARIANTS.items()}
    again = {name: tier(known[name], traced(build)) for name, build in VARIANTS.items()}
    results = {name: bits(built) for name, (built, _) in known.items()}
    pairs = [
        {"names": [a, b], "tier": tier(known[a], known[b]), "equal": results[a] == results[b]}
        for a, b in itertools.combinations(known, 2)
    ]
    forwards, backwards = of_two_orders()
    print(json.dumps({"pairs": pairs, "again": again, "ordered": forwards == backwards}))


main()
