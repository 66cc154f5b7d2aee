"""Imports of a project go on where a package is missing, and fail where they handle that."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from codemod.verify.child.capture.keras_generation import find_old_modules
from tests.support.command_line import ROOT
from tests.verify.test_entries import written

START = """
import sys
sys.path[:0] = [{root!r}, {folder!r}]
from codemod.verify.child.capture.stand_ins import StandIns
told = []
stand_ins = StandIns(told.append)
stand_ins.install()
"""


def printed(folder: Path, code: str, before: str = "") -> str:
    """What ``code`` prints in a process of its own: imports are changed for good."""
    start = before + START.format(root=str(ROOT), folder=str(folder))
    done = subprocess.run(
        [sys.executable, "-c", start + code], capture_output=True, text=True, check=False
    )
    assert not done.stderr
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A package whose modules need packages that are not there."""
    return written(
        tmp_path,
        {
            "pkg/__init__.py": "from .first import Net\n",
            "pkg/first.py": "import not_there.deep as nt\nfrom nothing import x\n"
            "from .second import size\nclass Net:\n    made = nt.value\n    size = size\n",
            "pkg/second.py": "try:\n    import optional_one\n    size = 1\n"
            "except ImportError:\n    size = 2\n",
        },
    )


def test_a_module_that_misses_packages_is_imported_with_stand_ins(project: Path) -> None:
    assert printed(project, "import pkg\nprint(pkg.Net.made, told)") == (
        "`not_there.deep.value`: the package `not_there` is not installed "
        "['the package `not_there` is not installed: a stand-in was used', "
        "'the package `nothing` is not installed: a stand-in was used']"
    )


def test_an_import_that_handles_its_failure_fails(project: Path) -> None:
    assert printed(project, "import pkg\nprint(pkg.Net.size)") == "2"


def test_what_code_asks_for_itself_is_missing(project: Path) -> None:
    code = "try:\n    import not_there\nexcept ImportError as error:\n    print(error, told)"
    assert printed(project, code) == "No module named 'not_there' []"


def test_what_is_loaded_by_hand_is_completed(project: Path) -> None:
    code = "print(stand_ins.completed(lambda: __import__('pkg')).Net.size)"
    assert printed(project, code) == "2"


def test_libraries_do_without(project: Path) -> None:
    written(project, {"site-packages/lib.py": "try:\n    import nothing\n    found = True\n"})
    library = project / "site-packages" / "lib.py"
    library.write_text(library.read_text() + "except ImportError:\n    found = False\n")
    code = f"import pkg\nsys.path.insert(0, {str(library.parent)!r})\nimport lib\nprint(lib.found)"
    assert printed(project, code) == "False"


def test_what_another_version_of_a_package_has_gets_a_stand_in(tmp_path: Path) -> None:
    lines = "from json import gone\nfrom json.old import deep\nimport json.old.er as er\n"
    guarded = "try:\n    from json import other\nexcept ImportError:\n    other = 1\n"
    written(tmp_path, {"pkg/__init__.py": "", "pkg/net.py": lines + guarded + "import json\n"})
    code = "import pkg.net as n\nprint(n.gone, n.deep.x, n.er.y, n.other, n.json.dumps(1), told)"
    assert printed(tmp_path, code) == (
        "`json.gone`: there is no `gone` in `json` `json.old.deep.x`: there is no module `json.old`"
        " `json.old.er.y`: there is no module `json.old.er` 1 1 ['there is no `gone` in `json`: a "
        "stand-in was used', 'there is no module `json.old`: a stand-in was used']"
    )


def test_attributes_that_a_package_has_no_more_are_given(tmp_path: Path) -> None:
    net = "import json, numpy as np\nkinds = (json.Gone, np.float)\n"
    written(tmp_path, {"pkg/__init__.py": "", "pkg/net.py": net})
    code = "import pkg.net as n\nprint(n.kinds, told)"
    assert printed(tmp_path, code, before="import numpy\n") == (
        "(`json.Gone`: there is no `Gone` in `json`, <class 'float'>) ['there is no `Gone` in "
        "`json`: a stand-in was used', '`numpy.float` of older NumPy is `float`']"
    )


def test_a_module_that_asks_what_is_not_there_is_told_no(tmp_path: Path) -> None:
    net = "import gone\nsize = 2\nif gone.in_notebook() or gone.version < 3:\n    size = 1\n"
    net += "letters = len(gone.letters), isinstance(size, gone.Alphabet)\n"
    asks = "def ask():\n    return bool(gone.x)\n"
    start = "def start():\n    if gone.x:\n        raise ValueError\nstart()\n"
    written(tmp_path, {"pkg/__init__.py": "", "pkg/net.py": net + asks + start})
    code = "import pkg.net as net\ntry:\n    net.ask()\n"
    code += "except Exception as error:\n    print(net.size, net.letters, error)"
    assert printed(tmp_path, code) == "2 (0, False) `gone.x`: the package `gone` is not installed"


def test_what_the_project_itself_lacks_is_told(project: Path) -> None:
    written(project, {"other.py": "", "broken.py": "from other import nothing_such\n"})
    code = "try:\n    import broken\nexcept ImportError as error:\n    print(error.name, told)"
    assert printed(project, code) == "other []"


RESUMED = """
from codemod.verify.child.capture.overlay import served_by_path
from codemod.verify.child.capture.resuming import run_on
run_on(served_by_path({}, {}), told.append, stand_ins.mends)
"""
FAILING = {
    "pkg/__init__.py": """\
from __future__ import annotations
from .data import LETTERS, size
table: nowhere = 1
@LETTERS.register
def build(): return size
""",
    "pkg/data.py": """\
def read(path):
    return open(path)
LETTERS = read(
    'letters.txt'
)
LENGTH = len(LETTERS)
size = 3
number = 1 / 0
""",
    "lost/__init__.py": "from .own import missing\nsize = 4\n",
    "lost/own.py": "",
}


def test_modules_go_on_after_a_statement_that_fails(tmp_path: Path) -> None:
    code = """
import pkg
print(pkg.build(), *told, sep=chr(10))
try:
    import lost
except ImportError as error:
    print(error.name)
stand_ins.completed_or_resumed(lambda: __import__('lost'))
print(sys.modules['lost'].size, told[-1].rpartition(' (')[0])
"""
    missing = "FileNotFoundError: [Errno 2] No such file or directory: 'letters.txt'"
    assert printed(written(tmp_path, FAILING), RESUMED + code).splitlines() == [
        "3",
        f"line 3 of data.py was left out ({missing})",
        f"line 6 of data.py was left out (`LETTERS`: line 3 of data.py was not run ({missing}))",
        "line 8 of data.py was left out (ZeroDivisionError: division by zero)",
        "lost.own",
        "4 line 1 of __init__.py was left out (ImportError: cannot import name 'missing' from "
        "'lost.own'",
    ]


def test_an_error_that_is_no_missing_package_is_told(project: Path) -> None:
    written(project, {"broken.py": "import pkg.missing_part\n"})
    code = "try:\n    import broken\nexcept ImportError as error:\n    print(error)"
    assert printed(project, code) == "No module named 'pkg.missing_part'"


def test_a_library_that_does_without_a_module_goes_on_so(project: Path) -> None:
    code = (
        "import sys\n"
        "sys.modules['_gdbm'] = None\n"
        "import dbm\n"
        "with dbm.open({path!r}, 'c') as file:\n"
        "    print(type(file).__module__ != 'dbm.gnu', told)\n"
    )
    assert printed(project, code.format(path=str(project / "table"))) == "True []"


def test_all_names_of_a_missing_package_are_those_of_the_module_that_takes_them(
    project: Path,
) -> None:
    (project / "constants.py").write_text("from not_there.constants import *\nOWN = 1\n")
    code = "import constants\nprint(constants.OWN, constants.TASK)\nconstants.__private"
    told = printed(project, f"try:\n    exec({code!r})\nexcept AttributeError as e:\n    print(e)")
    assert "1 `not_there.constants.TASK`: the package `not_there` is not installed" in told
    assert told.splitlines()[-1] == "__private"


def test_a_module_of_a_library_that_refuses_to_be_imported_gets_a_stand_in(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        {
            "site-packages/oldlib/__init__.py": "",
            "site-packages/oldlib/gone.py": "raise ImportError('it has been removed')\n",
            "asking.py": "try:\n    import oldlib.gone\n    size = 1\n"
            "except ImportError:\n    size = 2\n",
            "own.py": "from oldlib.gone import Alphabet\nimport oldlib\nwidth = 3\n",
        },
    )
    code = f"sys.path.insert(0, {str(folder / 'site-packages')!r})\n"
    code += "import asking, own\nprint(asking.size, own.width, told)"
    told = ["`oldlib.gone` fails (ImportError: it has been removed): a stand-in was used"]
    assert printed(folder, code) == f"2 3 {told}"


def test_all_of_a_missing_package_is_what_a_module_leaves_undefined(
    tmp_path: Path,
) -> None:
    folder = written(
        tmp_path,
        {
            "given.py": "width = 3\n",
            "own.py": "from given import *\nfrom nothing import *\n"
            "TABLE = {'a': scaled(width), 'b': len}\n"
            "def build(units):\n    return Layer, units\n",
        },
    )
    code = "import own\nprint(own.width, type(own.TABLE['a']).__name__, own.build(2)[1])"
    assert printed(folder, code) == "3 Absent 2"


def test_modules_that_keras_2_has_no_more_hold_what_is_there_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(
        tmp_path,
        {
            "oldkeras/__init__.py": "",
            "oldkeras/layers/__init__.py": "class Layer: pass\nadd = 1\n",
            "oldkeras/models/__init__.py": "class Model: pass\n",
            "oldkeras/utils/__init__.py": "",
            "oldkeras/src/__init__.py": "",
        },
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    for name in ("", ".layers", ".models", ".utils", ".src", ".engine", ".engine.topology"):
        monkeypatch.setitem(sys.modules, f"oldkeras{name}", None)
        monkeypatch.delitem(sys.modules, f"oldkeras{name}")
    find_old_modules("oldkeras")
    engine = importlib.import_module("oldkeras.engine")
    layers = importlib.import_module("oldkeras.layers")
    assert engine.Layer is layers.Layer and engine.Model.__module__ == "oldkeras.models"
    assert importlib.import_module("oldkeras.engine.topology").Layer is layers.Layer
    for name in ("oldkeras.nothing", "oldkeras.src.nothing"):
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module(name)
