"""What a model must do after the rewrite: be cloned, be saved, be loaded again."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

from ..capture.keras_generation import is_keras_3
from ..failures import one_line
from ..limits import CLONED_LAYERS
from ..numbers.forward import Output, difference, run_forward
from .checkpoints import ModelFiles

Reasons = Dict[str, Optional[str]]


def save_failure(files: ModelFiles, model: Any, path: str) -> Optional[str]:
    """Why ``model`` cannot be saved to ``path``, or ``None``."""
    return _why_not(lambda: files.save_model(model, path))


def clone_and_load(
    tf: Any,
    files: ModelFiles,
    model: Any,
    inputs: Any,
    path: str,
    loads_alike: Callable[[], bool],
) -> Reasons:
    """Why ``model`` cannot be cloned, and loaded from ``path``; or ``None``.

    The path is empty where it was not saved. Loading is that of this process, where all user code
    has run. Under Keras 2, where another process loads what was saved, it stands for that one where
    it ``loads_alike``. What can be loaded is not cloned, since loading takes as much from the
    layers; nor are, under Keras 2, models of many layers.
    """
    is_last = is_keras_3()
    expected = run_forward(tf, model, inputs)
    reasons: Reasons = {}
    loading: Reasons = {}
    if path and (is_last or loads_alike()):
        loading["load"] = load_failure(tf, files, path, lambda _: inputs, expected)[1]
        if loading["load"] is None:
            return loading
    if is_last or len(model.layers) <= CLONED_LAYERS:
        reasons["clone"] = clone_failure(tf, model, inputs, expected)
    # Otherwise the other process tells.
    return {**reasons, **loading} if is_last else reasons


def clone_failure(tf: Any, model: Any, inputs: Any, expected: Output) -> Optional[str]:
    """Why ``clone_model`` gives no equal model, or ``None``."""

    def clone() -> Optional[str]:
        copy = tf.keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
        return _other_outputs(expected, run_forward(tf, copy, inputs))

    return _why_not(clone)


def load_failure(
    tf: Any, files: ModelFiles, path: str, inputs_of: Callable[[Any], Any], expected: Output
) -> Tuple[Any, Optional[str]]:
    """The model in ``path`` or ``None``, and why it does not load with the same outputs.

    ``safe_mode`` is left to its default. Losses and metrics are not loaded: they are not part of
    what is rewritten.
    """
    loaded: List[Any] = []

    def load(load_model: Callable[..., Any]) -> Optional[str]:
        loaded.clear()
        model = load_model(path, compile=False)
        loaded.append(model)
        return _other_outputs(expected, run_forward(tf, model, inputs_of(model)))

    reason: Optional[str] = ""
    if not is_keras_3():
        # AutoGraph takes a quarter of the time, and only control flow on tensors needs it: without
        # it that fails.
        plain = tf.autograph.experimental.do_not_convert(files.load_model)
        reason = _why_not(lambda: load(plain))
    if reason is not None:
        reason = _why_not(lambda: load(files.load_model))
    return (loaded[0] if loaded else None), reason


def _why_not(action: Callable[[], Optional[str]]) -> Optional[str]:
    try:
        return action()
    except Exception as error:
        # Whatever Keras or a layer raises is the reason.
        return one_line(error)


def _other_outputs(expected: Output, found: Output) -> Optional[str]:
    result = difference(expected, found, exact=True)
    return None if result["tier"] == "bitwise" else str(result["reason"] or "other last bits")
