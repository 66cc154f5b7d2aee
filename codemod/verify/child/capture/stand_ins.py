"""What stands for packages that are not installed, where imports of the user's need them.

So it is with modules and names that another version of an installed package has. An import that
handles its failure itself fails as it would: only an error that would end the import of a module of
the project makes a stand-in. What it holds are placeholders.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import os
import re
import sys
from types import ModuleType
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    TypeVar,
)

from ..failures import one_line
from ..limits import STAND_INS
from ..parsing import parsed
from ..told import told
from .keras_generation import is_keras_3
from .placeholders import Absent

Value = TypeVar("Value")
MISSING_NAME = re.compile(r"cannot import name '(\w+)' from")
MISSING_ATTRIBUTE = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")
OLD_NUMPY: Dict[str, type] = {
    "bool": bool,
    "complex": complex,
    "float": float,
    "int": int,
    "long": int,
    "object": object,
    "str": str,
    "unicode": str,
}
"""Names of Python's types that NumPy had up to 1.23."""
IMPORTED = {"np": "numpy", "tf": "tensorflow"}
"""What modules of libraries had by chance, since they imported it: `K.np` in Keras 2.3."""
LIBRARIES = ("site-packages", "dist-packages", os.path.dirname(os.__file__) + os.sep)

IMPORTING = (__file__, "<frozen importlib._bootstrap>")


class StandIns:
    """The packages that are missed so far; ``note`` is told of each."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._names: Set[str] = set()
        self._resumes = False

    def install(self) -> None:
        """Let imports in modules of the project go on."""
        sys.meta_path.append(_Finder(self._names))
        original: Any = builtins.__import__

        def import_or_stand_in(
            name: str,
            globals: Any = None,
            locals: Any = None,
            fromlist: Sequence[str] = (),
            level: int = 0,
        ) -> Any:
            own = "" if level else name.partition(".")[0]
            file = globals.get("__file__") if globals else None
            if own not in self._names and isinstance(file, str) and is_of_library(file):
                return original(name, globals, locals, fromlist, level)
            if _is_asked_by_library():
                # It does without what it does not find, as `dbm` does without `dbm.gnu`.
                if own in self._names:
                    raise ModuleNotFoundError("No module named %r" % own, name=own)
                return original(name, globals, locals, fromlist, level)
            found = self.completed(lambda: original(name, globals, locals, fromlist, level), own)
            if fromlist and "*" in fromlist and isinstance(found, _StandIn):
                found.gives(_left_undefined(globals or {}))
            return found

        replaced: Any = builtins
        replaced.__import__ = import_or_stand_in
        _give_old_names(self._note)

    def mends(self, error: BaseException) -> bool:
        """Whether ``error`` is of those for which :meth:`completed` begins an import anew."""
        if isinstance(error, ImportError):
            return not self._resumes
        found = MISSING_ATTRIBUTE.search(str(error)) if isinstance(error, AttributeError) else None
        if found is None or not _is_library(found.group(1).partition(".")[0]):
            return False
        return found.group(2) not in vars(sys.modules.get(found.group(1), sys))

    def is_mended(self, error: BaseException) -> bool:
        """Whether ``error`` misses what a module of a package has no more, and a stand-in now."""
        is_missed = isinstance(error, AttributeError) and len(self._names) < STAND_INS
        return is_missed and self._has_attribute(error)

    def completed_or_resumed(self, action: Callable[[], Value]) -> Value:
        """What :meth:`completed` gives; imports that it cannot mend are left out at last."""
        try:
            return self.completed(action)
        except ImportError:
            self._resumes = True
            try:
                return self.completed(action)
            finally:
                self._resumes = False

    def completed(self, action: Callable[[], Value], own: str = "") -> Value:
        """What the import ``action`` gives, with stand-ins for packages that it misses.

        The package ``own``, which it asks for itself, gets none.
        """
        while True:
            try:
                return action()
            except AttributeError as error:
                if not self.is_mended(error):
                    raise
            except ImportError as error:
                package = (error.name or _failing_module(error)).partition(".")[0]
                if package in ("", own) or len(self._names) >= STAND_INS:
                    raise
                if error.name is None:
                    if not self._has_failing(error):
                        raise
                    continue
                is_module = isinstance(error, ModuleNotFoundError)
                if not (self._has_module(error) if is_module else self._has_name(error)):
                    raise

    def _has_module(self, error: ImportError) -> bool:
        """Whether there is a stand-in now for the module that is missing."""
        missing = str(error.name)
        package = missing.partition(".")[0]
        if not _is_there(package):
            missing, what = package, "the package `%s` is not installed" % package
        elif "." in missing and _is_library(package):
            what = "there is no module `%s`" % missing
        else:
            return False
        if missing in self._names:
            return False
        self._names.add(missing)
        self._note("%s: a stand-in was used" % what)
        return True

    def _has_failing(self, error: ImportError) -> bool:
        """Whether there is a stand-in now for a module of a library that refuses to be imported."""
        failing = _failing_module(error)
        if failing in self._names:
            return False
        self._names.add(failing)
        spec = importlib.machinery.ModuleSpec(failing, _Loader(), is_package=True)
        sys.modules[failing] = importlib.util.module_from_spec(spec)
        package, _, name = failing.rpartition(".")
        if package in sys.modules:
            setattr(sys.modules[package], name, sys.modules[failing])
        self._note("`%s` fails (%s): a stand-in was used" % (failing, one_line(error)))
        return True

    def _has_attribute(self, error: BaseException) -> bool:
        """Whether there is a stand-in now for what a module of a package has no more."""
        found = MISSING_ATTRIBUTE.search(str(error))
        if found is None or not _is_library(found.group(1).partition(".")[0]):
            return False
        return self._is_given(found.group(1), found.group(2))

    def _has_name(self, error: ImportError) -> bool:
        """Whether there is a stand-in now for the name that a module of a package lacks."""
        found = MISSING_NAME.search(str(error))
        if found is None or not _is_library(str(error.name).partition(".")[0]):
            return False
        return self._is_given(str(error.name), found.group(1))

    def _is_given(self, path: str, name: str) -> bool:
        """Whether the module at ``path`` has a stand-in for ``name`` now, and had none."""
        module = sys.modules.get(path)
        if module is None or name.startswith("__") or name in vars(module):
            return False
        what = "there is no `%s` in `%s`" % (name, path)
        if name in IMPORTED:
            setattr(module, name, importlib.import_module(IMPORTED[name]))
            self._note("%s: it is `%s`" % (what, IMPORTED[name]))
            return True
        setattr(module, name, Absent("%s.%s" % (path, name), told(what)))
        self._names.add("%s.%s" % (path, name))
        self._note("%s: a stand-in was used" % what)
        return True


def is_gone_from_keras(error: BaseException) -> bool:
    """Whether ``error`` misses what Keras 3 has not: that is told where it stands."""
    found = MISSING_ATTRIBUTE.search(str(error))
    return found is not None and found.group(1).partition(".")[0] == "keras" and is_keras_3()


def _give_old_names(note: Callable[[str], None]) -> None:
    """Let code of the user's read what NumPy had: ``np.float``."""
    numpy: Any = sys.modules.get("numpy")
    missing = getattr(numpy, "__getattr__", None)
    if missing is None:
        return

    def old_or_missing(name: str) -> Any:
        if name not in OLD_NUMPY or _is_asked_by_library():
            return missing(name)
        note("`numpy.%s` of older NumPy is `%s`" % (name, OLD_NUMPY[name].__name__))
        return OLD_NUMPY[name]

    numpy.__getattr__ = old_or_missing


def _failing_module(error: ImportError) -> str:
    """The module of a library whose own code raises ``error`` while it is imported; else none."""
    found, traceback = "", error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        is_of_library = any(part in frame.f_code.co_filename for part in LIBRARIES)
        is_module = is_of_library and frame.f_code.co_name == "<module>"
        found = str(frame.f_globals.get("__name__", "")) if is_module else ""
        traceback = traceback.tb_next
    return found


def _is_library(package: str) -> bool:
    """Whether an installed package or Python itself has it, and not the project."""
    module = sys.modules.get(package)
    if module is None:
        return False
    place = getattr(module, "__file__", None) or "".join(map(str, getattr(module, "__path__", ())))
    return package in sys.builtin_module_names or any(part in place for part in LIBRARIES)


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _left_undefined(module: Mapping[str, Any]) -> Set[str]:
    """The names that the code of a module reads, and that neither it nor Python defines.

    So they come from what it imports all of.
    """
    try:
        with open(str(module.get("__file__")), "rb") as file:
            nodes = list(ast.walk(parsed(file.read())))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return set()
    names = [one for one in nodes if isinstance(one, ast.Name)]
    read = {one.id for one in names if isinstance(one.ctx, ast.Load)}
    bound = {one.id for one in names if isinstance(one.ctx, ast.Store)}
    bound |= {one.arg for one in nodes if isinstance(one, ast.arg)}
    bound |= {str(getattr(one, "name", "")) for one in nodes}
    bound |= {
        one.asname or one.name.partition(".")[0] for one in nodes if isinstance(one, ast.alias)
    }
    return {name for name in read - bound - set(module) if not hasattr(builtins, name)}


class _StandIn(ModuleType):
    __all__: List[str]

    def gives(self, names: Iterable[str]) -> None:
        """Let ``from module import *`` give values for ``names``."""
        for name in names:
            setattr(self, name, _missed(self.__name__, name))
        self.__all__ = [*dict.fromkeys([*self.__all__, *names])]

    def __getattr__(self, name: str) -> Any:
        return _missed(self.__name__, name)


def _missed(module: str, name: str) -> Any:
    """What stands for the attribute ``name`` of a module that is not there."""
    if name.startswith("__"):
        raise AttributeError(name)
    package = module.partition(".")[0]
    is_there = _is_library(package)
    what = "there is no module `%s`" % module
    reason = told(what if is_there else "the package `%s` is not installed" % package)
    return Absent("%s.%s" % (module, name), reason)


class _Loader(importlib.abc.Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = _StandIn(spec.name)
        # `from package import *` in a module lets that have what the package would have given.
        names = {
            "__all__": ["__getattr__"],
            "__getattr__": functools.partial(_missed, module.__name__),
        }
        vars(module).update(names)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


class _Finder(importlib.abc.MetaPathFinder):
    """Finds what is missed, for code of the user's: libraries do without it."""

    def __init__(self, names: Set[str]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        parts = fullname.split(".")
        outer = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
        if outer.isdisjoint(self._names) or _is_asked_by_library():
            return None
        return importlib.machinery.ModuleSpec(fullname, _Loader(), is_package=True)


def _is_asked_by_library() -> bool:
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename in IMPORTING:
        frame = frame.f_back
    return frame is None or is_of_library(frame.f_code.co_filename)


# Imports inside of functions ask tens of thousands of times while a model is built.
@functools.lru_cache(maxsize=None)
def is_of_library(file: str) -> bool:
    return any(part in file for part in LIBRARIES)
