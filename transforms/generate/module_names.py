"""What a module binds, and how its code writes the names that generated code needs."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from transforms.generate.body_builder import LayerBody, ModuleNames
from transforms.generate.changed_later import changes_in_place
from transforms.generate.changed_lists import changed_lists
from transforms.generate.effects import Effects
from transforms.generate.layer_source import LISTED, Spelling
from transforms.interpret.imports import ImportTable, keras_flavour, reference
from transforms.interpret.scopes import Module
from transforms.syntax.cells import MAGIC
from transforms.syntax.limits import LINE_LENGTH
from transforms.syntax.naming import snake_case
from transforms.syntax.nodes import children, walk
from transforms.syntax.source_text import SourceText

# The name of a file may hold quotes, line ends, and bytes that no encoding has a character for.
# The dots of `tf.keras.layers.Dense`: a way through `keras` or `layers` is short.
LONG_PATH = 3
# The class of all layers is imported for those that the module makes itself.
BASE_LAYER = "Layer"
UNUSUAL = re.compile(r"[^\w. -]", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The names of a module, and the style of its code.

    ``names`` are those that generated classes can reach, ``identifiers`` every word that the
    module uses as a name, ``layer_names`` every name that one of its layers may have.
    """

    table: ImportTable
    names: ModuleNames
    identifiers: frozenset[str]
    layer_names: frozenset[str]
    indent: str
    quote: str
    line_length: int

    def refer(self, *dotted: str) -> tuple[str, str | None]:
        """How the module writes the first of ``dotted`` that it reaches, and the import for it."""
        written = reference(self.table, dotted)
        return written.expression, written.needed_import

    def inside(self, hidden: frozenset[str]) -> Vocabulary:
        """The vocabulary where the names ``hidden`` mean something else than at module level."""
        if hidden.isdisjoint(self.table.names):
            return self
        reached = {name: what for name, what in self.table.names.items() if name not in hidden}
        table = replace(self.table, names=reached, bound=self.table.bound | hidden)
        return replace(self, table=table, names=replace(self.names, refer=partial(_refer, table)))

    def before(self, later: frozenset[str]) -> Vocabulary:
        """The vocabulary where the names ``later`` are not bound yet.

        What binds them later may bind them now: imports of whole packages have their usual names.
        """
        reached = {name: what for name, what in self.table.names.items() if name not in later}
        if len(reached) == len(self.table.names):
            return self
        roots = {"tensorflow", "numpy", keras_flavour(self.table)}
        free = {name for name in later if self.table.names.get(name) in roots}
        table = replace(self.table, names=reached, bound=self.table.bound - free)
        return replace(self, table=table, names=replace(self.names, refer=partial(_refer, table)))

    def keras(self, path: str) -> tuple[str, str | None]:
        """How the module writes a name below the root of its own Keras."""
        return self.refer(f"{keras_flavour(self.table)}.{path}")

    def keras_layer(self, name: str) -> tuple[str, str | None]:
        """How the module writes a layer of its Keras.

        Where it imports layers one by one, and the way through another name is long, it gets an
        import of its own, as the others have.
        """
        written, needed = self.keras(f"layers.{name}")
        package = f"{keras_flavour(self.table)}.layers"
        beside = [
            dotted
            for dotted in self.table.names.values()
            if is_class_in(dotted, package) and not dotted.endswith(f".{BASE_LAYER}")
        ]
        if written.count(".") < LONG_PATH or not beside or name in self.identifiers:
            return written, needed
        return name, f"from {package} import {name}"


def is_class_in(dotted: str, package: str) -> bool:
    """Whether the name stands for a class of ``package``."""
    module, _, last = dotted.rpartition(".")
    return module == package and last[:1].isupper()


def vocabulary_of(module: Module, text: SourceText, line_length: int = LINE_LENGTH) -> Vocabulary:
    """Read the vocabulary of ``module``."""
    table, names = names_of(module)
    return Vocabulary(
        table=table,
        names=names,
        identifiers=_identifiers(module),
        layer_names=_layer_names(module),
        indent=_indent(text),
        quote=quote_of(text),
        line_length=line_length,
    )


def names_of(module: Module) -> tuple[ImportTable, ModuleNames]:
    """What ``module`` imports, and the names that surely stand for one thing."""
    table = module.imports
    return table, _reachable(module, table, partial(_refer, table))


def _refer(table: ImportTable, key: str) -> tuple[str, str | None]:
    """How the module writes the function ``key`` of the catalogue, and the import for it."""
    root, _, rest = key.partition(".")
    dotted = f"tensorflow.{rest}" if root == "tf" else key
    if root == "K":
        dotted = f"{keras_flavour(table)}.backend.{rest}"
    written = reference(table, (dotted,))
    return written.expression, written.needed_import


def spelling_of(
    vocabulary: Vocabulary, package: str, body: LayerBody
) -> tuple[Spelling, list[str]]:
    """How the class for ``body`` is written in the module, and the imports that it needs."""
    forms = {item.form for item in body.captured}
    layer, layer_import = vocabulary.keras("layers.Layer")
    register, register_import = vocabulary.keras("utils.register_keras_serializable")
    needed = [layer_import, register_import]
    activations = array = constant = ""
    if "activation" in forms:
        activations, activations_import = vocabulary.keras("activations")
        needed.append(activations_import)
    if forms & LISTED:
        array, array_import = vocabulary.refer("numpy")
        needed.append(array_import)
    if "tensor" in forms:
        constant, constant_import = vocabulary.refer("tensorflow.constant")
        needed.append(constant_import)
    metric = ""
    if body.metrics:
        metric, metric_import = vocabulary.keras("metrics.Mean")
        needed.append(metric_import)
    spelling = Spelling(
        layer=layer,
        register=register,
        package=UNUSUAL.sub("_", package),
        array=array,
        constant=constant,
        metric=metric,
        activations=activations,
        indent=vocabulary.indent,
        quote=vocabulary.quote,
        line_length=vocabulary.line_length,
    )
    return spelling, [source for source in needed if source is not None]


def _reachable(
    module: Module, table: ImportTable, refer: Callable[[str], tuple[str, str | None]]
) -> ModuleNames:
    counts = _bindings(module)
    bound_once = {name for name, count in counts.items() if count == 1}
    bound_otherwise = _bound_otherwise(module)
    imported = {
        name
        for name in table.names
        if name in bound_once or (counts[name] >= 1 and name not in bound_otherwise)
    }
    functions = {
        node.name
        for node in module.tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in bound_once
    }
    return ModuleNames(
        imported=frozenset(imported),
        constants=frozenset(bound_once - functions),
        functions=frozenset(functions),
        lists=changed_lists(module),
        changes=changes_in_place(module),
        effects=Effects(module),
        refer=refer,
        paths={name: table.names[name] for name in imported},
    )


_WORDS = {
    kind: names
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
    if kind not in {ast.Name, ast.Attribute}
    if (names := {"name", "asname", "arg"}.intersection(kind._fields))
}


def _identifiers(module: Module) -> frozenset[str]:
    """Every word that stands somewhere as a name, so that a new class is called otherwise."""
    words = {
        getattr(node, name)
        for kind, names in _WORDS.items()
        for node in module.all_of(kind)
        for name in names
    }
    named = frozenset(word for word in words if isinstance(word, str))
    return named | module.names_read | module.names_bound | module.attributes


def _bindings(module: Module) -> Counter[str]:
    """How often each module-level name is bound; a place that may run again counts twice."""
    counts: Counter[str] = Counter()
    for statement in module.tree.body:
        _count(statement, counts, in_loop=False)
    for declaration in module.all_of(ast.Global):
        counts.update(dict.fromkeys(declaration.names, 2))
    return counts


def _count(statement: ast.stmt, counts: Counter[str], in_loop: bool) -> None:
    weight = 2 if in_loop else 1
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        counts[statement.name] += weight
        return
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            counts[(alias.asname or alias.name).partition(".")[0]] += weight
        return
    loop = in_loop or isinstance(statement, (ast.For, ast.While, ast.AsyncFor))
    for child in children(statement):
        if isinstance(child, ast.stmt):
            _count(child, counts, loop)
        elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
            for inner in child.body:
                _count(inner, counts, loop)
        else:
            for node in walk(child):
                if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
                    counts[node.id] += 2 if loop else 1
    if isinstance(statement, ast.AugAssign):
        counts.update({node.id: 1 for node in [statement.target] if isinstance(node, ast.Name)})


def _bound_otherwise(module: Module) -> frozenset[str]:
    """The names that anything but an import binds (``try: import a as x except: x = None``)."""
    functions = {node.name for node in module.all_of(ast.FunctionDef)}
    return module.names_bound | functions | {node.name for node in module.all_of(ast.ClassDef)}


def _layer_names(module: Module) -> frozenset[str]:
    """The names that the module's own layers have or may get from Keras."""
    names = {node.value for node in module.all_of(ast.Constant) if isinstance(node.value, str)}
    # Code that calls a layer `L1_distance` does not make a class of it.
    classes = module.attributes | (module.names_read - module.names_bound)
    return frozenset(names.union(snake_case(name) for name in classes if name[:1].isupper()))


def _indent(text: SourceText) -> str:
    for line in text.lines:
        stripped = line.lstrip(" \t")
        indent = line[: len(line) - len(stripped)]
        # Notebooks begin with a few lines of Colab's, in its style.
        if stripped and indent and not stripped.startswith(("#", "pass", MAGIC)):
            return "\t" if indent.startswith("\t") else "  " if len(indent) == 2 else "    "
    return "    "


def quote_of(text: SourceText) -> str:
    """The quote that the file uses most."""
    joined = text.text
    if MAGIC in joined:
        joined = "\n".join(line for line in text.lines if MAGIC not in line)
    return "'" if joined.count("'") > joined.count('"') else '"'
