"""Which objects of Keras expressions hold: tensors, layers, models, optimizers and so on.

Only what is sure is said. What the interpretation has seen (``symbolic``) counts as a tensor too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from transforms.knowledge import keras_names
from transforms.knowledge.keras_names import keras_path, last_part
from transforms.port.scopes import Binding, FunctionNode, NameScope, Scoped, dotted_name
from transforms.syntax.nodes import walk

MANY = "many "
"""Prefix of the kind of what holds several: ``many layer`` is a list of layers."""

_ATTRIBUTES = {
    ("model", "optimizer"): "optimizer",
    ("model", "layers"): "many layer",
    ("model", "outputs"): "many tensor",
    ("model", "inputs"): "many tensor",
    ("model", "history"): "history",
    ("tensor", "shape"): "shape",
    ("tensor", "dtype"): "dtype",
    ("weight", "dtype"): "dtype",
    ("history", "history"): "history dict",
    ("callback", "model"): "model",
    **{(owner, name): "tensor" for owner in ("model", "layer") for name in ("output", "input")},
    **{
        (owner, name): "many weight"
        for owner in ("model", "layer")
        for name in (
            "weights trainable_weights non_trainable_weights variables trainable_variables"
            " non_trainable_variables"
        ).split()
    },
    **{
        ("layer", name): "weight"
        for name in "kernel bias embeddings gamma beta moving_mean moving_variance".split()
    },
}
_ROLES = (
    ("callbacks.", "callback"),
    ("metrics.", "metric"),
    ("losses.", "loss"),
    ("optimizers.schedules.", "schedule"),
    ("optimizers.", "optimizer"),
)
_SAME_ITEMS = frozenset({"list", "reversed", "sorted", "tuple"})
"""Functions whose results hold the items of what they are given."""
_DEPTH = 24
"""Names that lead to names: what is longer is not followed."""


def class_kind(dotted: str) -> str | None:
    """The kind of the instances of an external class or of what a function of Keras gives."""
    if keras_names.makes_model(dotted):
        return "sequential" if last_part(dotted) == "Sequential" else "model"
    if keras_names.is_input(dotted):
        return "tensor"
    if keras_names.is_layer_class(dotted):
        return "layer"
    path = keras_path(dotted)
    if path in {"utils.Sequence", "utils.PyDataset"}:
        return "sequence"
    if path is None or not last_part(dotted)[:1].isupper():
        return None
    return next((kind for prefix, kind in _ROLES if path.startswith(prefix)), None)


@dataclass(frozen=True)
class Kinds:
    """The kinds of the expressions of one module."""

    scoped: Scoped
    symbolic: Callable[[ast.AST], bool]
    calls: dict[str, list[ast.Call]]
    known: dict[ast.AST, str | None] = field(default_factory=dict)

    def of(self, node: ast.AST, depth: int = 0) -> str | None:
        """The kind of ``node``, None where it is not sure."""
        if node in self.known:
            return self.known[node]
        # What leads back here is not known.
        self.known[node] = None
        kind = self._infer(node, depth + 1) if depth < _DEPTH else None
        if kind is None and isinstance(node, ast.expr) and self.symbolic(node):
            kind = "tensor"
        self.known[node] = kind
        return kind

    def _infer(self, node: ast.AST, depth: int) -> str | None:
        if isinstance(node, ast.Name):
            return self._name(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, depth)
        if isinstance(node, ast.Subscript):
            return self._item(node, depth)
        if isinstance(node, ast.IfExp):
            return agreed([self.of(node.body, depth), self.of(node.orelse, depth)])
        if isinstance(node, ast.BinOp):
            sides = [self.of(side, depth) for side in (node.left, node.right)]
            return "tensor" if "tensor" in sides else None
        if isinstance(node, ast.List | ast.Tuple):
            kind = agreed([self.of(item, depth) for item in node.elts])
            return None if kind is None or kind.startswith(MANY) else MANY + kind
        return None

    def _name(self, node: ast.Name, depth: int) -> str | None:
        scope = self.scoped.of_node.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        if found is None:
            return None
        where, bindings = found
        return agreed([self._bound(where, binding, depth) for binding in bindings])

    def _bound(self, scope: NameScope, binding: Binding, depth: int) -> str | None:
        if binding.how == "value" and binding.node is not None:
            return self.of(binding.node, depth)
        if binding.how == "item" and binding.node is not None:
            return _one_of(self.of(binding.node, depth))
        if binding.how == "part" and isinstance(binding.node, ast.Call):
            return agreed([self.of(part, depth) for part in self.parts(binding, depth)])
        if binding.how == "parameter":
            return self._parameter(scope, binding, depth)
        return None

    def parts(self, binding: Binding, depth: int = 0) -> list[ast.expr]:
        """What a function of the module may give at the place of a tuple that ``binding`` takes."""
        call = binding.node
        function = self.function_of(call, depth) if isinstance(call, ast.Call) else None
        given = [] if function is None else self.returned(function)
        # What is no tuple where it stands is given to other calls, or not known.
        tuples = [item for item in given if isinstance(item, ast.Tuple)]
        fits = all(len(item.elts) > binding.place for item in tuples)
        return [item.elts[binding.place] for item in tuples] if fits else []

    def function_of(self, call: ast.Call, depth: int = 0) -> ast.FunctionDef | None:
        """The function or method of the module that is called."""
        defined = self.definition(call.func)
        if isinstance(defined, ast.FunctionDef):
            return defined
        if not isinstance(call.func, ast.Attribute) or depth > _DEPTH:
            return None
        made = self.class_of(call.func.value, depth)
        return None if made is None else self.defined_in(made, call.func.attr, depth)

    def returned(self, function: FunctionNode) -> list[ast.expr | None]:
        """What the function itself returns."""
        return [
            item.value
            for item in walk(function)
            if isinstance(item, ast.Return)
            and self.scoped.of_node.get(item) is self.scoped.of_definition.get(function)
        ]

    def _parameter(self, scope: NameScope, binding: Binding, depth: int) -> str | None:
        function = scope.node
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        parameters = [*function.args.posonlyargs, *function.args.args]
        owner = scope.parent.node if scope.parent is not None else None
        if isinstance(owner, ast.ClassDef):
            return self.role(owner, depth) if parameters[:1] == [binding.node] else None
        calls = self.calls.get(function.name, [])
        given = [_argument(call, parameters, binding.node) for call in calls]
        return agreed([None if item is None else self.of(item, depth) for item in given])

    def role(self, node: ast.ClassDef, depth: int = 0) -> str | None:
        """What the instances of a class of the module are."""
        for base in node.bases:
            dotted = dotted_name(self.scoped, base)
            if dotted is not None:
                kind = class_kind(dotted)
            else:
                defined = self.definition(base) if depth < _DEPTH else None
                kind = self.role(defined, depth + 1) if isinstance(defined, ast.ClassDef) else None
            if kind is not None:
                return kind
        return None

    def definition(self, node: ast.AST) -> ast.AST | None:
        """The function or class of the module that a name stands for."""
        if not isinstance(node, ast.Name):
            return None
        scope = self.scoped.of_node.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        if found is None or len(found[1]) != 1 or found[1][0].how != "definition":
            return None
        return found[1][0].node

    def _call(self, node: ast.Call, depth: int) -> str | None:
        dotted = dotted_name(self.scoped, node.func)
        if isinstance(node.func, ast.Name) and node.func.id in _SAME_ITEMS and node.args:
            kind = self.of(node.args[0], depth)
            return kind if kind is not None and kind.startswith(MANY) else None
        if dotted is not None:
            if keras_names.is_functional_layer(dotted):
                return "tensor"
            return class_kind(dotted)
        defined = self.definition(node.func)
        if isinstance(defined, ast.ClassDef):
            return self.role(defined)
        if isinstance(defined, ast.FunctionDef):
            return self._returned(defined, depth)
        if isinstance(node.func, ast.Attribute):
            kind = self._method(node.func, depth)
            if kind is not None:
                return kind
            made = self.class_of(node.func.value, depth)
            own = None if made is None else self.defined_in(made, node.func.attr, depth)
            if own is not None:
                return self._returned(own, depth)
        if self.of(node.func, depth) in {"layer", "model", "sequential"}:
            given = [*node.args, *(word.value for word in node.keywords)]
            return "tensor" if any(self._is_tensor(item, depth) for item in given) else None
        return None

    def _is_tensor(self, node: ast.AST, depth: int) -> bool:
        return (self.of(node, depth) or "").removeprefix(MANY) == "tensor"

    def _method(self, function: ast.Attribute, depth: int) -> str | None:
        owner = as_model(self.of(function.value, depth))
        if owner == "model" and function.attr == "get_layer":
            return "layer"
        if owner == "model" and function.attr in {"fit", "fit_generator"}:
            return "history"
        if owner == "tensor" and function.attr == "get_shape":
            return "shape"
        return None

    def _returned(self, function: FunctionNode, depth: int) -> str | None:
        given = self.returned(function)
        return agreed([None if item is None else self.of(item, depth) for item in given])

    def _attribute(self, node: ast.Attribute, depth: int) -> str | None:
        owner = self.of(node.value, depth)
        # Whatever has an optimizer is a model, or holds one in its place.
        if node.attr == "optimizer":
            return "optimizer"
        # So has what has layers, where no class of the module calls its own so.
        if node.attr == "layers" and owner is None and not self._is_set("layers"):
            return MANY + "layer" if not self._is_module(node.value) else None
        known = _ATTRIBUTES.get((as_model(owner) or "", node.attr))
        made = None if known is not None else self.class_of(node.value, depth)
        if made is None:
            return known
        values = self.assigned(made, node.attr, depth)
        return agreed([self.of(value, depth) for value in values])

    def _is_set(self, name: str) -> bool:
        """Whether any class of the module has an attribute of its own that is called so."""
        return any(
            isinstance(item, ast.Attribute)
            and item.attr == name
            and isinstance(item.ctx, ast.Store)
            for item in self.scoped.of_node
        )

    def _is_module(self, node: ast.AST) -> bool:
        return dotted_name(self.scoped, node) is not None

    def is_self(self, node: ast.AST) -> bool:
        """Whether ``node`` is what a method is called on, its first parameter."""
        scope = self.scoped.of_node.get(node)
        if not isinstance(node, ast.Name) or scope is None:
            return False
        found = scope.lookup(node.id)
        if found is None:
            return False
        where, bindings = found
        method = where.node
        of_class = where.parent is not None and isinstance(where.parent.node, ast.ClassDef)
        if not of_class or not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
            return False
        first = [*method.args.posonlyargs, *method.args.args][:1]
        return [binding.node for binding in bindings] == first

    def class_of(self, node: ast.AST, depth: int) -> ast.ClassDef | None:
        """The class of the module that ``node`` surely is an instance of."""
        scope = self.scoped.of_node.get(node)
        if self.is_self(node):
            while scope is not None and not isinstance(scope.node, ast.ClassDef):
                scope = scope.parent
            return (
                scope.node if scope is not None and isinstance(scope.node, ast.ClassDef) else None
            )
        made: list[ast.AST | None] = [node]
        if isinstance(node, ast.Name):
            found = scope.lookup(node.id) if scope is not None else None
            bindings = [] if found is None else found[1]
            made = [one.node if one.how == "value" else None for one in bindings]
        elif isinstance(node, ast.Attribute) and depth < _DEPTH:
            owner = self.class_of(node.value, depth + 1)
            made = [] if owner is None else [*self.assigned(owner, node.attr, depth + 1)]
        classes = {self.definition(one.func) if isinstance(one, ast.Call) else None for one in made}
        one = classes.pop() if len(classes) == 1 else None
        return one if isinstance(one, ast.ClassDef) else None

    def defined_in(self, owner: ast.ClassDef, name: str, depth: int) -> ast.FunctionDef | None:
        """The method ``name`` of a class or of one that it derives from."""
        own = [
            item for item in owner.body if isinstance(item, ast.FunctionDef) and item.name == name
        ]
        if own:
            return None if own[-1].decorator_list else own[-1]
        for base in owner.bases if depth < _DEPTH else ():
            defined = self.definition(base)
            if isinstance(defined, ast.ClassDef):
                return self.defined_in(defined, name, depth + 1)
        return None

    def assigned(self, owner: ast.ClassDef, name: str, depth: int) -> list[ast.expr]:
        """What the methods of a class, and of those it derives from, assign to ``self.name``."""
        assigned = [
            item.value
            for item in walk(owner)
            if isinstance(item, ast.Assign)
            for target in item.targets
            if isinstance(target, ast.Attribute)
            and target.attr == name
            and self.is_self(target.value)
        ]
        for base in owner.bases if depth < _DEPTH else ():
            defined = self.definition(base)
            if isinstance(defined, ast.ClassDef):
                assigned += self.assigned(defined, name, depth + 1)
        return assigned

    def _item(self, node: ast.Subscript, depth: int) -> str | None:
        owner = self.of(node.value, depth)
        if owner is None:
            return None
        if owner.startswith(MANY):
            return owner if isinstance(node.slice, ast.Slice) else _one_of(owner)
        if owner == "shape":
            return "shape" if isinstance(node.slice, ast.Slice) else "size"
        return "tensor" if owner == "tensor" else None


def as_model(kind: str | None) -> str | None:
    """``kind``, where a Sequential counts as any model."""
    return "model" if kind == "sequential" else kind


def agreed(kinds: Iterable[str | None]) -> str | None:
    """The one kind of all ``kinds``, None where they differ or there is none."""
    different = set(kinds)
    return different.pop() if len(different) == 1 else None


def _one_of(kind: str | None) -> str | None:
    return kind.removeprefix(MANY) if kind is not None and kind.startswith(MANY) else None


def _argument(
    call: ast.Call, parameters: Sequence[ast.arg], wanted: ast.AST | None
) -> ast.expr | None:
    for index, parameter in enumerate(parameters):
        if parameter is wanted:
            named = [item.value for item in call.keywords if item.arg == parameter.arg]
            plain = not any(isinstance(item, ast.Starred) for item in call.args)
            if named:
                return named[0]
            return call.args[index] if plain and index < len(call.args) else None
    return None


def kinds_of(
    calls: Iterable[ast.Call], scoped: Scoped, symbolic: Callable[[ast.AST], bool]
) -> Kinds:
    """The kinds of the expressions of a module; ``calls`` are all that stand in it."""
    by_name: dict[str, list[ast.Call]] = {}
    for node in calls:
        if isinstance(node.func, ast.Name):
            by_name.setdefault(node.func.id, []).append(node)
    return Kinds(scoped, symbolic, by_name)
