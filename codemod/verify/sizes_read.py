"""Sizes of tensors that rewritten statements write down: ``x.shape[1]`` that has become ``3.0``.

A function that is given a tensor, or what a tensor is made of, meets other sizes elsewhere: models
in sight have one. What makes its own inputs of numbers, and takes no parameter, meets no other.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from codemod.verify.parameters_read import (
    Function,
    changed_parts,
    functions_of,
    is_name_given,
    parameters_of,
    parsed,
)

WHOLE = "all"
SIZES = frozenset(["shape", "ndim", "rank"])
"""Attributes of tensors."""
FUNCTIONS_OF_SIZES = frozenset(
    ["int_shape", "shape", "size", "ndim", "rank", "get_shape", "shape_list", "get_shape_list"]
)
"""Functions and methods, by the last part of their names."""
PLAIN_NUMBERS = frozenset([-1, 0, 1])
"""What says an axis or a batch, too, and is new in layers that compute the same.

As an operand, among the sizes of a new tensor, or as a float it is a number as others.
"""
MAKING_OF_SIZES = frozenset(
    "reshape Reshape tile broadcast_to ones zeros fill range arange RepeatVector".split()
)


def size_written_down(before: bytes, after: bytes) -> tuple[str, str] | None:
    """The first function of ``after`` that has a number for a size that it read, and the size.

    Only where new statements hold a number that those which they take the place of do not.
    """
    try:
        old_tree, new_tree = (parsed(source) for source in (before, after))
        old, new = (dict(functions_of(tree, "")) for tree in (old_tree, new_tree))
        come = changed_parts(new_tree.body, old_tree.body)
        gone = changed_parts(old_tree.body, new_tree.body)
        written = _numbers(come) - _numbers(gone)
    except (SyntaxError, ValueError, RecursionError):
        # What Python cannot read fails when it is run.
        return None
    if not written:
        return None
    lost = {ast.dump(part) for part in gone}
    moved = changed_parts(new_tree.body, _without_new_classes(new_tree, old_tree))
    read = {kind for part in (*come, *moved) for kind, _, _ in _sizes(part, ())}
    for name, function in old.items():
        if name not in new:
            continue
        given = _made_of(function, parameters_of(function))
        named = _names_of_sizes(function)
        kept = {
            text
            for part in changed_parts(new[name].body, function.body)
            for kind, _, text in _sizes(part, named)
            if kind == text
        }
        for part in changed_parts(function.body, new[name].body):
            # A statement that has moved into a layer as it is reads there what it read.
            if ast.dump(part) not in lost:
                continue
            for kind, roots, text in _sizes(part, named):
                is_open = bool(roots & (given | named))
                if is_open and not _is_read(kind, read, text in kept):
                    return name, text
    return None


def _without_new_classes(new: ast.Module, old: ast.Module) -> list[ast.stmt]:
    known = {one.name for one in old.body if isinstance(one, ast.ClassDef)}
    return [one for one in new.body if not isinstance(one, ast.ClassDef) or one.name in known]


def _is_read(kind: str, read: Iterable[str], is_kept: bool) -> bool:
    """Whether what is new reads a size of this kind; -1 may be any of them."""
    some = set(read)
    if is_kept or WHOLE in some:
        return True
    if not kind.lstrip("-").isdigit():
        return bool(some)
    return kind in some or any(one.startswith("-") != kind.startswith("-") for one in some)


def _sizes(node: ast.AST, names: Iterable[str]) -> Iterator[tuple[str, frozenset[str], str]]:
    """The sizes that ``node`` reads: which, the names that the tensor is made of, and the text.

    A name among ``names`` is a size by its own name.
    """
    if isinstance(node, ast.Subscript) and (inner := _tensor_of_shape(node.value)) is not None:
        index = _number(node.slice)
        kind = WHOLE if index is None else str(index)
        yield kind, _names_in(inner), ast.unparse(node)
    elif (inner := _tensor_of_shape(node)) is not None:
        yield WHOLE, _names_in(inner), ast.unparse(node)
    elif isinstance(node, ast.Name):
        if node.id in set(names) and isinstance(node.ctx, ast.Load):
            yield node.id, frozenset([node.id]), node.id
    elif not is_name_given(node):
        for child in ast.iter_child_nodes(node):
            yield from _sizes(child, names)


def _tensor_of_shape(node: ast.AST) -> ast.expr | None:
    """What ``node`` is the shape of: ``x`` for ``K.int_shape(x)``, ``x.get_shape().as_list()``."""
    if isinstance(node, ast.Attribute) and node.attr in SIZES:
        return node.value if isinstance(node.ctx, ast.Load) else None
    if not isinstance(node, ast.Call):
        return None
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if isinstance(function, ast.Attribute) and name in ("as_list", "get_shape"):
        return _tensor_of_shape(function.value) or function.value
    if name in ("list", "tuple", "len") and len(node.args) == 1:
        return _tensor_of_shape(node.args[0])
    return node.args[0] if name in FUNCTIONS_OF_SIZES and node.args else None


def _number(node: ast.AST) -> int | None:
    try:
        value = ast.literal_eval(ast.unparse(node))
    except (ValueError, SyntaxError):
        return None
    return value if isinstance(value, int) else None


def _names_in(node: ast.AST) -> frozenset[str]:
    return frozenset(one.id for one in ast.walk(node) if isinstance(one, ast.Name))


def _assignments(function: Function) -> Iterator[tuple[ast.expr, frozenset[str]]]:
    """What is assigned in a function, with the names that get it."""
    for node in ast.walk(function):
        value = getattr(node, "value", None)
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield value, frozenset().union(*map(_names_in, targets))
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            yield node.iter, _names_in(node.target)


def _made_of(function: Function, names: frozenset[str]) -> frozenset[str]:
    """``names``, and those that are made of them."""
    assignments = list(_assignments(function))
    found = names
    while True:
        more = found.union(*(given for value, given in assignments if found & _names_in(value)))
        if more == found:
            return found
        found = more


def _names_of_sizes(function: Function) -> frozenset[str]:
    """The names that hold sizes of what the function is given: ``_, h, w, _ = x.shape``."""
    given = _made_of(function, parameters_of(function))
    return frozenset().union(
        *(
            names
            for value, names in _assignments(function)
            if any(roots & given for _, roots, _ in _sizes(value, ()))
            and not any(isinstance(one, ast.Call) and not _is_plain(one) for one in ast.walk(value))
        )
    )


def _is_plain(call: ast.Call) -> bool:
    """Whether a call gives a size, or a number made of sizes; a layer gives a tensor."""
    return _tensor_of_shape(call) is not None or (
        isinstance(call.func, ast.Name) and call.func.id in ("int", "float", "list", "tuple", "len")
    )


def _numbers(parts: Sequence[ast.AST]) -> Counter[float]:
    """The numbers that ``parts`` compute with, each as often as it stands there."""
    nodes = [one for part in parts for one in ast.walk(part)]
    operands = {operand for node in nodes for operand in _operands(node)}
    return Counter(
        one.value
        for one in nodes
        if isinstance(one, ast.Constant)
        and isinstance(one.value, (int, float))
        and not isinstance(one.value, bool)
        and (
            isinstance(one.value, float)
            or one.value not in PLAIN_NUMBERS
            or (one in operands and one.value >= 0)
        )
    )


def _operands(node: ast.AST) -> Iterator[ast.expr]:
    """What an operator, or a function that makes a tensor of sizes, is given."""
    if isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
    elif isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        for given in node.args if name in MAKING_OF_SIZES else ():
            if isinstance(given, (ast.List, ast.Tuple)):
                yield from given.elts
