"""A diff must be one that git and patch can apply, whatever the bytes are."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from codemod.reports.diffs import unified_diff

PAIRS = {
    "one line": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "CRLF": (b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n"),
    "mixed line ends": (b"a\r\nb\nc\r\nd\n", b"a\r\nB\nc\r\nd\n"),
    "lone carriage returns": (b"a\rb\nc\rd\n", b"a\rB\nc\rd\n"),
    "no last newline": (b"a\nb", b"a\nB"),
    "last newline added": (b"a\nb", b"a\nb\n"),
    "last newline removed": (b"a\nb\n", b"a\nb"),
    "last newline kept missing": (b"x\na\nb\nc\nd\ne", b"X\na\nb\nc\nd\ne"),
    "latin-1": (b"# -*- coding: latin-1 -*-\n\xe9 = 1\n", b"# -*- coding: latin-1 -*-\n\xe9 = 2\n"),
    "byte order mark": (b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfa\nB\n"),
    "form feed": (b"a\n\x0c\nb\n", b"a\n\x0c\nB\n"),
    "line like a header": (b"-- a\n++ b\n", b"-- a\n++ c\n"),
    "far apart": (b"".join(b"%d\n" % i for i in range(99)),) * 2,
    "from empty": (b"", b"a\n"),
}
first, second = PAIRS["far apart"]
PAIRS["far apart"] = (first, second.replace(b"\n5\n", b"\nfive\n").replace(b"\n90\n", b"\n"))


def git_apply(folder: Path, diff: bytes) -> None:
    done = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        input=diff,
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("name", PAIRS)
def test_git_applies_the_diff_byte_for_byte(name: str, tmp_path: Path) -> None:
    original, rewritten = PAIRS[name]
    path = tmp_path / "model.py"
    path.write_bytes(original)
    git_apply(tmp_path, unified_diff(original, rewritten, "model.py"))
    assert path.read_bytes() == rewritten


@pytest.mark.parametrize(
    "shown", ["a b/my model.py", 'quo"te.py', "tab\tname.py", "modèle.py", "new\nline.py"]
)
def test_git_finds_the_file_whatever_its_name(shown: str, tmp_path: Path) -> None:
    path = tmp_path / shown
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"old\n")
    git_apply(tmp_path, unified_diff(b"old\n", b"new\n", shown))
    assert path.read_bytes() == b"new\n"


def test_diffs_of_several_files_apply_together(tmp_path: Path) -> None:
    for name in "one.py", "two.py":
        (tmp_path / name).write_bytes(b"old")
    diff = b"".join(unified_diff(b"old", b"new", name) for name in ("one.py", "two.py"))
    git_apply(tmp_path, diff)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new", b"new"]


def test_equal_sources_have_no_diff() -> None:
    assert unified_diff(b"same", b"same", "model.py") == b""


def test_names_are_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for shown in "./pkg/model.py", str(tmp_path / "pkg" / "model.py"), "pkg//model.py":
        diff = unified_diff(b"old\n", b"new\n", shown)
        assert diff.startswith(b"--- a/pkg/model.py\n+++ b/pkg/model.py\n@@ -1 +1 @@\n")
    assert unified_diff(b"old\n", b"new\n", "/else/where.py").startswith(b"--- a/else/where.py\n")


@pytest.mark.parametrize(
    ("shown", "header"),
    [
        ("model.py", b"a/model.py"),
        ("a b.py", b"a/a b.py\t"),
        ("X Y.py", b"a/X Y.py\t"),
        ("caf\u00e9.py", "a/caf\u00e9.py".encode()),
        ('quo"te.py', b'"a/quo\\"te.py"'),
        ('quo"te X.py', b'"a/quo\\"te X.py"'),
        ("back\\slash.py", b'"a/back\\\\slash.py"'),
        ("tab\t.py", b'"a/tab\\011.py"'),
        ("unit\x1f.py", b'"a/unit\\037.py"'),
        ("delete\x7f.py", b'"a/delete\\177.py"'),
        ("!tilde~.py", b"a/!tilde~.py"),
        ("/X/model.py", b"a/X/model.py"),
    ],
)
def test_names_are_quoted_as_git_does(shown: str, header: bytes) -> None:
    first = unified_diff(b"old\n", b"new\n", shown).split(b"\n")[0]
    assert first == b"--- " + header
