"""What is claimed of a rewritten model under Keras 3, and of the port from Keras 2 to it.

Under Keras 3 the original is built too, through the bridge, and the rewrite without it is compared
with that by the same tiers. The port compares the rewrite there with the original under Keras 2.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from codemod.verdict import ModelVerdict
from codemod.verify.child.protocol import (
    OriginalModel,
    OriginalResult,
    RewrittenModel,
    RewrittenResult,
    SideResult,
    Told,
)
from codemod.verify.child.told import plain, without_lines
from codemod.verify.model_verdicts import model_verdict

NOT_MADE = "the rewritten source builds fewer models"
NO_ORIGINAL = "not checked: the original does not {} there, even with the bridge: {}"
UNCERTAIN = "not checked: `{}` does not build there, and which model this one is is not certain"
DIFFERENT = "different"
NOT_RUN = " was not run ("
"""What the child writes behind the line of a statement whose result is missing."""
NOT_SAVED = ": no model was saved as "
"""What the child says of files that a statement before would have written."""
PORT_NOT_CHECKED = "not checked: the rewrite does not {} under Keras 3"


@dataclass(frozen=True, kw_only=True)
class Under3:
    """Both sides under Keras 3; without ``original`` only the rewrite was run there."""

    rewritten: RewrittenResult
    original: OriginalResult | None = None


@dataclass(frozen=True, kw_only=True)
class Claims:
    """What is claimed of one model: under Keras 3, with its verdict if compared, and the port."""

    keras3: str | None = None
    port: str | None = None
    verdict: ModelVerdict | None = None


def claims_of(
    rewritten: RewrittenResult, before: OriginalModel, under_3: Under3 | None, index: int
) -> Claims:
    """The claims of the model number ``index``, which Keras 2 has made ``before``."""
    if under_3 is None:
        return Claims()
    after_all = under_3.rewritten
    if after_all.get("absent"):
        text = f"not checked: {after_all['failure']}"
        return Claims(keras3=text, port=text)
    if "failure" in after_all:
        return _without_rewrite("build", after_all["failure"])
    made = after_all.get("models", [])
    after: RewrittenModel = made[index] if index < len(made) else {"missing": NOT_MADE}
    if "missing" in after:
        reason = why_not_made(rewritten["models"], index, new_told(rewritten, after_all))
        return _without_rewrite("build", reason or after["missing"])
    if "failure" in after and "here" not in after:
        return _without_rewrite("run", after["failure"])
    if "failure" in before:
        return Claims(keras3="built")
    claim, verdict = _claim(under_3.original, after, index)
    port = _port(after)
    lost = next((model for model in made if "missing" in model), None)
    if lost is not None and after.get("uncertain"):
        text = UNCERTAIN.format(lost.get("name", ""))
        if verdict is not None and verdict.verdict == DIFFERENT:
            claim, verdict = text, None
        if port.startswith(DIFFERENT):
            port = text
    return Claims(keras3=claim, port=port, verdict=verdict)


def failures_under_3(rewritten: RewrittenResult, under_3: RewrittenResult | None) -> list[str]:
    """What fails under Keras 3 alone although all models are made there, without what follows."""
    if under_3 is None or "failure" in under_3:
        return []
    if any("missing" in model for model in under_3.get("models", [])):
        return []
    # Both have run the same source.
    failing = {failure[0] for failure in rewritten.get("failures", []) if failure}
    return [
        plain(failure)
        for failure in new_told(rewritten, under_3)
        if not (isinstance(failure[0], int) and failure[0] in failing)
        and not any(text in plain(failure) for text in (NOT_RUN, NOT_SAVED))
    ]


def new_failures(before: SideResult, after: SideResult) -> list[str]:
    """Statements that fail in ``after`` only; their line numbers do not count, edits move lines."""
    return [plain(failure) for failure in new_told(before, after)]


def new_told(before: SideResult, after: SideResult) -> list[Told]:
    """The same as they were told."""
    known = {without_lines(failure) for failure in before.get("failures", [])}
    return [failure for failure in after.get("failures", []) if without_lines(failure) not in known]


def why_not_made(
    models: Sequence[RewrittenModel], index: int, failures: Sequence[Told]
) -> str | None:
    """The failure that kept the model at ``index`` from being made, in words.

    It is that of the statement or the made-up call that makes it elsewhere; where neither has
    failed, one near it.
    """
    model = models[index]
    call, statement = model.get("call", ""), model.get("statement", 0)
    for failure in failures:
        where = failure[0] if failure else 0
        if (call and isinstance(where, str) and where.startswith(call)) or (
            not call and statement and where == statement
        ):
            return plain(_cause_of(failure, failures))
    line = model.get("line", 0)
    lines = [other.get("line", 0) for other in models]
    return failure_between(max((at for at in lines if at < line), default=0), line, failures)


def _cause_of(failure: Told, failures: Sequence[Told]) -> Told:
    """The failure of the statement that ``failure`` tells of, which lacks what that makes."""
    for word, after in itertools.pairwise(failure):
        if isinstance(word, int) and str(after).startswith(NOT_RUN):
            earlier = failures[: failures.index(failure)]
            found = [other for other in earlier if other and other[0] == word]
            return _cause_of(found[0], earlier) if found else failure
    return failure


def failure_between(before: int, line: int, failures: Sequence[Told]) -> str | None:
    """The failure that most likely kept the model at ``line`` from being made.

    It is the first one after the model at the line ``before``: what fails later fails for that.
    """
    lines = {
        index: failure[0] for index, failure in enumerate(failures) if isinstance(failure[0], int)
    }
    near = [index for index, at in lines.items() if before < at <= line]
    earlier = [index for index, at in lines.items() if at <= before]
    found = near[:1] or earlier[-1:] or list(range(len(failures)))[:1]
    return plain(failures[found[0]]) if found else None


def _without_rewrite(verb: str, reason: str) -> Claims:
    return Claims(keras3=f"does not {verb}: {reason}", port=PORT_NOT_CHECKED.format(verb))


def _claim(
    original: OriginalResult | None, after: RewrittenModel, index: int
) -> tuple[str, ModelVerdict | None]:
    if original is None or "failure" in original:
        reason = "" if original is None else original["failure"]
        return NO_ORIGINAL.format("build", reason), None
    before = original["models"][index]
    if "here" not in after:
        missing = before.get("missing")
        if missing is not None:
            return NO_ORIGINAL.format("build", missing), None
        return NO_ORIGINAL.format("run", before.get("failure", "")), None
    if before.get("incomplete"):
        return f"not checked: {before['incomplete']}", None
    verdict = model_verdict(before, cast(RewrittenModel, after["here"]))
    reason = f" ({verdict.reason})" if verdict.reason else ""
    return f"{verdict.verdict}{reason}", verdict


def _port(after: RewrittenModel) -> str:
    if "failure" in after:
        return f"not checked: {after['failure']}"
    found = after["difference"]
    if found["tier"] == "close":
        return f"close (up to {found['ulp']} ULP)"
    if found["tier"] == "different":
        return f"{DIFFERENT} ({found['reason']})"
    return str(found["tier"])
