"""The catalogue of TensorFlow functions: names, structures, dtypes, batch dimension."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from transforms.knowledge import tf_catalog
from transforms.knowledge.tf_catalog import UNKNOWN
from transforms.knowledge.tf_signatures import ALIASES, RESULT_DTYPES, SIGNATURES

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("dotted", "key"),
    [
        ("tensorflow.reduce_sum", "tf.reduce_sum"),
        ("tensorflow.math.reduce_sum", "tf.reduce_sum"),
        ("tensorflow.compat.v2.math.reduce_sum", "tf.reduce_sum"),
        ("tensorflow.compat.v1.reduce_sum", "tf.reduce_sum"),
        ("tensorflow.compat.v1.log", "tf.math.log"),
        ("tensorflow.nn.sigmoid", "tf.sigmoid"),
        ("tensorflow.linalg.matmul", "tf.matmul"),
        ("tensorflow.nn.swish", "tf.nn.silu"),
        ("tensorflow.python.ops.math_ops.reduce_mean", "tf.reduce_mean"),
        ("tensorflow.python.ops.array_ops.shape_v2", "tf.shape"),
        ("tensorflow.python.util.nest.flatten", "tf.nest.flatten"),
        ("tensorflow.raw_ops.MatMul", "tf.raw_ops.MatMul"),
        ("tensorflow.new_in_some_version", "tf.new_in_some_version"),
        ("tensorflow.keras.backend.sum", "K.sum"),
        ("tensorflow.python.keras.backend.sum", "K.sum"),
        ("keras.backend.sum", "K.sum"),
        ("keras.src.backend.sum", "K.sum"),
        ("keras.api._v2.keras.backend.sum", "K.sum"),
        ("tf_keras.backend.sum", "K.sum"),
        ("tensorflow.compat.v1.keras.backend.sum", "K.sum"),
        ("tensorflow.keras.activations.relu", "keras.activations.relu"),
        ("tf_keras.activations.relu", "keras.activations.relu"),
        ("tensorflow.losses.mean_squared_error", "keras.losses.mean_squared_error"),
        ("keras_tuner.backend.sum", "keras_tuner.backend.sum"),
        ("numpy.sum", "numpy.sum"),
    ],
)
def test_a_function_has_one_key_under_all_its_names(dotted: str, key: str) -> None:
    assert tf_catalog.canonical(dotted) == key


def test_every_alias_leads_to_a_key_with_a_signature() -> None:
    for key, names in ALIASES.items():
        assert key in SIGNATURES
        for name in names.split():
            assert tf_catalog.canonical(f"tensorflow.{name}") == key


@pytest.mark.parametrize(
    "key",
    "tf.reduce_sum tf.nn.relu tf.io.decode_raw tf.print tf.Assert tf.debugging.assert_equal"
    " tf.raw_ops.Abs tf.RaggedTensor.from_row_splits tf.image.resize_bilinear K.sum"
    " K.in_train_phase keras.activations.relu keras.losses.MSE tf.zeros tf.py_function".split(),
)
def test_ops(key: str) -> None:
    assert tf_catalog.is_op(key)


@pytest.mark.parametrize(
    "key",
    "tf.data.Dataset.range tf.keras.layers.Dense tf.Variable tf.TensorSpec tf.GradientTape"
    " tf.function tf.name_scope tf.device tf.config.list_physical_devices tf.saved_model.load"
    " tf.train.Checkpoint tf.summary.scalar tf.distribute.get_strategy tf.random.set_seed"
    " tf.dtypes.as_dtype tf.TensorShape tf.Module tf.nest.flatten tf.executing_eagerly"
    " tf.random.Generator.from_seed K.int_shape K.ndim K.epsilon K.floatx K.get_uid K.dtype"
    " K.set_epsilon K.function K.learning_phase K.clear_session keras.activations.get"
    " keras.layers.Dense keras.losses.MeanSquaredError numpy.sum".split(),
)
def test_not_ops(key: str) -> None:
    assert not tf_catalog.is_op(key)


def test_signatures_keep_the_order_and_mark_variadic_parameters() -> None:
    assert tf_catalog.signature("tf.reduce_sum")[:3] == ("input_tensor", "axis", "keepdims")
    assert tf_catalog.signature("tf.einsum") == ("equation", "*inputs", "**kwargs")
    assert tf_catalog.signature("K.concatenate") == ("tensors", "axis")
    assert tf_catalog.signature("tf.raw_ops.Abs") == ()


@pytest.mark.parametrize(
    ("key", "structure"),
    [
        ("tf.reduce_sum", "tensor"),
        ("tf.split", "list"),
        ("tf.unstack", "list"),
        ("tf.meshgrid", "list"),
        ("tf.nn.moments", "tuple:2"),
        ("tf.linalg.svd", "tuple:3"),
        ("tf.linalg.qr", "namedtuple:q,r"),
        ("tf.nn.top_k", "namedtuple:values,indices"),
        ("tf.unique", "namedtuple:y,idx"),
        ("tf.cond", "same"),
        ("tf.debugging.assert_equal", "none"),
        ("tf.assert_rank", "none"),
        ("tf.print", "none"),
    ],
)
def test_structures(key: str, structure: str) -> None:
    assert tf_catalog.result(key) == structure


@pytest.mark.parametrize(
    ("key", "argument_dtype", "rule"),
    [
        ("tf.nn.relu", None, "same"),
        ("tf.greater", None, "bool"),
        ("tf.shape", None, "argument:out_type:int32"),
        ("tf.argmax", None, "argument:output_type:int64"),
        ("tf.cast", None, "argument:dtype"),
        ("tf.one_hot", None, "argument:dtype:float32"),
        ("tf.ones_like", None, "argument:dtype:same"),
        ("tf.zeros", None, "argument:dtype:float32"),
        ("tf.image.resize", None, "float32"),
        ("tf.nn.top_k", None, "unknown"),
        ("tf.abs", "float64", "same"),
        ("tf.abs", "complex64", "float32"),
        ("tf.divide", "int32", "float64"),
        ("tf.signal.stft", "float64", "complex128"),
        ("K.mean", "bool", "float32"),
        ("tf.no_such_function", None, "unknown"),
    ],
)
def test_dtypes(key: str, argument_dtype: str | None, rule: str) -> None:
    assert tf_catalog.result_dtype(key, argument_dtype) == rule


def test_the_dtype_of_indices_and_conditions_says_nothing_about_the_result() -> None:
    assert tf_catalog.tensor_parameters("tf.gather") == {"params", "indices"}
    assert tf_catalog.dtype_parameters("tf.gather") == ("params",)
    assert tf_catalog.dtype_parameters("tf.where") == ("x", "y")
    assert tf_catalog.dtype_parameters("tf.tile") == ("input",)
    assert tf_catalog.tensor_parameters("tf.transpose") == {"a"}
    assert tf_catalog.tensor_parameters("tf.einsum") == {"inputs"}


def test_functions_of_which_keras_2_makes_several_layers() -> None:
    assert tf_catalog.keras2_op_count("tf.nn.relu") == 1
    assert tf_catalog.keras2_op_count("tf.nn.moments") == 6
    assert tf_catalog.keras2_op_count("K.hard_sigmoid") == 3
    assert tf_catalog.keras2_op_count("keras.activations.hard_sigmoid") == 3
    assert tf_catalog.keras2_op_count("K.batch_dot") == 2


BATCH_CASES: list[tuple[str, dict[str, object], bool]] = [
    ("tf.reduce_sum", {"axis": 0}, True),
    ("tf.reduce_sum", {"axis": [0, 1]}, True),
    ("tf.reduce_sum", {}, True),
    ("tf.reduce_sum", {"axis": 1}, False),
    ("tf.reduce_sum", {"axis": UNKNOWN}, False),
    ("tf.reduce_sum", {"axis": [1, UNKNOWN]}, False),
    ("K.mean", {}, True),
    ("K.mean", {"axis": -1}, False),
    ("tf.argmax", {}, True),
    ("tf.argmax", {"axis": -1}, False),
    ("K.argmax", {}, False),
    ("tf.squeeze", {"axis": 0}, True),
    ("tf.squeeze", {}, False),
    ("tf.unstack", {}, True),
    ("tf.unstack", {"axis": 1}, False),
    ("tf.concat", {"axis": 0}, True),
    ("tf.concat", {"axis": -1}, False),
    ("tf.stack", {}, True),
    ("tf.split", {}, True),
    ("tf.split", {"axis": -1}, False),
    ("tf.cumsum", {}, True),
    ("tf.reverse", {"axis": [0]}, True),
    ("tf.reverse", {"axis": [1]}, False),
    ("tf.expand_dims", {"axis": 0}, True),
    ("tf.transpose", {}, True),
    ("tf.transpose", {"perm": [1, 0, 2]}, True),
    ("tf.transpose", {"perm": [0, 2, 1]}, False),
    ("tf.transpose", {"perm": [UNKNOWN, 2, 1]}, False),
    ("K.permute_dimensions", {"pattern": (1, 0, 2)}, True),
    ("tf.reshape", {"shape": [2, -1]}, True),
    ("tf.reshape", {"shape": [-1]}, True),
    ("tf.reshape", {"shape": -1}, True),
    ("tf.reshape", {"shape": [-1, 16]}, False),
    ("tf.reshape", {"shape": [UNKNOWN, 16]}, False),
    ("tf.reshape", {"shape": [UNKNOWN]}, False),
    ("tf.gather", {"params": UNKNOWN, "indices": 0}, True),
    ("tf.gather", {"params": UNKNOWN, "indices": [0, 1], "axis": 1}, False),
    ("tf.gather", {"params": UNKNOWN, "indices": UNKNOWN}, False),
    ("tf.tile", {"multiples": [2, 1, 1]}, True),
    ("tf.tile", {"multiples": [1, 2, 1]}, False),
    ("tf.pad", {"paddings": [[1, 1], [0, 0], [0, 0]]}, True),
    ("tf.pad", {"paddings": [[0, 0], [1, 1], [0, 0]]}, False),
    ("tf.slice", {"begin": [0, 0, 0], "size": [1, -1, -1]}, True),
    ("tf.slice", {"begin": [0, 1, 0], "size": [-1, 2, 2]}, False),
    ("tf.einsum", {"equation": "bij->ij"}, True),
    ("tf.einsum", {"equation": "...ij->...ji"}, False),
    ("tf.einsum", {"equation": "bij->bji"}, False),
    ("tf.shape", {}, False),
    ("tf.nn.relu", {}, False),
]


@pytest.mark.parametrize(("key", "arguments", "drops"), BATCH_CASES)
def test_batch_dimension(key: str, arguments: dict[str, object], drops: bool) -> None:
    assert tf_catalog.drops_batch(key, arguments) is drops


def test_refusals_name_their_reason() -> None:
    for key in (
        *("tf.print", "tf.Assert", "tf.assert_equal", "tf.debugging.check_numerics"),
        *("tf.ragged.stack", "tf.RaggedTensor.from_row_splits", "tf.sparse.add"),
        *("tf.py_function", "tf.numpy_function", "tf.map_fn", "tf.while_loop", "tf.cond"),
        *("tf.function", "tf.Variable.assign", "K.function", "K.learning_phase"),
        *("K.in_train_phase", "tf.strings.split"),
    ):
        assert tf_catalog.reason_to_refuse(key), key
    for key in ("tf.reduce_sum", "tf.scan", "K.sum", "tf.strings.length", "tf.raw_ops.Abs"):
        assert tf_catalog.reason_to_refuse(key) is None


def test_the_catalogue_does_not_import_tensorflow() -> None:
    code = "import sys, transforms.knowledge.tf_catalog; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


LITERAL_CALLS = """
import os
os.environ["TF_USE_LEGACY_KERAS"] = "1"
import json, sys
import tensorflow as tf, tf_keras
cases, activations = json.load(sys.stdin)
failed = []
def find(key):
    owner = tf_keras.backend if key.startswith("K.") else tf
    for part in key.split(".")[1:]:
        owner = getattr(owner, part)
    return owner
samples = tf.reshape(tf.range(64, dtype=tf.float32) * 1.37 % 5.0, (4, 4, 4))
tensors = {key: names for key, _, _, names in cases}
def outcome(key, arguments, x):
    if "equation" in arguments:
        return tf.nest.flatten(tf.einsum(arguments["equation"], x))
    first = tensors[key][0]
    required = {"values": [x, x]} if key in ("tf.concat", "tf.stack") else {first: x}
    required.update({} if key != "tf.split" else {"num_or_size_splits": 2})
    return tf.nest.flatten(find(key)(**{**arguments, **required}))
def picks(key, arguments, order):
    whole = outcome(key, arguments, samples)
    part = outcome(key, arguments, tf.gather(samples, order))
    return len(whole) == len(part) and all(
        a.shape.rank and a.shape[0] == 4 and b.shape[0] == len(order)
        and bool(tf.reduce_all(tf.gather(a, order) == b)) for a, b in zip(whole, part)
    )
for key, arguments, drops, _ in cases:
    kept = all(picks(key, arguments, order) for order in ([0, 1, 3, 2], [1, 3], [2, 1, 0, 3]))
    if kept == drops:
        failed.append((key, arguments))
for key, name in activations.items():
    x = tf.constant([[-9.5, -1.0, -0.0, 0.3, 1e30, float("inf"), float("nan"), 7.1]])
    for dtype in ("float16", "float32", "float64"):
        for api in (tf_keras, __import__("keras")):
            function = api.activations.get(name)
            saved = api.activations.serialize(function)
            value = tf.cast(x, dtype)
            seen = function(value).numpy().tobytes(), api.activations.get(saved) is function
            if seen != (find(key)(value).numpy().tobytes(), True):
                failed.append((key, name, dtype, api.__name__))
sys.exit(str(failed) if failed else 0)
"""


@pytest.mark.tensorflow
def test_batch_rules_and_activations_agree_with_tensorflow() -> None:
    """Literal calls keep their rows with samples left out and reordered; activations agree."""
    cases = [
        (key, arguments, drops, tf_catalog.dtype_parameters(key))
        for key, arguments, drops in BATCH_CASES
        if "UNKNOWN" not in repr(arguments) and key not in {"tf.squeeze", "tf.shape"}
    ]
    assert len(cases) > 30
    done = subprocess.run(
        [sys.executable, "-c", LITERAL_CALLS],
        input=json.dumps([cases, tf_catalog.ACTIVATIONS]),
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


CHECK_DATA = """
import os
os.environ["TF_USE_LEGACY_KERAS"] = "1"
import sys
from benchmarks.generate_tf_signatures import collect
from benchmarks.measure_tf_functions import measure
from transforms.knowledge import tf_catalog
from transforms.knowledge.tf_signatures import RESULT_DTYPES, SIGNATURES
signatures, aliases, functions = collect()
known = signatures.keys() & SIGNATURES.keys()
wrong = [key for key in known if signatures[key] != SIGNATURES[key]]
if len(known) < 900 or len(wrong) > len(known) // 20:
    sys.exit(f"{len(known)} known, signatures differ: {sorted(wrong)}")
sample = '''tf.reduce_sum tf.nn.moments tf.split tf.argmax tf.cast tf.nn.top_k tf.divide tf.abs
tf.einsum tf.image.resize tf.gather tf.one_hot tf.shape tf.matmul tf.linalg.svd tf.nn.relu
K.sum K.hard_sigmoid K.sqrt K.batch_dot keras.activations.hard_sigmoid'''.split()
for key in sample:
    seen = measure(key, functions[key])
    structure, layers = tf_catalog.result(key), tf_catalog.keras2_op_count(key)
    if (seen.structure, seen.dtype, seen.layers) != (structure, RESULT_DTYPES[key], layers):
        sys.exit(f"{key}: {seen}")
"""


@pytest.mark.tensorflow
def test_the_data_agree_with_the_installed_tensorflow() -> None:
    assert len(RESULT_DTYPES) > 600
    done = subprocess.run(
        [sys.executable, "-c", CHECK_DATA],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
