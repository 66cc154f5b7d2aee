"""A search for programs that the analysis gets wrong: what it says is compared with what runs."""

from __future__ import annotations

import ast
import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.interpret.test_analysis_patterns import HEADER
from tests.support.programs import Program, programs, shortened
from tests.support.stand_ins import run_on_stubs
from transforms.interpret.symbolic import Analysis, analyse
from transforms.sites.sites import find_raw_expressions
from transforms.syntax.source_text import read_source_text

# Nightly: KERAS_CODEMOD_PROGRAMS=20000.
PROGRAMS = int(os.environ.get("KERAS_CODEMOD_PROGRAMS", "80"))
IS_FAST = "KERAS_CODEMOD_PROGRAMS" not in os.environ
# So that all processors share the search.
PARTS = 4
PATH = Path("/nonexistent/program.py")


def _analysed(source: str) -> tuple[Analysis, set[int], set[int]]:
    """The lines with raw ops, and those whose ops would be rewritten."""
    analysis = analyse({PATH: source.encode()}, [PATH])
    module = analysis.modules[PATH]
    found = find_raw_expressions(analysis, module, read_source_text(source.encode()))
    lines = {
        node.lineno
        for node, fact in analysis.ops.items()
        if fact.keys and isinstance(node, ast.Call)
    }
    functions = [item for item in found if item.code == "KC101"]
    return analysis, lines, {item.root.lineno for item in functions if item.refusal is None}


def rewritable(source: str) -> list[str]:
    """The raw expressions of a source below the usual imports that would be rewritten."""
    text = (HEADER + source).encode()
    analysis = analyse({PATH: text}, [PATH])
    found = find_raw_expressions(analysis, analysis.modules[PATH], read_source_text(text))
    return [ast.unparse(item.root) for item in found if item.refusal is None]


def fault_of(program: Program) -> str | None:
    """What the analysis gets wrong, None where all is right."""
    try:
        code = compile(program.source, "program", "exec")
    except SyntaxError:
        return None
    analysis, lines, rewritten = _analysed(program.source)
    if analysis.failures:
        return f"failed: {analysis.failures[PATH]}"
    if analysis.incomplete:
        return "cut short"
    kinds = run_on_stubs(code)
    symbolic = {line for line, seen in kinds.items() if True in seen}
    plain = {line for line, seen in kinds.items() if False in seen}
    if symbolic - lines:
        return "missed"
    if plain & rewritten:
        return "rewritten although it also runs on plain values"
    if program.is_straight and (lines & kinds.keys()) - symbolic:
        return "found although it never is symbolic"
    return None


@pytest.mark.parametrize("part", range(PARTS))
def test_what_runs_symbolically_is_found_and_nothing_else_is_rewritten(part: int) -> None:
    @settings(
        max_examples=PROGRAMS // PARTS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @seed(part if IS_FAST else random.SystemRandom().getrandbits(64))
    @given(programs())
    def search(program: Program) -> None:
        fault = fault_of(program)
        if fault is not None:
            shortest = shortened(program, lambda other: fault_of(other) == fault)
            pytest.fail(f"{fault}:\n{shortest}")

    search()
