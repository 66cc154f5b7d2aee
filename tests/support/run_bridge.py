"""Enter and leave the bridge under Keras 3; print as JSON what was restored, and what it made."""

from __future__ import annotations

import importlib
import json
import operator
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.util import dispatch

from codemod.verify import worker

worker.load_child_package()
from keras_codemod_verify_child.bridge import (  # type: ignore[import-not-found]  # noqa: E402
    bridge,
)

MODULES = [importlib.import_module(name) for names in bridge.FUNCTIONS for name in names]
PLACES = [keras.KerasTensor, *MODULES]


def present() -> list[dict[str, Any]]:
    """What all places that are patched hold."""
    return [
        {name: value for name, value in vars(place).items() if name != "__annotations__"}
        for place in PLACES
    ]


def fails(action: Any) -> bool:
    """Whether Keras 3 refuses a raw op."""
    try:
        action()
    except ValueError:
        return True
    return False


def main() -> None:
    """Use the bridge once."""
    before, dispatchers = present(), list(dispatch._GLOBAL_DISPATCHERS)
    made: list[str] = []
    inputs = keras.Input((3, 4))
    with bridge.Bridge(tf, lambda function, args, kwargs, layer: made.append(layer.name)) as own:
        x = keras.layers.Dense(4)(tf.reduce_sum(inputs, 1))
        outputs = x[:, :2] - x[:, 2:]
        # Keras's own calls are no raw ops.
        penalty = keras.regularizers.L2(0.1)(x)
        traced: list[bool] = []

        def inside(value: Any) -> Any:
            traced.append(fails(lambda: tf.reduce_sum(inputs, 1)))
            return value

        tf.function(inside)(tf.ones(2))
        model = keras.Model(inputs, outputs)
        equal_to_none = operator.eq(x, None)
        text = str((x.shape.as_list(), x.get_shape().rank, x.dtype.is_floating, equal_to_none))
        nan_test = operator.ne(x, x) is not False
    after = present()
    value = np.arange(24, dtype="float32").reshape(2, 3, 4)
    print(
        json.dumps(
            {
                "restored": [
                    [name for name in {**old, **new} if old.get(name) is not new.get(name)]
                    for old, new in zip(before, after)
                ],
                "dispatchers": dispatchers == list(dispatch._GLOBAL_DISPATCHERS),
                "refused again": fails(lambda: tf.reduce_sum(inputs, 1)),
                "made": made,
                "penalty": type(penalty._keras_history.operation).__name__,
                "in a function": traced,
                "static": text,
                "nan test": nan_test,
                "runs": list(model(value).shape),
                "clone runs": list(keras.models.clone_model(model)(value).shape),
                "exact": own.other_meaning(model.layers[-1]),
            }
        )
    )


main()
