"""The whole way for one module without verification: source in, plan or source out."""

from __future__ import annotations

from pathlib import Path

from transforms.interpret.symbolic import analyse
from transforms.plan.module_plan import Plan, plan_module
from transforms.plan.settings import PlanSettings, unverified_settings
from transforms.syntax.records import Target
from transforms.syntax.source_text import read_source_text


def plan_source(source: bytes, path: Path, settings: PlanSettings) -> Plan:
    """The plan for ``source`` alone; ``path`` says where it stands, for its imports."""
    analysis = analyse({path: source}, [path])
    module = analysis.modules.get(path)
    if module is None:
        return Plan()
    return plan_module(analysis, module, read_source_text(source), settings)


def rewrite_module(source: bytes, path: Path, target: Target) -> tuple[bytes, Plan]:
    """Rewrite the raw ops of ``source``, one layer for each op; raises ``EditError``."""
    # LibCST takes a third of a second to import, and a plan does not need it.
    from transforms.edit.edits import apply_edits

    plan = plan_source(source, path, unverified_settings(target))
    return apply_edits(source, plan.edits), plan
