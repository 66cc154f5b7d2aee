"""The pre-commit hooks and the GitHub action name what is there, and their commands run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import MODEL, PLAIN, environment, run_here

pytestmark = pytest.mark.tensorflow
yaml = pytest.importorskip("yaml")
PROJECT = Path(__file__).parents[2]
EXPRESSION = re.compile(r"\$\{\{ ([\w.]+) \}\}")


def loaded(name: str) -> Any:
    return yaml.safe_load((PROJECT / name).read_text())


@pytest.mark.parametrize("hook", loaded(".pre-commit-hooks.yaml"), ids=lambda hook: hook["id"])
def test_each_hook_runs_on_the_files_that_it_is_given(hook: dict[str, Any], tmp_path: Path) -> None:
    assert {"id", "name", "entry", "language", "types_or"} <= set(hook)
    (tmp_path / "model.py").write_bytes(MODEL)
    (tmp_path / "plain.py").write_bytes(PLAIN)
    program, *arguments = hook["entry"].split()
    assert program == "keras-codemod"
    done = run_here(*arguments, "plain.py", folder=tmp_path)
    assert done.returncode == 0
    done = run_here(*arguments, "plain.py", "model.py", folder=tmp_path)
    # A hook fails by its status, or by what it has changed.
    changed = (tmp_path / "model.py").read_bytes() != MODEL
    assert (done.returncode == 1) is not changed
    assert b"tf.einsum" in done.stdout


def test_the_action_writes_annotations_and_a_report(tmp_path: Path) -> None:
    """Its steps are run by a shell as GitHub does, but for the installation."""
    action = loaded("action.yml")
    install, step = action["runs"]["steps"]
    inputs = {name: each["default"] for name, each in action["inputs"].items()}
    assert set(EXPRESSION.findall(str(install["env"]))) <= {
        "github.action_path",
        *(f"inputs.{name}" for name in inputs),
    }
    assert "pip install" in install["run"]
    program = tmp_path / "keras-codemod/bin/keras-codemod"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m codemod "$@"\n')
    program.chmod(0o755)
    (tmp_path / "project").mkdir()
    (tmp_path / "project/model.py").write_bytes(MODEL)

    def step_run(**given: str) -> subprocess.CompletedProcess[str]:
        values = {f"inputs.{name}": value for name, value in {**inputs, **given}.items()}
        variables = {
            name: EXPRESSION.sub(lambda match: values[match[1]], text)
            for name, text in step["env"].items()
        }
        output = {"RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(tmp_path / "output")}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=tmp_path / "project",
            env={**environment(), **output, **variables, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )

    done = step_run()
    assert done.returncode == 1
    assert done.stdout.startswith("::warning file=model.py,line=7,")
    assert "::notice title=keras-codemod::1 raw expression in 1 of 1 file" in done.stdout
    report = tmp_path / "keras-codemod.github"
    assert report.read_text() == done.stdout
    assert (tmp_path / "output").read_text() == f"report={report}\n"
    assert step_run(command="check --exit-zero", paths="model.py model.py").returncode == 0
