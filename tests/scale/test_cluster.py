"""A cluster of two worker processes, one of which is killed while it works."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command_line import BROKEN, MODEL, PLAIN, environment, run_here, start

needs_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="Dask is not installed"
)
SIZED = MODEL.replace(b"Conv2D(2, 3)", b"Conv2D(size, 3)").replace(
    b"inputs =",
    b'with open(__file__.replace("sized.py", "size.txt")) as text:\n'
    b"    size = int(text.read())\ninputs =",
)
TREE = {
    "pyproject.toml": b"",
    "broken.py": BROKEN,
    "net/build.py": b"import tensorflow as tf\ndef mixed(x):\n    return tf.sin(x)\n",
    "net/main.py": MODEL.replace(
        b"import tensorflow", b"from build import mixed\nimport tensorflow"
    )
    + b"model = keras.Model(inputs, mixed(outputs))\n",
    "plain.py": PLAIN,
    "size.txt": b"3",
    "sized.py": SIZED,
}
LONG = 120
"""Seconds after which a process hangs."""


def tree_in(folder: Path) -> Path:
    for name, content in TREE.items():
        path = folder / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / "tree"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ray=x", "is not dask=ADDRESS"),
        ("dask=", "is not dask=ADDRESS"),
        ("dask=nowhere", "no scheduler of Dask answers there"),
        ("dask=tcp://127.0.0.1:9", "no scheduler of Dask answers there"),
        ("dask=tcp://127.0.0.1:99999", "no scheduler of Dask answers there"),
        ("dask=http://127.0.0.1:9", "no scheduler of Dask answers there"),
    ],
)
@needs_dask
def test_a_cluster_that_is_not_there_is_one_line(text: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(MODEL)
    done = run_here("rewrite", "a.py", "--executor", text, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith(f"keras-codemod: --executor {text}: {complaint}")
    assert done.stderr.count(b"\n") == 1
    assert (tmp_path / "a.py").read_bytes() == MODEL


@pytest.mark.parametrize("others", [["--fix", "keras3"], ["--no-verify"], ["--diff"], ["--check"]])
def test_what_does_not_go_with_a_cluster_is_told(others: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(MODEL)
    done = run_here("rewrite", "a.py", "--executor", "dask=a:1", *others, folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(b"keras-codemod: --executor dask=a:1: ")
    assert done.stderr.count(b"\n") == 1


@dataclass(frozen=True, kw_only=True)
class Cluster:
    address: str
    workers: tuple[subprocess.Popen[bytes], ...]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two workers of one thread, in processes of their own."""
    known = tmp_path / "scheduler.json"
    common = ["--scheduler-file", str(known), "--no-dashboard"]
    asked = {
        "dask_scheduler": [*common, "--host", "127.0.0.1", "--port", "0"],
        "dask_worker": [*common, "--no-nanny", "--nthreads", "1", "--host", "127.0.0.1"],
    }
    # What a killed process leaves is removed by the next one, or with this folder.
    own = environment() | {"TMPDIR": str(tmp_path)}
    processes = []
    try:
        for name in ("dask_scheduler", "dask_worker", "dask_worker"):
            command = [sys.executable, "-m", f"distributed.cli.{name}", *asked[name]]
            if name == "dask_worker":
                command += ["--local-directory", str(tmp_path)]
            processes.append(
                subprocess.Popen(
                    command, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            )
        from distributed import Client

        # It waits until the file is there.
        with Client(scheduler_file=str(known), timeout=LONG, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=LONG)
            address = str(client.scheduler.address)
        yield Cluster(address=address, workers=tuple(processes[1:]))
    finally:
        # Workers say goodbye to the scheduler.
        for process in processes[::-1]:
            process.terminate()
            process.wait(LONG)


def told(output: bytes) -> tuple[set[str], str]:
    """What is told of each file, as they came, and what is told of all."""
    *files, end = output.decode().split("\n\n")
    return set(files), end


def has_job(tasks: Iterable[str]) -> bool:
    return any("settle" in task for task in tasks)


def contents(tree: Path) -> dict[str, bytes]:
    return {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*.*")}


@pytest.mark.tensorflow
@needs_dask
def test_a_lost_worker_changes_nothing_of_the_report(tmp_path: Path, cluster: Cluster) -> None:
    from distributed import Client

    command = ("rewrite", "tree", "--target", "keras2", "--device", "cpu", "--no-cache")
    tree = tree_in(tmp_path / "remote")
    remote = start(*command, "--executor", f"dask={cluster.address}", folder=tree.parent)
    with remote as process:
        assert process.stdout is not None
        assert process.stderr is not None
        with Client(cluster.address, timeout=LONG, set_as_default=False) as client:
            pids = client.run(os.getpid)
            busy: list[str] = []
            while not busy and process.poll() is None:
                busy = [worker for worker, tasks in client.processing().items() if has_job(tasks)]
        # It imports TensorFlow first, which takes seconds.
        os.kill(pids[busy[0]], signal.SIGKILL)
        output = process.stdout.read()
        errors = process.stderr.read()
    here = tree_in(tmp_path / "here")
    local = start(*command, "-j", "1", folder=here.parent)
    local_output, local_errors = local.communicate(timeout=LONG)
    assert told(output) == told(local_output)
    assert (errors, process.returncode) == (local_errors, local.returncode)
    assert contents(tree) == contents(here)
    assert b"3 files rewritten" in output
    assert errors.startswith(b"tree/broken.py:2: ")
