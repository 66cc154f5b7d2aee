"""Noting what a child sees of the disk: what its answer depends on, beside its sources."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import sysconfig
from typing import Any, FrozenSet, List, Mapping, NamedTuple, Set, Tuple

from .audit import STARTING
from .installed import holds_installed
from .places import real_path, real_paths, text_of

BEGIN = "keras_codemod.begin"
"""The event after which the user's code runs: what was seen before is forgotten."""
KEPT = "keras_codemod.kept"
"""The event of reading what a path held when the run began."""
OUT_OF_TIME = "keras_codemod.out_of_time"
"""The event of leaving something out since it takes too long: another time it may not."""
LISTING = ("os.listdir", "os.scandir")
OPENING = ("sqlite3.connect", "ctypes.dlopen", KEPT)
NOTED = frozenset(("open", *OPENING, *LISTING, *STARTING, OUT_OF_TIME, BEGIN))
"""The events that tell something of what a child sees."""
CODE = (".py", ".pyc", ".pyi", ".so", ".pyd", ".dylib")
SYSTEM = ("/proc/", "/sys/", "/dev/")
TELLING_OF_THE_MACHINE = frozenset(
    "uname ldconfig gcc cc ld objdump fc-list nvidia-smi lscpu sysctl sw_vers".split()
)
"""Programs that packages start when they are imported, which read nothing of a project."""
INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")


class Imported(NamedTuple):
    """The modules that were loaded before, and their files: installed code, and others."""

    names: FrozenSet[str] = frozenset()
    installed: FrozenSet[str] = frozenset()
    others: FrozenSet[str] = frozenset()


NONE_IMPORTED = Imported()


def imported_before(names: FrozenSet[str], places: Mapping[str, str]) -> Imported:
    """The modules ``names``, whose files have the real paths in ``places`` by path."""
    installed = _Installed("/")
    code = frozenset(path for path, real in places.items() if installed.holds(real))
    return Imported(names, code, frozenset(places) - code)


class Reads:
    """The paths that were opened, looked at or listed, and what makes the answer a chance one.

    That are other programs, which read what they like, and what was left out for its time.
    """

    def __init__(self, imported: Imported = NONE_IMPORTED) -> None:
        """What is ``imported`` need not be looked at again."""
        self._imported = imported
        self._opened: Set[str] = set()
        self._listed: Set[str] = set()
        self._started = False
        self._hurried = False

    def see(self, path: Any) -> None:
        """Note that ``path`` was opened, or only looked at."""
        _note(self._opened, path)

    def write(self, place: str, own: str) -> None:
        """Write what was seen to the file ``place``, without what lies in the folder ``own``."""
        for name in sys.modules.keys() - self._imported.names:
            _note(self._opened, getattr(sys.modules[name], "__file__", None))
        self._opened |= self._imported.others
        self._opened -= self._imported.installed
        left_out = _Installed(own)
        # Threads that the user's code left behind may open more meanwhile.
        record = {
            "opened": sorted(left_out.others(self._opened.copy())),
            "listed": sorted(left_out.others(self._listed.copy())),
            "started": self._started,
            "hurried": self._hurried,
        }
        with open(place, "w") as file:
            json.dump(record, file)

    def note(self, event: str, arguments: Tuple[Any, ...]) -> None:
        """Note what an audit event tells that Python opens and lists. Native code is not seen."""
        if event == "open" or event in OPENING:
            _note(self._opened, arguments[0])
        elif event in LISTING:
            _note(self._listed, "." if arguments[0] is None else arguments[0])
        elif event in STARTING:
            self._started = self._started or not _tells_of_the_machine(event, arguments)
        elif event == OUT_OF_TIME:
            self._hurried = True
        elif event == BEGIN:
            self._opened.clear()
            self._listed.clear()
            self._started = False


def _note(seen: Set[str], path: Any) -> None:
    try:
        text = None if isinstance(path, int) else text_of(path)
    except (TypeError, ValueError):
        return
    if text:
        # The working folder may be another one later.
        seen.add(text if text.startswith("/") else os.path.join(_folder(), text))


def _tells_of_the_machine(event: str, arguments: Tuple[Any, ...]) -> bool:
    if event != "subprocess.Popen":
        return False
    try:
        return os.path.basename(os.fsdecode(arguments[0])) in TELLING_OF_THE_MACHINE
    except TypeError:
        return False


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "/"


class _Installed:
    """What need not be told: installed code, which its package tells, and what is no file."""

    def __init__(self, own: str) -> None:
        places = [sysconfig.get_paths().get(name) or "" for name in INSTALLED]
        places += [item for item in sys.path if holds_installed(item)]
        self._installed = tuple({real_path(item) + "/" for item in places if item})
        self._own = (*SYSTEM, real_path(own) + "/", real_path(_of_this_tool()) + "/")

    def holds(self, real: str) -> bool:
        """Whether the file, whose real path it is, is installed code."""
        return real.startswith(self._installed) and real.endswith(CODE)

    def others(self, paths: Set[str]) -> List[str]:
        found: Set[str] = set()
        for path, real in real_paths(paths).items():
            if (real + "/").startswith(self._own):
                continue
            if self.holds(real):
                continue
            # A link that leads to another file later is another answer: both are told.
            found.update((os.path.normpath(path), real, *_source_of(real)))
        return [path for path in found if not (path + "/").startswith(self._own)]


def _of_this_tool() -> str:
    return os.path.normpath(os.path.join(os.path.abspath(__file__), "..", "..", ".."))


def _source_of(path: str) -> List[str]:
    """The source of a compiled module: Python reads the latter alone."""
    if not path.endswith(".pyc"):
        return []
    try:
        return [importlib.util.source_from_cache(path)]
    except (ValueError, NotImplementedError):
        return []
