"""Which lines count as rewritten, and how it is told that they have run."""

from __future__ import annotations

import compileall
import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from codemod.verify.child.capture.rewritten import mark_changes
from tests.support.command_line import ROOT

pytestmark = pytest.mark.tensorflow


def not_run(before: str, after: str) -> list[int]:
    """The rewritten lines that do not run when ``after`` is executed."""
    old, new = textwrap.dedent(before).encode(), textwrap.dedent(after).encode()
    marks, trees = mark_changes({"m.py": old}, {"m.py": new})
    exec(compile(trees.get("m.py", new), "m.py", "exec"), {"__name__": "m"})
    return marks.not_run().get("m.py", [])


SOURCE = """
    import math

    class Scale:
        def __init__(self, by):
            self.by = by

        def call(self, x):
            if x:
                return x * self.by
            return -x

        def get_config(self):
            return {"by": self.by}

    def first(x):
        y = abs(x)
        if y > 100:
            y = abs(y - 1)
        return y + 1

    def second(x, how="a"):
        return abs(x) if how == "a" else round(x)

    TABLE = {"a": lambda x: abs(x), "b": lambda x: round(x)}
    first(3)
    second(3)
    TABLE["a"](2)
    Scale(2).call(0)
    """


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("y = abs(x)", "y = math.fabs(x)", []),
        ("y = abs(y - 1)", "y = math.fabs(y - 1)", [19]),
        ("y = abs(y - 1)", "y = math.fabs(y - 1)\n            y = y + 0", [19, 20]),
        ("abs(x) if how", "math.fabs(x) if how", []),
        ("else round(x)", "else math.floor(x)", [23]),
        ('"a": lambda x: abs(x)', '"a": lambda x: math.fabs(x)', []),
        ('"b": lambda x: round(x)', '"b": lambda x: math.floor(x)', [25]),
        ("            y = abs(y - 1)\n", "            pass\n", []),
        ("            return x * self.by", "            return self.by * x", []),
        ('{"by": self.by}', '{"by": float(self.by)}', []),
        ("return y + 1", "return (  # the same\n        y + 1)", []),
        ("import math", "import math, cmath", []),
        ("first(3)", "first(3)\n    class New:\n        def call(self):\n            return 1", []),
    ],
)
def test_lines_that_do_not_run_are_named(before: str, after: str, lines: list[int]) -> None:
    assert SOURCE.count(before) == 1
    assert not_run(SOURCE, SOURCE.replace(before, after)) == lines


def test_a_statement_that_is_gone_is_told_by_what_stands_beside_it() -> None:
    before = "def f(x):\n    x = abs(x)\n    return x\n"
    assert not_run(before, before.replace("    x = abs(x)\n", "")) == [2]
    assert not_run(before + "f(1)\n", before.replace("    x = abs(x)\n", "") + "f(1)\n") == []


def test_a_statement_that_fails_has_not_run() -> None:
    source = "try:\n    x = {}\nexcept Exception:\n    pass\n"
    assert not_run(source.format("1"), source.format("1 // 0")) == [2]
    assert not_run(source.format("1"), source.format("2")) == []


def test_values_and_conditions_stay() -> None:
    source = "x = [a and b for a, b in [(0, 1), (1, {})]]\nassert x == [0, {}], x\n"
    assert not_run(source.format("2", "2"), source.format("3", "3")) == []


FINDING = {
    "folder without init": ("from core.heads import VALUE", "core/heads.py"),
    "package": ("from pack.heads import VALUE", "pack/heads.py"),
    "relative": ("from pack.user import VALUE", "pack/heads.py"),
    "relative without init": ("from core.user import VALUE", "core/heads.py"),
    "package itself": ("from whole import VALUE", "whole/__init__.py"),
    "search path": (
        "import sys; sys.path.insert(0, HERE + '/lib'); from deep import VALUE",
        "lib/deep.py",
    ),
    "changed folder": (
        "import os, sys; os.chdir(HERE + '/lib'); sys.path.insert(0, ''); from deep import VALUE",
        "lib/deep.py",
    ),
    "run_path": (
        "import runpy; VALUE = runpy.run_path(HERE + '/lib/deep.py')['VALUE']",
        "lib/deep.py",
    ),
    "run_module": (
        "import runpy; VALUE = runpy.run_module('core.heads')['VALUE']",
        "core/heads.py",
    ),
    "by location": (
        "import importlib.util as u; s = u.spec_from_file_location('m', HERE + '/model.v2.py')\n"
        "m = u.module_from_spec(s); s.loader.exec_module(m); VALUE = m.VALUE",
        "model.v2.py",
    ),
    "loader": (
        "from importlib.machinery import SourceFileLoader\n"
        "VALUE = SourceFileLoader('m', HERE + '/model.v2.py').load_module().VALUE",
        "model.v2.py",
    ),
    "linked folder": ("from linked.heads import VALUE", "core/heads.py"),
    "linked file": ("from alias import VALUE", "core/heads.py"),
    "executed": ("exec(open(HERE + '/lib/deep.py').read())", "lib/deep.py"),
    "compiled": (
        "p = HERE + '/lib/deep.py'; exec(compile(open(p, 'rb').read(), p, 'exec'))",
        "lib/deep.py",
    ),
    "star": ("from core.heads import *", "core/heads.py"),
    "reloaded": (
        "import importlib, core.heads as h; importlib.reload(h); VALUE = h.VALUE",
        "core/heads.py",
    ),
    "own finder": (
        "import importlib.abc, importlib.util, sys\n"
        "class F(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'found':\n"
        "            return importlib.util.spec_from_file_location(name, HERE + '/lib/deep.py')\n"
        "sys.meta_path.insert(0, F()); from found import VALUE",
        "lib/deep.py",
    ),
    "compiled before": ("import stale; VALUE = stale.VALUE", "stale.py"),
    "name of another": ("import lib.random as r; import random; VALUE = r.VALUE", "lib/random.py"),
}
OTHERS = {
    "core/user.py": "from .heads import VALUE\n",
    "pack/__init__.py": "",
    "pack/user.py": "from .heads import VALUE\n",
}
RUNNER = """\
import json, os, sys, traceback
from codemod.verify.child.capture import overlay
from codemod.verify.child.capture.rewritten import mark_changes
from codemod.verify.child.sandbox.entering import enter

def run(folder, path, overlays):
    entry = os.path.join(folder, "project", "main.py")
    own = os.path.join(folder, "own")
    enter(own, [own], [entry], overlays)
    code, old = open(entry, "rb").read(), open(path, "rb").read()
    sources = {entry: code, path: old.replace(b"old", b"new")}
    marks, trees = mark_changes({path: old}, sources)
    served = overlay.install(entry, sources, trees, into_view=True)
    exec(code.decode(), {"HERE": os.path.dirname(entry), "__name__": "__main__"})
    assert path in served.loaded, served.loaded
    assert marks.not_run() == {path: []}, marks.not_run()

for folder, path in json.load(sys.stdin):
    child = os.fork()
    if child == 0:
        try:
            run(folder, path, sys.argv[1] == "overlays")
        except BaseException:
            sys.stdout.write(folder + chr(10) + traceback.format_exc())
            sys.stdout.flush()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.mark.parametrize("means", ["overlays", "functions"])
def test_a_source_is_served_however_it_is_found(tmp_path: Path, means: str) -> None:
    cases = []
    for name, (code, target) in FINDING.items():
        project = tmp_path / name / "project"
        path = project / target
        texts = {**OTHERS, "main.py": code + "\nassert VALUE == 'new', VALUE\n"}
        for other, text in {**texts, target: "VALUE = 'old'\n"}.items():
            (project / other).parent.mkdir(parents=True, exist_ok=True)
            (project / other).write_text(text)
        (project / "core").mkdir(exist_ok=True)
        (project / "linked").symlink_to("core")
        (project / "alias.py").symlink_to("core/heads.py")
        if name == "compiled before":
            compileall.compile_file(path, quiet=1)
        (tmp_path / name / "own").mkdir()
        cases.append((str(tmp_path / name), str(path)))
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, means],
        input=json.dumps(cases).encode(),
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == ""
    assert {Path(path).read_text() for _, path in cases} == {"VALUE = 'old'\n"}
