"""``--add-skip``: what is refused gets a comment, and is not told again."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.api import notebook_of, rewrite_source
from codemod.commands import Preview, rewrite_paths
from codemod.settings import Settings, View
from transforms.syntax.codes import Codes

HEAD = "import tensorflow as tf\nfrom tensorflow import keras\ni = keras.Input((4,))\n"
ADDING = Settings(add_skip=True, verify=False)


def marked(body: str, settings: Settings = ADDING) -> str:
    result = rewrite_source((HEAD + body).encode(), settings, Path("/project/m.py"))
    return result.rewritten.decode().partition("(4,))\n")[2]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("tf.print(i)\n", "tf.print(i)  # keras-codemod: skip\n"),
        ("tf.print(i)", "tf.print(i)  # keras-codemod: skip"),
        ("tf.print(i)  # why\n", "tf.print(i)  # why  # keras-codemod: skip\n"),
        ("tf.print(\n    i,\n)\n", "tf.print(  # keras-codemod: skip\n    i,\n)\n"),
        (
            'tf.print(i, """\na\n""")\n',
            'tf.print(i, """\na\n""")  # keras-codemod: skip\n',
        ),
        ("tf.print(i); tf.print(i)\n", "tf.print(i); tf.print(i)  # keras-codemod: skip\n"),
        ("x = keras.layers.Dense(2)(i)\n", "x = keras.layers.Dense(2)(i)\n"),
    ],
)
def test_a_refused_line_gets_a_comment(body: str, expected: str) -> None:
    assert marked(body) == expected
    assert marked(expected) == expected


def test_what_can_be_rewritten_is() -> None:
    text = marked("tf.print(i)\nx = tf.square(i)\ntf.print(x)\n")
    assert text.startswith("tf.print(i)  # keras-codemod: skip\nx = Square(")
    assert text.endswith("(i)\ntf.print(x)  # keras-codemod: skip\n")
    # What is refused on a line that changes cannot be marked without its neighbour.
    text = marked("x = tf.square(i); tf.print(x)\n")
    assert "# keras-codemod" not in text


def test_only_selected_codes_are_marked() -> None:
    codes = Codes(select=("KC101",), ignore=("KC304",))
    assert marked("tf.print(i)\n", Settings(add_skip=True, codes=codes)) == "tf.print(i)\n"


def test_cells_are_marked_but_for_lines_of_magics() -> None:
    cells = [HEAD + "!ls\ntf.print(i)", "%time tf.print(i)"]
    result = rewrite_source(notebook_of(cells), ADDING, Path("/project/m.ipynb"))
    assert result.error is None and result.notebook is not None
    assert result.notebook.changed_cells(result.rewritten) == {
        1: (cells[0], cells[0] + "  # keras-codemod: skip")
    }
    assert [site.status for site in result.sites] == ["skipped", "refused"]


def test_files_are_marked_once(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    path = tmp_path / "m.py"
    source = (HEAD + "tf.print(i)\n").replace("\n", "\r\n").encode()
    path.write_bytes(source)
    view = View(color="never")
    assert rewrite_paths([str(path)], ADDING, Preview(diff=True), view) == 0
    assert b"+tf.print(i)  # keras-codemod: skip\r\n" in capsysbinary.readouterr().out
    assert path.read_bytes() == source
    assert rewrite_paths([str(path)], ADDING, Preview(), view) == 0
    first, place, *_ = capsysbinary.readouterr().out.decode().splitlines()
    assert first == f"{path}: marked"
    assert place.startswith(f"{path}:4:1: KC101 tf.print skipped from now on: KC304: ")
    assert path.read_bytes() == source.replace(b"(i)\r", b"(i)  # keras-codemod: skip\r")
    assert rewrite_paths([str(path)], ADDING, Preview(), view) == 0
    assert capsysbinary.readouterr().out.decode().startswith("no raw ops in 1 file")
