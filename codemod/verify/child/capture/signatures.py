"""What calls of functions and classes have to give, and values for it."""

from __future__ import annotations

import ast
import inspect
import os
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Set

from ..limits import PASSED_ON
from .annotated import Annotated
from .class_uses import uses_of_attributes
from .declared import (
    defined_in,
    functions_of,
    is_needed,
    parameter_of,
    parameters_of,
    returned_function,
    with_defaults,
)
from .detection_heads import of_detection_heads
from .made_up import (
    MOST_SETS,
    NUMBERS,
    argument_sets,
    by_name,
    calls_in_sight,
    key_tables,
    values_for,
    variations,
)
from .made_up_settings import Texts, is_made_up_settings
from .parameter_paths import looked_up
from .parameters import Known, Use, uses
from .pytest_arguments import rows_of_test
from .reach import Definition, Definitions, mentioned_names
from .settings_in_sight import SettingsInSight
from .symbolic_arguments import (
    MOST_SHAPES,
    SMALL_MODEL,
    annotation_of,
    beside_tensors,
    is_symbolic,
    symbolic_values,
    whole_models,
)
from .unset_attributes import unset_attributes

_STARRED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True)
class Signature:
    """What a call of a function or of a class has to give."""

    required: Mapping[str, Texts]
    defaults: Mapping[str, Any]
    used: Mapping[str, Use]
    objects: Mapping[str, Texts]
    seen: Sequence[Dict[str, str]]
    tensors: Mapping[str, Texts] = field(default_factory=dict)
    shapes: Mapping[str, Texts] = field(default_factory=dict)
    left_out: Mapping[str, Texts] = field(default_factory=dict)
    takes_more: bool = False

    @property
    def optional(self) -> Dict[str, str]:
        """Values for what is nothing where it is left out."""
        return {name: values[0] for name, values in self.left_out.items() if values}

    @property
    def numbers(self) -> Dict[str, str]:
        """Larger values for numbers that are one or none where they are not given."""
        return {
            name: NUMBERS[0]
            for name, value in self.defaults.items()
            if type(value) is int and value in (0, 1)
        }

    @property
    def whole(self) -> Dict[str, str]:
        """All parts of a model, and the classes that its last one tells apart.

        ``include_top`` needs ``classes``, and a model without its top often a kind of pooling.
        """
        parts = {name: "True" for name, values in self.required.items() if values == ["False"]}
        classes = {
            name: by_name(name)[0]
            for name, default in self.defaults.items()
            if default is None and "class" in name and by_name(name)
        }
        needed = {name: values[0] for name, values in self.required.items()}
        return {**needed, **parts, **classes} if parts else {}

    def sets(self) -> Iterator[Dict[str, str]]:
        """Arguments to try."""
        takes = any(is_symbolic(values[0]) for values in self.required.values())
        return argument_sets(self.required, self.seen, MOST_SHAPES if takes else MOST_SETS)

    def others(self, given: Mapping[str, str]) -> Iterator[Dict[str, str]]:
        """Arguments that take another way."""
        return variations(given, self.defaults, self.used, self.objects)


class Signatures:
    """The signatures of what the module at ``path`` defines; its names are ``names``.

    Values are looked for in the sources of ``definitions``, and in those ``around`` them.
    """

    def __init__(
        self,
        names: Dict[str, Any],
        path: str,
        definitions: Definitions,
        around: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._names = names
        self._definitions = definitions
        self.trees = {**definitions.trees, **around}
        self._tree = definitions.trees.get(path)
        own = {
            item.owner if item.name == "__init__" else item.name: item.node
            for item in definitions.all
        }
        functions = {**functions_of(around.values()), **own}
        tables = key_tables(definitions.trees.get(path, ast.Module([], [])))
        self._known = Known(tables, functions)
        self._annotated = Annotated(names, self.trees)
        folders = dict.fromkeys([os.getcwd(), os.path.dirname(path)])
        self._behind = defined_in(self.trees.values())
        self._settings = SettingsInSight(self.trees, [*folders])

    def making(self, item: Definition, takes: bool = False) -> Signature:
        """How the class of a method is made; from symbolic tensors where it ``takes`` them."""
        cls = self._names[item.owner]
        owners = [one.__name__ for one in cls.__mro__]
        methods = [one for one in self._definitions.all if one.owner in owners]
        found = [one for one in methods if one.name == "__init__"]
        found.sort(key=lambda one: owners.index(one.owner))
        init = found[0].node if found else None
        kept = uses_of_attributes(init, [one.node for one in methods], self._known) if found else {}
        return self._made(cls, init, item.owner, takes, kept)

    def unset(self, item: Definition) -> Dict[str, str]:
        """Values for attributes that a method reads, and that nothing in sight sets."""
        cls = self._names[item.owner]
        owners = {one.__name__ for one in cls.__mro__}
        methods = [one.node for one in self._definitions.all if one.owner in owners]
        found = unset_attributes(cls, item.node, methods, self._known)
        return {
            name: values_for(name.strip("_"), use, set(item.mentioned), self._settings.fitting)[0]
            for name, use in found.items()
        }

    def alike(self, item: Definition, signature: Signature) -> List[str]:
        """The parameters of a method that have the attributes of its own class: ``other.mean``."""
        own = self._annotated.attributes_of(item.owner)
        read = {name: signature.used.get(name, Use()).paths for name in signature.required}
        return [
            name
            for name, paths in read.items()
            if not signature.required[name][0].startswith(SMALL_MODEL)
            and paths
            and all(path[0].startswith(".") and path[0][1:] in own for path in paths)
        ]

    def is_on_class(self, item: Definition) -> bool:
        """Whether a method needs no object: ``Net.build()``, also where no decorator says so."""
        if item.name in ("__init__", "__new__"):
            return False
        static = inspect.getattr_static(self._names[item.owner], item.name)
        if isinstance(static, (staticmethod, classmethod)):
            return True
        if not inspect.isfunction(static):
            return False
        arguments = item.node.args
        required = len(arguments.args) - len(arguments.defaults)
        return required == 0 and not arguments.vararg

    def returned(self, item: Definition) -> Optional[Signature]:
        """What the function that ``item`` makes and returns has to be given, as tensors."""
        inner = returned_function(item.node)
        if inner is None:
            return None
        parameters = [parameter_of(*one) for one in with_defaults(inner.args)]
        made = self._made_of(parameters, inner, "", True, {}, len(parameters) == 1)
        is_taking = any(is_symbolic(values[0]) for values in made.required.values())
        return made if is_taking else None

    def has_layers_of_parameters(self, item: Definition) -> bool:
        """Whether layers are made in ``item``, or behind it, and called on what it is given."""
        return any("layered" in use.kinds for use in uses(item.node, self._known).values())

    def mentioned_behind(self, item: Definition) -> Set[str]:
        """The names that ``item`` or its class mentions, and what they stand for in any module."""
        alike = [one for one in self._definitions.all if item.owner and one.owner == item.owner]
        found = {word for one in [item, *alike] for word in one.mentioned}
        new = set(found)
        for _ in range(2 * PASSED_ON):
            behind = [node for name in sorted(new) for node in self._behind.get(name, ())]
            new = {word for node in behind for word in mentioned_names(node)} - found
            found |= new
        return found

    def inputs_of(self, item: Definition) -> Texts:
        """Symbolic tensors, of the ranks of the layers that are made in or behind ``item``."""
        return symbolic_values("x", Use(kinds={"tensor"}), None, self.mentioned_behind(item))

    def of(self, item: Definition, takes: bool = False) -> Signature:
        holder = self._names[item.owner] if item.owner else None
        value = (
            self._names[item.name] if holder is None else inspect.getattr_static(holder, item.name)
        )
        return self._made(value, item.node, item.name, takes)

    def _made(
        self,
        value: Any,
        node: Any,
        name: str,
        takes: bool,
        kept: Mapping[str, Use] = MappingProxyType({}),
    ) -> Signature:
        return self._made_of(parameters_of(value, node), node, name, takes, kept)

    def _made_of(
        self,
        parameters: List[inspect.Parameter],
        node: Any,
        name: str,
        takes: bool,
        kept: Mapping[str, Use],
        surely: bool = False,
    ) -> Signature:
        named = [item.name for item in parameters if item.kind not in _STARRED]
        defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        used = {} if node is None else uses(node, self._known)
        for word, use in kept.items():
            used[word].add(use)
        seen = calls_in_sight(name, named, self.trees)
        seen = [*rows_of_test(node, self._tree), *seen]
        mentioned = set(frozenset().union(*(one.mentioned for one in self._definitions.all)))
        if node is not None:
            own = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
            own |= {item.attr for item in ast.walk(node) if isinstance(item, ast.Attribute)}
            mentioned = own if any(word[:1].isupper() for word in own) else mentioned
        keys = frozenset() if node is None else looked_up(node)
        required = {
            item.name: self._annotated.values(
                item.annotation,
                item.name,
                self._fallback(item.name, used.get(item.name, Use()), mentioned),
                keys,
            )
            for item in parameters
            if item.kind not in _STARRED
            and (item.default is item.empty or is_needed(item, used.get(item.name, Use())))
        }
        for item in parameters:
            use = used.get(item.name, Use())
            of_models = whole_models(item.name, use, annotation_of(node, item.name), mentioned)
            if of_models and item.name in required:
                required[item.name] = of_models
        open_tensors = self._open_tensors(parameters, used, node, mentioned) if takes else {}
        if takes:
            tensors = {
                word: symbolic_values(
                    word, used.get(word, Use()), annotation_of(node, word), mentioned, surely
                )
                for word in required
            }
            if any(tensors.values()):
                plain = {word: beside_tensors(values) for word, values in required.items()}
                required = {word: tensors[word] or plain[word] for word in required}
                seen = []
            heads = of_detection_heads(required)
            if heads:
                required, seen = heads, []
        objects = {
            item.name: self._annotated.objects(item.annotation, keys)
            or _other_settings(required.get(item.name, []), used.get(item.name, Use()))
            for item in parameters
            if item.name in required or item.default is None
        }
        asked = {name: used[name] for name in named if name in used}
        shapes = {
            item.name: _closed(item.default) or values_for(item.name, Use(), mentioned)[:MOST_SETS]
            for item in parameters
            if item.name.endswith("shape") and (item.default is None or _closed(item.default))
        }
        left_out = {
            item.name: self._fallback(item.name, used[item.name], mentioned)
            for item in parameters
            if item.default is None and item.name not in required
            if used.get(item.name, Use()) != Use()
        }
        takes_more = any(item.kind is item.VAR_KEYWORD for item in parameters)
        return Signature(
            *(required, defaults, asked, objects, seen, open_tensors, shapes, left_out, takes_more)
        )

    def _open_tensors(
        self,
        parameters: Sequence[inspect.Parameter],
        used: Mapping[str, Use],
        node: Any,
        mentioned: Set[str],
    ) -> Dict[str, Texts]:
        """Inputs for tensors that may be given, and are nothing where they are not."""
        found = {
            item.name: symbolic_values(
                item.name, used.get(item.name, Use()), annotation_of(node, item.name), mentioned
            )
            for item in parameters
            if item.default is None
        }
        return {name: values for name, values in found.items() if values}

    def _fallback(self, name: str, use: Use, mentioned: Set[str]) -> Texts:
        read = frozenset(path[0].lstrip(".") for path in use.paths if path[0].startswith("."))
        return [
            *self._annotated.settings(read),
            *values_for(name, use, mentioned, self._settings.fitting),
        ]


def _closed(shape: Any) -> Texts:
    """The shapes that an open one may be: ``(None, None, 3)``."""
    if not isinstance(shape, tuple) or None not in shape:
        return []
    return [repr(tuple(size if one is None else one for one in shape)) for size in (64, 224)]


def _other_settings(values: Texts, use: Use) -> Texts:
    """Dictionaries and objects that take another way than the first of ``values``."""
    return values[1:] if use.paths and values and is_made_up_settings(values[0]) else []
