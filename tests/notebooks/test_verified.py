"""The notebooks of the fixtures, run: verified, executed, and nothing else changed in them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from codemod.engine.engine import rewrite_files, verify_pair
from codemod.files.discovery import discover
from codemod.results import FileResult
from codemod.settings import Settings
from tests.support.golden import NOTEBOOKS

pytestmark = pytest.mark.tensorflow
NAMES = [before.parent.name for before in NOTEBOOKS]
FINER = frozenset({"vae_course"})
"""Verification plans a run of these finer: as one layer it would change the order of weights."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("notebooks")
    for before in NOTEBOOKS:
        (place / before.parent.name).mkdir()
        (place / before.parent.name / "before.ipynb").write_bytes(before.read_bytes())
    return place


@pytest.fixture(scope="module")
def results(folder: Path) -> dict[str, FileResult]:
    """All of them, rewritten in one session."""
    files = discover([str(folder)]).files
    done = rewrite_files(files, Settings(jobs=2), write=True)
    return {Path(result.path).parent.name: result for group in done for result in group}


def assumptions(result: FileResult) -> str:
    assert result.verdict is not None
    return "\n".join(result.verdict.assumptions)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_verified_and_written(
    name: str, results: dict[str, FileResult], folder: Path
) -> None:
    result = results[name]
    assert result.verdict is not None
    assert (result.status, result.error) == ("rewritten", None)
    assert result.verdict.verdict in ("proved", "equal-by-rules")
    refused = [site.refusal.code for site in result.sites if site.refusal is not None]
    assert refused == []
    assert {model.keras3 for model in result.verdict.models} == {"proved"}
    written = (folder / name / "before.ipynb").read_bytes()
    before = NOTEBOOKS[NAMES.index(name)]
    planned = before.with_name("after.ipynb").read_bytes()
    assert (written == planned) == (name not in FINER)
    # All but the sources of the cells that changed.
    assert _digests(written) == _digests(before.read_bytes())


def _digests(content: bytes) -> list[str]:
    document: Any = json.loads(content)
    parts = [document["metadata"], document["nbformat_minor"]]
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            del cell["source"]
        parts.append(cell)
    return [hashlib.sha256(json.dumps(part).encode()).hexdigest() for part in parts]


def test_what_was_left_out_is_told_by_cell(results: dict[str, FileResult]) -> None:
    colab = assumptions(results["colab_header"])
    assert "`!pip install -q emoji` was left out" in colab
    assert "not run: cell 3, line 4: the package `google.colab` is not installed" in colab
    order = "cells run in their order, though cell 5 was last run before cell 2"
    assert order in assumptions(results["run_twice"])
    # There an upper cell was run last, and only shows images.
    assert "cells run in their order" not in assumptions(results["image_outputs"])
    hub = assumptions(results["hub_tutorial"])
    assert "`!wget -q https://example.org/flower_photos.tgz` was left out" in hub
    assert "Model.fit was left out" in hub


def test_a_notebook_is_compared_with_a_rewrite_made_by_hand(tmp_path: Path) -> None:
    before = NOTEBOOKS[NAMES.index("one_string_sources")]
    after = before.with_name("after.ipynb").read_bytes()
    wrong = tmp_path / "wrong.ipynb"
    wrong.write_bytes(after.replace(b"2.828", b"2.5"))
    verdict = verify_pair(before, wrong, Settings()).verdict
    assert verdict is not None
    assert verdict.verdict == "different"
    assert "(cell 4, line 10 of the rewritten source): y is 2.5" in verdict.reason
