"""What closes the report for people: what was done in numbers, and what is left for the user."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from codemod.codes import title_of
from codemod.limits import MODELS_LISTED, PLACES_LISTED
from codemod.reports.places import Places
from codemod.reports.style import Style
from codemod.reports.text import error_line, not_found
from codemod.reports.tried_calls import without_values
from codemod.reports.words import (
    claim_state,
    describe_environment,
    describe_hazard,
    keras3_state,
    listed,
    number,
    one_line,
    why_not_keras3,
)
from codemod.results import FileResult
from codemod.settings import Command
from codemod.verdict import Environment, ModelVerdict
from transforms.sites.hazards import MENDED

NEEDS = re.compile(r"(\w+)\(\) was not called: it needs ([\w, ]+)")
DONE = frozenset({"rewritten", "rewritable"})
FOLLOWS_FROM_FAILURE = frozenset({"KC310", "KC311"})
"""Refusals of files that were not verified at all: that is told once, for the file."""
UNDER_KERAS_3 = ("KC206", "KC4")
"""How the codes of hazards begin that code meets under Keras 3 alone; a Lambda that can be mended
is none where no model is loaded.
"""


def summary_lines(results: Sequence[FileResult], command: Command, style: Style) -> list[str]:
    """Return how the models fared under each Keras, then one line that counts everything.

    A preview that nothing has verified says that it is not what verification would write.
    """
    failed = any(result.status == "failed" for result in results)
    mark = style.bad if failed else style.good
    lines = [style.quiet(line) for line in (*_generations(results), *_preview(results))]
    return [*lines, mark(counts_line(results, command))]


def _preview(results: Sequence[FileResult]) -> Iterator[str]:
    shown = [
        site
        for result in results
        if result.status == "would-rewrite" and result.verdict is None
        for site in result.sites
        if site.target == "layer"
    ]
    if len(shown) > 1:
        yield (
            "Not verified, so each op has a layer of its own; `--verify` makes one layer of ops "
            "that belong together."
        )


def left_lines(results: Sequence[FileResult], style: Style, *, is_fixed: bool = False) -> list[str]:
    """Return what is left for the user as a list to work off, nothing where nothing is left.

    ``is_fixed`` says that what stops the code under Keras 3 was mended where that is exact.
    """
    items = [
        *_failed_builds(results),
        *_not_processed(results),
        *_not_verified(results),
        *_refused(results),
        *_only_shown(results),
        *(_not_mended(results) if is_fixed else _to_be_mended(results)),
        *_under_keras_3(results),
    ]
    if not items:
        return []
    return [style.path("What is left for you:"), *(f"- {one_line(item)}" for item in items)]


def counts_line(results: Sequence[FileResult], command: Command) -> str:
    """Return one line that counts everything."""
    counts: Counter[str] = Counter(result.status for result in results)
    sites: Counter[str] = Counter(site.status for result in results for site in result.sites)
    unreadable = sum(result.error is not None for result in results)
    hazards = sum(len(result.hazards) for result in results)
    kept = sum(len(result.kept) for result in results)
    refused = sites["refused"]
    files = number(len(results), "file")
    parts: list[str] = []
    if command == "verify":
        parts = [] if counts["failed"] else ["verified"]
    elif command == "check" and sites.total():
        found = sum(bool(result.sites) for result in results)
        parts = [f"{number(sites.total(), 'raw expression')} in {found} of {files}"]
        parts += [f"{refused} refused"] * bool(refused)
    elif command == "rewrite":
        for status, verb in ("rewritten", "rewritten"), ("would-rewrite", "would be rewritten"):
            if counts[status]:
                done = [result for result in results if result.status == status]
                expressions = sum(s.status in DONE for result in done for s in result.sites)
                text = number(expressions, "raw expression")
                parts.append(f"{number(counts[status], 'file')} {verb} ({text})")
        parts += [f"{number(refused, 'raw expression')} refused"] * bool(refused)
    skipped = sites["skipped"]
    parts += [f"{number(skipped, 'raw expression')} skipped from now on"] * bool(skipped)
    left = sum(len(not_found(result)) for result in results)
    parts += [f"{number(left, 'raw op')} that only a run has shown"] * bool(left)
    parts += [number(hazards, "hazard")] * bool(hazards)
    fixes = [fix for result in results for fix in result.fixes]
    what = " for Keras 3" if all(fix.code.startswith("KC4") for fix in fixes) else ""
    parts += [f"{len(fixes)} {'fix' if len(fixes) == 1 else 'fixes'}{what}"] * bool(fixes)
    failed = counts["failed"] - unreadable
    parts += [f"{number(failed, 'file')} failed verification"] * bool(failed)
    parts += [f"{number(unreadable, 'path')} not processed"] * bool(unreadable)
    text = ", ".join(parts) or f"no raw ops in {files}"
    stay = "stays" if kept == 1 else "stay"
    if kept and command != "verify":
        what = number(kept, "operator or slice") if kept == 1 else f"{kept} operators and slices"
        text += f"; {what} {stay} (`--operators wrap` takes {'it' if kept == 1 else 'them'})"
    return f"{text}."


def _generations(results: Sequence[FileResult]) -> Iterator[str]:
    """How many models fared how, under Keras 2 and under Keras 3, and in which interpreter."""
    models = list(models_of(results))
    if not models:
        return
    by_keras_2 = [model for result, model in models if _generation(result) == 2]
    ports = [claim_state(model.port) for model in by_keras_2 if model.port]
    claims: tuple[tuple[str, list[str], list[Environment]], ...] = (
        ("Keras 2", [model.verdict for model in by_keras_2], _environments(results, "keras2")),
        ("Keras 3", [keras3_state(model) for _, model in models], _environments(results, "keras3")),
        ("Port", ports if {*ports} - {"not checked"} else [], []),
    )
    for name, states, environments in claims:
        if not states:
            continue
        counted = ", ".join(
            f"{count} {state.replace('does', 'do') if count > 1 else state}"
            for state, count in Counter(states).items()
        )
        where = "; ".join(
            describe_environment(one) if not one.problem else why_not_keras3(one)
            for one in environments
        )
        yield one_line(f"{name}: {number(len(states), 'model')}: {counted}") + (
            f" ({one_line(where)})" if where else ""
        )


def _generation(result: FileResult) -> int:
    return 2 if result.verdict is None else result.verdict.generation


def models_of(results: Iterable[FileResult]) -> Iterator[tuple[FileResult, ModelVerdict]]:
    """Each model once; files whose code meets in one model share its verdict."""
    seen: set[int] = set()
    for result in results:
        for model in result.verdict.models if result.verdict else ():
            if id(model) not in seen:
                seen.add(id(model))
                yield result, model


def _environments(results: Iterable[FileResult], generation: str) -> list[Environment]:
    found = [getattr(result.verdict, generation) for result in results if result.verdict]
    return list(dict.fromkeys(one for one in found if one is not None))


def _failed_builds(results: Iterable[FileResult]) -> Iterator[str]:
    for result in results:
        for build in result.failed_builds:
            yield f"{result.path}: --build {build}"


def _not_processed(results: Iterable[FileResult]) -> Iterator[str]:
    for result in results:
        if result.error is not None:
            yield error_line(result)


def _not_verified(results: Iterable[FileResult]) -> Iterator[str]:
    for result in results:
        if result.status == "failed" and result.error is None:
            reason = result.verdict.reason if result.verdict else "not verified"
            if any(build in reason for build in result.failed_builds):
                continue  # It is told as a call that failed.
            yield f"{result.path}: {reason}{_advice(reason, result.tried)}"


def _advice(reason: str, tried: Sequence[str]) -> str:
    found = NEEDS.search(reason)
    if tried:
        call = without_values(tried[0])
    elif found is not None:
        arguments = ", ".join(f"{name}=…" for name in found[2].split(", "))
        call = f"{found[1]}({arguments})"
    else:
        return ""
    return f"; give --build {shlex.quote(call)}"


def _refused(results: Iterable[FileResult]) -> Iterator[str]:
    """A line for each code, with the reason where it is one, and all places in all files."""
    places: dict[str, list[str]] = {}
    reasons: dict[str, dict[str, None]] = {}
    for result in results:
        lines: dict[str, list[str]] = {}
        for site in result.sites:
            code = site.refusal.code if site.refusal else ""
            if site.status != "refused" or (
                result.status == "failed" and code in FOLLOWS_FROM_FAILURE
            ):
                continue
            lines.setdefault(code, []).append(Places(result).now(site.span.line))
            reasons.setdefault(code, {})[str(site.refusal or "no reason given")] = None
        for code, at in lines.items():
            listed_lines = ", ".join(dict.fromkeys(at))
            places.setdefault(code, []).append(f"{result.path}:{listed_lines}")
    for code, where in places.items():
        only, *others = reasons[code]
        reason = f"{code}: {title_of(code)}" if others else only
        yield f"{reason}: {listed(where, PLACES_LISTED, 'files')}"


def _only_shown(results: Iterable[FileResult]) -> Iterator[str]:
    places = []
    for result in results:
        lines = dict.fromkeys(Places(result).now(op.line) for op in not_found(result))
        if lines:
            places.append(f"{result.path}:{', '.join(lines)}")
    if places:
        where = listed(places, PLACES_LISTED, "files")
        yield f"raw ops that only a run has shown, left as they are: {where}"


def _to_be_mended(results: Iterable[FileResult]) -> Iterator[str]:
    found = [one for result in results for one in result.hazards if one.code.startswith("KC4")]
    if found:
        yield (
            f"Keras 3: {number(len(found), 'finding')} of KC401 to KC405; "
            "`--fix keras3` mends what has an exact equal"
        )


def _not_mended(results: Iterable[FileResult]) -> Iterator[str]:
    """A line for each thing that stops the code under Keras 3 or changes there, with all places."""
    places: dict[str, list[str]] = {}
    for result in results:
        lines: dict[str, dict[str, None]] = {}
        for hazard in result.hazards:
            if hazard.code.startswith(UNDER_KERAS_3) and not hazard.message.endswith(MENDED):
                line = Places(result).now(hazard.span.line)
                lines.setdefault(describe_hazard(hazard), {})[line] = None
        for text, at in lines.items():
            places.setdefault(text, []).append(f"{result.path}:{', '.join(at)}")
    for text, where in places.items():
        code, _, message = text.partition(" ")
        yield f"{code}: {message}: {listed(where, PLACES_LISTED, 'files')}"


def _under_keras_3(results: Sequence[FileResult]) -> Iterator[str]:
    """Models that Keras 3 does not build or builds otherwise, and why nothing was checked."""
    models: dict[str, list[str]] = {}
    for result, model in models_of(results):
        if _generation(result) == 3:
            continue
        claims = []
        if keras3_state(model).startswith(("does not", "different")):
            claims.append(f"Keras 3: {{}}: {model.keras3}")
        if claim_state(model.port) == "different":
            claims.append(f"Port from Keras 2 to 3: {{}}: {model.port}")
        for claim in claims:
            names = models.setdefault(claim, [])
            name = f"`{model.name}` of {result.path}"
            if name not in names:
                names.append(name)
    for claim, names in models.items():
        prefix, _, rest = claim.partition("{}")
        yield f"{prefix}{listed(names, MODELS_LISTED, 'models')}{rest}"
    for environment in _environments(results, "keras3"):
        if environment.problem:
            yield f"Keras 3: not checked: {why_not_keras3(environment)}"
