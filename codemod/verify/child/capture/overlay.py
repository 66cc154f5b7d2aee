"""Serving the sources of a job by path, whatever stands on the disk and however they are found."""

from __future__ import annotations
import __future__

import ast
import builtins
import contextlib
import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import linecache
import operator
import os
import pickle
import sys
from dataclasses import dataclass, field
from types import CodeType, ModuleType
from typing import Any, Dict, FrozenSet, List, Mapping, Optional, Sequence, Set

from ..sandbox.places import real_path, real_paths
from ..sandbox.reads import BEGIN, KEPT
from .module_names import module_name, search_folders

FUTURES = functools.reduce(
    operator.or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
"""The flags that ``compile`` and ``exec`` take over from the code that calls them."""


@dataclass(frozen=True)
class Served:
    """The sources by path, their marked trees, and those of them whose code has been run.

    ``kept`` has, by real path, where the content of other files lies that may change meanwhile.
    """

    sources: Dict[str, bytes]
    trees: Dict[str, Any]
    codes: Dict[str, CodeType]
    loaded: Set[str]
    real: Dict[str, str]
    kept: Dict[str, str] = field(default_factory=dict)

    def kept_content(self, path: Any) -> Optional[bytes]:
        """What ``path`` held when the run began, if it is one of those that may change."""
        location = self.kept.get(real_path(os.fsdecode(path)))
        if location is None:
            return None
        sys.audit(KEPT, os.fspath(path))
        return _kept(location)

    def path_of(self, path: Any) -> Optional[str]:
        """The source that ``path`` leads to."""
        if not isinstance(path, (str, bytes)) and not hasattr(path, "__fspath__"):
            return None
        return self.real.get(real_path(os.fsdecode(path)))

    def loaded_before(self) -> List[str]:
        """The modules of the sources that the start of the interpreter has loaded already."""
        before = _modules_by_place()
        found = [name for place in self.real for name in before.get(place, ())]
        since = {name: sys.modules[name] for name in sys.modules.keys() - names_before()}
        files = _files_of(since)
        real = real_paths(files.values())
        return [*found, *(name for name, path in files.items() if real[path] in self.real)]

    def code(self, path: str) -> CodeType:
        """The code of a source, which is then run."""
        self.loaded.add(path)
        code = self.codes.get(path)
        return _compiled(self.sources[path], path) if code is None else code

    def tree(self, path: str) -> Any:
        """The marked tree of a source, which is then run and may be changed."""
        self.loaded.add(path)
        tree = self.trees.get(path)
        if tree is None:
            return _compiled(self.sources[path], path, ast.PyCF_ONLY_AST)
        with contextlib.suppress(RecursionError):
            # Several times as fast as `deepcopy`.
            tree = pickle.loads(pickle.dumps(tree, pickle.HIGHEST_PROTOCOL))
        return tree


@functools.lru_cache(maxsize=None)
def names_before() -> FrozenSet[str]:
    """The names of the modules that are loaded before children are forked: there are thousands."""
    return frozenset(sys.modules)


@functools.lru_cache(maxsize=None)
def places_of_modules() -> Dict[str, str]:
    """The real path of each file that one of them is loaded from."""
    return real_paths(_files_before().values())


@functools.lru_cache(maxsize=None)
def _modules_by_place() -> Dict[str, List[str]]:
    places = places_of_modules()
    found: Dict[str, List[str]] = {}
    for name, path in _files_before().items():
        found.setdefault(places[path], []).append(name)
    return found


@functools.lru_cache(maxsize=None)
def _files_before() -> Dict[str, str]:
    return _files_of({name: sys.modules[name] for name in names_before()})


def _files_of(modules: Mapping[str, ModuleType]) -> Dict[str, str]:
    files = {name: getattr(module, "__file__", None) for name, module in modules.items()}
    return {name: path for name, path in files.items() if isinstance(path, str)}


_compile, _exec = builtins.compile, builtins.exec


def _compiled(source: Any, path: str, flags: int = 0) -> Any:
    return _compile(source, path, "exec", flags, True)


def served_by_path(
    sources: Dict[str, bytes], trees: Dict[str, Any], kept: Optional[Dict[str, str]] = None
) -> Served:
    """Sources that are recognised by their real paths."""
    codes = {path: _compiled(tree, path) for path, tree in trees.items()}
    real = {real_path(path): path for path in sources}
    others = {real_path(path): location for path, location in (kept or {}).items()}
    return Served(sources, trees, codes, set(), real, others)


def install(
    entry: str,
    sources: Dict[str, bytes],
    trees: Dict[str, Any],
    beside: str = "",
    into_view: bool = False,
    kept: Optional[Dict[str, str]] = None,
) -> Served:
    """Let Python find ``sources`` (absolute path to content) where it looks for their files.

    ``kept`` (absolute path to where the content lies) is served alike, and not counted as loaded.
    ``trees`` has the marked trees of some of them. What is found nowhere else is looked for in
    the folder ``beside``. ``into_view`` writes the sources to their paths: only a process that is
    kept from changing files may ask for that.
    """
    sys.dont_write_bytecode = True
    served = served_by_path(sources, trees, kept)
    if into_view:
        _write_into_view({**{path: _kept(at) for path, at in (kept or {}).items()}, **sources})
    _serve_loaders(served)
    _serve_text(served)
    _serve_lines(served)
    before, behind = search_folders(entry, sources)
    if beside and beside not in before:
        behind.append(beside)
    sys.path[:] = [*before, *(item for item in sys.path if item not in before), *behind]
    missing = {path for path in sources if not os.path.exists(path)}
    sys.meta_path.append(
        _Finder({module_name(path, sources[path]): path for path in missing}, served)
    )
    importlib.invalidate_caches()
    for name in served.loaded_before():
        del sys.modules[name]
    sys.audit(BEGIN)
    return served


def borrowed(entry: str, beside: str) -> List[str]:
    """The modules that stand in the folder ``beside`` and not with ``entry``."""
    if beside in ("", os.path.dirname(entry)):
        return []
    modules = [(name, getattr(module, "__file__", None)) for name, module in sys.modules.items()]
    return sorted(
        name for name, path in modules if path and os.path.dirname(os.path.abspath(path)) == beside
    )


def _kept(location: str) -> bytes:
    with open(location, "rb") as file:
        return file.read()


def _write_into_view(sources: Dict[str, bytes]) -> None:
    """Let other programs, and who reads the files, see them too: nothing lands on the disk."""
    for path, content in sources.items():
        with contextlib.suppress(OSError):
            with open(path, "rb") as file:
                if file.read() == content:
                    continue
            with open(path, "wb") as file:
                file.write(content)


def _serve_loaders(served: Served) -> None:
    loader: Any = importlib.machinery.SourceFileLoader
    get_code, get_data = loader.get_code, loader.get_data

    def code_of(self: Any, fullname: str) -> Any:
        name = self.get_filename(fullname)
        path = served.path_of(name)
        if path is not None:
            return served.code(path)
        kept = served.kept_content(name)
        return get_code(self, fullname) if kept is None else _compiled(kept, name)

    def data_of(self: Any, path: str) -> Any:
        found = served.path_of(path)
        if found is not None:
            return served.sources[found]
        kept = served.kept_content(path)
        return get_data(self, path) if kept is None else kept

    loader.get_code, loader.get_data = code_of, data_of


def _serve_text(served: Served) -> None:
    """Recognise sources that are read as files, compiled and executed."""
    texts: Dict[str, str] = {}
    for path, content in served.sources.items():
        with contextlib.suppress(SyntaxError, UnicodeDecodeError):
            if content.strip():
                texts.setdefault(importlib.util.decode_source(content), path)

    def path_of(source: Any) -> Optional[str]:
        if isinstance(source, (bytes, bytearray)):
            with contextlib.suppress(SyntaxError, UnicodeDecodeError):
                return texts.get(importlib.util.decode_source(bytes(source)))
            return None
        return texts.get(source) if isinstance(source, str) else None

    def compile_served(
        source: Any,
        filename: Any,
        mode: str,
        flags: int = 0,
        dont_inherit: bool = False,
        optimize: int = -1,
        **kwargs: Any,
    ) -> Any:
        path = path_of(source) if mode == "exec" else None
        if path is not None:
            return served.tree(path) if flags & ast.PyCF_ONLY_AST else served.code(path)
        if not dont_inherit:
            flags |= sys._getframe(1).f_code.co_flags & FUTURES
        return _compile(source, filename, mode, flags, True, optimize, **kwargs)

    def exec_served(source: Any, globals: Any = None, locals: Any = None, **kwargs: Any) -> None:
        caller = sys._getframe(1)
        names, inner = globals, locals
        if names is None:
            names, inner = caller.f_globals, caller.f_locals if inner is None else inner
        path = path_of(source)
        if path is not None:
            source = served.code(path)
        elif isinstance(source, (str, bytes, bytearray)):
            flags = caller.f_code.co_flags & FUTURES
            source = _compile(source, "<string>", "exec", flags, True)
        _exec(source, names, names if inner is None else inner, **kwargs)

    original = io.open_code

    def open_code(path: str) -> Any:
        found = served.path_of(path)
        return original(path) if found is None else io.BytesIO(served.sources[found])

    builtins.compile, builtins.exec = compile_served, exec_served
    io.open_code = open_code


def _serve_lines(served: Served) -> None:
    """Let AutoGraph, inspect and tracebacks read the lines of the sources.

    AutoGraph calls ``linecache.updatecache`` itself and would read the disk (seen with
    TensorFlow 2.21).
    """
    update = linecache.updatecache
    entries = {path: _lines(path, content) for path, content in served.sources.items()}

    def updatecache(filename: str, module_globals: Optional[Dict[str, Any]] = None) -> List[str]:
        path = served.path_of(filename)
        if path is None:
            kept = served.kept_content(filename)
            if kept is None:
                return update(filename, module_globals)
            path = filename
            entries[path] = _lines(path, kept)
        linecache.cache[filename] = entries[path]
        lines: List[str] = entries[path][2]
        return lines

    linecache.updatecache = updatecache
    linecache.cache.update(entries)
    _keep_lines()


def _lines(path: str, content: bytes) -> Any:
    """What ``linecache`` keeps of a file."""
    text = importlib.util.decode_source(content)
    # Not str.splitlines: for Python a form feed ends no line.
    return (len(text), None, io.StringIO(text).readlines(), path)


def _keep_lines() -> None:
    """Let AutoGraph believe the lines that it has.

    Before each function it looks through all modules for one that was changed on the disk
    (TensorFlow 2.21), which takes a quarter of its time, and nothing changes here.
    """
    inspect_utils: Any = sys.modules.get("tensorflow.python.autograph.pyct.inspect_utils")
    if inspect_utils is not None:
        inspect_utils._fix_linecache_record = lambda function: None


class _Finder(importlib.abc.MetaPathFinder):
    """Finds sources that are not on the disk, such as standard input, by the name of the module."""

    def __init__(self, paths: Dict[str, str], served: Served) -> None:
        self._paths = paths
        self._served = served

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        location = self._paths.get(fullname)
        if location is None:
            return None
        folders = None
        if os.path.basename(location) == "__init__.py":
            folders = [os.path.dirname(location)]
        return importlib.util.spec_from_file_location(
            fullname, location, submodule_search_locations=folders
        )
