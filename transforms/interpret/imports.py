"""What the names of a module stand for, and how the module would write an external name."""

from __future__ import annotations

import ast
import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from transforms.knowledge.keras_names import as_written, keras_path, written_root
from transforms.syntax.nodes import ByType, children, nodes_of, walk

DEFAULT_FLAVOUR = "tensorflow.keras"

_TENSORFLOW = re.compile(r"^tensorflow(?:\.compat\.v[12])?(?=\.|$)")
_MODEL_PARTS = ("layers", "models", "Input", "Model", "Sequential", "engine", "applications")
_BINDING: tuple[type[ast.AST], ...] = (
    *(ast.arg, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import),
    *(ast.ImportFrom, ast.ExceptHandler, ast.MatchAs, ast.MatchStar),
)
_USUAL_ALIAS = {"tensorflow": "tf", "numpy": "np"}


@dataclass(frozen=True)
class ImportTable:
    """The external names that a module knows at module level.

    ``names`` maps local names to dotted external ones and leaves out those bound again to
    something else; ``bound`` holds every name that the module binds anywhere, functions
    included; ``flavours`` are the Keras roots in use, the most used for models first;
    ``stars`` the modules of ``from ... import *``.
    """

    names: Mapping[str, str]
    bound: frozenset[str]
    flavours: tuple[str, ...]
    stars: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """How to write an external name, and the import statement it needs, if any."""

    expression: str
    needed_import: str | None = None


def collect_imports(tree: ast.Module, nodes: ByType) -> ImportTable:
    """The import table of ``tree``: imports and plain aliases such as ``layers = tf.keras.layers``.

    Imports under ``if``, ``try`` and ``with`` at module level count. A name that is bound twice
    is kept only where both are the same part of Keras (``try: from keras import layers``).
    ``nodes`` are all those of ``tree`` by their type.
    """
    bindings: dict[str, list[str | None]] = {}
    for name, dotted in _bindings(tree.body, bindings):
        bindings.setdefault(name, []).append(dotted)
    names = {
        name: dotted
        for name, every in bindings.items()
        if (dotted := every[0]) is not None and all(_same(dotted, other) for other in every)
    }
    bound = set(bindings)
    unstable: set[str] = set()
    uses: Counter[str] = Counter()
    bound.update(
        name.id for name in nodes_of(nodes, ast.Name) if not isinstance(name.ctx, ast.Load)
    )
    for kind in _BINDING:
        for node in nodes.get(kind, ()):
            bound.update(_bound_by(node))
    for attribute in nodes_of(nodes, ast.Attribute):
        # In `tf.keras.layers.Dense` only the part `tf.keras.layers` counts, so once.
        dotted_name = _dotted(attribute, names) or ""
        if keras_path(dotted_name) in _MODEL_PARTS:
            uses[written_root(dotted_name)] += 1
    for declaration in nodes_of(nodes, ast.Global):
        unstable.update(declaration.names)
    stars = tuple(
        node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        if node.module and not node.level
    )
    flavours = _flavours([*names.values(), *stars], uses)
    trusted = {name: dotted for name, dotted in names.items() if name not in unstable}
    return ImportTable(trusted, frozenset(bound), flavours, stars)


def keras_flavour(table: ImportTable) -> str:
    """The dotted root of the Keras that the module builds models with.

    ``tensorflow.keras``, ``keras``, ``tf_keras``, ``tensorflow.compat.v2.keras`` and the like;
    ``tensorflow.keras`` where the module says nothing.
    """
    return table.flavours[0] if table.flavours else DEFAULT_FLAVOUR


def reference(
    table: ImportTable, dotted_candidates: Sequence[str], shadowed: Collection[str] = ()
) -> Reference:
    """How the module would write one of the equivalent names ``dotted_candidates``.

    A candidate that starts with ``keras.`` means the module's own Keras, never that of another
    package; one that starts with ``tensorflow`` means any alias of TensorFlow 2. The shortest
    way through existing names wins, then the earlier candidate. ``shadowed`` holds local names
    that mean something else where the reference will stand.

    Raises:
        ValueError: there is no candidate.
    """
    if not dotted_candidates:
        raise ValueError("reference() needs at least one name")
    flavour = keras_flavour(table)
    targets = [
        flavour + name.removeprefix("keras") if re.match(r"keras(?:\.|$)", name) else name
        for name in dotted_candidates
    ]
    found = [
        expression
        for target in targets
        for name, dotted in table.names.items()
        if name not in shadowed and (expression := _through(name, dotted, target)) is not None
    ]
    for target in targets:
        module, _, name = target.rpartition(".")
        # A star brings in classes for sure; other names may be left out of its __all__.
        if module in table.stars and name[:1].isupper() and name not in {*table.bound, *shadowed}:
            found.append(name)
    if found:
        return Reference(min(found, key=lambda expression: expression.count(".")))
    return _with_import(targets[0], flavour, table.bound | set(shadowed))


def _through(name: str, dotted: str, target: str) -> str | None:
    """``target`` written through the local ``name``, or None where that does not lead there."""
    known = as_written(dotted)
    if keras_path(target) is None:
        # tensorflow.compat.v2 is TensorFlow 2 by another name; v1 is not.
        known = re.sub(r"^tensorflow\.compat\.v2(?=\.|$)", "tensorflow", known)
    if target == known:
        return name
    return name + target.removeprefix(known) if target.startswith(f"{known}.") else None


def _with_import(target: str, flavour: str, bound: Collection[str]) -> Reference:
    # A shorter root such as `import tensorflow` would do as well, but reads worse.
    root = flavour if keras_path(target) is not None else target.partition(".")[0]
    package, _, last = root.rpartition(".")
    usual = "keras" if root == "tf_keras" else _USUAL_ALIAS.get(root, last)
    for alias in _aliases(usual):
        if alias not in bound:
            break
    statement = f"from {package} import {last}" if package else f"import {last}"
    if alias != last:
        statement += f" as {alias}"
    return Reference(alias + target.removeprefix(root), statement)


def _aliases(usual: str) -> Iterator[str]:
    yield usual
    yield {"keras": "tfk", "tf": "tensorflow"}.get(usual, f"{usual}_module")
    yield from (f"{usual}_{number}" for number in itertools.count(2))


def _bindings(
    statements: Sequence[ast.stmt], known: Mapping[str, list[str | None]]
) -> Iterator[tuple[str, str | None]]:
    """The names that module-level statements bind, in order, None for what is not external."""
    for node in statements:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _imported(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            trusted = {name: every[0] for name, every in known.items() if every[0] is not None}
            value = _dotted(node.value, trusted)
            for target in node.targets:
                for name in _stored(target):
                    yield name, value if isinstance(target, ast.Name) else None
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, None
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            headers = [child for child in children(node) if _is_header(child)]
            for header in headers:
                yield from ((name, None) for name in _stored(header))
            for block in ("body", "orelse", "finalbody"):
                yield from _bindings(getattr(node, block, []), known)
                if block == "body":
                    for handler in getattr(node, "handlers", []):
                        yield from _bindings(handler.body, known)
        else:
            yield from ((name, None) for name in _stored(node))


def _is_header(node: ast.AST) -> bool:
    return isinstance(node, ast.expr | ast.withitem)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str | None]]:
    for alias in node.names:
        if isinstance(node, ast.Import):
            top = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (top, top)
        elif alias.name != "*":
            dotted = None if node.level or not node.module else f"{node.module}.{alias.name}"
            yield alias.asname or alias.name, dotted


def _stored(node: ast.AST) -> Iterator[str]:
    for child in walk(node):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store | ast.Del):
            yield child.id


def _bound_by(node: ast.AST) -> Iterator[str]:
    """The names that one node binds in whatever scope it stands."""
    if isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (name for name, _ in _imported(node))
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name


def _dotted(node: ast.expr, names: Mapping[str, str]) -> str | None:
    """The external name that an attribute chain stands for."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in names:
        return None
    return ".".join([names[node.id], *reversed(attributes)])


def _same(one: str, other: str | None) -> bool:
    if other is None or one == other:
        return one == other
    path = keras_path(one)
    return path is not None and path == keras_path(other)


def _flavours(imported: Sequence[str], uses: Mapping[str, int]) -> tuple[str, ...]:
    """The Keras roots that the module can reach, the most used for models first."""
    scores: Counter[str] = Counter(uses)
    for dotted in imported:
        path = keras_path(dotted)
        if path is None:
            if (match := _TENSORFLOW.match(dotted)) and dotted == match.group():
                scores[f"{dotted}.keras"] += 0
        else:
            part = path.partition(".")[0]
            scores[written_root(dotted)] += 1 if part in _MODEL_PARTS else 0
    # Where nothing else decides, an import of Keras itself outweighs one of TensorFlow.
    roots = [written_root(dotted) for dotted in imported if keras_path(dotted) is not None]
    order = [*roots, *scores]
    return tuple(sorted(scores, key=lambda root: (-scores[root], order.index(root))))
