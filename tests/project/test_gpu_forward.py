"""The benchmark for GPU hosts without TensorFlow: export here, and what ``run`` needs there."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).parents[2]
WITHOUT_JAX = """
import sys
sys.modules["jax"] = None
from benchmarks.gpu_forward import main
sys.exit(main(sys.argv[1:]))
"""


def python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``script`` in a process that finds the folder ``benchmarks``."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_run_names_what_is_missing_in_one_line(tmp_path: Path) -> None:
    done = python(WITHOUT_JAX, "run", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{tmp_path} holds no index.json; export writes it\n"
    empty = {"tensorflow": "2.21.0", "keras": "2.21.0", "pairs": [], "left_out": []}
    (tmp_path / "index.json").write_text(json.dumps(empty))
    done = python(WITHOUT_JAX, "run", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "run needs JAX: pip install jax\n"


ARRAYS = """
import sys
import zlib
from pathlib import Path
import numpy as np
from benchmarks.gpu_index import (
    ArraySpec, Index, KeyedWeight, LeftOut, OpsPair, Pair, Program, make_array,
    read_index, stored_array, weight_seed, write_index,
)
kernel = ArraySpec("weight", (50, 40), "float32", seed=weight_seed(("dense", 0, 0)))
scale = ArraySpec("weight", (500,), "float32", seed=weight_seed(("bn", 0, 0)), start=1.0)
variance = ArraySpec("weight", (500,), "float32", seed=3, start=0.0, positive=True)
tokens = ArraySpec("input", (3, 99), "int64", seed=1000, tokens=4)
bools = ArraySpec("input", (3, 99), "bool", seed=1000)
table = np.arange(6, dtype="int16").reshape(2, 3)
stored = stored_array(table)
specs = (kernel, scale, variance, stored)
pair = Pair("f", "layer", "m", (tokens, bools), Program("a", specs), Program("b", specs[::-1]))
keyed = (KeyedWeight("dense", 0, 0, kernel), KeyedWeight("dense", 0, 1, scale))
with_ops = OpsPair("f", "m", (tokens, bools), Program("a", specs), "f_0_ops.json", keyed)
index = Index("2.21.0", "2.21.0", (pair,), (LeftOut("g", "", "", "why"),), (with_ops,))
folder = Path(sys.argv[1])
write_index(index, folder)
assert read_index(folder) == index
arrays = [make_array(spec) for spec in specs]
again = [make_array(spec) for spec in read_index(folder).pairs[0].rewritten.captures][::-1]
assert all(a.tobytes() == b.tobytes() and a.dtype == b.dtype for a, b in zip(arrays, again))
assert [array.shape for array in arrays] == [spec.shape for spec in specs]
assert abs(arrays[0].std() * 50**0.5 - 1) < 0.1
assert abs(arrays[1].mean() - 1) < 0.05 and arrays[1].std() > 0.05
assert arrays[2].min() > 0
assert (arrays[3] == table).all() and arrays[3].dtype == table.dtype
assert set(make_array(tokens).ravel()) == {0, 1, 2, 3}
assert set(make_array(bools).ravel()) == {False, True}
try:
    stored_array(np.zeros(1 << 20))
except ValueError as error:
    print(error)
print(kernel.seed, zlib.crc32(make_array(tokens).tobytes()), round(float(arrays[0][0, 0]), 6))
"""


def test_arrays_come_equal_from_the_index_alone(tmp_path: Path) -> None:
    done = python(ARRAYS, str(tmp_path))
    assert done.returncode == 0, done.stderr
    # The same on every machine, or the two sides of a run elsewhere would not be these.
    assert done.stdout.splitlines() == [
        "a constant of 8388608 bytes is no weight",
        "1574679190 2183562827 0.013918",
    ]


ARGUMENTS = """
from benchmarks.gpu_arguments import argument_types, taken
from benchmarks.gpu_index import ArraySpec, stored_array
import numpy as np
types = argument_types('''module @m {
  func.func @main(%arg0: tensor<3x8xi32> loc("a"), %arg1: tensor<f32> loc("a"),
      %arg2: tensor<4xcomplex<f32>> loc("a")) -> (tensor<3xi1>) {
  func.func private @other(%arg0: tensor<i1>) -> tensor<i1> {'''.replace("\\n      ", " "))
assert types == [((3, 8), "int32"), ((), "float32"), ((4,), "complex64")], types
given = ArraySpec("input", (3, 8), "int32", seed=1, tokens=4)
axis, scale = stored_array(np.int32(1)), stored_array(np.float32(2))
weight = ArraySpec("weight", (4,), "complex64", seed=2)
assert taken([given, axis, scale, weight], types) == (given, scale, weight)
assert taken([given, scale, scale, weight], types) == (given, scale, weight)
for specs in (
    [given, scale, stored_array(np.float32(3)), weight],
    [given, ArraySpec("weight", (), "float32"), weight, weight],
):
    try:
        taken(specs, types)
    except ValueError as error:
        print(error)
"""


def test_constants_that_xla_compiles_in_are_no_arguments() -> None:
    done = python(ARGUMENTS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "more than one choice of its constants fits the arguments of the program",
        "no choice of its constants fits the arguments of the program",
    ]


OPS = """
import json, sys
from pathlib import Path
from benchmarks.gpu_ops_export import ops_models
folder, *fixtures = map(Path, sys.argv[1:])
folder.mkdir()
print(json.dumps(ops_models(fixtures, folder)))
"""
NAMES = '''
from benchmarks.gpu_run import renamed
program = """module @a_inference_forward_{0}__.1 attributes {{mhlo.is_dynamic = false}} {{
  func.func private @net_{0}_Mean-reduction.1(%arg0: tensor<f32>) -> tensor<f32> {{
  func.func @main(%arg0: tensor<f32>) -> tensor<f32> {{
    %0 = call @net_{0}_Mean-reduction.1(%arg0) : (tensor<f32>) -> tensor<f32>
    %1 = stablehlo.custom_call @{1}(%0) : (tensor<f32>) -> tensor<f32>"""
first = renamed(program.format("tf.math.reduce_mean", "Sharding"))
assert first == renamed(program.format("mean", "Sharding"))
assert first != renamed(program.format("mean", "TopK"))
assert "@main(" in first and "call @f0(" in first
'''


def test_programs_are_equal_whatever_their_layers_are_called() -> None:
    done = python(NAMES)
    assert done.returncode == 0, done.stderr


TABLE = """
from benchmarks.gpu_index import Index, LeftOut, Pair, Program
from benchmarks.gpu_run import Compared, Runner, markdown
pair = Pair("unet", "layer", "net", (), Program("a", ()), Program("b", ()))
results = [
    Compared(pair, "bitwise", True, 1, 0, "", 0.5),
    Compared(pair, "close", False, 2, 3, "", 0.25),
    Compared(pair, "different", False, 1, 0, "output 0 differs by up to 1", 0.25),
    Compared(pair, "not run", False, 0, 0, "XlaRuntimeError: a|b", 0.0),
]
index = Index("2.21.0", "2.20.1", (pair,) * 4, (LeftOut("ragged", "layer", "m", "no reason"),))
print(markdown(index, Runner(None, None, "H100 (gpu), jax 0.10.2"), results, "run F"), end="")
"""


def test_the_table_says_what_each_pair_did() -> None:
    done = python(TABLE)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "`run F` on H100 (gpu), jax 0.10.2; exported with TensorFlow 2.21.0 and Keras 2.20.1."
    )
    assert lines[2] == (
        "1 of 4 pairs have identical bits, 1 of them from equal StableHLO; 1.0 s, compiling "
        "included."
    )
    rows = [line for line in lines if line.startswith("| unet")]
    assert rows == [
        "| unet | layer | net | 1 | equal | identical bits | 0.50 |",
        "| unet | layer | net | 2 | differs | close, 3 ULP | 0.25 |",
        "| unet | layer | net | 1 | differs | different: output 0 differs by up to 1 | 0.25 |",
        "| unet | layer | net | 0 | differs | not run: XlaRuntimeError: a\\|b | 0.00 |",
    ]
    assert lines[-1] == "| ragged | layer | m | no reason |"


def test_a_rewrite_to_keras_ops_goes_as_a_configuration(tmp_path: Path) -> None:
    fixtures = [tmp_path / name for name in ("free", "own")]
    for folder, op in zip(fixtures, ("tf.reduce_mean(y, axis=1)", "tf.nn.l2_normalize(y, 1)")):
        folder.mkdir()
        (folder / "before.py").write_text(
            "import tensorflow as tf\n"
            "from tensorflow import keras\n"
            "x = keras.Input((4,))\n"
            "y = keras.layers.Dense(3)(x)\n"
            f"model = keras.Model(x, {op}, name='m')\n"
        )
    out = tmp_path / "out"
    done = python(OPS, str(out), *map(str, fixtures))
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["free"] == {"models": [{"name": "m", "file": "free_0_ops.json"}]}
    (own,) = found["own"]["models"]
    assert own["failure"] == "it holds what stands in its source: L2Normalize"
    layers = json.loads((out / "free_0_ops.json").read_text())["config"]["layers"]
    assert [layer["class_name"] for layer in layers] == ["InputLayer", "Dense", "Mean"]


def _arguments(folder: Path, program: dict[str, Any]) -> list[str]:
    text = gzip.decompress((folder / program["file"]).read_bytes()).decode()
    (signature,) = re.findall(r"func\.func (?:public )?@main\((.*?)\) ->", text)
    return re.findall(r"%arg\d+: tensor<([^>]*)>", signature)


def exported(folder: Path, *fixtures: str) -> Any:
    chosen = [word for name in fixtures for word in ("--only", name)]
    command = ["-m", "benchmarks.gpu_forward", "export", str(folder), "--to", "layer", *chosen]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads((folder / "index.json").read_text())


def test_tensors_that_layers_make_at_once_are_equal_on_both_sides(tmp_path: Path) -> None:
    (pair,) = exported(tmp_path, "script_transformer_text")["pairs"]
    tables = [
        [spec["stored"] for spec in pair[side]["captures"] if spec["shape"] == [24, 16]]
        for side in ("original", "rewritten")
    ]
    assert tables[0] == tables[1] != []


def test_export_writes_both_models_with_one_argument_list(tmp_path: Path) -> None:
    index = exported(tmp_path, "attention", "yolo_head", "ragged_members", "negatives")
    named = [(pair["fixture"], pair["target"], pair["model"]) for pair in index["pairs"]]
    assert named == [
        ("attention", "layer", "attention_classifier"),
        ("yolo_head", "layer", "yolo"),
    ]
    for pair in index["pairs"]:
        assert all(spec["shape"][0] == 3 for spec in pair["inputs"])
        taken = []
        for program in (pair["original"], pair["rewritten"]):
            specs = [*pair["inputs"], *program["captures"]]
            sizes = [text.split("x")[:-1] for text in _arguments(tmp_path, program)]
            assert sizes == [[str(size) for size in spec["shape"]] for spec in specs]
            # Keras 2 keeps the constants of raw ops as arrays; they are no weights.
            weights = [spec for spec in program["captures"] if spec["rule"] == "weight"]
            assert all(spec["stored"] for spec in program["captures"] if spec not in weights)
            taken.append(sorted(json.dumps(spec) for spec in weights))
        assert taken[0] == taken[1]
        assert len(taken[0]) == len({json.loads(text)["seed"] for text in taken[0]}) >= 10
    reasons = {item["fixture"]: item["reason"] for item in index["left_out"]}
    assert reasons == {
        "negatives": "nothing in it is rewritten",
        "ragged_members": "an input is a RaggedTensor",
    }
