"""The analysis finds what Keras 2 sees in the fixtures, and nothing else."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from tests.support.golden import FIXTURES
from transforms.interpret.symbolic import analyse
from transforms.syntax.records import Span
from transforms.syntax.source_text import read_source_text

SITES: dict[str, int] = json.loads((FIXTURES / "sites.json").read_text())
# They stand in try statements, in the part that does not run, or a caller may choose them.
NOT_RUN = {
    "string_table": {"MERGES[merge](pooled, other)"},
    "try_match_walrus": {"tf.zeros_like(inputs)"},
    "with_name_scope": {"tf.math.does_not_exist(context)"},
}


def test_no_fixture_is_lost() -> None:
    assert {path.parent.name for path in FIXTURES.glob("*/before.py")} == set(SITES)


@pytest.mark.parametrize("name", SITES)
def test_every_raw_op_of_a_fixture_is_found(name: str) -> None:
    truth = json.loads((FIXTURES / name / "truth.json").read_text())
    files = truth.get("files", {"before.py": truth.get("sites")})
    assert sum(len(sites) for sites in files.values()) == SITES[name]
    paths = {FIXTURES / name / file: sites for file, sites in files.items()}
    analysis = analyse({}, list(paths))
    for path, sites in paths.items():
        text = read_source_text(path.read_bytes())
        expected = {span_of(site) for site in sites}
        found = {
            text.span(node)
            for node in ast.walk(analysis.modules[path].tree)
            if node in analysis.ops and analysis.ops[node].keys
        }
        assert {text.slice(span) for span in expected - found} == set(), "missed"
        if "files" not in truth:
            extra = {text.slice(span) for span in found - expected}
            assert extra == NOT_RUN.get(name, set()), "not symbolic"


def span_of(site: dict[str, Any]) -> Span:
    return Span(site["line"], site["column"], site["end_line"], site["end_column"])
