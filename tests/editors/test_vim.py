"""Vim and Neovim with the settings of ``docs/editors.md``: filter, selection, quickfix."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import MODEL
from tests.support.editors import run_editor, skip_without, snippet

pytestmark = pytest.mark.tensorflow  # No editor starts in milliseconds.

TEXT = MODEL.decode().replace("outputs =", "x = tf.nn.relu(x)\noutputs =")
RELU = 'x = ReluActivation(name="relu_activation")(x)\n'
FILTER = "%!keras-codemod rewrite -q --exit-zero --stdin-filename %:p:S -"


@pytest.fixture(params=["vim", "nvim"])
def editor(request: pytest.FixtureRequest) -> str:
    """The program."""
    program = str(request.param)
    skip_without(program)
    return program


def after(editor: str, folder: Path, text: str, *commands: str) -> tuple[str, list[str]]:
    """The file after commands in an editor, and the lines that the commands have noted."""
    file, settings, script = folder / "a model.py", folder / "settings.vim", folder / "script.vim"
    file.write_text(text)
    noted = folder / "noted"
    settings.write_text("set nocompatible\nfiletype plugin on\n" + snippet("Vim", "vim"))
    script.write_text("\n".join([*commands, "wall!", "qall!"]) + "\n")
    start = ["--headless"] if editor == "nvim" else ["-N", "-es", "-i", "NONE"]
    run_editor(
        editor,
        *start,
        "-u",
        str(settings),
        str(file),
        "-S",
        str(script),
        home=folder,
        folder=folder,
    )
    return file.read_text(), noted.read_text().splitlines() if noted.exists() else []


def test_a_buffer_goes_through_the_filter(editor: str, tmp_path: Path) -> None:
    text, _ = after(editor, tmp_path, TEXT + "tf.print(x)\n", FILTER)
    assert f'x = Einsum(name="einsum")(x)\n{RELU}' in text
    assert text.endswith("model = keras.Model(inputs, outputs)\ntf.print(x)\n")


def test_the_command_rewrites_a_selection(editor: str, tmp_path: Path) -> None:
    select = "normal! 8GV"
    text, _ = after(
        editor, tmp_path, TEXT, select, 'execute "normal! \\<Esc>"', "'<,'>KerasCodemod"
    )
    assert f'x = tf.einsum("...ijk->...jik", x)\n{RELU}' in text
    text, _ = after(editor, tmp_path, TEXT, "KerasCodemod")
    assert "tf.einsum(" not in text.partition("inputs =")[2]


def test_the_buffer_is_not_lost(editor: str, tmp_path: Path) -> None:
    broken = TEXT + "if x\n"
    noting = "call writefile([execute('messages')], 'noted')"
    text, noted = after(editor, tmp_path, broken, "KerasCodemod", noting)
    assert text == broken
    assert "a model.py:11: syntax error" in " ".join(noted)
    text, _ = after(editor, tmp_path, broken, "set shellredir=>", FILTER)
    assert text == broken


def test_findings_are_in_the_quickfix_list(editor: str, tmp_path: Path) -> None:
    fields = "printf('%s:%d:%d:%d', bufname(v.bufnr), v.lnum, v.col, v.nr)"
    noting = f"call writefile(map(getqflist(), {{_, v -> {fields}}}), 'noted')"
    _, noted = after(editor, tmp_path, TEXT, "silent make!", noting)
    assert noted == ["a model.py:7:5:101", "a model.py:8:5:101"]
