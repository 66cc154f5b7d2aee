"""What was rewritten has run, and nothing else was run in its place."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession
from codemod.verify.verdicts import merged
from tests.support.command_line import run

pytestmark = pytest.mark.tensorflow

HEADER = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""
SMOOTH = "def smooth(x):\n    return tf.nn.softmax(x)\n"
SMOOTH_LAYER = "def smooth(x):\n    return layers.Softmax(name='s')(x)\n"
MODEL = "i = keras.Input((4,))\nm = keras.Model(i, smooth(i))\n"
PROJECTS = {
    # A folder of modules without `__init__.py`, and a script above it.
    "folder": {
        "main.py": HEADER + "from parts.head import smooth\n" + MODEL,
        "parts/head.py": HEADER + SMOOTH,
    },
    "relative": {
        "parts/net.py": HEADER + "from .head import smooth\n" + MODEL,
        "parts/head.py": HEADER + SMOOTH,
    },
    "from above": {
        "parts/net.py": HEADER + "from parts.head import smooth\n" + MODEL,
        "parts/head.py": HEADER + SMOOTH,
    },
    "same names": {
        "main.py": HEADER + "from b.head import smooth\n" + MODEL,
        "a/head.py": HEADER + SMOOTH.replace("softmax", "relu") + MODEL,
        "b/head.py": HEADER + SMOOTH,
    },
    "dots": {"model.v2.py": HEADER + SMOOTH + MODEL},
    "path": {
        "main.py": HEADER
        + "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'lib'))\n"
        + "from head import smooth\n"
        + MODEL,
        "lib/head.py": HEADER + SMOOTH,
    },
    "run": {
        "main.py": HEADER
        + "import os, runpy\nhere = os.path.dirname(os.path.abspath(__file__))\n"
        + "smooth = runpy.run_path(os.path.join(here, 'head.py'))['smooth']\n"
        + MODEL,
        "head.py": HEADER + SMOOTH,
    },
}


@pytest.fixture(scope="module")
def session() -> Iterator[VerifySession]:
    with VerifySession(VerifyOptions(python=sys.executable, device="cpu", keras3=False)) as opened:
        yield opened


@pytest.mark.parametrize("name", PROJECTS)
def test_a_module_is_rewritten_however_it_is_found(
    session: VerifySession, tmp_path: Path, name: str
) -> None:
    files = written(tmp_path, PROJECTS[name])
    entry = next(iter(files))
    rewrites = {
        path: source.replace(SMOOTH.encode(), SMOOTH_LAYER.encode())
        for path, source in files.items()
    }
    verdict = merged(
        [session.verify(VerifyRequest(entry=entry, originals=files, rewrites=rewrites))]
    )
    assert (verdict.verdict, verdict.reason) == ("equal-by-rules", "") or (
        verdict.verdict,
        [model.raw_ops_left for model in verdict.models],
    ) == ("proved", [0])
    wrong = {path: source.replace(b"softmax", b"sigmoid") for path, source in files.items()}
    assert (
        session.verify(VerifyRequest(entry=entry, originals=files, rewrites=wrong)).verdict
        == "different"
    )


def test_the_command_rewrites_a_folder_without_init(tmp_path: Path) -> None:
    written(tmp_path, PROJECTS["folder"])
    done = run("rewrite", ".", "--device", "cpu", "--format", "json", folder=tmp_path)
    files: dict[str, Any] = {item["path"]: item for item in json.loads(done.stdout)["files"]}
    assert files["parts/head.py"]["status"] == "rewritten", done.stdout.decode()
    (model,) = files["parts/head.py"]["verification"]["models"]
    assert model["raw_ops_left"] == 0
    assert b"tf.nn.softmax(x)\n" in (tmp_path / "parts/head.py").read_bytes()


def test_each_side_sees_its_own_neighbours(tmp_path: Path) -> None:
    source = HEADER + "from head import smooth\n" + MODEL
    written(tmp_path / "old", {"net.py": source, "head.py": HEADER + SMOOTH})
    other = SMOOTH.replace("(x)\n", "(x) * 2.0\n")
    written(tmp_path / "new", {"net.py": source, "head.py": HEADER + other})
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone/net.py").write_text(source)
    done = run("verify", "old/net.py", "new/net.py", "--device", "cpu", folder=tmp_path)
    assert done.returncode == 3
    assert b"different" in done.stdout
    done = run(
        *("verify", "old/net.py", "alone/net.py", "--device", "cpu", "--format", "json"),
        folder=tmp_path,
    )
    (file,) = json.loads(done.stdout)["files"]
    assert file["verification"]["verdict"] == "proved"
    assert "the module `head` was found beside the original only" in "\n".join(
        file["verification"]["assumptions"]
    )


def test_a_rewritten_line_that_does_not_run_is_not_verified(
    session: VerifySession, tmp_path: Path
) -> None:
    other = "def unused(x):\n    return tf.nn.relu(x)\n"
    files = written(tmp_path, {"net.py": HEADER + SMOOTH + other + MODEL})
    (path,) = files
    rewrites = {path: files[path].replace(b"tf.nn.relu(x)", b"tf.nn.relu6(x)")}
    request = VerifyRequest(entry=path, originals=files, rewrites=rewrites)
    verdict = merged([session.verify(request)])
    assert verdict.verdict == "unverified"
    assert "net.py:7" in verdict.reason
    both = [session.verify(request), session.verify(replace_build(request, "m2()"))]
    assert merged(both).verdict == "unverified"


def test_a_line_counts_where_one_of_several_runs_has_run_it(
    session: VerifySession, tmp_path: Path
) -> None:
    start = "    i = keras.Input((4,))\n    return keras.Model(i, smooth(i"
    builders = f"{SMOOTH}def a():\n{start}))\ndef b(k):\n{start} * 1.0))\n"
    files = written(tmp_path, {"net.py": HEADER + builders})
    (path,) = files
    rewrites = {path: files[path].replace(b"smooth(i)", b"smooth(x=i)").replace(b" * ", b" / ")}
    requests = [
        VerifyRequest(entry=path, originals=files, rewrites=rewrites, builds=(build,))
        for build in ("a()", "b(3)")
    ]
    verdicts = [session.verify(request) for request in requests]
    assert [len(verdict.not_run) for verdict in verdicts] == [1, 1]
    assert merged(verdicts).not_run == ()


def test_a_module_that_was_not_loaded_is_named(session: VerifySession, tmp_path: Path) -> None:
    main = (
        "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'copy'))\n"
        + HEADER
        + "from head import smooth\n"
        + MODEL
    )
    files = written(tmp_path, {"main.py": main, "head.py": HEADER + SMOOTH})
    written(tmp_path / "copy", {"head.py": HEADER + SMOOTH})
    entry, path = files
    rewrites = {**files, path: files[path].replace(SMOOTH.encode(), SMOOTH_LAYER.encode())}
    verdict = merged(
        [session.verify(VerifyRequest(entry=entry, originals=files, rewrites=rewrites))]
    )
    assert verdict.verdict == "unverified"
    assert "head.py: " in verdict.reason and "not loaded" in verdict.reason


def replace_build(request: VerifyRequest, build: str) -> VerifyRequest:
    return VerifyRequest(
        entry=request.entry, originals=request.originals, rewrites=request.rewrites, builds=(build,)
    )


def written(folder: Path, texts: dict[str, str]) -> dict[Path, bytes]:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return {folder / name: text.encode() for name, text in texts.items()}
