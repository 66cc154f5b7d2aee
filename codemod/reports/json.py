"""The report for programs: version 1 of the format in ``docs/report.schema.json``."""

from __future__ import annotations

import json
from typing import Any

from codemod.reports.places import Places, error_words, places_of_fixes
from codemod.results import FileResult
from codemod.verdict import ModelVerdict, Verdict
from transforms.syntax.records import Hazard, Site

VERSION = 1


def file_record(result: FileResult) -> dict[str, Any]:
    """Return the record of one file; an input error is the reason of its ``verification``."""
    places = Places(result)
    before = places_of_fixes(result)
    return {
        "path": result.path,
        "status": result.status,
        "sites": [_site_record(site, places) for site in result.sites],
        "hazards": [_hazard_record(hazard, places) for hazard in result.hazards],
        "fixes": [_hazard_record(fix, before) for fix in result.fixes],
        "tried": list(result.tried),
        "verification": _verification_record(result),
    }


def document(files: list[dict[str, Any]], shard: dict[str, Any] | None = None) -> str:
    """Return the whole report as ASCII text that ends with a newline.

    ``shard`` says which part of a run it is about.
    """
    more = {} if shard is None else {"shard": shard}
    return json.dumps({"version": VERSION, **more, "files": files}, indent=2) + "\n"


def _site_record(site: Site, places: Places) -> dict[str, Any]:
    return {
        "code": site.code,
        **_place(site.span.line, places),
        "column": places.column(site.span.line, site.span.column),
        "end_line": places.cell_and_line(site.span.end_line)[1],
        "end_column": places.column(site.span.end_line, site.span.end_column),
        "ops": list(site.ops),
        "builder": site.builder,
        "status": site.status,
        "reason": None if site.refusal is None else str(site.refusal),
        "target": site.target,
        "layer_name": site.layer_name,
        "class_name": site.class_name,
        "functions": list(site.functions),
        "note": site.note,
    }


def _place(line: int, places: Places) -> dict[str, int | None]:
    """The line, in a notebook that of the cell."""
    cell, line = places.cell_and_line(line)
    return {"cell": cell, "line": line}


def _hazard_record(hazard: Hazard, places: Places) -> dict[str, Any]:
    return {
        "code": hazard.code,
        **_place(hazard.span.line, places),
        "column": places.column(hazard.span.line, hazard.span.column),
        "message": hazard.message,
    }


def _verification_record(result: FileResult) -> dict[str, Any] | None:
    verdict = result.verdict
    if result.error is not None:
        reason = f"{error_words(result)}{result.error}"
        verdict = verdict or Verdict(verdict="unverified", reason=reason)
    if verdict is None:
        return None
    return {
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "generation": verdict.generation,
        "device": verdict.device,
        "models": [_model_record(model, Places(result)) for model in verdict.models],
        "assumptions": list(verdict.assumptions),
        "hazards": list(verdict.hazards),
    }


def _model_record(model: ModelVerdict, places: Places) -> dict[str, Any]:
    return {
        "name": model.name,
        **_place(model.line, places),
        "build": model.build,
        "verdict": model.verdict,
        "reason": model.reason,
        "proved": model.proved,
        "bitwise": model.bitwise,
        "keras3": model.keras3,
        "port": model.port,
        "raw_ops_left": model.raw_ops_left,
        "weight_order_kept": model.weight_order_kept,
        "graph": model.graph,
    }
