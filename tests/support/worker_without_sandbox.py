"""A worker whose children may write files: their coverage is measured, and only their own job kept.

It stands in the place of ``codemod/verify/worker.py`` and takes the same arguments.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

WORKER = Path(__file__).parents[2] / "codemod/verify/worker.py"


def worker() -> ModuleType:
    """The module of the real worker."""
    spec = importlib.util.spec_from_file_location("worker", WORKER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.path[:] = [entry for entry in sys.path if entry != str(Path(__file__).parent)]
    worker().load_child_package()
    from keras_codemod_verify_child import parent  # type: ignore[import-not-found]

    parent.enter = lambda *arguments, **named: ""
    sys.exit(parent.main(sys.argv[1:]))
