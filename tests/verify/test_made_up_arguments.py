"""What is given to scripts that read ``sys.argv`` themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from codemod.verify.child.capture.made_up_arguments import made_up_arguments
from codemod.verify.child.capture.working_folder import working_folder

NEEDED = "if len(sys.argv) < 3:\n    print('usage')\n    sys.exit(1)\n"


@pytest.mark.parametrize(
    "source, expected",
    [
        ("x = int(sys.argv[1])", ["8"]),
        ("width = int(sys.argv[1])\nrate = float(sys.argv[2])", ["32", "0.1"]),
        ("mode = sys.argv[1]\nif mode == 'train': pass", ["train"]),
        ("if sys.argv[1] == 'train': pass", ["train"]),
        ("script, size = argv\nrange(int(size))", ["8"]),
        (NEEDED, ["argument", "argument"]),
        (NEEDED + "name = sys.argv[1]\nn = int(sys.argv[2])", ["name", "8"]),
        ("if len(sys.argv) > 1:\n    n = int(sys.argv[1])", []),
        ("n = int(sys.argv[1]) if len(sys.argv) > 1 else 3", []),
        ("parser.parse_args(sys.argv[1:])", []),
        ("print(sys.argv[0])", []),
        ("open(sys.argv[1])", ["argument"]),
    ],
)
def test_arguments_of_the_type_that_the_script_takes(source: str, expected: list[str]) -> None:
    assert made_up_arguments(ast.parse(source), []) == expected


def test_a_path_is_a_file_that_is_there(tmp_path: Path) -> None:
    for name in ("table.csv", "settings.json", "net.py", "README.md"):
        (tmp_path / name).write_text("")
    source = "table = sys.argv[1]\nopen(table)\nconfig = open(sys.argv[2])\nother = sys.argv[3]"
    assert made_up_arguments(ast.parse(source), [str(tmp_path)]) == [
        str(tmp_path / "table.csv"),
        str(tmp_path / "settings.json"),
        "other",
    ]


def test_a_script_runs_where_the_paths_that_it_names_are(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("")
    (tmp_path / "tool" / "data").mkdir(parents=True)
    (tmp_path / "tool" / "data" / "a.csv").write_text("")
    (tmp_path / "conf.yaml").write_text("")
    entry = str(tmp_path / "tool" / "train.py")
    assert working_folder(entry, {entry: b"x = 1"}) == str(tmp_path)
    assert working_folder(entry, {entry: b"open('data/a.csv')"}) == str(tmp_path / "tool")
    assert working_folder(entry, {entry: b"open('conf.yaml')"}) == str(tmp_path)
