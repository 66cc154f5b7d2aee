"""Record where the fixtures apply raw ops to symbolic tensors, as Keras 2 sees it at run time.

``python tests/record_truth.py DIR...`` imports the model files of each fixture folder under
Keras 2 (the tf-keras package), calls their ``build*`` functions where the import made no model,
and prints ``{"<folder name>": truth}`` as JSON. ``fixtures/README.md`` describes the truth.
Folders called ``script_*`` hold training scripts: these run as verification runs them.

Keras 2 turns every raw op on a KerasTensor into a nameless layer; the innermost frame of the
user's file at that moment is the site. Columns need the position table of Python 3.11.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import inspect
import json
import os
import sys
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType, ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
SCRIPT_SECONDS = 300.0
Position = tuple[int, int, int, int]
RAW_LAYERS = ("TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty")


@dataclass
class Recording:
    """What was seen in the files below ``folder`` so far; columns are UTF-8 bytes as in ``ast``."""

    folder: Path
    ops: dict[tuple[Path, Position], list[str]] = field(default_factory=dict)
    in_model: dict[tuple[Path, Position], int] = field(default_factory=dict)
    models: int = 0
    # The key is the layer itself, so that a freed id can never be taken for another layer.
    site_of: dict[Any, tuple[Path, Position]] = field(default_factory=dict)

    def add_op(self, layer: Any) -> None:
        """Note the call of a nameless layer that Keras is making now."""
        site = calling_site(self.folder)
        if site is None:
            return
        ops = self.ops.setdefault(site, [])
        if op_name(layer) not in ops:
            ops.append(op_name(layer))
        self.in_model.setdefault(site, 0)
        self.site_of[layer] = site

    def add_model(self, model: Any) -> None:
        """Note a functional model, and which nameless layers it holds."""
        self.models += 1
        for layer in model.layers:
            site = self.site_of.pop(layer, None)
            if site is not None:
                self.in_model[site] += 1


def op_name(layer: Any) -> str:
    """``tf.nn.relu`` for functions, ``tf.RaggedTensor.x`` or ``InstanceProperty.x`` for members."""
    kind = type(layer).__name__
    if kind in ("TFOpLambda", "SlicingOpLambda"):
        return f"tf.{layer.symbol}"
    if kind == "ClassMethod":
        return f"tf.{layer.cls_symbol}.{layer.method_name}"
    return f"{kind}.{layer.attr_name}"


def calling_site(folder: Path) -> tuple[Path, Position] | None:
    """The innermost frame whose code stands below ``folder``."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(folder):
            positions = islice(frame.f_code.co_positions(), frame.f_lasti // 2, None)
            line, end_line, column, end_column = next(positions)
            if line is None or end_line is None or column is None or end_column is None:
                return None
            return path, (line, column, end_line, end_column)
        frame = frame.f_back
    return None


def hook_keras(current: Callable[[], Recording]) -> None:
    """Make tf_keras (2.16 to 2.21 seen) report nameless layers and functional models."""
    import tensorflow as tf
    from tf_keras.src.engine import functional, keras_tensor
    from tf_keras.src.layers.core import tf_op_layer

    def symbolic(values: Any) -> bool:
        return any(isinstance(value, keras_tensor.KerasTensor) for value in tf.nest.flatten(values))

    def hook_call(layer_class: Any) -> None:
        original = layer_class.__call__

        @functools.wraps(original)
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(self, *args, **kwargs)
            if symbolic([args, kwargs]):
                current().add_op(self)
            return result

        layer_class.__call__ = call

    for name in RAW_LAYERS:
        layer_class = getattr(tf_op_layer, name)
        if "__call__" in vars(layer_class) or layer_class.__mro__[1].__name__ not in RAW_LAYERS:
            hook_call(layer_class)
    original_init = functional.Functional.__init__

    @functools.wraps(original_init)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original_init(self, *args, **kwargs)
        # Model.__new__ calls this once with skip_init=True, which leaves the attribute unset.
        if getattr(self, "_is_graph_network", False) and type(self).__name__ != "Sequential":
            current().add_model(self)

    functional.Functional.__init__ = init


def builders(module: ModuleType) -> Iterator[Callable[[], Any]]:
    """The module's own ``build*`` functions that can be called without arguments, in order."""
    for name, value in list(vars(module).items()):
        if not name.startswith("build") or not inspect.isfunction(value):
            continue
        parameters = inspect.signature(value).parameters.values()
        if value.__module__ == module.__name__ and all(
            parameter.default is not parameter.empty or parameter.kind.name.startswith("VAR_")
            for parameter in parameters
        ):
            yield value


def run_fixture(folder: Path, recording: Callable[[], Recording]) -> None:
    """Import the fixture's entry module and, where that made no model, call its builders."""
    entry = folder / "before.py"
    spec = importlib.util.spec_from_file_location("before", entry)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    known = set(sys.modules)
    sys.path.insert(0, str(folder))
    sys.modules["before"] = module
    try:
        spec.loader.exec_module(module)
        if recording().models == 0:
            for build in builders(module):
                build()
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - known:
            path = getattr(sys.modules[name], "__file__", None)
            if path and Path(path).is_relative_to(folder):
                del sys.modules[name]


def run_training_scripts(folders: list[Path], start: Callable[[Path], None]) -> None:
    """Run scripts as verification does, without data and training; ``start`` is told of each."""
    import tensorflow as tf

    from codemod.verify.child.capture.capture import capture_models
    from codemod.verify.child.capture.captured import Task
    from codemod.verify.child.capture.overlay import served_by_path
    from codemod.verify.child.capture.stubs import install_stubs

    sources = {str(folder / "before.py"): (folder / "before.py").read_bytes() for folder in folders}
    install_stubs(tf.keras, sources)
    with TemporaryDirectory() as working_folder:
        os.chdir(working_folder)
        for folder in folders:
            start(folder)
            served = served_by_path(sources, {})
            task = Task(str(folder / "before.py"), SCRIPT_SECONDS)
            capture_models(tf.keras, served, task, [])
        os.chdir("/")


def node_start(tree: ast.AST, position: Position) -> tuple[int, int]:
    """Undo CPython's move of the start of a multi-line method call to its attribute's line."""
    line, column, end_line, end_column = position
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name = node.func
        if (node.end_lineno, node.end_col_offset) == (end_line, end_column) and (
            name.end_lineno,
            (name.end_col_offset or 0) - len(name.attr),
        ) == (line, column):
            return node.lineno, node.col_offset
    return line, column


def sites_of(path: Path, recording: Recording) -> list[dict[str, Any]]:
    """The sites of one file in source order, with columns in characters."""
    with tokenize.open(path) as stream:
        source = stream.read()
    tree = ast.parse(source)
    lines = source.split("\n")

    def characters(line: int, column: int) -> int:
        return len(lines[line - 1].encode()[:column].decode())

    sites = []
    for (site_path, position), ops in recording.ops.items():
        if site_path != path:
            continue
        line, column = node_start(tree, position)
        sites.append(
            {
                "line": line,
                "column": characters(line, column),
                "end_line": position[2],
                "end_column": characters(position[2], position[3]),
                "ops": ops,
                "in_model": recording.in_model[(path, position)],
            }
        )
    return sorted(sites, key=lambda site: (site["line"], site["column"], site["end_line"]))


def truth_of(recording: Recording) -> dict[str, Any]:
    """The recording in the form of ``truth.json``."""
    paths = sorted(
        path for path in recording.folder.rglob("*.py") if not path.name.startswith("after_")
    )
    sites = {
        path.relative_to(recording.folder).as_posix(): sites_of(path, recording) for path in paths
    }
    if len(sites) == 1:
        return {"sites": sites["before.py"], "models": recording.models}
    return {"files": sites, "models": recording.models}


def main(folders: list[str]) -> None:
    """Print the truth of all ``folders`` as one JSON object."""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.keras.Input  # noqa: B018 - the attribute access loads tf_keras
    for name in [name for name in sys.modules if name.split(".")[0] == "tf_keras"]:
        sys.modules["keras" + name[len("tf_keras") :]] = sys.modules[name]
    recordings: list[Recording] = []
    hook_keras(lambda: recordings[-1])

    def start(folder: Path) -> None:
        tf.keras.backend.clear_session()
        recordings.append(Recording(folder))

    paths = [Path(name).resolve() for name in folders]
    scripts = [path for path in paths if path.name.startswith("script_")]
    for path in paths:
        if path not in scripts:
            start(path)
            run_fixture(path, lambda: recordings[-1])
    if scripts:  # Last: the stubs stay.
        run_training_scripts(scripts, start)
    print(json.dumps({found.folder.name: truth_of(found) for found in recordings}))


if __name__ == "__main__":
    main(sys.argv[1:])
