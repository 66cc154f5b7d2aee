"""Calls in a module that has run: of builders, and of what else makes models."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
import time
import types
from dataclasses import replace
from types import CodeType, ModuleType
from typing import Any, Callable, ContextManager, Dict, List, Optional, Sequence, Set

from ..layers import leaf_layers
from ..protocol import MODEL_OF
from ..sandbox.reads import OUT_OF_TIME
from ..told import told
from .captured import Capture, Wanted
from .given import given_text, models_in
from .raw_ops import MadeOp, is_inside
from .statements import TooLongError, TrainingReachedError, Watch, explain, raised_at, under_watch
from .symbolic_arguments import helpers

BUILDER_NAMES = frozenset(["Input", "Model", "Functional"])
NO_MODEL = "it makes no functional model"
NOT_WANTED = "its models do not run this code"
Completed = Callable[[Callable[[], Any]], Any]
MODEL_WORDS = ("model", "net", "build", "encoder", "decoder", "generator", "discriminator")


def attempt_once(action: Callable[[], Any]) -> Any:
    """What ``action`` gives."""
    return action()


class Caller:
    """Makes calls in a module; the models of one that is not kept are forgotten.

    ``completed`` makes a call again where something that stands in its way can be mended.
    """

    def __init__(
        self,
        keras: Any,
        module: ModuleType,
        result: Capture,
        raw_ops: List[MadeOp],
        watch: Watch,
        completed: Completed = attempt_once,
    ) -> None:
        self._completed = completed
        self._keras = keras
        self._names = module.__dict__
        self._result = result
        self._raw_ops = raw_ops
        self._watch = watch
        self._ends_in_no_model = False
        self._makes_others = False
        self.error: Optional[BaseException] = None
        self._holders: List[Any] = []
        self._held: Set[int] = set()

    def unseen(self, wanted: Wanted) -> Wanted:
        """The lines of ``wanted`` that no raw op stands in."""
        left = {
            path: [span for span in spans if not self._is_seen(path, span)]
            for path, spans in wanted.items()
        }
        return {path: spans for path, spans in left.items() if spans}

    def _is_seen(self, path: str, span: Sequence[int]) -> bool:
        return any(self._is_held(op) for op in self._ops_at(path, span))

    def _ops_at(self, path: str, span: Sequence[int]) -> List[MadeOp]:
        return [op for op in self._raw_ops if op.path == path and is_inside(op, *span)]

    def _is_held(self, op: MadeOp) -> bool:
        """Whether a model has the layer of ``op``; what ends in no model is not compared."""
        models = [item.model for item in self._result.models]
        if self._holders != models:
            self._holders = models
            self._held = {id(layer) for model in models for layer in leaf_layers(model)}
        return id(op.made) in self._held

    def _are_loose(self, wanted: Wanted) -> bool:
        """Whether raw ops of lines that are not seen end in no model."""
        return any(
            self._ops_at(path, span)
            for path, spans in self.unseen(wanted).items()
            for span in spans
        )

    def attempt(self, wanted: Wanted) -> Callable[[str], Optional[bool]]:
        """Makes calls and keeps those that show something new; tells whether one did.

        Nothing is told of one that makes models which show nothing new: another way in it may.
        """

        def call(text: str) -> Optional[bool]:
            before = self.unseen(wanted)

            def is_wanted() -> bool:
                return self.unseen(wanted) != before

            if self.make(text, is_wanted, are_loose=lambda: self._are_loose(wanted)):
                return True
            makes_others = self._makes_others
            is_loose = self._ends_in_no_model and not text.startswith(MODEL_OF)
            if is_loose and self.make(_leaving_tensors(text), is_wanted):
                return True
            return None if makes_others else False

        return call

    def make(
        self,
        text: str,
        is_wanted: Callable[[], bool],
        has_worked: bool = False,
        are_loose: Callable[[], bool] = bool,
    ) -> bool:
        """Make one call; whether it made models that are kept.

        That it fails is told where it ``has_worked`` elsewhere. Where what it makes ``are_loose``
        tensors, a model of these may show what is wanted.
        """
        result = self._result
        self._ends_in_no_model = self._makes_others = False
        models, ops, failures = len(result.models), len(self._raw_ops), len(result.failures)
        more = helpers(self._keras, self._names)

        def evaluate() -> Any:
            # It may be begun anew, with a stand-in for what a package has no more.
            del result.models[models:], self._raw_ops[ops:]
            self._watch.begin()
            self.error = None
            try:
                return under_watch(self._watch, functools.partial(eval, text, self._names, more))
            except Exception as error:
                self.error = error
                raise

        value = attempted(result, text, lambda: self._completed(evaluate))
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
            self._ends_in_no_model = len(result.failures) == failures and are_loose()
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
    keras: Any,
    namespace: Dict[str, Any],
    variants: Sequence[str],
    watch: Watch,
    result: Capture,
    leaving: Callable[[str], ContextManager[Any]] = contextlib.nullcontext,
) -> None:
    """Evaluate ``variants``, which call builders with other values, as long as a statement may.

    In the context that ``leaving`` gives for each, what it leaves in no model gets one.
    """
    end = time.monotonic() + watch.idle
    for variant in variants:
        if time.monotonic() > end:
            sys.audit(OUT_OF_TIME)
            break
        result.variants.append(variant)
        before = len(result.models)
        watch.begin()
        evaluate = functools.partial(eval, variant, namespace, helpers(keras, namespace))
        with leaving(variant):
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
