"""The rewritten text of each fixture, as committed; run this file to write it anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from codemod.engine.planned import planned_result
from codemod.files.sources import stdin_file
from codemod.results import FileResult
from transforms.interpret.symbolic import Analysis, analyse
from transforms.plan.module_plan import Granularity, PlanSettings, plan_module
from transforms.syntax.records import Operators, Target
from transforms.syntax.source_text import read_source_text

FIXTURES = Path(__file__).parents[2] / "fixtures"
TARGETS: tuple[Target, ...] = ("layer", "lambda")


def planned(
    source: bytes,
    path: Path,
    target: Target,
    operators: Operators = "keep",
    granularity: Granularity = "run",
    analysis: Analysis | None = None,
) -> FileResult:
    """The rewrite of ``source`` as planned before verification, one layer for each run."""
    analysis = analysis or analyse({path: source}, [path])
    settings = PlanSettings(target=target, operators=operators, granularity=granularity)
    plan = plan_module(analysis, analysis.modules[path], read_source_text(source), settings)
    return planned_result(stdin_file(path), source, plan)


def golden_files() -> Iterator[tuple[Path, bytes]]:
    """Each committed file with the bytes that it should hold; none where nothing changes."""
    for before in sorted(FIXTURES.glob("*/before.py")):
        source = before.read_bytes()
        analysis = analyse({before: source}, [before])
        for target in TARGETS:
            result = planned(source, before, target, analysis=analysis)
            if result.rewritten != source:
                yield before.with_name(f"after_{target}.py"), result.rewritten


if __name__ == "__main__":
    for old in FIXTURES.glob("*/after_*.py"):
        old.unlink()
    for path, content in golden_files():
        path.write_bytes(content)
