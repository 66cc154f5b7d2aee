"""How long the warm language server takes from a change of a buffer to its diagnostics.

``python -m benchmarks.language_server [FILE...]`` opens each file, or two of 1,000 lines, in a real
server: builders of models with as many raw ops as keras-cv-attention-models 1.3.9 has in so many
lines (18), and with ten times as many. It changes them again and again, and prints a line for each:
lines, findings, the analysis alone (the least processor time, also in times of ``ast.parse``, which
other load slows down as much), and the time by the clock from the change to the diagnostics,
without the pause for further keys (the median).
"""

from __future__ import annotations

import argparse
import ast
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types

from codemod.collection import rare_collections
from codemod.files.warm_trees import WarmTrees
from codemod.language_server.analysis import analysed
from codemod.language_server.documents import Document
from codemod.language_server.options import Options
from codemod.limits import DEBOUNCE
from tests.support.language_client import at, served

LIMIT_MILLISECONDS = 100.0
LINES = 1000
HEAD = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
BUILDER = '''

def block_NUMBER(x, width, name):
    """A residual block with a gate over its channels."""
    shortcut = x
    x = layers.Conv2D(width, 3, padding="same", name=name + "_conv")(x)
    x = layers.BatchNormalization(name=name + "_norm")(x)
    x = tf.nn.relu(x)
    pooled = tf.reduce_mean(x, axis=[1, 2], keepdims=True)
    gate = layers.Conv2D(width, 1, name=name + "_gate")(pooled)
    x = x * tf.sigmoid(gate)
    return layers.ReLU(name=name + "_out")(x + shortcut)


def build_NUMBER(width=16, depth=3, classes=10):
    """A small model of such blocks."""
    inputs = keras.Input((32, 32, 16))
    x = inputs
    for index in range(depth):
        x = block_NUMBER(x, width, f"block_{index}")
    x = tf.reduce_mean(x, axis=[1, 2])
    outputs = layers.Dense(classes, activation="softmax", name="head")(x)
    return keras.Model(inputs, outputs, name="model_NUMBER")
'''
WITHOUT_OPS = (
    BUILDER.replace("tf.nn.relu(x)", "layers.ReLU()(x)")
    .replace("tf.reduce_mean(x, axis=[1, 2], keepdims=True)", "layers.GlobalAveragePooling2D()(x)")
    .replace("tf.reduce_mean(x, axis=[1, 2])", "layers.GlobalAveragePooling2D()(x)")
    .replace("x * tf.sigmoid(gate)", 'layers.Multiply()([x, layers.Activation("sigmoid")(gate)])')
    .replace("x + shortcut", "layers.Add()([x, shortcut])")
)


def made_buffer(lines: int, dense: bool) -> str:
    """So many lines of builders; they have raw ops in each block, or in one of nine."""
    text, number = HEAD, 0
    while text.count("\n") < lines:
        number += 1
        builder = BUILDER if dense or number % 9 == 1 else WITHOUT_OPS
        text += builder.replace("NUMBER", str(number))
    return text


def analysis_seconds(text: str, path: Path, runs: int) -> tuple[float, int]:
    """The least time of one analysis in a warm process, and the number of findings."""
    taken, trees = [], WarmTrees()
    findings = 0
    for _ in range(runs):
        document = Document(uri=path.as_uri(), version=1, text=text)
        start = time.process_time()
        found = analysed(document, Options(paths=(str(path),)), trees)
        taken.append(time.process_time() - start)
        findings = len(found.result.sites) + len(found.result.hazards)
    return min(taken), findings


def parse_seconds(text: str, runs: int) -> float:
    """The least processor time of ``ast.parse``."""
    taken = []
    for _ in range(runs):
        start = time.process_time()
        ast.parse(text)
        taken.append(time.process_time() - start)
    return min(taken)


def served_seconds(text: str, path: Path, runs: int) -> float:
    """The median time from a change to the diagnostics of the server, without the pause."""
    taken = []
    with served([path.parent]) as client:
        uri = path.as_uri()
        client.open(uri, text)
        client.diagnostics(uri)
        for _ in range(runs):
            change = types.TextDocumentContentChangePartial(range=at(0), text="#\n")
            start = time.perf_counter()
            client.change(uri, change)
            client.diagnostics(uri)
            taken.append(time.perf_counter() - start - DEBOUNCE)
    return statistics.median(taken[1:])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 1 where a buffer of at most 1,000 lines takes longer than the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=12)
    given = parser.parse_args(arguments)
    is_slow = False
    with tempfile.TemporaryDirectory() as folder:
        made = [(Path(folder) / "typical.py", False), (Path(folder) / "dense.py", True)]
        texts = {path: made_buffer(LINES, dense) for path, dense in made}
        if given.files:
            texts = {path.resolve(): path.read_text(encoding="utf-8") for path in given.files}
        for path, text in texts.items():
            with rare_collections():
                alone, findings = analysis_seconds(text, path, given.runs)
            whole = served_seconds(text, path, given.runs)
            lines = text.count("\n")
            is_slow |= whole * 1000 > LIMIT_MILLISECONDS and lines <= LINES * 1.1
            print(
                f"{path.name}: {lines} lines, {findings} findings: analysis {alone * 1000:.0f} ms "
                f"({alone / parse_seconds(text, given.runs):.0f} x ast.parse), "
                f"from the change to the diagnostics {whole * 1000:.0f} ms",
                flush=True,
            )
    return int(is_slow)


if __name__ == "__main__":
    raise SystemExit(main())
