"""The rewritten text of each fixture, as committed; run this file to write it anew."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from codemod.engine.notebooks import with_notebook
from codemod.engine.planned import planned_result
from codemod.files.sources import stdin_file
from codemod.notebooks.notebook import read_notebook
from codemod.results import FileResult
from transforms.interpret.symbolic import Analysis, analyse
from transforms.plan.fitting import fitting_plan
from transforms.plan.settings import Granularity, PlanSettings
from transforms.syntax.records import Operators, Target
from transforms.syntax.source_text import read_source_text

FIXTURES = Path(__file__).parents[2] / "fixtures"
NOTEBOOKS = sorted(FIXTURES.glob("notebooks/*/before.ipynb"))
TARGETS: tuple[Target, ...] = ("layer", "lambda")
IN_OPS = frozenset(
    "attention containers_on_objects crlf_latin1 dtype_mix functional_aliases moments_topk_split"
    " nested_expression pyramid_pooling seed_einsum squeeze_excite standalone_keras star_import"
    " transformer_encoder".split()
)
"""Fixtures that are rewritten to calls of keras.ops too: some of each kind, not all of them."""


def planned(
    source: bytes,
    path: Path,
    target: Target,
    operators: Operators = "keep",
    granularity: Granularity = "run",
    analysis: Analysis | None = None,
    accepts_bits: bool = False,
) -> FileResult:
    """The rewrite of ``source`` as planned before verification, one layer for each run."""
    analysis = analysis or analyse({path: source}, [path])
    settings = PlanSettings(
        target=target, operators=operators, granularity=granularity, accepts_bits=accepts_bits
    )
    text = read_source_text(source)
    rewriting = fitting_plan(analysis, analysis.modules[path], source, text, settings)
    return planned_result(stdin_file(path), source, rewriting)


def golden_path(before: Path, target: Target) -> Path:
    """Where the rewritten text of a fixture is committed; there is none where nothing changes."""
    return before.with_name(f"after_{target}.py")


def targets_of(before: Path) -> tuple[Target, ...]:
    """The targets for which the rewritten text of a fixture is committed."""
    return (*TARGETS, "ops") if before.parent.name in IN_OPS else TARGETS


def rewritten_fixture(before: Path, target: Target) -> bytes:
    """The text that should be committed for a fixture."""
    return planned(before.read_bytes(), before, target, analysis=_analysis_of(before)).rewritten


@cache
def _analysis_of(before: Path) -> Analysis:
    return analyse({before: before.read_bytes()}, [before])


def rewritten_notebook(before: Path) -> bytes:
    """The notebook that should be committed for one of ``NOTEBOOKS``."""
    notebook = read_notebook(before.read_bytes())
    return with_notebook(planned(notebook.python, before, "layer"), notebook).files[1]


def write_golden_files() -> None:
    """Commit to disk what is planned now."""
    for before in NOTEBOOKS:
        before.with_name("after.ipynb").write_bytes(rewritten_notebook(before))
    for old in FIXTURES.glob("*/after_*.py"):
        old.unlink()
    for before in FIXTURES.glob("*/before.py"):
        for target in targets_of(before):
            rewritten = rewritten_fixture(before, target)
            if rewritten != before.read_bytes():
                golden_path(before, target).write_bytes(rewritten)


if __name__ == "__main__":
    write_golden_files()
