"""Running a script statement by statement: what fails or takes too long is left out and told."""

from __future__ import annotations

import ast
import contextlib
import math
import os
import signal
import sys
import tempfile
import time
import types
from dataclasses import dataclass
from typing import Any, Callable, Container, Dict, List, Mapping, Optional, Tuple

from ..failures import one_line
from ..limits import TICK_SECONDS
from ..protocol import Told
from ..sandbox.reads import OUT_OF_TIME
from ..told import RAISED_AT, plain, told
from .guards import AGAIN, BEGIN, FAILED, guarded_module
from .placeholders import MissingValueError, Placeholder, require_values
from .repeating import Repeating


class TooLongError(BaseException):
    """A statement ran too long; no ``Exception``, so that user code does not handle it."""


class TrainingReachedError(BaseException):
    """A training loop has come to its first step: what follows in that statement is training."""


@dataclass
class Watch:
    """When the running statement is given up; times are those of ``time.monotonic``.

    A statement may take ``idle`` seconds since its start or since it last made a layer; one that
    imports, ``longest``.
    """

    idle: float
    longest: float
    deadline: float = math.inf
    is_armed: bool = False

    def begin(self, imports: bool = False) -> None:
        """Note the start of a statement."""
        self.deadline = time.monotonic() + (self.longest if imports else self.idle)
        if self.is_armed:
            self.arm()

    def progress(self) -> None:
        """Note that a layer was made."""
        self.deadline = max(self.deadline, time.monotonic() + self.idle)

    def stop(self) -> None:
        """Limit nothing."""
        self.deadline = math.inf

    def arm(self) -> None:
        """Have a signal sent when the deadline is over, and none before.

        One in the middle of a rename makes an overlay file system fail (Linux 6.1, EINTR).
        """
        self.is_armed = True
        left = self.deadline - time.monotonic()
        # Repeated: code that handles every exception would be told only once.
        wait = 0.0 if left == math.inf else max(TICK_SECONDS, left)
        signal.setitimer(signal.ITIMER_REAL, wait, TICK_SECONDS)

    def disarm(self) -> None:
        """Have no signal sent."""
        self.is_armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)


def watch_for(time_limit: float) -> Watch:
    """The limits of one statement, as parts of the job's ``time_limit`` in seconds."""
    return Watch(min(time_limit / 3, max(10.0, time_limit / 20)), time_limit / 3)


def watch_layers(keras: Any, watch: Watch) -> None:
    """Count new layers as progress, and refuse to make or call one with a missing value."""
    layer = keras.layers.Layer
    make, call = layer.__new__, layer.__call__

    def checked_new(cls: Any, *args: Any, **kwargs: Any) -> Any:
        require_values(args, kwargs)
        watch.progress()
        return make(cls) if make is object.__new__ else make(cls, *args, **kwargs)

    def checked_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        require_values(args, kwargs)
        return call(self, *args, **kwargs)

    layer.__new__ = staticmethod(checked_new)
    layer.__call__ = checked_call


def under_watch(watch: Watch, action: Callable[[], Any]) -> Any:
    """Run ``action`` with :class:`TooLongError` raised in it when the deadline is over."""

    def check(number: int, frame: Any) -> None:
        if time.monotonic() > watch.deadline:
            sys.audit(OUT_OF_TIME)
            raise TooLongError()
        watch.arm()

    before = signal.signal(signal.SIGALRM, check)
    watch.arm()
    try:
        return action()
    finally:
        watch.disarm()
        signal.signal(signal.SIGALRM, before)


def without_folder(text: str) -> str:
    """``text`` without the names of the job's own folders, which say nothing."""
    folders = [os.path.dirname(tempfile.gettempdir())]
    with contextlib.suppress(OSError):  # The code may have removed where it was.
        folders.insert(0, os.getcwd())
    for folder in folders:
        text = text.replace(folder.rstrip(os.sep) + os.sep, "")
    return text


def raised_at(where: Told, error: BaseException, entry: str, paths: Container[str]) -> Told:
    """``where``, with the deepest line of ``paths`` that raised ``error`` if that says more.

    A statement of ``entry`` has a line already, which is enough where it has called nothing.
    """
    found: Optional[Tuple[str, int]] = None
    is_called = False
    traceback = error.__traceback__
    while traceback is not None:
        path = traceback.tb_frame.f_code.co_filename
        if path == entry or path in paths:
            found = (path, traceback.tb_lineno)
            is_called = traceback.tb_frame.f_code.co_name != "<module>"
        traceback = traceback.tb_next
    if found is None:
        return where
    if found[0] == entry and where and isinstance(where[0], int):
        says_more = is_called and found[1] != where[0]
        return told(where, RAISED_AT, found[1], ")") if says_more else where
    name = "" if found[0] == entry else os.path.basename(found[0]) + " "
    return told(where, " (", name, found[1], ")")


def without_deepest(where: Told) -> Told:
    """``where`` without the line that raised: of what is left out, that is of no interest."""
    return where[: where.index(RAISED_AT)] if RAISED_AT in where else where


def explain(where: Told, error: BaseException, failures: List[Told], notes: List[str]) -> Told:
    """Put ``error`` where it belongs: left out on purpose, too long, or failed; say why."""
    if isinstance(error, TrainingReachedError):
        notes.append("the training loop was left out (%s)" % plain(without_deepest(where)))
        return told("it comes after training")
    if isinstance(error, TooLongError):
        notes.append("%s was left out: it runs too long" % plain(without_deepest(where)))
        return told("it runs too long")
    if isinstance(error, MissingValueError):
        reason = error.missing
    else:
        reason = told(without_folder(one_line(error)))
    # A script that ends itself without an error has not failed.
    if not (isinstance(error, SystemExit) and error.code in (None, 0)):
        failures.append(told(where, ": ", reason))
    return reason


def run_script(
    tree: ast.Module,
    path: str,
    namespace: Dict[str, Any],
    watch: Watch,
    failures: List[Told],
    notes: List[str],
    paths: Container[str] = (),
    repeating: Optional[Repeating] = None,
) -> None:
    """Run the statements of ``tree`` in ``namespace``; ``failures`` and ``notes`` grow.

    ``paths`` are the user's files: a line in one of them that raises is told. A statement that
    fails is begun anew where ``repeating`` says so.
    """

    def failed(line: int, names: Tuple[str, ...]) -> Any:
        watch.stop()
        error = sys.exc_info()[1]
        assert error is not None
        bound = sys._getframe(1).f_locals
        reason = explain(raised_at([line], error, path, paths), error, failures, notes)
        if isinstance(error, MissingValueError):
            cause = error.reason
        elif isinstance(error, ModuleNotFoundError) and error.name:
            cause = reason
        else:
            cause = told(line, " was not run (", reason, ")")
        if not names:
            return Placeholder("the result", cause)
        return tuple(after_failure(name, bound, cause, error) for name in names)

    def begin(imports: bool) -> None:
        watch.begin(imports)
        if repeating is not None:
            repeating.begin()

    def again() -> bool:
        error = sys.exc_info()[1]
        return repeating is not None and error is not None and repeating.is_mended(error)

    namespace[BEGIN] = begin
    namespace[FAILED] = failed
    namespace[AGAIN] = again
    code = compile(guarded_module(tree), path, "exec", dont_inherit=True)
    try:
        under_watch(watch, lambda: exec(code, namespace))
    except (Exception, SystemExit, TooLongError, TrainingReachedError) as error:
        # From what has no guard, as a name that is not there in a finally clause.
        explain(["the script"], error, failures, notes)
    finally:
        watch.stop()


def after_failure(name: str, bound: Mapping[str, Any], cause: Told, error: BaseException) -> Any:
    """What ``name`` is after a statement that should have bound or changed it."""
    before = bound.get(name)
    if isinstance(before, types.ModuleType):
        return before  # `import package.missing`: the package is there.
    if isinstance(error, (TrainingReachedError, TooLongError)) and name in bound:
        return before
    if name in bound and not _is_value(before):
        return before
    return Placeholder(name, cause)


def _is_value(value: Any) -> bool:
    """Whether a statement that fails leaves ``value`` in doubt: not an object that it only uses."""
    kinds = {cls.__name__ for cls in type(value).__mro__}
    containers = (list, dict, set, tuple, int, float, str, type(None), Placeholder)
    return isinstance(value, containers) or bool(kinds & {"KerasTensor"})
