"""Give the model of a fixture to converters under tf-keras; print as JSON what each makes of it.

The arguments are names of converters, each with ``raw`` or ``rewritten`` before it.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["TF_USE_LEGACY_KERAS"] = "1"
sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures" / "converters"))

import numpy as np
import tensorflow as tf
import tf_keras

IMAGES = np.random.RandomState(0).rand(4, 8, 8, 3).astype("float32")


def difference(model: Any, outputs: Any) -> float:
    """How far ``outputs`` are from those of ``model``."""
    return float(abs(np.asarray(outputs) - model.predict(IMAGES, verbose=0)).max())


def tflite(module: Any, in_bytes: bool = False) -> Any:
    """A model for TensorFlow Lite, in float32 or all in int8."""
    model = module.build()
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if in_bytes:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([image[None]] for image in IMAGES)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    interpreter = tf.lite.Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
    outputs = []
    for image in IMAGES:
        interpreter.set_tensor(given["index"], image[None])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(made["index"])[0])
    return difference(model, outputs)


def tflite_int8(module: Any) -> Any:
    """A model for TensorFlow Lite in int8."""
    return tflite(module, in_bytes=True)


def tf2onnx(module: Any) -> Any:
    """A model for ONNX, run by its runtime."""
    model = module.build()
    proto, _ = importlib.import_module("tf2onnx").convert.from_keras(model, opset=15)
    session = importlib.import_module("onnxruntime").InferenceSession(proto.SerializeToString())
    (given,) = session.get_inputs()
    return difference(model, session.run(None, {given.name: IMAGES})[0])


def quantize_model(module: Any) -> Any:
    """Quantisation-aware training of the model as it is."""
    optimization = importlib.import_module("tensorflow_model_optimization")
    return trained(optimization.quantization.keras.quantize_model(module.build()))


def quantize_plain(module: Any) -> Any:
    """The same for a model of ops that layers of Keras take the place of."""
    optimization = importlib.import_module("tensorflow_model_optimization")
    return trained(optimization.quantization.keras.quantize_model(module.build_plain()))


def quantize_config(module: Any) -> Any:
    """Quantisation-aware training with a configuration for generated layers."""
    return trained(importlib.import_module("quantize").quantized(module.build()))


def trained(model: Any, *callbacks: Any) -> str:
    """What to say of a model that trains."""
    model.compile("adam", "mse")
    model.fit(IMAGES, np.zeros((4, 2)), verbose=0, callbacks=[*callbacks])
    return "trains"


def prune(module: Any) -> Any:
    """Pruning of all layers of the model as it is."""
    sparsity = importlib.import_module("tensorflow_model_optimization").sparsity.keras
    pruned = sparsity.prune_low_magnitude(module.build())
    told = trained(pruned, sparsity.UpdatePruningStep())
    sparsity.strip_pruning(pruned)
    return told


def prune_told(module: Any) -> Any:
    """The same where generated layers say that they have nothing to prune."""
    for made in vars(module).values():
        if isinstance(made, type) and made.__module__ == module.__name__:
            made.get_prunable_weights = lambda layer: []  # type: ignore[attr-defined]
    return prune(module)


def cluster(module: Any) -> Any:
    """Weight clustering of all layers."""
    clustering = importlib.import_module("tensorflow_model_optimization").clustering.keras
    start = clustering.CentroidInitialization.LINEAR
    model = clustering.cluster_weights(
        module.build(), number_of_clusters=4, cluster_centroids_init=start
    )
    return trained(model)


def hls4ml(module: Any, build: str = "build") -> Any:
    """A project for an FPGA. The package goes by the Keras that is called ``keras``."""
    sys.modules["keras"] = tf_keras
    package = importlib.import_module("hls4ml")
    model = getattr(module, build)()
    config = package.utils.config_from_keras_model(model, granularity="name", backend="Vivado")
    with tempfile.TemporaryDirectory() as folder:
        package.converters.convert_from_keras_model(
            model, hls_config=config, output_dir=folder, backend="Vivado"
        ).write()
    return "written"


def hls4ml_plain(module: Any) -> Any:
    """The same for a model of ops that layers of Keras take the place of."""
    return hls4ml(module, "build_plain")


CONVERTERS: dict[str, Callable[[Any], Any]] = {
    made.__name__: made
    for made in (
        *(tflite, tflite_int8, tf2onnx, quantize_model, quantize_plain, quantize_config),
        *(prune, prune_told, cluster, hls4ml, hls4ml_plain),
    )
}


def result(side: str, name: str) -> Any:
    """What a converter makes of the model, or why it fails."""
    tf_keras.backend.clear_session()
    tf.keras.utils.set_random_seed(1)
    try:
        return CONVERTERS[name](importlib.import_module(side))
    except BaseException as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"


if __name__ == "__main__":
    wanted = [argument.partition(" ")[::2] for argument in sys.argv[1:]]
    print(json.dumps({f"{side} {name}": result(side, name) for side, name in wanted}))
