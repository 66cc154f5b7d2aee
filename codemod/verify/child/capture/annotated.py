"""Values that fit the annotation of a parameter, as texts; objects of plain classes among them."""

from __future__ import annotations

import ast
import collections.abc
import enum
import inspect
import textwrap
import types
import typing
from typing import Any, Dict, FrozenSet, Iterator, List, Mapping, Sequence, Set, Tuple

from .made_up import NUMBERS, by_name
from .made_up_settings import Texts
from .module_names import module_name

SIZES = ("(32, 32, 16)", "(32, 32)", "(32, 32, 3)")
"""Tuples of which nothing is known but that they are some: of volumes and pictures, as the inputs
of blocks are."""
FEW = 3
"""Fewer attributes may be those of any class."""
DEPTH = 3
"""How deep objects hold objects: what refers to its own class has no end."""
FOREIGN = frozenset(
    ["builtins", "collections", "typing", "numpy", "pandas", "tensorflow", "keras", "tf_keras"]
)
"""Packages whose classes are no records of settings."""
UNPLAIN = frozenset(["Layer", "Model", "Callback", "Loss", "Metric", "Module", "Optimizer"])
UNIONS = (typing.Union, getattr(types, "UnionType", typing.Union))


class Annotated:
    """Finds values for annotations in a module whose names are ``names``.

    ``trees`` are the sources in which classes are looked up.
    """

    def __init__(self, names: Mapping[str, Any], trees: Mapping[str, Any]) -> None:
        self._names = names
        self._classes: Dict[str, ast.ClassDef] = {}
        self._modules: Dict[str, str] = {}
        for path, tree in trees.items():
            for node in tree.body:
                if isinstance(node, ast.ClassDef):
                    self._classes[node.name] = node
                    self._modules[node.name] = path

    def values(
        self, hint: Any, name: str, fallback: Texts, keys: FrozenSet[str] = frozenset()
    ) -> Texts:
        """Values for a parameter called ``name``; ``fallback`` is what its name and use say."""
        hint = self._resolved(hint)
        made = self.objects(hint, keys)
        if made:
            return made
        plain = _alternatives(hint)[0]
        if plain in (int, float, str, bool):
            return [text for text in fallback if _is_a(text, plain)] or _of(plain, name)
        if typing.get_origin(plain) in _LISTS:
            return _lists(plain, name, fallback)
        if plain in (list, tuple, dict) or typing.get_origin(plain) is dict:
            return _bare(dict if typing.get_origin(plain) is dict else plain, name, fallback)
        return fallback

    def objects(self, hint: Any, keys: FrozenSet[str] = frozenset(), depth: int = 0) -> Texts:
        """Enumerations, literals, objects of plain classes, and lists and dictionaries of them.

        ``keys`` are those by which the code that takes them looks something up.
        """
        for one in _alternatives(self._resolved(hint)):
            origin, inner = typing.get_origin(one), typing.get_args(one)
            if origin is typing.Literal:
                return [repr(value) for value in inner]
            if inspect.isclass(one) and issubclass(one, enum.Enum):
                return ["%s.%s" % (self._name_of(one), member.name) for member in one]
            if _is_plain(one) and depth < DEPTH:
                return [self._made(one, 0, *way, depth) for way in self._ways(one)]
            if origin in _LISTS and inner:
                return ["[%s]" % ", ".join(some) for some in self._several(inner[0], keys, depth)]
            if origin in _DICTS and inner:
                return list(self._dictionaries(inner, keys, depth))
        return []

    def settings(self, read: FrozenSet[str]) -> Texts:
        """An object of the class in the sources that has all the attributes ``read``."""
        for name, node in self._classes.items():
            if len(read) < FEW or not read <= self._attributes(node) or self._needs_arguments(node):
                continue
            known = self._names.get(name)
            if inspect.isclass(known) and not _is_plain(known):
                continue
            text = name
            if known is None:
                module = module_name(self._modules[name], b"")
                text = "__import__('importlib').import_module(%r).%s" % (module, name)
            left = _left_open(node, read)
            if not left:
                return ["%s()" % text]
            given = ", ".join("%r: %s" % item for item in left.items())
            return ["type(%r, (%s,), {%s})()" % (name, text, given), "%s()" % text]
        return []

    def attributes_of(self, name: str) -> Set[str]:
        """What objects of the class ``name`` have, if the sources define it."""
        node = self._classes.get(name)
        return self._attributes(node) if node is not None else set()

    def _attributes(self, node: ast.ClassDef, depth: int = DEPTH) -> Set[str]:
        """What objects of a class have: set in its body or in its methods, or inherited."""
        found = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
        for item in ast.walk(node):
            if isinstance(getattr(item, "ctx", None), ast.Store):
                found.add(str(getattr(item, "attr", getattr(item, "id", ""))))
        for base in node.bases if depth else []:
            inherited = self._classes.get(getattr(base, "attr", getattr(base, "id", "")))
            found |= self._attributes(inherited, depth - 1) if inherited is not None else set()
        return found

    def _needs_arguments(self, node: ast.ClassDef, depth: int = DEPTH) -> bool:
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                return len(item.args.args) - len(item.args.defaults) > 1
        bases = [getattr(base, "attr", getattr(base, "id", "")) for base in node.bases]
        known = [self._classes[name] for name in bases if name in self._classes]
        return bool(depth and known) and self._needs_arguments(known[0], depth - 1)

    def _dictionaries(self, inner: Any, keys: FrozenSet[str], depth: int) -> Iterator[str]:
        named = self.objects(inner[0], keys, depth)[:1]
        values = list(self._several(inner[-1], keys, depth))
        for some in values or ([["{}"]] if named else []):
            # Another key of the same kind would take its place.
            names = named or ["'key_%d'" % number for number in range(len(some))]
            yield "{%s}" % ", ".join("%s: %s" % pair for pair in zip(names, some))

    def _several(self, hint: Any, keys: FrozenSet[str], depth: int) -> Iterator[List[str]]:
        """Items of a container whose items are ``hint``."""
        if _is_plain(self._resolved(hint)):
            yield from self._many(hint, keys, depth)
        elif depth < DEPTH:
            yield from ([text] for text in self.objects(hint, keys, depth + 1))

    def _many(self, hint: Any, keys: FrozenSet[str], depth: int) -> Iterator[List[str]]:
        """Objects that are told apart, in each way that their class knows."""
        cls = self._resolved(hint)
        if depth >= DEPTH:
            return
        ways = list(self._ways(cls))
        asked = [way for way in ways if keys & {ast.literal_eval(text) for text in way[1].values()}]
        together = [asked] if len(asked) > 1 else []
        for some in [*([way] for way in ways[:2]), *together, *([way] for way in ways[2:])]:
            # What is chosen stands beside what is not: a history needs the item it is compared to.
            both = [(some[0][0], {}), *some]
            yield [self._made(cls, number, *one, depth) for number, one in enumerate(both)]

    def _ways(self, cls: type) -> Iterator[Tuple[Dict[str, str], Dict[str, str]]]:
        """What an object may be given beside what it needs: nothing, numbers, a choice."""
        parameters = _parameters(cls)
        numbers = {
            item.name: by_name(item.name)[0]
            for item in parameters
            if type(item.default) is int and by_name(item.name)
        }
        yield {}, {}
        if numbers:
            yield numbers, {}
        for name, texts in self._choices(cls, [item.name for item in parameters]).items():
            default = next(item.default for item in parameters if item.name == name)
            for text in texts:
                if text != default:
                    yield numbers, {name: repr(text)}

    def _made(
        self, cls: type, number: int, numbers: Dict[str, str], chosen: Dict[str, str], depth: int
    ) -> str:
        choices = self._choices(cls, [item.name for item in _parameters(cls)])
        given = {}
        for item in _parameters(cls):
            if item.default is not item.empty:
                continue
            inner = self.objects(item.annotation, depth=depth + 1) if depth + 1 < DEPTH else []
            texts = [repr(text) for text in choices.get(item.name, ())]
            plain = self.values(item.annotation, item.name, by_name(item.name) or [])
            text = [*inner, *texts, *plain, *NUMBERS][0]
            if plain[:1] == [text] and not texts and text[:1] in "\"'":
                text = repr("%s_%d" % (cls.__name__.lower(), number))
            given[item.name] = text
        given.update({**numbers, **chosen})
        words = ", ".join("%s=%s" % pair for pair in given.items())
        return "%s(%s)" % (self._name_of(cls), words)

    def _choices(self, cls: type, names: Sequence[str]) -> Dict[str, List[str]]:
        """The texts that a class compares its attributes ``names`` with."""
        found: Dict[str, List[str]] = {}
        for node in ast.walk(self._classes.get(cls.__name__) or _source(cls)):
            if isinstance(node, ast.Compare):
                name = getattr(node.left, "attr", getattr(node.left, "id", ""))
                if name in names:
                    found.setdefault(name, []).extend(_texts(node.comparators))
        return {name: list(dict.fromkeys(texts)) for name, texts in found.items() if texts}

    def _name_of(self, cls: type) -> str:
        """How code of the module says ``cls``."""
        for name, value in self._names.items():
            if value is cls:
                return name
        for name, value in self._names.items():
            if inspect.ismodule(value) and vars(value).get(cls.__name__) is cls:
                return "%s.%s" % (name, cls.__name__)
        return "__import__('importlib').import_module(%r).%s" % (cls.__module__, cls.__name__)

    def _resolved(self, hint: Any) -> Any:
        if hint is inspect.Parameter.empty:
            return Any
        text = getattr(hint, "__forward_arg__", hint)
        if not isinstance(text, str):
            return hint
        try:
            return eval(text, dict(self._names))
        except Exception:
            # A name that only a type checker sees, or a syntax of a later Python.
            return Any


def _left_open(node: ast.ClassDef, read: FrozenSet[str]) -> Dict[str, str]:
    """Values for what a class leaves to those that derive from it: ``NAME = None``."""
    found: Dict[str, str] = {}
    for item in node.body:
        target = item.targets[0] if isinstance(item, ast.Assign) else None
        value = getattr(item, "value", None)
        is_none = isinstance(value, ast.Constant) and value.value is None
        if is_none and isinstance(target, ast.Name) and target.id in read and by_name(target.id):
            found[target.id] = by_name(target.id)[0]
    return found


_LISTS = (list, tuple, set, collections.abc.Sequence, collections.abc.Iterable)
_DICTS = (dict, collections.OrderedDict, collections.abc.Mapping)


def _alternatives(hint: Any) -> List[Any]:
    """The types of a union without None; another hint alone."""
    if typing.get_origin(hint) in UNIONS:
        return [one for one in typing.get_args(hint) if one is not type(None)] or [Any]
    return [hint]


def _is_plain(hint: Any) -> bool:
    """Whether ``hint`` is a class of records: settings, fields, descriptions."""
    if not inspect.isclass(hint) or hint.__module__.split(".")[0] in FOREIGN:
        return False
    return not {cls.__name__ for cls in hint.__mro__} & UNPLAIN and not inspect.isabstract(hint)


def _parameters(cls: type) -> List[inspect.Parameter]:
    try:
        found = inspect.signature(cls).parameters.values()
    except (TypeError, ValueError):
        return []
    return [item for item in found if item.kind not in (item.VAR_POSITIONAL, item.VAR_KEYWORD)]


def _source(cls: type) -> ast.AST:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):
        return ast.Module([], [])


def _texts(nodes: Sequence[ast.expr]) -> List[str]:
    found: List[str] = []
    for node in nodes:
        for item in node.elts if isinstance(node, (ast.List, ast.Tuple, ast.Set)) else [node]:
            value = getattr(item, "value", None)
            found += [value] if isinstance(value, str) else []
    return found


def _is_a(text: str, kind: type) -> bool:
    value = _literal(text)
    return type(value) is kind or (kind is float and type(value) is int)


def _of(kind: type, name: str) -> Texts:
    texts = {int: NUMBERS, float: ["0.1", "1.0"], bool: ["False", "True"], str: [repr(name)]}
    return list(texts[kind])


def _lists(hint: Any, name: str, fallback: Texts) -> Texts:
    """Lists and tuples of the length and the items that ``hint`` says."""
    inner = typing.get_args(hint)
    kinds: Set[Any] = {one for one in inner if one is not Ellipsis}
    kind = kinds.pop() if len(kinds) == 1 else None
    is_fixed = typing.get_origin(hint) is tuple and Ellipsis not in inner
    if kind not in (int, float, str, bool):
        return fallback
    fitting = [
        text
        for text in fallback
        for value in [_literal(text)]
        if isinstance(value, (list, tuple))
        and all(_is_a(repr(item), kind) for item in value)
        and (not is_fixed or len(value) == len(inner))
    ]
    count = len(inner) if is_fixed else 2
    items = [repr("%s_%d" % (name, place)) for place in range(count)]
    items = items if kind is str else [_of(kind, name)[0]] * count
    return fitting or [("(%s)" if is_fixed else "[%s]") % ", ".join(items)]


def _bare(kind: type, name: str, fallback: Texts) -> Texts:
    """Containers of which the annotation says no more than what they are."""
    fitting = [text for text in fallback if isinstance(_literal(text), kind)]
    if kind is dict:
        return fitting or ["{}"]
    if kind is list:
        return fitting or ["[%s]" % text for text in fallback]
    return [*SIZES, *fitting] if name.endswith("size") else fitting or list(SIZES)


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
