"""The files of one package, verified in parts by several workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.engine.engine import rewrite_files
from codemod.files.discovery import discover
from codemod.results import FileResult
from codemod.scale.grouping import file_groups
from codemod.scale.parts_of_groups import PartOfGroups
from codemod.settings import Settings
from tests.support.command_line import MODEL
from tests.support.table_verifier import TableVerifier, verdict


def package(folder: Path) -> Path:
    """Five models that share a module, which names Keras and has no raw op, and one more file."""
    (folder / "shared.py").write_bytes(b"import keras\nunits = 3\n")
    (folder / "plain.py").write_bytes(b"import shared\n")
    for number in range(5):
        source = b"from shared import units\n" + MODEL + b"# %d\n" % number
        (folder / f"model_{number}.py").write_bytes(source)
    return folder


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_the_parts_are_together_what_one_run_gives(tmp_path: Path, parts: int) -> None:
    files = discover([str(package(tmp_path))]).files
    assert len(file_groups(files)) == 1
    table = TableVerifier(verdict_of=lambda request: verdict("proved"))

    def run(part: int, of: int) -> dict[str, FileResult]:
        share = PartOfGroups(table.open, part, of)
        found = rewrite_files(files, Settings(), False, open_verifier=share.opened)
        results = [result for settled in found for result in settled]
        left = {file.shown for file in files if file.path in share.left}
        return {result.path: result for result in results if result.path not in left}

    whole = run(0, 1)
    several = [run(part, parts) for part in range(parts)]
    assert {path: result for found in several for path, result in found.items()} == whole
    rewritten = [p for found in several for p, r in found.items() if r.status == "would-rewrite"]
    assert len(rewritten) == len(set(rewritten)) == 5
