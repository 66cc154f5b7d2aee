"""Which option wins: the command line, then ``pyproject.toml``, then the default."""

from __future__ import annotations

import os
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from codemod.config import Config
from codemod.engine.resources import verification_jobs
from codemod.errors import CodemodError
from codemod.precedence import chosen, settings_of
from codemod.settings import Settings
from transforms.syntax.records import Generations

EVERYTHING = Config(
    to="lambda",
    target="keras3",
    operators="wrap",
    device="cpu",
    format="json",
    verify=True,
    build=("a()",),
    python=sys.executable,
    python_original=sys.executable,
    jobs=3,
    time_limit=9.0,
    memory_limit=2.5,
)
OTHER = Config(
    to="layer",
    target="keras2",
    operators="keep",
    device="gpu",
    format="text",
    verify=False,
    build=("b()",),
    python="no/such/python",
    python_original="no/such/python",
    jobs=5,
    time_limit=8.0,
    memory_limit=1.5,
)


@pytest.mark.parametrize("name", [field.name for field in fields(Config)])
def test_what_is_given_wins_over_what_is_configured(name: str) -> None:
    given = Config(**{name: getattr(EVERYTHING, name)})
    assert chosen(given, OTHER) == replace(OTHER, **{name: getattr(EVERYTHING, name)})
    assert chosen(Config(), OTHER) == OTHER
    assert chosen(EVERYTHING, OTHER) == EVERYTHING


def test_every_option_reaches_the_settings() -> None:
    expected = Settings(
        target="lambda",
        generations="keras3",
        operators="wrap",
        lines=((1, 2),),
        python=os.path.abspath(sys.executable),
        python_original=os.path.abspath(sys.executable),
        device="cpu",
        builds=("a()",),
        verify=True,
        jobs=3,
        time_limit=9.0,
        memory_limit=2.5,
    )
    assert settings_of("rewrite", EVERYTHING, OTHER, ((1, 2),)) == expected
    assert settings_of("rewrite", Config(), EVERYTHING, ((1, 2),)) == expected
    assert settings_of("verify", EVERYTHING, OTHER, ((1, 2),)) == replace(expected, jobs=1)
    assert settings_of("check", EVERYTHING, OTHER, ((1, 2),)) == replace(
        expected, verify=False, python=None, python_original=None
    )


def test_the_defaults() -> None:
    nothing = Config()
    jobs = verification_jobs()
    assert settings_of("rewrite", nothing, nothing) == Settings(jobs=jobs)
    assert settings_of("verify", nothing, nothing) == Settings()
    assert settings_of("check", nothing, nothing) == Settings(verify=False)
    assert settings_of("rewrite", Config(verify=False), nothing) == Settings(verify=False)


@pytest.mark.parametrize("target", [None, "keras3"])
def test_calls_of_keras_ops_are_for_keras_3(target: Generations | None) -> None:
    found = settings_of("check", Config(to="ops", target=target), Config(to="layer"))
    assert (found.target, found.generations) == ("ops", "keras3")


@pytest.mark.parametrize("target", ["keras2", "both"])
def test_calls_of_keras_ops_are_not_for_keras_2(target: Generations) -> None:
    with pytest.raises(CodemodError) as caught:
        settings_of("rewrite", Config(target=target), Config(to="ops"))
    assert str(caught.value) == (
        f"--to ops --target {target}: Keras 2 has no keras.ops; use --target keras3, or --to layer"
    )


def test_a_project_that_requires_keras_2_has_no_keras_ops(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("tensorflow<2.16\n")
    paths = [str(tmp_path / "model.py")]
    with pytest.raises(CodemodError) as caught:
        settings_of("check", Config(to="ops"), Config(), paths=paths)
    assert str(caught.value) == (
        "--to ops: requirements.txt requires tensorflow<2.16; Keras 2 has no keras.ops; "
        "use --target keras3, or --to layer"
    )
    settings_of("check", Config(to="ops", target="keras3"), Config(), paths=paths)
    settings_of("check", Config(to="layer"), Config(), paths=paths)


def test_only_a_verified_rewrite_uses_all_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemod.precedence.verification_jobs", lambda: 7)
    assert settings_of("rewrite", Config(), Config()).jobs == 7
    assert settings_of("rewrite", Config(verify=False), Config()).jobs == 1
    assert settings_of("rewrite", Config(verify=False), Config(jobs=2)).jobs == 2
    assert settings_of("check", Config(), Config()).jobs == 1
    assert settings_of("check", Config(jobs=2), Config()).jobs == 2
    assert settings_of("verify", Config(), Config()).jobs == 1


@pytest.mark.parametrize(
    ("wrong", "option"),
    [
        (Config(python="no/such/python"), "--python"),
        (Config(python_original="no/such/python"), "--python-original"),
    ],
)
def test_an_interpreter_that_cannot_be_run_is_named_by_its_option(
    wrong: Config, option: str
) -> None:
    with pytest.raises(CodemodError) as caught:
        settings_of("rewrite", wrong, Config())
    assert str(caught.value) == (
        f"{option} no/such/python: cannot be run; give the path of an interpreter"
    )
    previewed = settings_of("rewrite", wrong, Config(), previews=True)
    assert (previewed.python, previewed.python_original) == (None, None)


def test_an_interpreter_is_found_by_name_and_below_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "env/bin/mypython"
    link.parent.mkdir(parents=True)
    link.symlink_to(sys.executable)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(link.parent))
    monkeypatch.chdir(tmp_path)
    for given in "~/env/bin/mypython", "mypython", "env/bin/mypython":
        assert settings_of("verify", Config(python=given), Config()).python == str(link)


def test_the_command_line_wins_over_the_file_and_the_file_over_the_default() -> None:
    configured = Config(to="lambda", operators="wrap", jobs=3, build=("a()",), time_limit=9.0)
    given = Config(operators="keep", build=("b()",))
    found = settings_of("rewrite", given, configured, lines=((1, 2),))
    assert (found.target, found.operators, found.jobs) == ("lambda", "keep", 3)
    assert (found.builds, found.time_limit, found.lines) == (("b()",), 9.0, ((1, 2),))
    assert (found.device, found.memory_limit) == ("auto", None)


@pytest.mark.parametrize("previews", [False, True])
@pytest.mark.parametrize("configured", [None, False, True])
@pytest.mark.parametrize("given", [None, False, True])
def test_only_the_command_line_asks_to_verify_previews(
    given: bool | None, configured: bool | None, previews: bool
) -> None:
    found = settings_of("rewrite", Config(verify=given), Config(verify=configured), (), previews)
    default = not previews and configured is not False
    assert found.verify is (default if given is None else given)


def test_check_never_verifies_and_verify_always_does() -> None:
    no_python = Config(python="no/such/python", verify=True)
    assert settings_of("check", Config(), no_python).verify is False
    assert settings_of("verify", Config(), Config(verify=False)).verify is True
    with pytest.raises(CodemodError, match="--python no/such/python: cannot be run"):
        settings_of("verify", Config(), no_python)
    assert settings_of("check", Config(), Config()).jobs == 1
    assert settings_of("verify", Config(), Config(jobs=4)).jobs == 1


def test_the_command_line_of_scripts_is_taken_apart_as_in_a_shell() -> None:
    def arguments(given: str | None, configured: str | None = None) -> tuple[str, ...] | None:
        return settings_of("rewrite", Config(args=given), Config(args=configured)).arguments

    assert arguments(None) is None
    assert arguments("") == ()
    assert arguments("'a b' --width 8") == ("a b", "--width", "8")
    assert arguments(None, "x") == ("x",)
    assert arguments("y", "x") == ("y",)
    with pytest.raises(CodemodError, match="--args 'a: No closing quotation"):
        arguments("'a")
