"""The whole way for one module without verification: source in, plan or source out."""

from __future__ import annotations

from pathlib import Path

from transforms.interpret.symbolic import analyse
from transforms.plan.fitting import Rewriting, fitting_plan
from transforms.plan.module_plan import Plan
from transforms.plan.settings import PlanSettings, unverified_settings
from transforms.syntax.records import Target
from transforms.syntax.source_text import read_source_text


def rewritten_source(source: bytes, path: Path, settings: PlanSettings) -> Rewriting:
    """``source`` alone, planned and edited; ``path`` says where it stands, for its imports."""
    analysis = analyse({path: source}, [path])
    module = analysis.modules.get(path)
    if module is None:
        return Rewriting(plan=Plan(), rewritten=source)
    return fitting_plan(analysis, module, source, read_source_text(source), settings)


def rewrite_module(source: bytes, path: Path, target: Target) -> tuple[bytes, Plan]:
    """Rewrite the raw ops of ``source``, one layer for each op."""
    rewriting = rewritten_source(source, path, unverified_settings(target))
    return rewriting.rewritten, rewriting.plan
