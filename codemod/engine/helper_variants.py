"""Calls of builders while a helper behind them is given another argument.

A rewrite by hand may compute the same for the numbers that its file happens to give a helper.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemod.engine.values_in_sight import (
    Function,
    Owner,
    Sight,
    attributes_set_to,
    defaults_of,
    other_number,
    parameters_of,
    reaching,
)
from codemod.verify.attributes_read import constructor_of_fields
from codemod.verify.child.protocol import WITH_ARGUMENT
from codemod.verify.parameters_read import changed_statements, functions_of, parsed
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis


def changed_functions(before: bytes, after: bytes) -> frozenset[str]:
    """The functions of modules and classes with statements that only one side has, by name."""
    try:
        old, new = (dict(functions_of(parsed(source), "")) for source in (before, after))
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    return frozenset(
        name
        for name, function in old.items()
        if name in new and any(True for _ in changed_statements(function.body, new[name].body))
    )


def helper_variants(
    analysis: Analysis, sight: Sight, module: Module, changed: frozenset[str]
) -> Iterator[str]:
    """Calls in ``module`` with other arguments for its functions that are ``changed``.

    Those that the module calls itself have variants of their own.
    """
    found: dict[str, None] = {}
    for function, place in sight.owners.items():
        if place.module is not module or not isinstance(function, Function):
            continue
        is_reached = function in module.tree.body or place.owner in module.tree.body
        if _path(function, place) not in changed or not is_reached:
            continue
        call = next(_calls_leading_to(analysis, sight, module, function), None)
        if call is None:
            continue
        # What a constructor is given chooses in every method.
        methods = place.owner.body if place.owner is not None else []
        constructors = [
            one for one in methods if isinstance(one, Function) and one.name == "__init__"
        ]
        for giving in dict.fromkeys([function, *constructors]):
            path = _path(giving, place)
            for name in parameters_of(giving, place):
                for value in _others(sight, giving, name):
                    found[f"{WITH_ARGUMENT}({path!r}, {name!r}, {value}, {call!r})"] = None
        for path, name, value in _of_settings(sight, module, function):
            found.setdefault(f"{WITH_ARGUMENT}({path!r}, {name!r}, {value}, {call!r})")
    yield from found


def _of_settings(
    sight: Sight, module: Module, function: Function
) -> Iterator[tuple[str, str, str]]:
    """What constructors are given for the attributes that ``function`` reads, and another value."""
    read = {one.attr for one in ast.walk(function) if isinstance(one, ast.Attribute)}
    for cls in module.tree.body:
        if not isinstance(cls, ast.ClassDef):
            continue
        constructor = constructor_of_fields(cls)
        if constructor is not None:
            for name, usual in _fields(module, cls):
                if name in read:
                    for value in _other_values(usual):
                        yield f"{cls.name}.{constructor}", name, value
            continue
        for one in cls.body:
            if isinstance(one, Function) and one.name == "__init__" and one in sight.owners:
                place = sight.owners[one]
                for name in parameters_of(one, place):
                    if attributes_set_to(one, {name}) & read:
                        for value in _others(sight, one, name):
                            yield _path(one, place), name, value


def _fields(module: Module, cls: ast.ClassDef) -> Iterator[tuple[str, list[ast.expr]]]:
    """The fields of a class that has its constructor made, with what they are given."""
    fields = [
        one
        for one in cls.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    ]
    names = [ast.unparse(one.target) for one in fields]
    given: dict[str, list[ast.expr]] = {name: [] for name in names}
    for call in module.all_of(ast.Call):
        if getattr(call.func, "attr", getattr(call.func, "id", "")) == cls.name:
            for name, value in [*zip(names, call.args), *((k.arg, k.value) for k in call.keywords)]:
                given.setdefault(str(name), []).append(value)
    for name, one in zip(names, fields):
        default = one.value
        if isinstance(default, ast.Call):
            # field(default=2.0)
            told = {keyword.arg: keyword.value for keyword in default.keywords}
            default = told.get("default")
        yield name, [*given[name], *([] if default is None else [default])]


def _path(function: Function, place: Owner) -> str:
    return function.name if place.owner is None else f"{place.owner.name}.{function.name}"


def _others(sight: Sight, function: Function, name: str) -> tuple[str, ...]:
    """Other values for a parameter than it is given: those in sight, else another number.

    Else the other flag; and instead of one number in brackets also two.
    """
    usual = [ast.unparse(one) for one in sight.usual(function, name)]
    values = tuple(one for one in sight.values(function, name) if one not in usual)
    if values:
        return values
    return _other_values(sight.usual(function, name))


def _other_values(usual: Sequence[ast.expr]) -> tuple[str, ...]:
    """Another flag or number than is given, and instead of one number in brackets also two."""
    texts = [ast.unparse(one) for one in usual]
    flags = [one != "True" for one in texts if one in ("True", "False")]
    if flags:
        return (repr(flags[0]),)
    number = next((one for each in usual if (one := other_number(each)) is not None), None)
    longer = next((one for text in texts if (one := _with_two(text)) is not None), None)
    return tuple(one for one in (number, longer) if one is not None)


def _with_two(text: str) -> str | None:
    """A tuple or list of one number with another one behind it: as many axes as may be given."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    if not isinstance(value, (tuple, list)) or len(value) != 1 or not isinstance(value[0], int):
        return None
    both = [*value, value[0] + 1]
    return repr(both if isinstance(value, list) else tuple(both))


def _calls_leading_to(
    analysis: Analysis, sight: Sight, module: Module, function: Function
) -> Iterator[str]:
    """Calls of builders that run ``function``, which need nothing that is not in sight."""
    builders = reaching(analysis, sight, [function]) - {function}
    # A constructor seldom makes a model.
    ordered = sorted(
        (one for one in sight.owners if one in builders),
        key=lambda one: getattr(one, "name", "") == "__init__",
    )
    own = set(module.nodes)
    for builder in ordered:
        for call in analysis.callers.get(builder, ()):
            around, repeated = analysis.places.get(call, (None, True))
            is_alone = around is not None and not repeated and not around.definitions
            if is_alone and call in own and isinstance(call, ast.Call):
                yield ast.unparse(call)
    for builder in ordered:
        place = sight.owners[builder]
        if place.module is module and isinstance(builder, Function) and builder in module.tree.body:
            names = parameters_of(builder, place)
            if not builder.args.posonlyargs and set(names) <= defaults_of(builder).keys():
                yield f"{builder.name}()"
