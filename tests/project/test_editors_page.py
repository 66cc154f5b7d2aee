"""Settings of editors that cannot run here: they can be read, and fit what the command says."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.support.command_line import MODEL, run_here
from tests.support.editors import snippet


def test_the_problem_matcher_reads_what_the_task_prints(tmp_path: Path) -> None:
    check, rewrite = json.loads(snippet("Visual Studio Code", "json", 1))["tasks"]
    (tmp_path / "model.py").write_bytes(MODEL)
    done = run_here(*check["args"], folder=tmp_path)
    assert done.returncode == 0
    pattern = check["problemMatcher"]["pattern"]
    lines = done.stdout.decode().splitlines()
    (found,) = filter(None, (re.search(pattern["regexp"], line) for line in lines))
    fields = [found[pattern[name]] for name in ("file", "line", "column", "code", "message")]
    assert fields == ["model.py", "7", "5", "KC101", 'tf.einsum could become Einsum "einsum"']
    assert rewrite["args"][0] == "rewrite"


def test_the_settings_start_the_server() -> None:
    code = json.loads(snippet("Visual Studio Code", "json"))
    command = [code["glspc.server.command"], *code["glspc.server.commandArguments"]]
    sublime = json.loads(snippet("Sublime Text", "json"))["clients"]["keras-codemod"]
    assert command == sublime["command"] == ["keras-codemod", "lsp"]
    assert 'cmd = { "keras-codemod", "lsp" }' in snippet("Neovim", "lua", 0)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib comes with Python 3.11")
def test_the_settings_of_helix() -> None:
    import tomllib

    settings = tomllib.loads(snippet("Helix", "toml"))
    server = settings["language-server"]["keras-codemod"]
    assert [server["command"], *server["args"]] == ["keras-codemod", "lsp"]
    assert "keras-codemod" in settings["language"][0]["language-servers"]
