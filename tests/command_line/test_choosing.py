"""Choosing what a run is about: codes, files, lines; and words of the command line itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import MODEL, PLAIN, run, run_here

TWO = MODEL + b"y = tf.print(outputs)\nz = tf.reduce_sum(x)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "nets/old").mkdir(parents=True)
    (tmp_path / "nets/a.py").write_bytes(TWO)
    (tmp_path / "nets/old/b.py").write_bytes(MODEL)
    return tmp_path


def findings(folder: Path, *arguments: str) -> list[str]:
    return run_here("check", *arguments, folder=folder).stdout.decode().splitlines()[:-1]


def codes(folder: Path, *arguments: str) -> list[str]:
    lines = findings(folder, *arguments)
    return [f"{line.split(':')[1]} {line.split(': ')[1].split()[0]}" for line in lines]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["7 KC101", "10 KC101", "11 KC101", "11 KC201"]),
        (["--select", "KC2"], ["11 KC201"]),
        (["--select", "KC304"], ["10 KC101"]),
        (["--select", "KC2,KC304"], ["10 KC101", "11 KC201"]),
        (["--ignore", "KC304"], ["7 KC101", "11 KC101", "11 KC201"]),
        (["--ignore", "KC1"], ["11 KC201"]),
        (["--ignore", "KC", "--select", "KC201"], ["11 KC201"]),
    ],
)
def test_findings_are_chosen_by_their_codes(
    arguments: list[str], expected: list[str], folder: Path
) -> None:
    assert codes(folder, "nets/a.py", *arguments) == expected


def test_what_is_not_selected_is_not_rewritten(folder: Path) -> None:
    path = folder / "nets/old/b.py"
    done = run_here("rewrite", "--no-verify", str(path), "--ignore", "KC101", folder=folder)
    assert (done.returncode, path.read_bytes()) == (0, MODEL)


def test_a_configuration_chooses_too(folder: Path) -> None:
    table = '[tool.keras-codemod]\nselect = "KC2"\nexclude = ["old"]\nforce-exclude = true\n'
    (folder / "pyproject.toml").write_text(table)
    assert codes(folder, ".") == ["11 KC201"]
    assert codes(folder, "nets/old/b.py", "nets/a.py") == ["11 KC201"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["."], {"nets/a.py", "nets/old/b.py"}),
        ([".", "--exclude", "old"], {"nets/a.py"}),
        ([".", "--exclude", "nets/a.py", "--exclude", "b.*"], set()),
        # Who names a file means it, as editors and hooks do not.
        (["nets/old/b.py", "--exclude", "old"], {"nets/old/b.py"}),
        (["nets/old/b.py", "--exclude", "old", "--force-exclude"], set()),
    ],
)
def test_files_are_left_out_by_patterns(
    arguments: list[str], expected: set[str], folder: Path
) -> None:
    assert {line.partition(":")[0] for line in findings(folder, *arguments)} == expected


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["check", ""], '"": the path is empty; give a file or a folder, . for this one'),
        (["check", "a.py", "--lines", "90:99"], "--lines 90:99: a.py has only 1 line"),
        (["check", "a.py", "--select", "KC9"], "no code begins with 'KC9'"),
        (["check", "a.py", "-q", "-v"], "does not go with --verbose"),
    ],
)
def test_what_cannot_be_meant_is_told(arguments: list[str], complaint: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(PLAIN)
    done = run_here(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert complaint in " ".join(done.stderr.decode().split())


@pytest.mark.parametrize("name", ["keras_codemod", "kerascodemod", "Keras-Codemod"])
def test_a_misspelt_table_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.{name}]\nto = "lambda"\n')
    done = run_here("check", ".", folder=tmp_path)
    assert done.returncode == 2
    assert f"[tool.{name}] is not read; call it [tool.keras-codemod]" in done.stderr.decode()


def test_lines_beyond_the_end_of_standard_input_are_told(tmp_path: Path) -> None:
    done = run_here("rewrite", "-", "--lines", "90:99", folder=tmp_path, stdin=MODEL)
    assert done.returncode == 2
    assert done.stderr == b"keras-codemod: --lines 90:99: <stdin> has only 9 lines\n"


def test_exit_zero_is_zero_but_for_bad_input(folder: Path) -> None:
    assert run_here("check", ".", "--exit-zero", folder=folder).returncode == 0
    assert run_here("check", ".", "no.py", "--exit-zero", folder=folder).returncode == 2


@pytest.mark.parametrize("arguments", [["-h"], ["check", "-h"], ["rewrite", "-h"]])
def test_short_help(arguments: list[str], tmp_path: Path) -> None:
    done = run_here(*arguments, folder=tmp_path)
    assert done.returncode == 0
    assert b"Usage: keras-codemod" in done.stdout
    assert len(arguments) == 1 or b"PATH..." in done.stdout


def test_short_version_and_completion(tmp_path: Path) -> None:
    assert run_here("-V", folder=tmp_path).stdout.startswith(b"keras-codemod ")
    assert b"--install-completion" in run_here("--help", folder=tmp_path).stdout


@pytest.mark.tensorflow
def test_arguments_may_stand_in_a_file(folder: Path) -> None:
    (folder / "list of files").write_text("nets/a.py\n\n--select\nKC201\n")
    done = run("check", "@list of files", folder=folder)
    assert done.returncode == 1
    assert done.stdout.startswith(b"nets/a.py:11:5: KC201 ")
    missing = run("check", "@nowhere", folder=folder)
    assert missing.returncode == 2
    assert missing.stderr == (
        b"keras-codemod: @nowhere: cannot be read (No such file or directory); "
        b"for a path, give ./@nowhere\n"
    )
