"""Ops that read files in native code, where no audit event tells of it: their paths are noted."""

from __future__ import annotations

import glob
import sys
from typing import Any, Callable, Iterator

MODULE = "tensorflow.python.pywrap_tfe"
EXECUTE = "TFE_Py_FastPathExecute"
"""What all functions of ops call when they run eagerly: context, op, name, inputs (2.4 to 2.21)."""
PLACES = {
    **dict.fromkeys(("ReadFile", "MatchingFiles", "CSVDataset", "CSVDatasetV2"), 0),
    **dict.fromkeys(("InitializeTableFromTextFile", "InitializeTableFromTextFileV2"), 1),
}
"""Which of the inputs of an op are paths, or patterns of them."""
READERS = "tensorflow.python.data.ops.readers"
FILES_OF_READERS = "_create_or_validate_filenames_dataset"
"""What data sets of lines and records give their paths to; they open them in a graph."""


def install(see: Callable[[Any], None]) -> None:
    """Tell ``see`` of the paths that these ops are given eagerly. In a graph they are not seen."""
    module: Any = sys.modules.get(MODULE)
    original = getattr(module, EXECUTE, None)
    if original is None:
        return

    def execute(context: Any, op: Any, name: Any, *inputs: Any) -> Any:
        place = PLACES.get(op)
        if place is not None and place < len(inputs):
            for path in _texts(inputs[place]):
                # Which files a pattern finds, the listing of their folders tells.
                for found in glob.glob(path) if op == "MatchingFiles" else [path]:
                    see(found)
        return original(context, op, name, *inputs)

    setattr(module, EXECUTE, execute)
    _note_readers(see)


def _note_readers(see: Callable[[Any], None]) -> None:
    module: Any = sys.modules.get(READERS)
    original = getattr(module, FILES_OF_READERS, None)
    if original is None:
        return

    def files(names: Any, *args: Any, **kwargs: Any) -> Any:
        for path in _texts(names):
            see(path)
        return original(names, *args, **kwargs)

    setattr(module, FILES_OF_READERS, files)


def _texts(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif hasattr(value, "numpy"):
        yield from _texts(value.numpy())
    elif hasattr(value, "tolist"):
        yield from _texts(value.tolist())
    elif isinstance(value, (str, bytes)) or hasattr(value, "__fspath__"):
        yield value
