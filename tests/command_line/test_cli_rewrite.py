"""``rewrite`` and ``check`` from the user's side, nothing verified."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.command_line import MODEL, PLAIN, run_here
from tests.support.report_schema import check_report


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.py"
    path.write_bytes(MODEL)
    return path


@pytest.fixture(scope="module")
def rewritten(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The model as ``--to lambda`` leaves it."""
    folder = tmp_path_factory.mktemp("rewritten")
    done = run_here("rewrite", "-", "--to", "lambda", folder=folder, stdin=MODEL)
    assert b"Lambda(" in done.stdout
    return done.stdout


@pytest.mark.parametrize("target", ["layer", "lambda", "ops"])
def test_rewrite_writes_the_file_and_says_so(model: Path, target: str) -> None:
    done = run_here("rewrite", "model.py", "--no-verify", "--to", target, folder=model.parent)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "model.py: rewritten; not verified"
    # The line is that of the file as it is now.
    text = model.read_text().splitlines()
    place, _, told = lines[1].partition(": ")
    assert told.startswith("KC101 tf.einsum -> ")
    assert text[int(place.split(":")[1]) - 1].startswith("x = ")
    assert lines[2:] == ["", "1 file rewritten (1 raw expression)."]
    assert model.read_bytes() != MODEL
    again = run_here("rewrite", "model.py", "--no-verify", "--to", target, folder=model.parent)
    assert again.returncode == 0
    assert b"rewritten" not in again.stdout
    assert (b"KC206" in again.stdout) == (target == "lambda")


def test_calls_of_keras_ops_are_the_smallest_change(model: Path) -> None:
    (model.parent / "requirements.txt").write_text("tensorflow<2.16\n")
    done = run_here("rewrite", "-", "--to", "ops", folder=model.parent, stdin=MODEL)
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    done = run_here("check", "model.py", "--to", "ops", "--target", "keras3", folder=model.parent)
    told = "model.py:7:5: KC101 tf.einsum could become keras.ops.einsum"
    assert done.stdout.decode().splitlines()[0] == told
    options = ("--to", "ops", "--target", "keras3")
    done = run_here("rewrite", "-", *options, folder=model.parent, stdin=MODEL)
    assert (done.returncode, done.stdout) == (0, MODEL.replace(b"tf.einsum", b"keras.ops.einsum"))


def test_rewrite_goes_through_folders(model: Path) -> None:
    (model.parent / "pkg").mkdir()
    (model.parent / "pkg/inner.py").write_bytes(MODEL)
    (model.parent / "pkg/plain.py").write_bytes(PLAIN)
    done = run_here("rewrite", ".", "--no-verify", folder=model.parent)
    assert done.returncode == 0
    assert done.stdout.decode().splitlines()[-1] == "2 files rewritten (2 raw expressions)."
    inner = (model.parent / "pkg/inner.py").read_bytes()
    assert inner.replace(b'"inner"', b'"model"') == model.read_bytes() != MODEL


@pytest.mark.parametrize("option", ["--dry-run"])
def test_diff_shows_what_would_change_and_writes_nothing(
    model: Path, option: str, rewritten: bytes
) -> None:
    done = run_here("rewrite", "model.py", "--to", "lambda", option, folder=model.parent)
    assert done.returncode == 0
    assert model.read_bytes() == MODEL
    assert done.stdout.startswith(b"--- a/model.py\n+++ b/model.py\n")
    assert done.stderr.decode().splitlines()[-1] == "1 file would be rewritten (1 raw expression)."
    subprocess.run(["git", "apply", "-"], input=done.stdout, cwd=model.parent, check=True)
    assert model.read_bytes() == rewritten


def test_check_of_rewrite_answers_by_its_status(model: Path, rewritten: bytes) -> None:
    done = run_here("rewrite", "model.py", "--check", folder=model.parent)
    assert done.returncode == 1
    assert model.read_bytes() == MODEL
    assert done.stdout.decode().splitlines()[-1] == "1 file would be rewritten (1 raw expression)."
    model.write_bytes(rewritten)
    # Nothing is left but the hazard of a Lambda: both commands end alike.
    for command in ["rewrite", "--check"], ["check"]:
        done = run_here(*command, "model.py", folder=model.parent)
        assert done.returncode == 1
        assert b"KC206" in done.stdout
    model.write_bytes(PLAIN)
    for command in ["rewrite", "--check"], ["check"]:
        assert run_here(*command, "model.py", folder=model.parent).returncode == 0


def test_check_and_diff_go_together(model: Path) -> None:
    done = run_here("rewrite", "model.py", "--check", "--diff", folder=model.parent)
    assert done.returncode == 1
    assert done.stdout.startswith(b"--- a/model.py\n")
    assert model.read_bytes() == MODEL


def test_standard_input_is_filtered_byte_for_byte(tmp_path: Path) -> None:
    source = b"\xef\xbb\xbf" + MODEL.replace(b"\n", b"\r\n").rstrip(b"\r\n")
    (tmp_path / "model.py").write_bytes(source)
    run_here("rewrite", "model.py", "--no-verify", folder=tmp_path)
    done = run_here(
        "rewrite", "-", "--stdin-filename", "pkg/model.py", folder=tmp_path, stdin=source
    )
    assert done.returncode == 0
    assert done.stdout == (tmp_path / "model.py").read_bytes() != source
    assert done.stderr.startswith(
        b"pkg/model.py: rewritten; not verified\npkg/model.py:19:5: KC101 "
    )


@pytest.mark.parametrize(
    "source", [PLAIN, b"", b"\xef\xbb\xbfx = 1\r\ny = 2", b"# caf\xe9\nx = 1\n\x0c\n"]
)
def test_standard_input_without_models_comes_out_as_it_went_in(
    source: bytes, tmp_path: Path
) -> None:
    assert run_here("rewrite", "-", folder=tmp_path, stdin=source).stdout == source


def test_standard_input_that_cannot_be_parsed_is_not_lost(tmp_path: Path) -> None:
    source = b"from tensorflow import keras\nif x\n    y\n"
    done = run_here("rewrite", "-", "--stdin-filename", "m.py", folder=tmp_path, stdin=source)
    assert done.returncode == 2
    assert done.stdout == source
    assert done.stderr.startswith(b"m.py:2: syntax error (")


def test_previews_of_standard_input(tmp_path: Path) -> None:
    done = run_here("rewrite", "-", "--check", folder=tmp_path, stdin=MODEL)
    assert (done.returncode, done.stdout) == (1, b"")
    done = run_here(
        "rewrite", "-", "--diff", "--stdin-filename", "m.py", folder=tmp_path, stdin=MODEL
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"--- a/m.py\n+++ b/m.py\n")


def test_check_lists_and_writes_nothing(model: Path) -> None:
    (model.parent / "plain.py").write_bytes(PLAIN)
    done = run_here("check", ".", folder=model.parent)
    assert done.returncode == 1
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith("model.py:7:5: KC101 tf.einsum")
    assert " -> " not in lines[0]
    assert lines[-1] == "1 raw expression in 1 of 2 files."
    assert model.read_bytes() == MODEL


def test_check_finds_nothing_in_plain_python(tmp_path: Path) -> None:
    (tmp_path / "plain.py").write_bytes(PLAIN)
    done = run_here("check", "plain.py", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"no raw ops in 1 file.\n")


def test_check_takes_standard_input(tmp_path: Path) -> None:
    done = run_here("check", "-", "--stdin-filename", "m.py", folder=tmp_path, stdin=MODEL)
    assert done.returncode == 1
    assert done.stdout.startswith(b"m.py:7:5: KC101 tf.einsum")


@pytest.mark.parametrize("lines", ["1:6", "8:99"])
def test_lines_outside_leave_the_site(model: Path, lines: str) -> None:
    done = run_here("rewrite", "model.py", "--no-verify", "--lines", lines, folder=model.parent)
    assert done.returncode == 0
    assert model.read_bytes() == MODEL


def test_lines_that_touch_the_statement_rewrite_it(model: Path) -> None:
    arguments = ["--no-verify", "--lines", "1:2", "--lines", "7:7"]
    assert run_here("rewrite", "model.py", *arguments, folder=model.parent).returncode == 0
    assert model.read_bytes() != MODEL


@pytest.mark.parametrize(
    "arguments", [["rewrite", "--diff"], ["rewrite", "--no-verify"], ["check"]], ids=" ".join
)
def test_json_alone_is_on_standard_output(model: Path, arguments: list[str]) -> None:
    (model.parent / "broken.py").write_bytes(b"import keras\nif x\n")
    done = run_here(*arguments, "--format", "json", ".", folder=model.parent)
    assert done.returncode == 2
    assert done.stderr.startswith(b"broken.py:2: syntax error (")
    document = json.loads(done.stdout)
    check_report(document)
    records = {record["path"]: record for record in document["files"]}
    assert records["broken.py"]["status"] == "failed"
    (site,) = records["model.py"]["sites"]
    assert (site["code"], site["line"], site["column"]) == ("KC101", 7, 4)
    assert (site["end_line"], site["end_column"]) == (7, 34)
    assert site["ops"] == ["tf.einsum"]


def test_configuration_sets_defaults_and_the_command_line_wins(model: Path) -> None:
    (model.parent / "pyproject.toml").write_text(
        '[tool.keras-codemod]\nto = "lambda"\nverify = false\nformat = "github"\n'
    )
    done = run_here("rewrite", "model.py", folder=model.parent)
    assert done.stdout.startswith(b"::notice file=model.py,line=7,col=5,")
    assert b"Lambda(" in model.read_bytes()
    model.write_bytes(MODEL)
    done = run_here("rewrite", "model.py", "--to", "layer", "--format", "text", folder=model.parent)
    assert done.stdout.startswith(b"model.py: rewritten; not verified\n")
    assert b"Lambda(" not in model.read_bytes()


def test_the_mode_and_the_link_of_a_rewritten_file_are_kept(model: Path) -> None:
    model.chmod(0o750)
    link = model.parent / "link.py"
    link.symlink_to("model.py")
    assert run_here("rewrite", "link.py", "--no-verify", folder=model.parent).returncode == 0
    assert link.is_symlink()
    assert model.read_bytes() != MODEL
    assert model.stat().st_mode & 0o777 == 0o750


def test_files_whose_layers_meet_get_different_names_without_verification_too(
    tmp_path: Path,
) -> None:
    head = "import tensorflow as tf\nfrom tensorflow import keras\n"
    body = "    x = keras.layers.Dense(4)(x)\n    return tf.sin(x)\n"
    (tmp_path / "scale.py").write_text(f"{head}def scale(x):\n{body}")
    (tmp_path / "net.py").write_text(
        f"{head}from scale import scale\ni = keras.Input((4,))\n"
        "m = keras.Model(i, scale(tf.sin(i)))\n"
    )
    run_here("rewrite", ".", "--no-verify", folder=tmp_path)
    assert 'name="sin")' in (tmp_path / "net.py").read_text()
    assert 'name="sin2")' in (tmp_path / "scale.py").read_text()
