"""Modules of the project of which a statement fails: the others are run all the same.

One line that needs a file, a package or an older library would else lose all that imports it.
"""

from __future__ import annotations

import ast
import importlib.machinery
import os
from types import ModuleType, TracebackType
from typing import Any, Callable, List, Optional

from ..failures import one_line
from ..limits import FAILING_STATEMENTS
from ..told import plain, told
from .guards import names_of
from .overlay import Served
from .placeholders import MissingValueError
from .stand_ins import is_of_library
from .statements import TrainingReachedError, after_failure, without_folder

Stops = Callable[[BaseException], bool]
"""Whether an error ends the import, since it is mended elsewhere and the import begun anew."""


def run_on(served: Served, note: Callable[[str], None], stops: Stops) -> None:
    """Let modules go on after a statement that fails; ``note`` is told of each that is left out."""
    loader: Any = importlib.machinery.SourceFileLoader
    execute = loader.exec_module

    def exec_module(self: Any, module: ModuleType) -> None:
        try:
            execute(self, module)
        except (Exception, SystemExit, TrainingReachedError) as error:
            name = str(self.path)
            if is_of_library(name):
                raise
            path = served.path_of(name) or name
            body = _body_of(served, self, path)
            _go_on(module, path, body, error, note, stops)

    loader.exec_module = exec_module


def _body_of(served: Served, loader: Any, path: str) -> List[ast.stmt]:
    if path in served.sources:
        return list(served.tree(path).body)
    try:
        return list(ast.parse(loader.get_data(path)).body)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return []


def _go_on(
    module: ModuleType,
    path: str,
    body: List[ast.stmt],
    error: BaseException,
    note: Callable[[str], None],
    stops: Stops,
) -> None:
    """Run what comes after the statement that raised ``error``; raise it where there is none."""
    imports = [one for one in body if isinstance(one, ast.ImportFrom)]
    futures = [one for one in imports if one.module == "__future__"]
    for _ in range(FAILING_STATEMENTS):
        place = _place(body, _line(error.__traceback__, module))
        if place is None or stops(error):
            raise error
        failing = body[place]
        _leave_out(module, path, failing, error, note)
        body = body[place + 1 :]
        rest = ast.Module([*futures, *(one for one in body if one not in futures)], [])
        try:
            exec(compile(rest, path, "exec", dont_inherit=True), module.__dict__)
            return
        except (Exception, SystemExit, TrainingReachedError) as later:
            error = later
    raise error


def _leave_out(
    module: ModuleType,
    path: str,
    statement: ast.stmt,
    error: BaseException,
    note: Callable[[str], None],
) -> None:
    name, line = os.path.basename(path), statement.lineno
    if isinstance(error, TrainingReachedError):
        reason = told("it comes after training")
    elif isinstance(error, MissingValueError):
        reason = error.missing
    else:
        reason = told(without_folder(one_line(error)))
    note("line %d of %s was left out (%s)" % (line, name, plain(reason)))
    cause = told(line, " of ", name, " was not run (", reason, ")")
    if isinstance(error, MissingValueError):
        cause = error.reason
    names = module.__dict__
    for one in sorted(names_of(statement)):
        names[one] = after_failure(one, names, cause, error)


def _line(traceback: Optional[TracebackType], module: ModuleType) -> int:
    """The line of the module's own statement that raised; 0 where it was none."""
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_code.co_name == "<module>" and frame.f_globals is module.__dict__:
            return traceback.tb_lineno
        traceback = traceback.tb_next
    return 0


def _place(body: List[ast.stmt], line: int) -> Optional[int]:
    for place, statement in enumerate(body):
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(one.lineno for one in decorators)])
        if first <= line <= (getattr(statement, "end_lineno", None) or statement.lineno):
            return place
    return None
