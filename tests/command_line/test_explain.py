"""``keras-codemod explain CODE``: what a code means and what to do."""

from __future__ import annotations

import textwrap
from pathlib import Path

from codemod.codes import CODES
from tests.support.command_line import run_here as run


def test_a_code_is_explained(tmp_path: Path) -> None:
    done = run("explain", "kc401", folder=tmp_path)
    assert done.returncode == 0
    told = done.stdout.decode()
    code = CODES["KC401"]
    assert told.startswith(f"KC401 {code.title}\n\n{code.meaning}\n")
    assert code.advice in told.replace("\n", " ")
    assert all(len(line) <= 88 for line in told.splitlines())
    assert textwrap.dedent(told) == told


def test_several_codes_and_one_that_is_not_there(tmp_path: Path) -> None:
    done = run("explain", "KC101", "KC202", folder=tmp_path)
    assert done.stdout.count(b"\n\n") > 2
    wrong = run("explain", "KC999", folder=tmp_path)
    assert wrong.returncode == 2
    assert wrong.stdout == b""
    assert wrong.stderr.decode() == (
        "keras-codemod: KC999 is no code; docs/codes.md lists them, from KC001 to KC405\n"
    )
