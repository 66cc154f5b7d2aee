"""The table of the planted faults, and the page with the survivors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.planted_fault_reasons import reason_of

FOUND_BY = ("outputs", "gradients", "training", "graphs", "weights", "failure", "hazard")
INTRODUCTION = """# Planted faults

How much would verification notice? `benchmarks/planted_faults.py` plants one fault at a time in the
rewritten fixtures (`fixtures/*/after_layer.py` and, a third as many, `after_lambda.py`) and
verifies each mutant against the original under Keras 2, as `rewrite` does. A mutant is killed when
the verdict keeps the file from being written, or tells a hazard. The faults are chosen evenly over
fixtures and kinds, with a fixed seed; code that makes no model (under
`if __name__ == "__main__"`, `compile`, `fit`) gets none, and of the training scripts, which are
mostly such code, only the lines that the rewrite wrote do.

```sh
python -m benchmarks.planted_faults --work DIR --jobs 2 --markdown docs/planted-faults.md
```

A verdict that is in `DIR` is not asked for again; `--again` runs the survivors anew, an empty `DIR`
everything. `--only FIXTURE`, `--limit N`, `--sample N` (with a fixed seed) and `--each N` (mutants
of each file) take less or more.

*frame*: the configuration, name or `trainable` of a kept layer, a model or an input. *table*: two
entries of a dictionary have each other's values. *branch*: two branches change places. *open
value*: a parameter is taken for its default. *generator*: not the text is changed but what writes
it, so that one layer gets its inputs in another order, another value, or loses a cast, a keyword or
a statement.

Killed by *outputs*: values, shape, dtype or structure differ. By *gradients* and *training*: those
of inputs and weights do, or a pass with `training=True` does. By *graphs*: only a float constant, a
cast or a stopped gradient does, and no sample shows it; some of these compute the same and are
refused all the same. By *weights*: their order or shapes do. By *failure*: it does not build or
run. By *hazard*: the file is written, and the report says that the model cannot be loaded or
cloned. By *other*: anything else that verification compares. *Equivalent* mutants compute the same
and are no faults: `benchmarks/planted_fault_reasons.py` says why, and so does the list below. The
rate leaves them out.
"""


@dataclass(frozen=True)
class Judged:
    """A mutant and what verification said: ``found_by`` is the tier where it survived."""

    fixture: str
    target: str
    kind: str
    line: int
    before: str
    after: str
    survived: bool
    found_by: str
    reason: str
    seconds: float
    hazards: int = 0

    @property
    def equivalent(self) -> str | None:
        """Why a survivor computes the same, where that is known."""
        if not self.survived:
            return None
        return reason_of(self.fixture, self.target, self.kind, self.after, self.hazards)

    def __str__(self) -> str:
        where = f"{self.fixture}/after_{self.target}.py:{self.line}"
        return f"{where} ({self.kind}): `{self.before}` -> `{self.after}`"


def tables(judged: Sequence[Judged]) -> tuple[str, int]:
    """The table by kind with the survivors that nobody has explained, and how many they are."""
    unexplained = [item for item in judged if item.survived and item.equivalent is None]
    lines = [table(judged), "", *_summary(judged)]
    lines += [f"- survives: {item}" for item in unexplained]
    return "\n".join(lines), len(unexplained)


def table(judged: Sequence[Judged]) -> str:
    """One row for each kind of fault, and one for all."""
    names = ["kind", "mutants", *FOUND_BY, "other", "equivalent", "survived", "rate"]
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    for kind in sorted({item.kind for item in judged}):
        lines.append(_row(kind, [item for item in judged if item.kind == kind]))
    return "\n".join([*lines, _row("all", judged)])


def _row(name: str, judged: Sequence[Judged]) -> str:
    killed = [item for item in judged if not item.survived]
    equivalent = _count(item.equivalent is not None for item in judged)
    survived = len(judged) - len(killed) - equivalent
    counts = [_count(item.found_by == how for item in killed) for how in FOUND_BY]
    cells = [name, len(judged), *counts, len(killed) - sum(counts), equivalent, survived]
    return "| " + " | ".join(map(str, [*cells, _rate(len(killed), survived)])) + " |"


def _rate(killed: int, survived: int) -> str:
    return f"{killed / (killed + survived):.3f}" if killed + survived else "-"


def _count(flags: Iterable[bool]) -> int:
    return sum(flags)


def _summary(judged: Sequence[Judged]) -> list[str]:
    fixtures = len({item.fixture for item in judged})
    seconds = sum(item.seconds for item in judged)
    each = seconds / len(judged) if judged else 0.0
    return [f"{len(judged)} mutants of {fixtures} fixtures, {each:.1f} s each in the mean."]


def page_of(judged: Sequence[Judged]) -> str:
    """The page for the documentation."""
    equivalent = [item for item in judged if item.equivalent is not None]
    unexplained = [item for item in judged if item.survived and item.equivalent is None]
    lines = [INTRODUCTION, table(judged), "", *_summary(judged), "", "## Survivors", ""]
    lines += [f"- {item}" for item in unexplained] or ["None."]
    lines += ["", "## Equivalent mutants", ""]
    lines += [f"- {item}: {item.equivalent}" for item in equivalent] or ["None."]
    return "\n".join(lines) + "\n"
