"""The JAX side of ``gpu_forward``: both programs of each pair on one device, bits compared.

No TensorFlow is imported. Foreign StableHLO has no public way into JAX: parsing and compiling
it use names of ``jax._src``, seen with jax 0.10.2.
"""

from __future__ import annotations

import functools
import gzip
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from benchmarks.gpu_index import ArraySpec, Index, Pair, Program, make_array
from codemod.verify.child.failures import one_line
from codemod.verify.child.numbers.forward import difference

Platform = Literal["cpu", "gpu"]
XLA_FLAGS = "--xla_gpu_deterministic_ops=true --xla_gpu_autotune_level=0"
MODULE_NAME = re.compile(r"(?<=^module @)\S+")
FUNCTION = re.compile(r"func\.func private (@[\w.$-]+)\(")


class RunError(Exception):
    """Nothing can be run: no JAX, no such device. One line."""


@dataclass(frozen=True)
class Compared:
    """One pair: its tier, and whether both programs read the same; ``seconds`` for all runs.

    ``ulp`` is the largest gap where the bits differ and the values are close.
    """

    pair: Pair
    tier: Literal["bitwise", "close", "different", "not run"]
    same_program: bool
    outputs: int
    ulp: int
    reason: str
    seconds: float


@dataclass(frozen=True)
class Runner:
    """A device under JAX, with the name and the versions for the report."""

    jax: Any
    device: Any
    name: str


def open_device(platform: Platform) -> Runner:
    """Import JAX with determinism on, and find the device; RunError where either is missing."""
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {XLA_FLAGS}".strip()
    os.environ["NVIDIA_TF32_OVERRIDE"] = "0"
    if platform == "cpu":
        os.environ["JAX_PLATFORMS"] = "cpu"
    try:
        import jax  # type: ignore[import-not-found,unused-ignore]
    except ModuleNotFoundError as error:
        raise RunError("run needs JAX: pip install jax") from error
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_default_matmul_precision", "highest")
    try:
        device = jax.devices(platform)[0]
    except RuntimeError as error:
        raise RunError(f"JAX {jax.__version__} sees no {platform} here") from error
    return Runner(jax, device, f"{device.device_kind} ({platform}), jax {jax.__version__}")


def run_pairs(runner: Runner, pairs: Iterable[Pair], folder: Path) -> Iterator[Compared]:
    """Run and compare each pair of the export in ``folder``, in order."""
    for pair in pairs:
        yield _compare(runner, pair, folder)


def _compare(runner: Runner, pair: Pair, folder: Path) -> Compared:
    started = time.perf_counter()
    done = functools.partial(_compared, pair, started)
    try:
        inputs = [make_array(spec) for spec in pair.inputs]
        texts = [program_text(folder, program) for program in (pair.original, pair.rewritten)]
        original = compiled(runner, texts[0])
        first = outputs_of(runner, original, inputs, pair.original)
        again = outputs_of(runner, original, inputs, pair.original)
        rewritten = outputs_of(runner, compiled(runner, texts[1]), inputs, pair.rewritten)
    except Exception as error:
        # What XLA refuses on this device is that pair's result, the others go on.
        return done("not run", one_line(error))
    same = texts[0] == texts[1]
    structure = "tensors"
    if difference((structure, first), (structure, again), True)["tier"] != "bitwise":
        return done("not run", "two equal runs of the original differ", same)
    if len(first) != len(rewritten):
        return done("different", "the number of outputs differs", same, len(first))
    found = difference((structure, first), (structure, rewritten), True)
    return done(found["tier"], found["reason"], same, len(first), found["ulp"])


def _compared(
    pair: Pair,
    started: float,
    tier: Any,
    reason: str,
    same_program: bool = False,
    outputs: int = 0,
    ulp: int = 0,
) -> Compared:
    seconds = time.perf_counter() - started
    return Compared(pair, tier, same_program, outputs, ulp, reason, seconds)


def program_text(folder: Path, program: Program) -> str:
    """The program without source locations, which differ between any two."""
    from jax._src.interpreters import mlir  # type: ignore[import-not-found,unused-ignore]
    from jaxlib.mlir import ir  # type: ignore[import-not-found,unused-ignore]

    text = gzip.decompress((folder / program.file).read_bytes()).decode()
    with mlir.make_ir_context():
        module = ir.Module.parse(text)
        plain = str(module.operation.get_asm(enable_debug_info=False))
    return renamed(plain)


def renamed(text: str) -> str:
    """The program with its module and functions numbered: XLA names them after layers."""
    text = MODULE_NAME.sub("model", text)
    numbers = {name: f"@f{number}" for number, name in enumerate(FUNCTION.findall(text))}
    return re.sub(r"@[\w.$-]+", lambda found: numbers.get(found[0], found[0]), text)


def compiled(runner: Runner, text: str) -> Any:
    """The program, ready to run on the device."""
    from jax._src import compiler  # type: ignore[import-not-found,unused-ignore]
    from jaxlib import _jax  # type: ignore[import-not-found,unused-ignore]

    options = compiler.get_compile_options(
        num_replicas=1, num_partitions=1, device_assignment=np.array([[runner.device.id]])
    )
    devices = _jax.DeviceList((runner.device,))
    return runner.device.client.compile_and_load(text, devices, options)


def outputs_of(
    runner: Runner, executable: Any, inputs: Sequence[np.ndarray], program: Program
) -> list[np.ndarray]:
    """What a compiled program gives for these inputs and the arrays that it takes behind them."""
    captures: Iterable[ArraySpec] = program.captures
    arrays = [*inputs, *(make_array(spec) for spec in captures)]
    given = [runner.jax.device_put(array, runner.device) for array in arrays]
    results = executable.execute_sharded(given).disassemble_into_single_device_arrays()
    return [np.asarray(shards[0]) for shards in results]


def markdown(index: Index, runner: Runner, results: Sequence[Compared], command: str) -> str:
    """The table of a run, what was left out, and the totals."""
    same = sum(item.same_program for item in results)
    bitwise = sum(item.tier == "bitwise" for item in results)
    seconds = sum(item.seconds for item in results)
    lines = [
        f"`{command}` on {runner.name}; exported with TensorFlow {index.tensorflow} and "
        f"Keras {index.keras}.",
        "",
        f"{bitwise} of {len(results)} pairs have identical bits, {same} of them from equal "
        f"StableHLO; {seconds:.1f} s, compiling included.",
        "",
        "| fixture | target | model | outputs | StableHLO | result | seconds |",
        "|---|---|---|---|---|---|---|",
        *(_row(item) for item in results),
    ]
    if index.left_out:
        lines += ["", "Not exported:", "", "| fixture | target | model | reason |"]
        lines += ["|---|---|---|---|"]
        lines += [
            f"| {item.fixture} | {item.target} | {item.model} | {_cell(item.reason)} |"
            for item in index.left_out
        ]
    return "\n".join(lines) + "\n"


def result_of(item: Compared) -> str:
    """What became of a pair, in a few words."""
    return {
        "bitwise": "identical bits",
        "close": f"close, {item.ulp} ULP",
        "different": f"different: {item.reason}",
        "not run": f"not run: {item.reason}",
    }[item.tier]


def _row(item: Compared) -> str:
    pair = item.pair
    program = "equal" if item.same_program else "differs"
    return (
        f"| {pair.fixture} | {pair.target} | {pair.model} | {item.outputs} | {program} | "
        f"{_cell(result_of(item))} | {item.seconds:.2f} |"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
