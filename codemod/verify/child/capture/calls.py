"""Calls in a module that has run: of builders, and of what else makes models."""

from __future__ import annotations

import functools
import inspect
import sys
import time
import types
from dataclasses import replace
from types import CodeType, ModuleType
from typing import Any, Callable, Dict, List, Optional, Sequence, Set

from ..protocol import MODEL_OF
from ..sandbox.reads import OUT_OF_TIME
from ..told import told
from .captured import Capture, Wanted
from .given import given_text, models_in
from .raw_ops import MadeOp
from .statements import TooLongError, TrainingReachedError, Watch, explain, raised_at, under_watch
from .symbolic_arguments import helpers

BUILDER_NAMES = frozenset(["Input", "Model", "Functional"])
NO_MODEL = "it makes no functional model"
NOT_WANTED = "its models do not run this code"
MODEL_WORDS = ("model", "net", "build", "encoder", "decoder", "generator", "discriminator")


class Caller:
    """Makes calls in a module; the models of one that is not kept are forgotten."""

    def __init__(
        self,
        keras: Any,
        module: ModuleType,
        result: Capture,
        raw_ops: List[MadeOp],
        watch: Watch,
    ) -> None:
        self._keras = keras
        self._names = module.__dict__
        self._result = result
        self._raw_ops = raw_ops
        self._watch = watch
        self._ends_in_no_model = False
        self._makes_others = False

    def unseen(self, wanted: Wanted) -> Wanted:
        """The lines of ``wanted`` that no raw op stands in."""
        left = {
            path: [span for span in spans if not self._is_seen(path, span)]
            for path, spans in wanted.items()
        }
        return {path: spans for path, spans in left.items() if spans}

    def _is_seen(self, path: str, span: Sequence[int]) -> bool:
        return any(op.path == path and span[0] <= op.line <= span[1] for op in self._raw_ops)

    def attempt(self, wanted: Wanted) -> Callable[[str], Optional[bool]]:
        """Makes calls and keeps those that show something new; tells whether one did.

        Nothing is told of one that makes models which show nothing new: another way in it may.
        """

        def call(text: str) -> Optional[bool]:
            before = self.unseen(wanted)

            def is_wanted() -> bool:
                return self.unseen(wanted) != before

            if self.make(text, is_wanted):
                return True
            if self._makes_others:
                return None
            is_loose = self._ends_in_no_model and not text.startswith(MODEL_OF)
            return is_loose and self.make(_leaving_tensors(text), is_wanted)

        return call

    def make(self, text: str, is_wanted: Callable[[], bool], has_worked: bool = False) -> bool:
        """Make one call; whether it made models that are kept.

        That it fails is told where it ``has_worked`` elsewhere.
        """
        result = self._result
        self._ends_in_no_model = self._makes_others = False
        models, ops, failures = len(result.models), len(self._raw_ops), len(result.failures)
        self._watch.begin()
        more = helpers(self._keras, self._names)
        value = attempted(
            result,
            text,
            lambda: under_watch(self._watch, functools.partial(eval, text, self._names, more)),
        )
        for captured in result.models[models:]:
            captured.call = text
        is_kept = len(result.models) > models and is_wanted()
        result.calls.append((text, is_kept))
        if is_kept:
            if text.startswith(MODEL_OF):
                self._raw_ops[ops:] = [replace(op, in_block=True) for op in self._raw_ops[ops:]]
            made = [item.model for item in result.models]
            result.notes.append("made-up call: %s" % text)
            if models_in(value, self._keras):
                result.given[text] = given_text(value, self._keras, made)
        else:
            self._ends_in_no_model = len(result.failures) == failures and is_wanted()
            has_failed = len(result.failures) > failures
            self._makes_others = len(result.models) > models and not has_failed
            what = NOT_WANTED if len(result.models) > models else NO_MODEL
            why = result.failures[failures:][:1] or [told(text, ": ", what)]
            result.tried.extend(why)
            del result.models[models:], self._raw_ops[ops:]
            if not has_worked:
                del result.failures[failures:]
        return is_kept


def _leaving_tensors(text: str) -> str:
    """The call that makes a model of the tensors that the call ``text`` leaves behind."""
    name = text[: -len("()")]
    is_plain = text.endswith("()") and name.replace(".", "_").isidentifier()
    return "%s(%s)" % (MODEL_OF, name if is_plain else "lambda: %s" % text)


def attempted(result: Capture, where: str, action: Callable[[], Any]) -> Any:
    """What ``action`` gives; None where it fails, which is told in ``result``."""
    try:
        return action()
    except (Exception, SystemExit, TooLongError, TrainingReachedError) as error:
        # Whatever user code raises is that statement's failure, and is reported as such.
        place = raised_at([where], error, result.entry, result.paths)
        explain(place, error, result.failures, result.notes)
        return None


def call_builders(
    module: ModuleType,
    entry: str,
    makers: Set[CodeType],
    result: Capture,
    raw_ops: List[MadeOp],
    watch: Watch,
) -> Dict[str, Any]:
    """Call the functions that look like builders and have made no model so far; what they give.

    The raw ops of a call that makes none are forgotten.
    """
    returned = {}
    for name, function in list(module.__dict__.items()):
        if not isinstance(function, types.FunctionType):
            continue
        code = function.__code__
        if code.co_filename != entry or code in makers or not _builds(name, code):
            continue
        required = _required(function)
        if required:
            result.notes.append("%s() was not called: it needs %s" % (name, ", ".join(required)))
            continue
        watch.begin()
        call = "%s()" % name
        models, ops = len(result.models), len(raw_ops)
        returned[call] = attempted(result, call, functools.partial(under_watch, watch, function))
        for captured in result.models[models:]:
            captured.call = call
        if len(result.models) == models:
            del raw_ops[ops:]
    return returned


def run_variants(
    keras: Any, namespace: Dict[str, Any], variants: Sequence[str], watch: Watch, result: Capture
) -> None:
    """Evaluate ``variants``, which call builders with other values, as long as a statement may."""
    end = time.monotonic() + watch.idle
    for variant in variants:
        if time.monotonic() > end:
            sys.audit(OUT_OF_TIME)
            break
        result.variants.append(variant)
        before = len(result.models)
        watch.begin()
        evaluate = functools.partial(eval, variant, namespace, helpers(keras, namespace))
        value = attempted(result, variant, functools.partial(under_watch, watch, evaluate))
        for captured in result.models[before:]:
            captured.variant = variant
        if models_in(value, keras):
            models = [item.model for item in result.models]
            result.given[variant] = given_text(value, keras, models)


def _builds(name: str, code: CodeType) -> bool:
    if BUILDER_NAMES & set(code.co_names):
        return True
    return any(word in name.lower() for word in MODEL_WORDS)


def _required(function: types.FunctionType) -> List[str]:
    parameters = inspect.signature(function).parameters.values()
    return [
        item.name
        for item in parameters
        if item.default is item.empty and item.kind not in (item.VAR_POSITIONAL, item.VAR_KEYWORD)
    ]
