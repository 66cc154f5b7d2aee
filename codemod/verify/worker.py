"""Runs user code for verification; started by path under the user's own interpreter.

Standard library, NumPy and TensorFlow only; Python 3.8 and TensorFlow 2.4 or newer. The parent
process imports TensorFlow once, runs no op, and forks a child for each job (forking after an op
hangs, seen with TensorFlow 2.21). Jobs come and answers leave as JSON lines through a socket whose
descriptor is given; standard output belongs to whatever starts the interpreter, and user code
prints to nowhere. Arguments: the Keras generation, the descriptor, the session's folder, and for
a second generation, which then shares the import of TensorFlow, again generation and descriptor.
"""

from __future__ import annotations

import importlib.util
import os
import sys

PACKAGE = "keras_codemod_verify_child"


def load_child_package() -> None:
    """Import the folder ``child`` under a name that no user module has."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "child")
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    # The folder of this file would let user imports find our modules.
    sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(__file__)]
    load_child_package()
    from keras_codemod_verify_child import parent  # type: ignore[import-not-found]

    # TensorFlow takes seconds to leave, and nobody has to wait for that.
    os._exit(parent.main(sys.argv[1:]))
