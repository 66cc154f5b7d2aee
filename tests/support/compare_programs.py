"""Run by path in the user's Keras 2: do programs give the same before and after, for each call?

``compare_programs.py BEFORE AFTER CALLS RESULT``: two modules, a JSON list of calls, and where the
differences go, as JSON: a list of pairs of a call and what differs.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import tensorflow as tf


def loaded(name: str, path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def outputs(module: ModuleType, call: str, sample: Any) -> tuple[Any, int]:
    """What the model of ``call`` gives, or the kind of error; and its raw ops."""
    try:
        model = eval(call, module.__dict__)
    except Exception as error:
        return type(error).__name__, 0
    raw = sum("OpLambda" in type(layer).__name__ for layer in model.layers)
    return np.asarray(model(sample)), raw


def in_short(output: Any) -> str:
    return output if isinstance(output, str) else f"{output.shape}: {output.ravel()[:3]}"


def main() -> None:
    before, after, calls, result = sys.argv[1:]
    modules = loaded("before", before), loaded("after", after)
    sample = tf.constant(np.random.default_rng(7).normal(0, 2, (3, 4, 6)), tf.float32)
    differences: list[list[str]] = []
    raw_before = raw_after = 0
    for call in json.loads(Path(calls).read_text()):
        (old, old_raw), (new, new_raw) = (outputs(module, call, sample) for module in modules)
        raw_before, raw_after = raw_before + old_raw, raw_after + new_raw
        if isinstance(old, str) or isinstance(new, str):
            same = isinstance(old, str) and isinstance(new, str) and old == new
        else:
            same = old.shape == new.shape and old.tobytes() == new.tobytes()
        if not same:
            differences.append([call, f"{in_short(new)}, not {in_short(old)}"])
    found = {"differences": differences, "raw_before": raw_before, "raw_after": raw_after}
    Path(result).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
