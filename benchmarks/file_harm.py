"""Scripts that harm files: 65 ways, each by several roads to the file.

``python -m benchmarks.file_harm`` verifies them all in a folder of its own, and tells which files
were changed, what stayed behind, and which scripts did not go on as if they had harmed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Way:
    """Code that harms ``P``, a file, or ``D``, a folder; ``worked`` is true when it had its way.

    ``module`` is what it needs beside the standard library.
    """

    code: str
    worked: str = "True"
    module: str = ""


WRITTEN = "open(P).read() == 'new'"
NEW = "open(P).read().startswith('new')"
GONE = "not os.path.exists(P)"
EMPTY = "not os.path.exists(D)"
WAYS = {
    "open": Way("with open(P, 'w') as file: file.write('new')", WRITTEN),
    "append": Way("with open(P, 'a') as file: file.write('new')", "open(P).read() == 'oldnew'"),
    "update": Way("with open(P, 'r+') as file: file.write('new')", WRITTEN),
    "exclusive": Way("with open(P + 'x', 'x') as file: file.write('new')", "os.path.exists(P+'x')"),
    "os_open": Way(
        "f = os.open(P, os.O_WRONLY | os.O_TRUNC); os.write(f, b'new'); os.close(f)", WRITTEN
    ),
    "file_io": Way("with io.FileIO(P, 'w') as file: file.write(b'new')", WRITTEN),
    "codecs": Way("import codecs\nwith codecs.open(P, 'w', 'utf-8') as f: f.write('new')", WRITTEN),
    "pathlib_write": Way("pathlib.Path(P).write_text('new')", WRITTEN),
    "pathlib_unlink": Way("pathlib.Path(P).unlink()", GONE),
    "pathlib_touch": Way("pathlib.Path(P).touch(); pathlib.Path(P + '.t').touch()"),
    "pathlib_rename": Way("pathlib.Path(P).rename(P + '.bak')", "os.path.exists(P + '.bak')"),
    "remove": Way("os.remove(P)", GONE),
    "rmtree": Way("shutil.rmtree(D)", EMPTY),
    "rmdir": Way("os.mkdir(D + '/sub'); os.rmdir(D + '/sub')", "not os.path.exists(D + '/sub')"),
    "listed": Way(
        "open(P + '.n', 'w').close()\nf = os.path.dirname(os.path.abspath(P))",
        "{os.path.basename(p) for p in (P, P + '.n', D)} <= {*os.listdir(f)} and "
        "{*os.listdir(f)} == {e.name for e in os.scandir(f)}",
    ),
    "makedirs": Way("os.makedirs(D + '/a/b'); open(D + '/a/b/c', 'w').close()"),
    "removedirs": Way("[os.remove(D + '/' + n) for n in os.listdir(D)]; os.removedirs(D)", EMPTY),
    "rename": Way("os.rename(P, P + '.bak')", "os.path.exists(P + '.bak')"),
    "rename_folder": Way("os.rename(D, D + '.bak')", "os.listdir(D + '.bak')"),
    "replace": Way("open('new', 'w').write('new'); os.replace('new', P)", WRITTEN),
    "move": Way("shutil.move(P, D)", "os.path.exists(os.path.join(D, os.path.basename(P)))"),
    "copy": Way("open('new', 'w').write('new'); shutil.copy('new', P)", WRITTEN),
    "copytree": Way("shutil.copytree(D, D + '2'); shutil.rmtree(D)", "os.listdir(D + '2')"),
    "truncate": Way("os.truncate(P, 0)", "os.path.getsize(P) == 0"),
    "chmod": Way("os.chmod(P, 0o600); os.utime(P, (1, 1))"),
    "from_folder": Way(
        "d = os.open(D, os.O_RDONLY)\n"
        "os.rename('kept', 'new', src_dir_fd=d, dst_dir_fd=d); os.unlink('new', dir_fd=d)",
        "not os.path.exists(os.path.join(D, 'kept'))",
    ),
    "written_from_folder": Way(
        "d = os.open(os.path.dirname(os.path.abspath(P)), os.O_RDONLY)\n"
        "f = os.open(os.path.basename(P), os.O_WRONLY | os.O_TRUNC, dir_fd=d)\n"
        "os.write(f, b'new'); os.close(f)",
        WRITTEN,
    ),
    "descriptor": Way("f = os.open(P, os.O_RDONLY); os.fchmod(f, 0); os.utime(f, (1, 1))"),
    "sent": Way(
        "open('new', 'w').write('new'); a = os.open('new', os.O_RDONLY)\n"
        "b = os.open(P, os.O_WRONLY | os.O_TRUNC); os.sendfile(b, a, 0, 3)",
        WRITTEN,
    ),
    "attributes": Way("os.setxattr(P, 'user.a', b'1')"),
    "shelf": Way("import shelve\nwith shelve.open(P + '.s') as s: s['a'] = 1", module="native"),
    "symlink": Way("os.symlink(P, 'link'); open('link', 'w').write('new')", WRITTEN),
    "hard_link": Way(
        "os.link(P, P + '.hard'); open(P + '.hard', 'w').write('new')",
        "open(P + '.hard').read() == 'new'",
    ),
    "folder_link": Way(
        "os.symlink(os.path.dirname(os.path.abspath(P)), 'way')\n"
        "open('way/' + os.path.basename(P), 'w').write('new')",
        WRITTEN,
    ),
    "pickle": Way("import pickle\nwith open(P, 'wb') as file: pickle.dump(1, file)"),
    "zip": Way("import zipfile\nwith zipfile.ZipFile(P, 'w') as z: z.writestr('a', 'b')"),
    "gzip": Way("import gzip\nwith gzip.open(P, 'wt') as file: file.write('new')"),
    "log": Way("import logging\nlogging.FileHandler(P, 'w').close()", "os.path.getsize(P) == 0"),
    "sqlite": Way(
        "import sqlite3\nc = sqlite3.connect(P + '.db')\nc.execute('create table t (x)')",
        "os.path.exists(P + '.db')",
    ),
    "mmap": Way(
        "import mmap\nwith open(P, 'r+b') as file: mmap.mmap(file.fileno(), 3)[:] = b'new'", WRITTEN
    ),
    "input": Way(
        "import fileinput\nfor line in fileinput.input(P, inplace=True): print('new', end='')",
        WRITTEN,
    ),
    "temporary": Way(
        "with tempfile.NamedTemporaryFile('w', dir=D, delete=False) as f: f.write('new')\n"
        "os.replace(f.name, P)",
        WRITTEN,
    ),
    "thread": Way(
        "import threading\nt = threading.Thread(target=os.remove, args=(P,)); t.start(); t.join()",
        GONE,
    ),
    "at_exit": Way("import atexit\natexit.register(shutil.rmtree, D)"),
    "fork": Way(
        "child = os.fork()\nif not child:\n    os.remove(P)\n    os._exit(0)\nos.waitpid(child, 0)",
        GONE,
        "processes",
    ),
    "c_library": Way("import ctypes\nctypes.CDLL(None).unlink(os.fsencode(P))", GONE, "native"),
    "rm": Way("subprocess.run(['rm', '-rf', D], check=True)", EMPTY, "processes"),
    "cp": Way(
        "open('new', 'w').write('new'); subprocess.check_call(['cp', 'new', P])",
        WRITTEN,
        "processes",
    ),
    "shell": Way("os.system('echo new > \"%s\"' % P)", NEW, "processes"),
    "python": Way(
        "subprocess.run([sys.executable, '-c', 'import os, sys; os.remove(sys.argv[1])', P])",
        GONE,
        "processes",
    ),
    "daemon": Way(
        "subprocess.Popen('rm -rf \"%s\" &' % D, shell=True, start_new_session=True).wait()",
        module="processes",
    ),
    "numpy_save": Way("np.save(P + '.npy', np.ones(3))", "np.load(P + '.npy').sum() == 3", "numpy"),
    "numpy_text": Way("np.savetxt(P, np.ones(3))", "np.loadtxt(P).sum() == 3", "numpy"),
    "numpy_map": Way("np.memmap(P, 'uint8', 'w+', shape=(3,))[:] = 65", module="numpy"),
    "numpy_tofile": Way("np.ones(3).tofile(P)", "np.fromfile(P).sum() == 3", "numpy"),
    "hdf5": Way(
        "import h5py\nwith h5py.File(P, 'w') as file: file['a'] = 1",
        "'a' in h5py.File(P, 'r')",
        "tensorflow",
    ),
    "gfile": Way(
        "with tf.io.gfile.GFile(P, 'w') as file: file.write('new')", WRITTEN, "tensorflow"
    ),
    "gfile_rmtree": Way("tf.io.gfile.rmtree(D)", EMPTY, "tensorflow"),
    "write_file": Way("tf.io.write_file(P, 'new')", WRITTEN, "tensorflow"),
    "checkpoint": Way(
        "k = tf.train.Checkpoint(v=tf.Variable(1.0)).save(os.path.join(D, 'ck'))",
        "tf.train.load_checkpoint(k) is not None",
        "tensorflow",
    ),
    "records": Way(
        "with tf.io.TFRecordWriter(P) as file: file.write(b'new')",
        "len(list(tf.data.TFRecordDataset(P))) == 1",
        "tensorflow",
    ),
    "saved_model": Way(
        "tf.saved_model.save(tf.Module(), D)",
        "os.path.exists(os.path.join(D, 'saved_model.pb'))",
        "tensorflow",
    ),
    "cache": Way("list(tf.data.Dataset.range(3).cache(P + '.cache'))", module="tensorflow"),
    "data_set": Way("tf.data.Dataset.range(3).save(D)", "len(os.listdir(D)) > 1", "tensorflow"),
    "summary": Way(
        "tf.summary.create_file_writer(D).close()",
        "any('tfevents' in name for name in os.listdir(D))",
        "tensorflow",
    ),
}
SCRIPT = Way("os.remove(__file__)", "not os.path.exists(__file__)")
"""The harm that has one road: a script that removes itself."""
ROADS = {
    "absolute": "BASE = HERE",
    "changed_folder": "os.chdir(HERE); BASE = '.'",
    "home": "os.environ['HOME'] = HERE; BASE = os.path.expanduser('~')",
    "linked": "os.symlink(HERE, 'linked'); BASE = 'linked'",
    "beside": "BASE = os.path.join(HERE, '..', 'beside')",
}
IMPORTS = """\
import io, os, pathlib, shutil, subprocess, sys, tempfile
import numpy as np
"""
HEADER = f"""\
{IMPORTS}import tensorflow as tf
from tensorflow import keras

HERE = os.path.dirname(os.path.abspath(__file__))
"""
MODEL = """\
inputs = keras.Input((4,))
model = keras.Model(inputs, tf.square(inputs), name="behind")
"""


def paths(way: str, road: str) -> str:
    """Lines that set ``P`` and ``D``, which :func:`make_targets` makes."""
    return f"P = os.path.join(BASE, '{way}-{road}.h5'); D = os.path.join(BASE, '{way}-{road}')\n"


def script(way: str, road: str) -> str:
    """A script that does harm, and builds a model behind it when that went well."""
    item = WAYS[way]
    test = f"assert {item.worked}, 'it was not so'\n"
    return f"{HEADER}{ROADS[road]}\n{paths(way, road)}{item.code}\n{test}{MODEL}"


def batch(ways: Iterable[str], road: str) -> str:
    """One script that does harm in many ways, and builds a model behind them."""
    parts = [
        f"os.makedirs(START + '/{way}'); os.chdir(START + '/{way}')\n{ROADS[road]}\n"
        f"{paths(way, road)}{WAYS[way].code}\nassert {WAYS[way].worked}, '{way}'\n"
        for way in ways
    ]
    own = f"{SCRIPT.code}\nassert {SCRIPT.worked}\n"
    return f"{HEADER}START = os.getcwd()\n{''.join(parts)}{own}{MODEL}"


def make_targets(folder: Path, cases: Iterable[tuple[str, str]]) -> None:
    """The files and folders that scripts of ``cases`` harm, in ``folder``."""
    folder.mkdir(exist_ok=True)
    for way, road in cases:
        (folder / f"{way}-{road}.h5").write_text("old")
        (folder / f"{way}-{road}").mkdir()
        (folder / f"{way}-{road}" / "kept").write_text("kept")


def state(folder: Path) -> dict[str, str]:
    """Everything about the files of ``folder`` but when they were read."""
    found = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        digest = hashlib.sha256(content).hexdigest()
        found[str(path.relative_to(folder))] = f"{digest} {facts.st_mode} {facts.st_mtime_ns}"
    return found


def why_stopped(file: dict[str, Any]) -> str:
    """Why a script did not go on as if it had harmed; empty where it did."""
    verification = file["verification"]
    not_run = [text for text in verification["assumptions"] if "not run" in text]
    if file["status"] != "would-rewrite" or verification["verdict"] != "proved":
        not_run.insert(0, f"{file['status']}, {verification['verdict']}")
    return "; ".join(not_run)


def main() -> int:
    """Verify all scripts; 1 where one did harm or did not go on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--road", choices=[*ROADS], action="append")
    parser.add_argument("--way", choices=[*WAYS], action="append")
    options = parser.parse_args()
    cases = [(way, road) for road in options.road or ROADS for way in options.way or WAYS]
    with tempfile.TemporaryDirectory() as top, tempfile.TemporaryDirectory() as temporary:
        project = Path(top, "project")
        for folder in (project, Path(top, "beside")):
            make_targets(folder, cases)
        for way, road in cases:
            (project / f"script_{way}_{road}.py").write_text(script(way, road))
        (project / "script_itself.py").write_text(batch([], "absolute"))
        before = state(Path(top))
        command = ["rewrite", ".", "--check", "--verify", "--device", "cpu", "--format", "json"]
        done = subprocess.run(
            [sys.executable, "-m", "codemod", *command],
            cwd=project,
            env={**os.environ, "TMPDIR": temporary, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            check=False,
        )
        harmed = sorted({name for name, _ in before.items() ^ state(Path(top)).items()})
        left = sorted(state(Path(temporary)))
        files = json.loads(done.stdout)["files"]
    stopped = {item["path"]: reason for item in files if (reason := why_stopped(item))}
    for path, reason in stopped.items():
        print(f"{path}: did not go on: {reason}")
    for name in harmed:
        print(f"{name}: was harmed")
    for name in left:
        print(f"{name}: stayed behind")
    print(f"{len(files)} scripts; {len(harmed)} files changed; {len(stopped)} did not go on")
    return 1 if harmed or left or stopped else 0


if __name__ == "__main__":
    sys.exit(main())
