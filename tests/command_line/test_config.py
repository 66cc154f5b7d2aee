"""Defaults from pyproject.toml: found, checked, and complained of by file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.config import Config, ConfigError, load_config


def write(folder: Path, table: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pyproject.toml"
    path.write_text(f"[tool.keras-codemod]\n{table}\n")
    return path


def test_every_key_is_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        'to = "lambda"\ntarget = "both"\noperators = "wrap"\n'
        'device = "cpu"\nformat = "github"\nverify = false\n'
        'accept = "bitwise"\n'
        'build = ["a()", "b()"]\npython = "env/bin/python"\njobs = 3\n'
        "time-limit = 90\nmemory-limit = 2.5",
    )
    assert load_config([str(tmp_path)]) == Config(
        to="lambda",
        target="both",
        operators="wrap",
        device="cpu",
        format="github",
        verify=False,
        accept="bitwise",
        build=("a()", "b()"),
        python=str(tmp_path / "env/bin/python"),
        jobs=3,
        time_limit=90,
        memory_limit=2.5,
    )


def test_no_file_and_no_table_set_nothing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert load_config([str(tmp_path)]) == Config()


def test_paths_that_lead_nowhere_set_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_bytes(b"")
    (tmp_path / ".git").mkdir()
    for name in "missing/model.py", "model.py/model.py", "model.py/deeper/model.py":
        assert load_config([str(tmp_path / name)]) == Config()


def test_one_build_needs_no_list_and_a_command_no_folder(tmp_path: Path) -> None:
    write(tmp_path, 'build = "build_model()"\npython = "python3.11"')
    config = load_config([str(tmp_path)])
    assert (config.build, config.python) == (("build_model()",), "python3.11")


def test_the_nearest_table_wins(tmp_path: Path) -> None:
    write(tmp_path, "jobs = 2")
    write(tmp_path / "inner", "jobs = 4")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/pyproject.toml").write_text("[build-system]\nrequires = []\n")
    (tmp_path / "inner/model.py").write_bytes(b"")
    assert load_config([str(tmp_path / "inner/model.py")]).jobs == 4
    assert load_config([str(tmp_path / "inner/not-yet/model.py")]).jobs == 4
    assert load_config([str(tmp_path / "other")]).jobs == 2
    assert load_config([str(tmp_path / "inner"), str(tmp_path / "other")]).jobs == 2


def test_the_search_ends_at_the_root_of_a_repository(tmp_path: Path) -> None:
    write(tmp_path, "jobs = 2")
    (tmp_path / "repository/.git").mkdir(parents=True)
    assert load_config([str(tmp_path / "repository")]) == Config()


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ('goal = "layer"', "goal: is not known; use one of to, target, operators, device, "),
        ('to = "layers"', "to: must be one of layer, lambda, ops, not 'layers'"),
        ("to = 1", "to: must be one of layer, lambda, ops, not 1"),
        ('format = ["text"]', "format: must be one of text, json, github, sarif, not ['text']"),
        ('accept = "close"', "accept: must be one of bitwise, not 'close'"),
        ('verify = "no"', "verify: must be true or false, not 'no'"),
        ("jobs = 0", "jobs: must be a number from 1, not 0"),
        ("jobs = true", "jobs: must be a number from 1, not True"),
        ("time-limit = 0", "time-limit: must be a number above 0, not 0"),
        ('memory-limit = "4G"', "memory-limit: must be a number above 0, not '4G'"),
        ("python = 3.11", "python: must be a path, not 3.11"),
        ("jobs = 1.5", "jobs: must be a number from 1, not 1.5"),
        ("time-limit = true", "time-limit: must be a number above 0, not True"),
        ('python-original = ""', "python-original: must be a path, not ''"),
        ('operators = "all"', "operators: must be one of keep, wrap, not 'all'"),
        ('device = "tpu"', "device: must be one of auto, gpu, cpu, not 'tpu'"),
        ("build = [1]", "build: must be a call or a list of calls, not [1]"),
        ('build = ""', "build: must be a call or a list of calls, not ''"),
        ('build = ["a()", ""]', "build: must be a call or a list of calls, not ['a()', '']"),
    ],
)
def test_wrong_values_name_the_file_and_the_key(tmp_path: Path, table: str, complaint: str) -> None:
    path = write(tmp_path, table)
    with pytest.raises(ConfigError) as caught:
        load_config([str(tmp_path)])
    assert str(caught.value).startswith(f"{path}: [tool.keras-codemod] {complaint}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"[tool.keras-codemod]\nto = layer\n", b"[tool.keras-codemod]\nto = '\xe9'\n"]
)
def test_broken_files_are_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="is not valid TOML") as caught:
        load_config([str(tmp_path)])
    assert str(caught.value).startswith(f"{path}: ")


def test_broken_files_of_others_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.black\n")
    assert load_config([str(tmp_path)]) == Config()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.mkdir()
    with pytest.raises(ConfigError) as caught:
        load_config([str(tmp_path)])
    assert str(caught.value) == f"{path}: cannot be read (Is a directory)"


@pytest.mark.parametrize("content", ["tool = 'keras-codemod'", "name = 'keras-codemod'"])
def test_a_file_that_only_mentions_us_sets_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "pyproject.toml").write_text(content)
    assert load_config([str(tmp_path)]) == Config()


def test_an_interpreter_below_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    write(tmp_path, 'python = "~/env/bin/python"\npython-original = "old/bin/python"')
    config = load_config([str(tmp_path)])
    assert config.python == "/home/ada/env/bin/python"
    assert config.python_original == str(tmp_path / "old/bin/python")


def test_a_limit_may_be_a_part_of_one(tmp_path: Path) -> None:
    write(tmp_path, "time-limit = 0.5\nmemory-limit = 1\njobs = 1")
    config = load_config([str(tmp_path)])
    assert (config.time_limit, config.memory_limit, config.jobs) == (0.5, 1, 1)


def test_without_a_path_the_working_directory_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "jobs = 2")
    monkeypatch.chdir(tmp_path)
    assert load_config([]).jobs == 2


def test_the_table_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool]\nkeras-codemod = "layer"\n')
    with pytest.raises(ConfigError, match=r"tool\.keras-codemod must be a table"):
        load_config([str(tmp_path)])
