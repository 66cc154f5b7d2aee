"""Finding, parsing and running the modules that a source imports."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from transforms.interpret import limits
from transforms.interpret.objects import Module
from transforms.knowledge.keras_names import FUNCTIONAL_LAYERS

INSTALLED = frozenset({"site-packages", "dist-packages"})
NEVER_ANALYSED = frozenset(
    {"tensorflow", "keras", "tf_keras", "keras_core", "numpy", "scipy", "torch", "jax"}
)
STAR_CLASSES = frozenset({"Model", "Sequential", "Functional"})
BACKEND_BUILTINS = frozenset({"abs", "all", "any", "max", "min", "pow", "round", "sum"})


def package_root(path: Path) -> Path:
    """The folder above the top package that holds ``path``, or the folder of a script."""
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        folder = folder.parent
    return folder


def module_name(path: Path, root: Path) -> str:
    """The dotted name by which ``path`` is imported from ``root``."""
    parts = list(path.relative_to(root).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) or path.stem


def absolute_name(module: Module, node: ast.ImportFrom) -> str:
    """The absolute name of the module that ``node`` imports from, ``""`` outside a package."""
    if node.level == 0:
        return node.module or ""
    parts = module.name.split(".")
    if not module.is_package:
        parts = parts[:-1]
    parts = parts[: len(parts) - (node.level - 1)]
    return ".".join([*parts, *([node.module] if node.module else [])])


def bind_star(module: Module, source: str) -> None:
    """Remember a star import of a module that is not analysed."""
    module.star_imports.append(source)


def star_name(module: Module, name: str) -> str | None:
    """The dotted name that ``name`` most likely has by a star import, or None."""
    sources = module.star_imports
    if name in STAR_CLASSES:
        preferred = ".models"
    elif name[:1].isupper() or name in FUNCTIONAL_LAYERS:
        preferred = ".layers"
    else:
        preferred = ".backend"
    if hasattr(builtins, name) and name not in BACKEND_BUILTINS:
        return None
    for source in sources:
        if source.endswith(preferred):
            return f"{source}.{name}"
    if not sources or hasattr(builtins, name):
        return None
    return f"{sources[0]}.{name}"


class Loader:
    """Parses and runs each imported module once; gives None for what is not in the sources."""

    def __init__(
        self,
        sources: Mapping[Path, bytes],
        execute: Callable[[Module], None],
        known_roots: Sequence[Path],
        trees: Mapping[Path, ast.Module],
    ) -> None:
        self._trees = trees
        self._sources = sources
        self._execute = execute
        self._modules: dict[Path, Module | None] = {}
        self._names: dict[str, Module | None] = {}
        self._roots: list[Path] = list(known_roots)
        self._unasked_bytes = 0

    def load_path(self, path: Path) -> Module | None:
        """The module at ``path``, run; None when it cannot be read or parsed."""
        if path in self._modules:
            return self._modules[path]
        root = package_root(path)
        if root not in self._roots:
            self._roots.append(root)
            self._names = {name: module for name, module in self._names.items() if module}
        module = self._parse(path, module_name(path, root))
        self._modules[path] = module
        if module is not None:
            self._names[module.name] = module
            self._execute(module)
        return module

    def load(self, name: str) -> Module | None:
        """The analysed module called ``name``, or None."""
        if name in self._names:
            return self._names[name]
        top = name.partition(".")[0]
        found = None
        if top and top not in NEVER_ANALYSED and self._unasked_bytes < limits.UNASKED_BYTES:
            for root in self._roots:
                path = self._find(root, name)
                if path is not None:
                    found = self.load_path(path)
                    break
        self._names[name] = found
        return found

    def _find(self, root: Path, name: str) -> Path | None:
        parts = name.split(".")
        if root.name in INSTALLED and not any(
            path.is_relative_to(root / parts[0]) for path in self._sources
        ):
            return None
        base = root.joinpath(*parts)
        in_library = parts[0] in sys.stdlib_module_names
        for candidate in (base / "__init__.py", base.with_suffix(".py")):
            if candidate in self._sources or (not in_library and candidate.is_file()):
                return candidate
        return None

    def _parse(self, path: Path, name: str) -> Module | None:
        try:
            data = self._sources.get(path)
            if data is None:
                data = path.read_bytes()
                self._unasked_bytes += len(data)
            tree = self._trees.get(path) or ast.parse(data)
        except (OSError, SyntaxError, ValueError, RecursionError):
            return None
        return Module(name, path, tree, path.name == "__init__.py")
