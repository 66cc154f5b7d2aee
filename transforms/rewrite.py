"""The whole way for one module without verification: source in, source out."""

from __future__ import annotations

from pathlib import Path

from transforms.edit.edits import apply_edits
from transforms.interpret.symbolic import analyse
from transforms.plan.module_plan import Plan, plan_module
from transforms.plan.settings import unverified_settings
from transforms.syntax.records import Target
from transforms.syntax.source_text import read_source_text


def rewrite_module(source: bytes, path: Path, target: Target) -> tuple[bytes, Plan]:
    """Rewrite the raw ops of ``source``, one layer for each op; raises ``EditError``."""
    analysis = analyse({path: source}, [path])
    module = analysis.modules.get(path)
    if module is None:
        return source, Plan()
    plan = plan_module(analysis, module, read_source_text(source), unverified_settings(target))
    return apply_edits(source, plan.edits), plan
