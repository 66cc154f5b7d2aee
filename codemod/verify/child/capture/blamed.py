"""Which arguments of a made-up call an error is about, and what it says that they should be."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any, Dict, FrozenSet, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from .parameter_paths import last_name
from .reach import FUNCTIONS

FOLLOWED = 3
"""Through how many assignments a name is followed to what it was made of."""
OWN = "self."
GUARDS = 8
"""How many conditions around or before an error that is raised tell what it is about."""
MOST_CHOICES = 40
"""A longer table is data."""


@dataclass(frozen=True)
class Blame:
    """An error of a call: its class, its message, and the ``names`` of parameters it is about.

    ``owner`` is the function that the call has run, as ``__init__``, ``attributes`` those of its
    object that the error is about. ``keys`` are the texts by
    which the parameters were read there, ``choices`` the texts that were asked for in vain.
    """

    kind: str
    text: str
    owner: str
    names: FrozenSet[str]
    attributes: FrozenSet[str]
    keys: FrozenSet[str]
    choices: Tuple[str, ...]


@dataclass(frozen=True)
class _Place:
    """A function of the user's that was running: the statement, and its variables."""

    function: Any
    statement: Any
    values: Mapping[str, Any]


def blame(error: BaseException, trees: Mapping[str, Any]) -> Optional[Blame]:
    """What ``error`` is about, by the functions in ``trees`` that were running; none is known."""
    places = list(_places(error, trees))
    if not places:
        return None
    words, expressions = _blamed_in(places)
    keys = {
        node.value
        for expression in expressions
        for node in ast.walk(expression)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return Blame(
        type(error).__name__,
        str(error)[:500],
        str(places[0].function.name),
        frozenset(word for word in words if not word.startswith(OWN)),
        frozenset(word[len(OWN) :] for word in words if word.startswith(OWN)),
        frozenset(keys),
        tuple(_choices(places[-1])),
    )


def _places(error: BaseException, trees: Mapping[str, Any]) -> Iterator[_Place]:
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        tree = trees.get(code.co_filename)
        function = _function_at(tree, code.co_name, traceback.tb_lineno) if tree else None
        if function is not None:
            statement = _statement_at(function, traceback.tb_lineno)
            values = {**traceback.tb_frame.f_globals, **traceback.tb_frame.f_locals}
            yield _Place(function, statement, values)
        traceback = traceback.tb_next


def _function_at(tree: Any, name: str, line: int) -> Any:
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS) and node.name == name and _holds(node, line)
    ]
    return max(found, key=lambda node: node.lineno, default=None)


def _holds(node: Any, line: int) -> bool:
    return bool(node.lineno <= line <= (node.end_lineno or node.lineno))


def _statement_at(function: Any, line: int) -> Any:
    found = [
        node for node in ast.walk(function) if isinstance(node, ast.stmt) and _holds(node, line)
    ]
    return max(found, key=lambda node: (node.lineno, -(node.end_lineno or 0)))


def _blamed_in(places: Sequence[_Place]) -> Tuple[Set[str], List[ast.expr]]:
    """The parameters of the outermost function, and the expressions that were about them."""
    inner = places[-1]
    expressions = list(_about(inner))
    names, followed = _parameters_in(inner.function, expressions)
    for outer, called in zip(places[-2::-1], places[:0:-1]):
        kept = {name for name in names if name.startswith(OWN)}
        given = list(_given(outer.statement, called.function, names))
        # Where the call stands in other words, all that the statement has may be it.
        about = given or ([] if kept else list(_own(outer.statement)))
        names, more = _parameters_in(outer.function, about)
        names |= kept
        followed += more
    return names, followed


def _about(place: _Place) -> Iterator[ast.expr]:
    """What the failing statement evaluates, and for one that raises what it had asked."""
    statement = place.statement
    if isinstance(statement, ast.Raise):
        asked = [node for node in ast.walk(place.function) if isinstance(node, (ast.If, ast.While))]
        asked.sort(key=lambda node: node.lineno)
        around = [node for node in asked if _holds(node, statement.lineno)]
        before = [node for node in asked if node.lineno < statement.lineno]
        yield from (node.test for node in (around or before)[-GUARDS:])
        return
    yield from _own(statement)


def _own(statement: Any) -> Iterator[ast.expr]:
    """The expressions of a statement, without the statements that it holds."""
    for _, value in ast.iter_fields(statement):
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.expr):
                yield item
            elif isinstance(item, ast.withitem):
                yield item.context_expr


def _parameters_in(
    function: Any, expressions: Sequence[ast.expr]
) -> Tuple[Set[str], List[ast.expr]]:
    """The parameters that ``expressions`` are made of, also through variables."""
    parameters = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    parameters -= {"self", "cls"}
    made: Dict[str, List[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                made.setdefault(_name_of(target), []).append(node.value)
    found: Set[str] = set()
    seen: List[ast.expr] = list(expressions)
    waiting = list(expressions)
    for _ in range(FOLLOWED):
        names = {
            _name_of(node)
            for one in waiting
            for node in ast.walk(one)
            if isinstance(getattr(node, "ctx", None), ast.Load)
        } - {""}
        found |= names & parameters
        found |= {name for name in names if name.startswith(OWN) and name not in made}
        waiting = [value for name in names - parameters for value in made.get(name, ())]
        waiting = [value for value in waiting if value not in seen]
        seen += waiting
    return found, seen


def _name_of(node: Any) -> str:
    """The name of a variable, or of an attribute of ``self``: ``self.width``."""
    if isinstance(node, ast.Name):
        return node.id if node.id != "self" else ""
    is_own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    return OWN + node.attr if is_own and node.value.id == "self" else ""


def _given(statement: Any, function: Any, names: Set[str]) -> Iterator[ast.expr]:
    """What a call of ``function`` in ``statement`` gives to its parameters ``names``."""
    words = [item.arg for item in function.args.args]
    words = words[words[:1] in (["self"], ["cls"]) :]
    for call in ast.walk(statement):
        if isinstance(call, ast.Call) and last_name(call.func) == function.name:
            for word, value in [
                *zip(words, call.args),
                *((str(item.arg), item.value) for item in call.keywords),
            ]:
                if word in names:
                    yield value


def _choices(place: _Place) -> Iterator[str]:
    """The texts that something was looked for among: keys of a table, items of a list."""
    found: List[str] = []
    for expression in _about(place):
        for node in ast.walk(expression):
            if isinstance(node, ast.Subscript):
                found += _texts_of(node.value, place.values)
            elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
                found += _texts_of(node.comparators[0], place.values)
            elif isinstance(node, ast.Compare):
                found += [
                    item.value
                    for item in [node.left, *node.comparators]
                    if isinstance(item, ast.Constant) and isinstance(item.value, str)
                ]
    yield from dict.fromkeys(found)


def _texts_of(node: Any, values: Mapping[str, Any]) -> List[str]:
    """The texts in what an expression stands for, if it is a name or an attribute of one."""
    if isinstance(node, ast.Call) and last_name(node.func) == "keys":
        node = getattr(node.func, "value", None)
    value: Any = None
    if isinstance(node, ast.Name):
        value = values.get(node.id)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        value = vars_of(values.get(node.value.id)).get(node.attr)
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        value = [getattr(item, "value", None) for item in node.elts]
    elif isinstance(node, ast.Dict):
        value = [getattr(item, "value", None) for item in node.keys]
    if not isinstance(value, (dict, list, tuple, set, frozenset)) or len(value) > MOST_CHOICES:
        return []
    texts = [item for item in value if isinstance(item, str)]
    return sorted(texts) if isinstance(value, (set, frozenset)) else texts


def vars_of(value: Any) -> Mapping[str, Any]:
    """The attributes of an object and of its class, without running any code of it."""
    try:
        return {**vars(type(value)), **vars(value)}
    except TypeError:
        return {}
