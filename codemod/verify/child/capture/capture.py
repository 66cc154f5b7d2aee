"""Running the user's code and catching the functional models that it makes."""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import sys
import types
from types import CodeType, FrameType, ModuleType
from typing import Any, ContextManager, Dict, List, Optional, Sequence, Set, Tuple

from ..limits import EXPLORED_IDLE, EXPLORED_PART
from ..told import told
from . import overlay
from .calls import Caller, attempted, call_builders, run_variants
from .captured import Capture, CapturedModel, Task
from .explored import Explorer
from .given import given_by_names, given_text, models_in
from .loose_models import LooseModels
from .made_at import frames_of
from .made_up_arguments import made_up_arguments
from .module_names import is_in_package, load, module_name
from .old_modules import notes_of_old_modules
from .placeholders import require_values
from .raw_ops import MadeOp, user_frame
from .repeating import Repeating
from .resuming import run_on
from .shell import Shell, given_names
from .stand_ins import StandIns, is_gone_from_keras
from .statements import (
    Watch,
    run_script,
    watch_for,
    watch_layers,
)
from .symbolic_arguments import helpers

REBUILDING = frozenset(
    [
        *("from_config", "clone_model", "_clone_functional_model", "reconstruct_from_config"),
        "_small_model",  # What a made-up call gives to a block.
        "model_of_loose_tensors",
    ]
)
REFUSED = "Keras 3 takes no symbolic losses and metrics of a model"
LIBRARY_PATHS = ("/applications/", "/models/sequential.py")


def capture_models(
    keras: Any,
    served: overlay.Served,
    task: Task,
    raw_ops: List[MadeOp],
    loose: Optional[LooseModels] = None,
) -> Capture:
    """Do ``task`` and return the models, in order of construction.

    ``raw_ops`` are recorded meanwhile; those of models that are not kept are taken out.
    What running ``entry`` leaves in no model gets one of ``loose``.
    """
    entry = task.entry
    caught: List[CapturedModel] = []
    makers: Set[CodeType] = set()
    sources = served.sources
    _hook_functional(keras, sources, caught, makers, [] if loose is None else loose.built)
    result = Capture(caught, [], [], entry=entry, paths=sources)
    _hook_additions(functional_class(keras), result.without_losses)
    stand_ins = StandIns(result.notes.append)
    stand_ins.install()
    run_on(served, result.notes.append, stand_ins.mends)
    watch = watch_for(task.time_limit)
    if task.builds:
        namespace = _run_builds(keras, entry, sources, task.builds, result, stand_ins)
        run_variants(keras, namespace, task.variants, watch, result)
        result.notes.extend(notes_of_old_modules())
        return result
    watch_layers(keras, watch)

    def leaving(variant: str = "") -> ContextManager[Any]:
        return loose.leaving(result, raw_ops, variant) if loose else contextlib.ExitStack()

    made: List[List[Any]] = [caught, raw_ops] if loose is None else [caught, raw_ops, loose.made]
    repeating = Repeating(
        made, lambda error: not is_gone_from_keras(error) and stand_ins.is_mended(error)
    )
    with leaving():
        module = _run_entry(entry, served, result, watch, task.arguments, stand_ins, repeating)
    if module is not None:
        names = given_by_names(module.__dict__, keras, [item.model for item in caught])
        if not caught:
            # Tensors that end in no model show nothing.
            raw_ops.clear()
        returned = call_builders(module, entry, makers, result, raw_ops, watch)
        models = [item.model for item in caught]
        calls = {call: value for call, value in returned.items() if models_in(value, keras)}
        result.given.update(names)
        result.given.update({c: given_text(value, keras, models) for c, value in calls.items()})
        run_variants(keras, module.__dict__, task.variants, watch, result, leaving)
        caller = Caller(keras, module, result, raw_ops, watch, stand_ins.completed)
        if task.wanted:
            idle, longest = EXPLORED_IDLE * task.time_limit, EXPLORED_PART * task.time_limit
            explorer = Explorer(module, entry, sources, idle, longest, lambda: caller.error)
            explorer.explore(lambda: caller.unseen(task.wanted), caller.attempt(task.wanted))
        for text, is_kept in task.calls:
            caller.make(text, functools.partial(bool, is_kept), has_worked=is_kept)
    result.notes.extend(notes_of_old_modules())
    if not caught:
        # What was left out is then the reason, not an assumption.
        result.failures.extend(told(note) for note in result.notes)
        result.notes.clear()
    return result


def functional_class(keras: Any) -> Any:
    """The class that ``keras.Model(inputs, outputs)`` makes an instance of."""
    name = keras.Model.__module__
    for candidate in (
        name.replace("engine.training", "engine.functional"),
        name.replace("models.model", "models.functional"),
    ):
        module = importlib.import_module(candidate)
        if hasattr(module, "Functional"):
            return module.Functional
    raise RuntimeError("this Keras has no Functional class")


def _hook_functional(
    keras: Any,
    sources: Dict[str, bytes],
    caught: List[CapturedModel],
    makers: Set[CodeType],
    built: List[Any],
) -> None:
    functional = functional_class(keras)
    initialise = functional.__init__

    def recording_init(self: Any, *args: Any, **kwargs: Any) -> None:
        # Keras 2 first makes an empty object: Model.__new__ asks for that with skip_init.
        is_empty = bool(kwargs.get("skip_init"))
        require_values(args, kwargs)
        initialise(self, *args, **kwargs)
        if is_empty:
            return
        built.append(self)
        frame = sys._getframe(1)
        user = user_frame(frame, sources)
        if _is_rebuilt(frame, user) or any(item.model is self for item in caught):
            return
        if type(self).__name__ == "Sequential":
            return
        while frame is not None:
            makers.add(frame.f_code)
            if frame.f_back is None:
                break
            frame = frame.f_back
        line, builder = (0, "") if user is None else (user.f_lineno, _function_name(user.f_code))
        name = str(self.name)
        if _is_backend_function(sys._getframe(1), user):
            # Keras 2 makes a model of it, which the user does not see.
            name = "K.function"
        made_at = frames_of(user, sources)
        caught.append(CapturedModel(self, name, line, builder, frames=made_at))

    functional.__init__ = recording_init


def _hook_additions(functional: Any, without: List[Any]) -> None:
    """Note the models whose losses and metrics are refused: Keras 3.15 takes no symbolic ones."""
    for name in ("add_loss", "add_metric"):
        add = getattr(functional, name, None)
        if add is not None:
            setattr(functional, name, _noting(add, without))


def _noting(add: Any, without: List[Any]) -> Any:
    def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return add(self, *args, **kwargs)
        except Exception as error:
            without.append(self)
            if not error.args:
                error.args = (REFUSED,)
            raise

    return noting


def _function_name(code: CodeType) -> str:
    """``Builder.build``; before Python 3.11 only ``build``."""
    return str(getattr(code, "co_qualname", code.co_name))


def _is_rebuilt(frame: Optional[FrameType], user: Optional[FrameType]) -> bool:
    """Whether Keras makes the model for itself: a clone, an application, inside Sequential."""
    while frame is not None and frame is not user:
        path = frame.f_code.co_filename.replace(os.sep, "/")
        if frame.f_code.co_name in REBUILDING or any(part in path for part in LIBRARY_PATHS):
            return True
        frame = frame.f_back
    return False


def _is_backend_function(frame: Optional[FrameType], user: Optional[FrameType]) -> bool:
    """Whether the model stands for a call of ``keras.backend.function``."""
    while frame is not None and frame is not user:
        code = frame.f_code
        if code.co_name == "function" and os.path.basename(code.co_filename) == "backend.py":
            return True
        frame = frame.f_back
    return False


def _run_entry(
    entry: str,
    served: overlay.Served,
    result: Capture,
    watch: Watch,
    arguments: Optional[Sequence[str]],
    stand_ins: StandIns,
    repeating: Repeating,
) -> Optional[ModuleType]:
    content = served.sources[entry]
    if is_in_package(entry, content) or os.path.basename(entry) == "__init__.py":
        module: Optional[ModuleType] = attempted(
            result,
            "the module %s" % os.path.basename(entry),
            lambda: stand_ins.completed_or_resumed(functools.partial(load, entry, content)),
        )
        return module
    script = types.ModuleType("__main__")
    script.__file__ = entry
    sys.modules["__main__"] = script
    # A script may have the name of a module that others need.
    sys.modules.setdefault(module_name(entry, content), script)
    vars(script).update(given_names(entry, Shell(result.notes.append)))
    tree = served.tree(entry)
    places = list(dict.fromkeys([os.getcwd(), os.path.dirname(entry)]))
    given = made_up_arguments(tree, places) if arguments is None else arguments
    if given and arguments is None:
        result.notes.append("sys.argv was given the arguments %s" % " ".join(map(repr, given)))
    sys.argv = [entry, *given]
    run_script(
        tree,
        entry,
        script.__dict__,
        watch,
        result.failures,
        result.notes,
        served.sources,
        repeating,
    )
    return script


def _run_builds(
    keras: Any,
    entry: str,
    sources: Dict[str, bytes],
    builds: Sequence[str],
    result: Capture,
    stand_ins: StandIns,
) -> Dict[str, Any]:
    """Evaluate ``builds``; the names of the last module that one of them is evaluated in."""
    namespace: Dict[str, Any] = {}
    for call in builds:
        name, expression = split_build(call)

        before = list(result.models)
        shell = Shell(result.notes.append)
        load_it = functools.partial(_imported, name, entry, sources[entry], shell)
        module = attempted(result, call, functools.partial(stand_ins.completed_or_resumed, load_it))
        if module is None:
            continue
        imported = result.models[len(before) :]
        namespace = module.__dict__
        value = attempted(
            result, call, functools.partial(eval, expression, namespace, helpers(keras, namespace))
        )
        made = result.models[len(before) + len(imported) :]
        for captured in made:
            captured.call = call
        returned = models_in(value, keras)
        # Models that the module itself makes belong to the call only where it returns them.
        kept = before + [item for item in imported if any(item.model is m for m in returned)]
        kept += made if returned else []
        known = {id(item.model) for item in kept}
        kept += [CapturedModel(m, str(m.name), 0) for m in returned if id(m) not in known]
        result.models[:] = kept
        if returned:
            models = [item.model for item in kept]
            result.given[call] = given_text(value, keras, models)
    return namespace


def _imported(name: Optional[str], entry: str, content: bytes, shell: Shell) -> ModuleType:
    if name:
        return importlib.import_module(name)
    return load(entry, content, given_names(entry, shell))


def split_build(call: str) -> Tuple[Optional[str], str]:
    """The module of a call such as ``package.module:build()``, if given, and the expression."""
    head = call.partition("(")[0]
    if ":" in head:
        name, _, expression = call.partition(":")
        return name.strip(), expression.strip()
    return None, call.strip()
