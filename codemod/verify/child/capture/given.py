"""Which models the user's code gives: what builders return, what names are bound to."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

from ..limits import MODELS_DEPTH, MOST_MODELS


def models_in(value: Any, keras: Any, depth: int = MODELS_DEPTH) -> List[Any]:
    """The models in ``value``, in lists, tuples and dictionaries too."""
    if isinstance(value, keras.Model):
        return [value]
    if depth == 0 or (isinstance(value, (dict, list, tuple)) and len(value) > MOST_MODELS):
        return []
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [model for item in value for model in models_in(item, keras, depth - 1)]
    return []


def given_text(value: Any, keras: Any, models: Sequence[Any], depth: int = MODELS_DEPTH) -> str:
    """``value`` in words: ``{student: model 2 (`s`)}``; the number is the place in ``models``."""
    if isinstance(value, keras.Model):
        numbers = [index + 1 for index, model in enumerate(models) if model is value]
        name = "`%s`" % getattr(value, "name", "")
        return "model %d (%s)" % (numbers[0], name) if numbers else name
    if not models_in(value, keras, depth):
        return "_"
    if isinstance(value, dict):
        parts = [
            "%s: %s" % (key, given_text(item, keras, models, depth - 1))
            for key, item in value.items()
            if models_in(item, keras, depth - 1)
        ]
        return "{%s}" % ", ".join(parts)
    if isinstance(value, (list, tuple)):
        parts = [given_text(item, keras, models, depth - 1) for item in value]
        return ("[%s]" if isinstance(value, list) else "(%s)") % ", ".join(parts)
    return "_"


def given_by_names(namespace: Dict[str, Any], keras: Any, models: Sequence[Any]) -> Dict[str, str]:
    """The names of a module that stand for models, or for what holds some."""
    return {
        name: given_text(value, keras, models)
        for name, value in namespace.items()
        if not name.startswith("__") and value is not namespace and models_in(value, keras)
    }


def given_difference(before: Dict[str, str], after: Dict[str, str]) -> str:
    """The first name or call that gives other models, in one line; empty where none does."""
    for name, old in before.items():
        new = after.get(name, "nothing")
        if new != old:
            return "`%s` gives %s, not %s" % (name, new, old)
    return ""
