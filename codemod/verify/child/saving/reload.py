"""Loading saved models in a process that has only imported the user's module."""

from __future__ import annotations

import ast
import importlib
import sys
import types
from typing import Any, Dict, Iterator, List, Set

from ..capture.capture import split_build
from ..capture.module_names import is_in_package, load, module_name
from ..capture.statements import TrainingReachedError
from ..numbers.inputs import Sample, make_inputs
from ..numbers.stored import load_output
from ..protocol import Job, ReloadedModel, SavedModel
from .checkpoints import ModelFiles
from .lifecycle import clone_failure, load_failure
from .registered import custom_names


def reload_models(
    tf: Any, files: ModelFiles, job: Job, sources: Dict[str, bytes]
) -> List[ReloadedModel]:
    """Load each file of ``job["saved"]``; why it does not load, and why no clone of it works."""
    required: Set[str] = set()
    for item in job["saved"]:
        required |= custom_names(item["path"])
    found: List[ReloadedModel] = []
    for _ in _import_user_code(tf, job, sources, required):
        found = [_reload(tf, files, item) for item in job["saved"]]
        if all(item["load"] is None for item in found):
            break
    return found


def _reload(tf: Any, files: ModelFiles, item: SavedModel) -> ReloadedModel:
    def inputs_of(model: Any) -> Any:
        return make_inputs(tf, model, Sample(**item["sample"]), item["tokens"])

    expected = load_output(item["output"])
    model, reason = load_failure(tf, files, item["path"], inputs_of, expected)
    clone = reason
    if model is not None and reason is None and item["clone"]:
        clone = clone_failure(tf, model, inputs_of(model), expected)
    return {"load": reason, "clone": clone}


def _import_user_code(
    tf: Any, job: Job, sources: Dict[str, bytes], required: Set[str]
) -> Iterator[None]:
    """Import the module; stops once where the names are registered, and at the end.

    What a script does behind its classes is mostly building the models again, which takes time
    and which loading them seldom needs.
    """
    entry = job["entry"]
    content = sources[entry]
    is_module = is_in_package(entry, content) or entry.endswith("__init__.py")
    if job["builds"] or is_module:
        for name in {split_build(call)[0] for call in job["builds"]} or {None}:
            importlib.import_module(name) if name else load(entry, content)
        yield
        return
    script = types.ModuleType("__main__")
    script.__file__ = entry
    sys.modules["__main__"] = script
    sys.modules.setdefault(module_name(entry, content), script)
    stopped = False
    for statement in ast.parse(sources[entry], entry).body:
        if not stopped and required <= set(tf.keras.utils.get_custom_objects()):
            stopped = True
            yield
        if isinstance(statement, ast.If) and _asks_for_main(statement.test):
            continue
        code = compile(ast.Module([statement], []), entry, "exec", dont_inherit=True)
        try:
            exec(code, script.__dict__)
        except (Exception, SystemExit, TrainingReachedError):
            # It failed in the run that saved the model too, and is listed there.
            continue
    yield


def _asks_for_main(test: ast.expr) -> bool:
    """Whether a condition is that of ``if __name__ == "__main__"``, whose body no import runs."""
    words = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    words |= {str(node.value) for node in ast.walk(test) if isinstance(node, ast.Constant)}
    return {"__name__", "__main__"} <= words
