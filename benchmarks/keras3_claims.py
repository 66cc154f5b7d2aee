"""Count what the bridge builds under Keras 3, and what is claimed of the rewrites there.

``python -m benchmarks.keras3_claims`` builds ``before.py`` of each fixture under Keras 3, through
the bridge, and verifies ``after_layer.py`` where there is one. Printed in Markdown are the numbers
of models by claim, and what is not proved, with the reasons: the text of ``docs/keras3.md``.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemod.reports.words import claim_state, describe_environment
from codemod.verdict import Verdict
from codemod.verify.records import Probe, VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession

FIXTURES = Path(__file__).parents[1] / "fixtures"
PROOFS = ("proved", "equal-by-rules")
REASON_LENGTH = 140


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One fixture: its original under Keras 3, and its rewrite."""

    name: str
    original: Probe
    rewrite: Verdict | None


def main() -> int:
    """Measure all fixtures, or the first ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, help="so many fixtures only")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    folders = sorted(path.parent for path in FIXTURES.glob("*/before.py"))[: options.files]
    python = VerifyOptions(python=sys.executable, device="cpu")
    alone = VerifyOptions(python=sys.executable, device="cpu", only_keras3=True)
    with VerifySession(alone, options.jobs) as keras3:
        originals = keras3.map(lambda folder: keras3.probe(_request(folder)), folders)
    with VerifySession(python, options.jobs) as both:

        def verified(folder: Path) -> Verdict | None:
            is_rewritten = (folder / "after_layer.py").exists()
            return both.verify(_request(folder)) if is_rewritten else None

        rewrites = both.map(verified, folders)
    measured = [
        Measured(name=folder.name, original=original, rewrite=rewrite)
        for folder, original, rewrite in zip(folders, originals, rewrites)
    ]
    print("\n".join(report(measured)))
    return 0


def _request(folder: Path) -> VerifyRequest:
    entry = folder / "before.py"
    after = folder / "after_layer.py"
    original = entry.read_bytes()
    rewritten = after.read_bytes() if after.exists() else original
    return VerifyRequest(entry=entry, originals={entry: original}, rewrites={entry: rewritten})


def report(measured: Sequence[Measured]) -> Iterator[str]:
    """The lines of the tables."""
    environments = {one.rewrite.keras3 for one in measured if one.rewrite and one.rewrite.keras3}
    for environment in environments:
        yield f"{describe_environment(environment).rpartition(', ')[0]}, on a CPU."
        yield ""
    built = [one for one in measured if one.original.models]
    models = sum(len(one.original.models) for one in built)
    count = f"{len(built)} of {len(measured)} fixtures, {models} models"
    yield f"Originals that build through the bridge and run: {count}."
    yield ""
    yield from _table(measured)
    yield ""
    yield from _unproved(measured)


def _table(measured: Sequence[Measured]) -> Iterator[str]:
    claims = [model for one in measured if one.rewrite for model in one.rewrite.models]
    columns: dict[str, Counter[str]] = {
        "rewrite under Keras 2": Counter(str(model.verdict) for model in claims),
        "rewrite under Keras 3": Counter(claim_state(model.keras3) for model in claims),
        "port": Counter(claim_state(model.port) for model in claims),
    }
    states = dict.fromkeys(state for counts in columns.values() for state in counts)
    yield f"| {len(claims)} models | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for state in states:
        counted = " | ".join(str(counts[state]) for counts in columns.values())
        yield f"| {state} | {counted} |"


def _unproved(measured: Sequence[Measured]) -> Iterator[str]:
    yield "| fixture | what is not proved under Keras 3 |"
    yield "|---|---|"
    for one in measured:
        texts = [] if one.original.models else [f"the original: {one.original.failure}"]
        texts += [
            model.keras3 or ""
            for model in (one.rewrite.models if one.rewrite else ())
            if claim_state(model.keras3) not in PROOFS
        ]
        for text in dict.fromkeys(texts):
            line = text if len(text) <= REASON_LENGTH else text[:REASON_LENGTH] + "…"
            yield f"| {one.name} | {line.replace('|', '&#124;')} |"


if __name__ == "__main__":
    sys.exit(main())
