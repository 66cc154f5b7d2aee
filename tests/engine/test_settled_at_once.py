"""Files are written as soon as they are settled, while others are still verified."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from codemod.engine.engine import rewrite_files
from codemod.files.discovery import discover
from codemod.settings import Settings
from codemod.verdict import Verdict
from codemod.verify.records import VerifyRequest
from tests.support.table_verifier import TableVerifier, verdict

MODEL = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

i = keras.Input((4,))
m = keras.Model(i, tf.sin(i))
"""
BLOCK = "import tensorflow as tf\ndef block(x):\n    return tf.cos(x)\n"
CALLER = MODEL.replace("tf.sin(i)", "block(i)") + "y = keras.Model(i, tf.exp(i))\n"
CALLER = "from block import block\n" + CALLER


class Told:
    """A progress that notes what it is told."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int]] = []
        self.running: list[tuple[str, str]] = []
        self.done: list[tuple[str, int]] = []

    def stage(self, what: str, files: int = 0) -> None:
        self.stages.append((what, files))

    def runs(self, group: str, what: str) -> None:
        self.running.append((group, what))

    def ends(self, group: str, files: int) -> None:
        self.done.append((group, files))


def written(folder: Path, **sources: str) -> None:
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)


def names(results: Sequence[object]) -> list[str]:
    return [Path(str(getattr(result, "path"))).stem for result in results]  # noqa: B009


def test_each_group_is_written_before_the_next_is_verified(tmp_path: Path) -> None:
    written(tmp_path, a=MODEL, b=MODEL, plain="x = 1\n", block=BLOCK, caller=CALLER)
    changed: dict[str, list[str]] = {}

    def answer(request: VerifyRequest) -> Verdict:
        changed[request.entry.stem] = sorted(
            path.stem for path in tmp_path.glob("*.py") if b"(layers.Layer)" in path.read_bytes()
        )
        return verdict("proved")

    class Reads(TableVerifier):
        """Looks at the disk whenever something is verified, as imports do."""

    verifier = Reads(answer)
    progress = Told()
    found = discover([str(tmp_path)]).files
    settled = rewrite_files(found, Settings(), True, progress, verifier.open)
    assert names(next(settled)) == ["plain"]
    # Nothing but what needs no verification comes before it.
    assert next(settled) == ()
    assert names(next(settled)) == ["a"]
    assert "b" not in changed
    assert [names(group) for group in settled] == [["b"], ["block", "caller"], []]
    assert changed["b"] == ["a"]
    # Runs see the originals all the time.
    assert {path.stem: content.decode() for path, content in verifier.kept.items()} == {
        "a": MODEL,
        "b": MODEL,
        "block": BLOCK,
        "caller": CALLER,
    }
    assert progress.stages == [("reading", 5), ("analysing", 4), ("verifying", 4)]
    assert [(Path(group.split(", ")[-1]).stem, files) for group, files in progress.done] == [
        ("a", 1),
        ("b", 1),
        ("caller", 2),
    ]
    assert {what for _, what in progress.running} >= {"running a.py", "comparing the models"}
