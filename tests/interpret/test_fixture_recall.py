"""The analysis finds what Keras 2 sees in the fixtures, and nothing else."""

from __future__ import annotations

import ast
import json

from tests.support.golden import FIXTURES
from transforms.interpret.symbolic import analyse
from transforms.syntax.records import Span
from transforms.syntax.source_text import read_source_text

# They stand in try statements, in the part that does not run.
NOT_RUN = {
    ("try_match_walrus", "tf.zeros_like(inputs)"),
    ("with_name_scope", "tf.math.does_not_exist(context)"),
}


def test_every_raw_op_of_the_fixtures_is_found() -> None:
    missed, extra, count = set(), set(), 0
    for folder in sorted(FIXTURES.iterdir()):
        if not (folder / "truth.json").exists():
            continue
        truth = json.loads((folder / "truth.json").read_text())
        files = truth.get("files", {"before.py": truth.get("sites", [])})
        paths = {folder / name: sites for name, sites in files.items()}
        analysis = analyse({}, list(paths))
        for path, sites in paths.items():
            text = read_source_text(path.read_bytes())
            expected = {Span(s["line"], s["column"], s["end_line"], s["end_column"]) for s in sites}
            found = {
                text.span(node)
                for node in ast.walk(analysis.modules[path].tree)
                if node in analysis.ops and analysis.ops[node].keys
            }
            count += len(expected)
            missed |= {(folder.name, text.slice(span)) for span in expected - found}
            if "files" not in truth:
                extra |= {(folder.name, text.slice(span)) for span in found - expected}
    assert not missed
    assert extra == NOT_RUN
    assert count > 690
