"""Hazards: what rewritten models cannot do after the rewrite, although the originals can."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Result = Mapping[str, Any]
Reload = Callable[[list[dict[str, Any]]], Result]

TEXTS = {
    "clone": "clone_model does not work",
    "save": "the model cannot be saved as .keras",
    "load": "saved as .keras it does not load again with the default safe_mode",
    "fresh": "saved as .keras it does not load in a fresh process with the default safe_mode",
}
ADVICE = "; `--to layer` makes classes that do"


def saved_models(original: Result, side: Result, folder: str) -> list[dict[str, Any]]:
    """What a fresh process needs to load the models that ``side`` saved, and to compare them.

    ``folder`` is that of the original's outputs.
    """
    return [
        {
            "index": index,
            "path": after["saved"],
            "sample": before["samples"][0],
            "tokens": before["tokens"],
            "output": f"{folder}/{index}_0.npz",
        }
        for index, (before, after) in enumerate(zip(original["models"], side["models"]))
        if after.get("saved")
    ]


def hazards_of(
    original: Result,
    rewritten: Result,
    under_3: Result | None,
    reloaded: Mapping[int, Result],
    original_reloaded: Callable[[], Mapping[int, Result]],
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

    pairs = list(enumerate(zip(original["models"], rewritten["models"])))
    failures = {index: _failed(after, reloaded.get(index)) for index, (_, after) in pairs}
    able = original_reloaded() if any(failures.values()) else {}
    for index, (before, _) in pairs:
        for text in before.get("hazards", ()):
            add(index, text)
        for check, reason in failures[index].items():
            asked = "clone" if check == "clone" else "load"
            if able.get(index, {}).get(asked, "not saved") is None:
                add(index, _line(check, reason))
    for index, after in enumerate(_models(under_3)):
        texts = [*after.get("hazards", ())]
        failed = _failed(after, None)
        texts += [_line(check, reason) for check, reason in failed.items()]
        for text in texts:
            add(index, f"Keras 3: {text}")
    return tuple(f"{_listed(names)}: {text}" for text, names in found.items())


def _models(result: Result | None) -> Sequence[Result]:
    return [] if result is None else result.get("models", [])


def _failed(after: Result, reloaded: Result | None) -> dict[str, str]:
    reasons = dict(after.get("lifecycle", {}))
    if reloaded is not None:
        reasons["fresh"] = reloaded["load"]
    return {check: str(reason) for check, reason in reasons.items() if reason is not None}


def _line(check: str, reason: str) -> str:
    # Keras names the Lambda layer in all its refusals to load one (tf-keras 2.21, Keras 3.15).
    return f"{TEXTS[check]} ({reason}){ADVICE if 'ambda' in reason else ''}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
