"""Rewrites to ``keras.ops`` for ``gpu_forward export``: configurations of models under Keras 3.

``python -m benchmarks.gpu_ops_export FOLDER FIXTURE…`` is the part that cannot be done in a process
with Keras 2. It builds what ``--to ops`` writes of each fixture and keeps the configuration of each
model whose classes are all those of Keras: what loads where there is neither source nor TensorFlow.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.forked import in_child
from codemod.api import rewrite_source
from codemod.settings import Settings

ROOT = Path(__file__).parents[1]
SETTINGS = Settings(target="ops", generations="keras3", verify=False, accept="bitwise")
TIME_LIMIT, ALL_TIME = 180.0, 1200
RESULT = "ops.json"
Fields = dict[str, Any]


def ops_models(fixtures: Sequence[Path], folder: Path) -> Mapping[str, Fields]:
    """What a process with Keras 3 has made of each fixture: models, or a failure."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "tensorflow"}
        environment.pop("TF_USE_LEGACY_KERAS", None)
        result = Path(scratch) / RESULT
        command = [sys.executable, "-m", "benchmarks.gpu_ops_export", str(folder.resolve())]
        command += [str(result), *(str(fixture.resolve()) for fixture in fixtures)]
        subprocess.run(command, check=True, cwd=ROOT, env=environment, timeout=ALL_TIME)
        found: Mapping[str, Fields] = json.loads(result.read_text())
        return found


def main(folder: Path, result: Path, fixtures: Sequence[Path]) -> int:
    """Build the fixtures and write their configurations into ``folder``, the rest to ``result``."""
    from codemod.verify.child.capture import keras_generation

    hello = keras_generation.prepare(3)
    if "error" in hello:
        print(hello["error"], file=sys.stderr)
        return 2
    found = {
        fixture.name: in_child(functools.partial(_models, fixture, folder), TIME_LIMIT)
        for fixture in fixtures
    }
    result.write_text(json.dumps(found))
    return 0


def _models(fixture: Path, folder: Path) -> Fields:
    import tensorflow as tf

    from codemod.verify.child.capture import capture, overlay, stubs
    from codemod.verify.child.capture.captured import Task
    from codemod.verify.child.told import plain

    before = fixture / "before.py"
    sources = {str(before): rewrite_source(before.read_bytes(), SETTINGS, before).rewritten}
    served = overlay.install(str(before), sources, {})
    stubs.install_stubs(tf.keras, sources)
    task = Task(str(before), TIME_LIMIT)
    captured = capture.capture_models(tf.keras, served, task, [])
    if not captured.models:
        return {"failure": "; ".join(map(plain, captured.failures)) or "it builds no model"}
    models = []
    for number, item in enumerate(captured.models):
        configuration = item.model.to_json()
        own = sorted(set(_own_classes(json.loads(configuration))))
        file = f"{fixture.name}_{number}_ops.json"
        if own:
            reason = f"it holds what stands in its source: {', '.join(own)}"
            models.append({"name": item.name, "failure": reason})
        else:
            (folder / file).write_text(configuration)
            models.append({"name": item.name, "file": file})
    return {"models": models}


def _own_classes(configuration: Any) -> Iterator[str]:
    """The names of classes and functions that do not belong to Keras."""
    if isinstance(configuration, list):
        for part in configuration:
            yield from _own_classes(part)
    if not isinstance(configuration, dict):
        return
    if "class_name" in configuration and "module" in configuration:
        module = configuration["module"] or ""
        name = configuration["class_name"]
        if not module.startswith(("keras", "builtins")) or name in ("function", "__lambda__"):
            yield str(configuration["config"] if name == "function" else name)
    for part in configuration.values():
        yield from _own_classes(part)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]]))
