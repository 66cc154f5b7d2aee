"""Rewriting a script so that a statement that fails does not lose the rest.

Each statement becomes ``try: begin(); statement`` with a handler that reports the failure and
binds the names that the statement would have bound to what the reporting function returns. One that
needs what can be mended is begun anew.
"""

from __future__ import annotations

import ast
from typing import Dict, Iterator, List, Optional, Sequence, Set, Union

BEGIN = "__keras_codemod_begin__"
FAILED = "__keras_codemod_failed__"
AGAIN = "__keras_codemod_again__"
REPEATED = (ast.Assign, ast.AnnAssign, ast.Expr, ast.Return)
"""Statements that are begun anew where what stood in their way is mended."""
DRIVER_WORDS = ("main", "run", "train")


def guarded_module(tree: ast.Module) -> ast.Module:
    """The script with guards around the statements of its module and of its driver functions.

    Drivers are the functions that the script starts as statements (``main()``,
    ``sys.exit(main())``), and those that drivers start. Other functions keep their exceptions,
    generators too: whoever stops to read one ends it with an exception.
    """
    functions = {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and not _is_generator(node)
    }
    drivers = _drivers(tree.body, functions)
    body: List[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name in drivers:
            statement.body = _guarded_body(statement.body, _local_names(statement))
        body += _guarded(statement, None)
    guarded = ast.Module(body, [])
    return ast.fix_missing_locations(guarded)


def _is_generator(function: ast.FunctionDef) -> bool:
    waiting: List[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
    return False


def _drivers(body: Sequence[ast.stmt], functions: Dict[str, ast.FunctionDef]) -> Set[str]:
    found: Set[str] = set()
    waiting = list(_started(body))
    while waiting:
        name = waiting.pop()
        if name in functions and name not in found:
            found.add(name)
            waiting += _started(functions[name].body)
    return found


def _started(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Names in expression and ``raise`` statements, or called as ``main`` is called."""
    for statement in body:
        for block in _blocks(statement):
            yield from _started(block)
        if isinstance(statement, (ast.Expr, ast.Raise)):
            yield from (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))
        elif isinstance(statement, (ast.Assign, ast.Return)) and statement.value is not None:
            call = statement.value
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                name = call.func.id
                if any(part in DRIVER_WORDS for part in name.lower().split("_")):
                    yield name


def _blocks(statement: ast.stmt) -> List[List[ast.stmt]]:
    """The bodies whose statements get guards of their own: no loop, nothing that handles errors."""
    if isinstance(statement, ast.If):
        return [statement.body, statement.orelse]
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return [statement.body]
    return []


def names_of(statement: ast.stmt) -> Set[str]:
    """The names that ``statement`` binds, or whose containers it changes."""
    return _bound_names(statement) | _changed_names(statement)


def _guarded_body(body: Sequence[ast.stmt], scope: Optional[Set[str]]) -> List[ast.stmt]:
    return [guarded for statement in body for guarded in _guarded(statement, scope)]


def _guarded(statement: ast.stmt, scope: Optional[Set[str]]) -> List[ast.stmt]:
    """``statement`` in its guard; ``scope`` holds the local names, none at the module's level."""
    if isinstance(statement, (ast.Pass, ast.Global, ast.Nonlocal)) or _is_plain(statement):
        return [statement]
    if isinstance(statement, (ast.Import, ast.ImportFrom)) and len(statement.names) > 1:
        return _guarded_body(list(_single_imports(statement)), scope)
    changed = _changed_names(statement)
    names = sorted(_bound_names(statement) | (changed if scope is None else changed & scope))
    imports = any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.walk(statement))
    for block in _blocks(statement):
        block[:] = _guarded_body(block, scope)
    begin = ast.Expr(_call(BEGIN, ast.Constant(imports)))
    constants: List[ast.expr] = [ast.Constant(name) for name in names]
    failed = _call(FAILED, ast.Constant(statement.lineno), ast.Tuple(constants, ast.Load()))
    targets: List[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
    reaction: ast.stmt = ast.Expr(failed)
    if isinstance(statement, ast.Return):
        reaction = ast.Return(failed)
    elif targets:
        reaction = ast.Assign([ast.Tuple(targets, ast.Store())], failed)
    is_repeated = isinstance(statement, REPEATED)
    ends: List[ast.stmt] = [ast.Break()] if is_repeated else []
    again: List[ast.stmt] = [ast.If(_call(AGAIN), [ast.Continue()], [])] if is_repeated else []
    handling = [*again, reaction, *ends]
    handler = ast.ExceptHandler(ast.Name("BaseException", ast.Load()), None, handling)
    for node in (begin, handler, *ends):
        for inner in ast.walk(node):
            ast.copy_location(inner, statement)
    guard: ast.stmt = ast.Try([begin, statement, *ends], [handler], [], [])
    if is_repeated:
        guard = ast.While(ast.Constant(True), [ast.copy_location(guard, statement)], [])
    return [ast.copy_location(guard, statement)]


def _is_plain(statement: ast.stmt) -> bool:
    """Docstrings and imports from ``__future__``, which have to stay where they are."""
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _single_imports(statement: Union[ast.Import, ast.ImportFrom]) -> Iterator[ast.stmt]:
    for alias in statement.names:
        single: ast.stmt = ast.Import([alias])
        if isinstance(statement, ast.ImportFrom):
            single = ast.ImportFrom(statement.module, [alias], statement.level)
        yield ast.copy_location(single, statement)


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _local_names(function: ast.FunctionDef) -> Set[str]:
    parameters = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    return parameters.union(*(_bound_names(statement) for statement in function.body))


def _bound_names(node: ast.AST) -> Set[str]:
    """The names that ``node`` binds in its own scope."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return set()
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Store) else set()
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        return names - {"*"}
    return {name for child in ast.iter_child_nodes(node) for name in _bound_names(child)}


def _changed_names(statement: ast.stmt) -> Set[str]:
    """Names whose containers ``statement`` changes: ``outputs.append(x)``, ``heads["a"] = x``."""
    targets: List[ast.expr] = []
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        targets = [statement.value.func]
    elif isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AugAssign):
        targets = [statement.target]
    return {
        target.value.id
        for target in targets
        if isinstance(target, (ast.Attribute, ast.Subscript)) and isinstance(target.value, ast.Name)
    }
