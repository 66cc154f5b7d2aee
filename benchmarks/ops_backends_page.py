# ruff: noqa: E501
"""The page of ``ops_backends``: models and functions on other backends of Keras 3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Fields = Mapping[str, Any]
RECORDS = "tensorflow"
TITLES = {"jax": "JAX", "torch": "torch"}
TOLERANCE = 1e-4
"""A larger gap, as a part of the largest number of an example, is another result."""
REASON_LENGTH = 110
HEAD = """\
# Other backends of Keras 3

`python -m benchmarks.ops_backends --python PYTHON` wrote this page: what `--to ops --target keras3 --no-verify` makes of
the fixtures is built on TensorFlow, JAX and torch, each in a process of its own, on a CPU. Weights (`.weights.h5`) and
inputs (a batch of three, each example larger than the one before) are those of the run on TensorFlow. *ULP* is the largest
gap in units in the last place, beside numbers near zero too; *relative* is the largest gap as a part of the largest number
of its example. The import of TensorFlow stays in the sources, so TensorFlow is installed beside the others.
"""


def page(kept: Mapping[str, Fields], calls: Sequence[Fields], answers: Mapping[str, Any]) -> str:
    """The whole page."""
    return "\n".join(_lines(kept, calls, answers)) + "\n"


def _lines(
    kept: Mapping[str, Fields], calls: Sequence[Fields], answers: Mapping[str, Any]
) -> Iterator[str]:
    backends = [name for name in answers if name != RECORDS]
    versions = {key: text for told in answers.values() for key, text in told["versions"].items()}
    yield HEAD
    yield ", ".join(f"{name} {text}" for name, text in sorted(versions.items())) + "."
    yield ""
    models = list(_models(answers, backends))
    free = [one for one in models if not kept[one["fixture"]]["stay"]]
    held = [one for one in models if kept[one["fixture"]]["stay"]]
    yield from ("## Models without raw ops", "")
    yield "Layers and Lambdas of the fixtures' own may call TensorFlow all the same: these do not run elsewhere."
    yield ""
    for backend in backends:
        yield f"- {TITLES[backend]}: {_counted(free, backend)}"
    yield ""
    yield from _table(free, backends)
    yield from ("", "## Models that keep some of TensorFlow", "")
    yield "An op that is left keeps a class, or its place: such a model is for the TensorFlow backend. torch runs some of"
    yield "them, since a function of TensorFlow takes a tensor that needs no gradient for an array."
    yield ""
    for backend in backends:
        yield f"- {TITLES[backend]}: {_counted(held, backend)}"
    yield ""
    yield from _kept(kept, held, backends)
    if calls:
        yield from ("", "## Functions", "")
        yield from _functions(calls, answers, backends)


def _models(answers: Mapping[str, Any], backends: Sequence[str]) -> Iterator[Fields]:
    """Each model that runs on TensorFlow, with what it gives elsewhere."""
    for fixture, told in answers[RECORDS]["models"].items():
        for model in told.get("models", ()):
            if "failure" in model:
                continue
            found = {name: _of(answers[name]["models"][fixture], model["key"]) for name in backends}
            yield {"fixture": fixture, "model": model["name"], **found}


def _of(told: Fields, key: str) -> Fields:
    models = {model["key"]: model for model in told.get("models", ())}
    failure = told.get("failure") or "it is not built"
    found: Fields = models.get(key, {"failure": failure.partition("; ")[0]})
    return found


def _counted(models: Sequence[Fields], backend: str) -> str:
    found = [one[backend] for one in models]
    close = [told for told in found if state(told) == "close"]
    bits = sum(state(told) == "identical bits" for told in found)
    text = f"{bits + len(close)} of {len(found)} models run and are the same, {bits} bit for bit"
    if not close:
        return text + "."
    relative, ulp = max(told["relative"] for told in close), max(told["ulp"] for told in close)
    return f"{text}; the others differ by at most {relative:.1e} of the largest number, {ulp} ULP."


def state(told: Fields) -> str:
    """What became of a result: the tolerance is relative to the largest number of an example."""
    if "failure" in told:
        return "failed"
    if told["tier"] == "bitwise":
        return "identical bits"
    is_close = told["tier"] == "close" or 0 < told["relative"] < TOLERANCE
    return "close" if is_close else "different"


def words(told: Fields) -> str:
    """The cell of a table."""
    kind = state(told)
    if kind == "failed":
        return _shortened(told["failure"])
    text = kind
    if kind == "close":
        gap = (
            f"{told['ulp']} ULP, {told['relative']:.1e}"
            if told["ulp"]
            else f"{told['relative']:.1e}"
        )
        text = gap
    elif kind == "different":
        text = told["reason"]
        if text.endswith("differs by up to 0"):
            # The gap is that of finite numbers.
            text = text.replace("differs by up to 0", "has NaN or infinity elsewhere")
    other = "".join(f"; {dtype}" for dtype in told["dtypes"])
    return text.replace("|", "&#124;") + other


def _table(models: Sequence[Fields], backends: Sequence[str]) -> Iterator[str]:
    yield f"| fixture | model | {' | '.join(TITLES[name] for name in backends)} |"
    yield "|---" * (len(backends) + 2) + "|"
    for one in models:
        cells = " | ".join(words(one[name]) for name in backends)
        yield f"| {one['fixture']} | {one['model']} | {cells} |"


def _kept(
    kept: Mapping[str, Fields], models: Sequence[Fields], backends: Sequence[str]
) -> Iterator[str]:
    yield f"| fixture | stays | {' | '.join(TITLES[name] for name in backends)} |"
    yield "|---" * (len(backends) + 2) + "|"
    for fixture in dict.fromkeys(one["fixture"] for one in models):
        own = [one for one in models if one["fixture"] == fixture]
        stay = dict.fromkeys(
            f"`{site[0]}`: {_shortened(site[-1])}" for site in kept[fixture]["stay"]
        )
        cells = " | ".join(
            ", ".join(dict.fromkeys(_kind(one[name]) for one in own)) for name in backends
        )
        yield f"| {fixture} | {'; '.join(stay)} | {cells} |"


def _kind(told: Fields) -> str:
    kind = state(told)
    return "does not run" if kind == "failed" else kind


def _functions(
    calls: Sequence[Fields], answers: Mapping[str, Any], backends: Sequence[str]
) -> Iterator[str]:
    rows = [
        (call, {name: answers[name]["rows"][number] for name in backends})
        for number, call in enumerate(calls)
        if "failure" not in answers[RECORDS]["rows"][number].get("usual", {})
    ]
    count = len({call["raw"] for call, _ in rows})
    yield f"{count} calls, by which the table of [keras.ops](ops.md) is tested, float32 and int32, each in a model."
    yield "Special values are infinities, NaN and negative zeros among the others."
    yield ""
    yield f"| usual values | {' | '.join(TITLES[name] for name in backends)} |"
    yield "|---" * (len(backends) + 1) + "|"
    for kind in ("identical bits", "close", "different", "failed"):
        counts = [sum(state(told[name]["usual"]) == kind for _, told in rows) for name in backends]
        yield f"| {kind} | {' | '.join(map(str, counts))} |"
    for values in ("usual", "special"):
        wrong = [
            (call, told)
            for call, told in rows
            if any(_is_other(told[name].get(values)) for name in backends)
            and (values == "usual" or not any(_is_other(told[name]["usual"]) for name in backends))
        ]
        yield from ("", f"### Other results: {values} values", "")
        yield f"| call | keras.ops | dtype | {' | '.join(TITLES[name] for name in backends)} |"
        yield "|---" * (len(backends) + 3) + "|"
        for call, told in wrong:
            cells = " | ".join(words(told[name][values]) for name in backends)
            yield f"| `{call['raw']}` | `{call['text']}` | {call['dtype']} | {cells} |"


def _is_other(told: Fields | None) -> bool:
    return told is not None and (state(told) in ("different", "failed"))


def _shortened(text: str) -> str:
    line = text.replace("|", "&#124;")
    return line if len(line) <= REASON_LENGTH else line[:REASON_LENGTH] + "…"
