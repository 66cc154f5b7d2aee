"""TensorFlow imported once for two generations of Keras: each has what it would have alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession
from codemod.verify.workers import KERAS_2
from tests.support.command_line import MODEL, environment

pytestmark = pytest.mark.tensorflow

SCRIPT = """\
import json, os, sys
sys.path.insert(0, {support!r})
from worker_without_sandbox import worker
worker().load_child_package()
from keras_codemod_verify_child.capture import keras_generation, shared_tensorflow

def tell(generation):
    told = keras_generation.prepare(generation)
    found = {{}}
    for name, module in sys.modules.items():
        if name.partition(".")[0] in ("tensorflow", "keras", "tf_keras"):
            folders = vars(module).get("__path__")
            flag = vars(module).get("_tf_uses_legacy_keras")
            found[name] = [list(folders) if isinstance(folders, list) else None, flag]
    with open({folder!r} + "/%s_%d.json" % (sys.argv[1], generation), "w") as file:
        json.dump([told, found], file)

if sys.argv[1] == "shared":
    shared_tensorflow.import_without_keras()
for generation in (2, 3):
    if os.fork() == 0:
        tell(generation)
        os._exit(0)
    assert os.wait()[1] == 0
"""
SUPPORT = Path(__file__).parents[1] / "support"


def test_each_generation_has_the_modules_that_it_has_alone(tmp_path: Path) -> None:
    text = SCRIPT.format(support=str(SUPPORT), folder=str(tmp_path))
    names = {**environment(), "CUDA_VISIBLE_DEVICES": "-1"}
    for kind in ("shared", "alone"):
        subprocess.run([sys.executable, "-B", "-c", text, kind], env=names, check=True)

    def found(kind: str, generation: int) -> Any:
        return json.loads((tmp_path / f"{kind}_{generation}.json").read_text())

    for generation in (2, 3):
        assert found("shared", generation) == found("alone", generation)
        assert found("shared", generation)[0]["keras"].startswith(str(generation))


def test_a_generation_whose_process_was_ended_works_again(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_bytes(MODEL)
    request = VerifyRequest(entry=path, originals={path: MODEL}, rewrites={path: MODEL})
    with VerifySession(VerifyOptions(python=sys.executable, device="cpu")) as session:
        worker = session._crew.worker(KERAS_2)
        assert worker.problem is None
        os.killpg(worker._group, signal.SIGKILL)
        worker._reader.join()
        verdict = session.verify(request)
    assert verdict.verdict == "proved"
    assert [model.keras3 is not None for model in verdict.models] == [True]
    for environment_of, generation in ((verdict.keras2, "2"), (verdict.keras3, "3")):
        assert environment_of is not None and environment_of.keras.startswith(generation)
