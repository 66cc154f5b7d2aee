"""Hazards: what rewritten models cannot do after the rewrite, although the originals can."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from codemod.verify.child.protocol import (
    OriginalModel,
    OriginalResult,
    ReloadedModel,
    RewrittenModel,
    RewrittenResult,
    SavedModel,
)

Side = OriginalResult | RewrittenResult
Model = OriginalModel | RewrittenModel

TEXTS = {
    "clone": "clone_model",
    "save": "saving it as .keras",
    "load": "loading it again from .keras",
    "fresh": "loading it from .keras in a fresh process",
}
NOT_SAVED: ReloadedModel = {"load": "no file", "clone": "no file"}
ADVICE = "; `--to layer` makes classes that can be loaded"
# In all refusals to load a Lambda layer with one (tf-keras 2.21, Keras 3.15).
PYTHON_LAMBDA = re.compile(r"Python `?lambda")
REASON_ENDS = re.compile(r"\. |\.$| Arguments received by | Full object config: ")


def load_failures(rewritten: RewrittenResult) -> bool:
    """Whether weights of the original failed to load into a rewritten model."""
    return any(model.get("not_loaded") for model in rewritten.get("models", ()))


def without_excused(rewritten: RewrittenResult, original: OriginalResult) -> RewrittenResult:
    """``rewritten`` with each model ``changed`` that cannot load what ``original`` can."""
    models: list[RewrittenModel] = []
    for index, model in enumerate(rewritten["models"]):
        known = original.get("models", ())[index : index + 1]
        loadable = known[0].get("checkpoints", ()) if known else ()
        failures = {
            title: reason
            for title, reason in model.get("not_loaded", {}).items()
            if title in loadable
        }
        changed = model.get("changed")
        for title, reason in failures.items():
            text = f"weights that the original saved ({title}) do not load: {reason}"
            changed = changed or text
        models.append({**model, "changed": changed} if failures else model)
    return {**rewritten, "models": models}


def saved_models(original: OriginalResult, side: Side, folder: str) -> list[SavedModel]:
    """What a fresh process needs to load the models that ``side`` saved, and to compare them.

    ``folder`` is that of the original's outputs.
    """
    models: Sequence[OriginalModel | RewrittenModel] = side.get("models", ())
    return [
        {
            "index": index,
            "path": path,
            "sample": before["samples"][0],
            "tokens": before["tokens"],
            "clone": side is original,
            "output": f"{folder}/{index}_0.npz",
        }
        for index, (before, after) in enumerate(zip(original["models"], models))
        if (path := after.get("saved"))
    ]


def hazards_of(
    original: OriginalResult,
    rewritten: RewrittenResult,
    under_3: RewrittenResult | None,
    reloaded: Mapping[int, ReloadedModel],
    original_reloaded: Callable[[], Mapping[int, ReloadedModel]],
) -> tuple[str, ...]:
    """One line for each thing that models cannot do, with their names.

    ``reloaded`` is what fresh processes found, by the index of the model; that of the original
    is asked for only where the rewritten model failed: what neither can do is no hazard.
    """
    if "failure" in rewritten:
        return ()
    found: dict[str, list[str]] = {}

    def add(index: int, text: str) -> None:
        names = found.setdefault(text, [])
        name = str(original["models"][index]["name"])
        if name not in names:
            names.append(name)

    failures = [
        ("", _failed(rewritten["models"], reloaded)),
        ("Keras 3: ", _failed(_models(under_3), {})),
    ]
    able = original_reloaded() if any(failed for _, failed in failures) else {}
    for index, model in enumerate(original["models"]):
        for text in model.get("hazards", ()):
            add(index, text)
    for index, after in enumerate(rewritten["models"]):
        for text in after.get("hazards", ()):
            add(index, text)
    for index, after in enumerate(_models(under_3)):
        for text in after.get("hazards", ()):
            add(index, f"Keras 3: {text}")
    for generation, failed in failures:
        for index, reasons in failed.items():
            before = able.get(index, NOT_SAVED)
            mine = {
                check: reason
                for check, reason in reasons.items()
                if not _excused(reason, before["clone"] if check == "clone" else before["load"])
            }
            for text in _lines(mine):
                add(index, generation + text)
    return tuple(f"{_listed(names)}: {text}" for text, names in found.items())


def _models(result: RewrittenResult | None) -> Sequence[RewrittenModel]:
    return [] if result is None else result.get("models", [])


def _failed(
    models: Sequence[RewrittenModel], reloaded: Mapping[int, ReloadedModel]
) -> dict[int, dict[str, str]]:
    """Why which checks of which models fail."""
    found = {}
    for index, model in enumerate(models):
        reasons = dict(model.get("lifecycle", {}))
        if index in reloaded:
            reasons["fresh"] = reloaded[index]["load"]
        failed = {check: str(reason) for check, reason in reasons.items() if reason is not None}
        if failed:
            found[index] = failed
    return found


def _excused(reason: str, before: str | None) -> bool:
    """Whether the original fails too, and no other target could do better."""
    if before is None:
        return False
    return not PYTHON_LAMBDA.search(reason) or bool(PYTHON_LAMBDA.search(before))


def _lines(reasons: Mapping[str, str]) -> list[str]:
    """A line for each reason, with all checks that fail for it."""
    checks: dict[str, list[str]] = {}
    for check, reason in reasons.items():
        checks.setdefault(REASON_ENDS.split(reason)[0], []).append(TEXTS[check])
    return [
        f"{' and '.join(names)} {'fails' if len(names) == 1 else 'fail'} ({reason})"
        + (ADVICE if PYTHON_LAMBDA.search(reason) else "")
        for reason, names in checks.items()
    ]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
