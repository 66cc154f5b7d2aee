"""Modules that need not be run alone: nothing happens in them, and nothing can be called."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.engine.idle_modules import only_defines

IDLE = """\
import logging
from collections import namedtuple as record
import tensorflow as tf
try:
    import fast
except ImportError:
    fast = None
LOG, Size = logging.getLogger(__name__), record("Size", "a b")
class Net:
    width: int = 3
    def build(self): return tf.keras.Model(*self.parts())
def build(x, width=3): return tf.abs(x)
if __name__ == "__main__":
    build(1)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder that is a package."""
    (tmp_path / "__init__.py").write_text("")
    return tmp_path


def test_what_only_defines_is_idle_in_a_package(package: Path, tmp_path: Path) -> None:
    assert only_defines(package / "m.py", IDLE.encode())
    (package / "__init__.py").unlink()
    # A script does what its `__main__` says.
    assert not only_defines(tmp_path / "m.py", IDLE.encode())


@pytest.mark.parametrize(
    "more",
    [
        "model = build(1)\n",
        "def make(width=3): pass\n",
        "def make(*, width=3): pass\n",
        "class Other:\n    model = build(1)\n",
        "for n in range(3): pass\n",
        "if tf.test: model = build(1)\n",
        "else_ = tf.constant(1)\n",
        "def (",
    ],
)
def test_what_calls_something_or_could_be_called_is_not(more: str, package: Path) -> None:
    assert not only_defines(package / "m.py", (IDLE + more).encode())


def test_a_notebook_is_run(package: Path) -> None:
    assert not only_defines(package / "m.ipynb", IDLE.encode())
