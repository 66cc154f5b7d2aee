"""What is installed, which machine this is, and what is seen of a folder."""

from __future__ import annotations

import os
import py_compile
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codemod.cache import surroundings
from codemod.cache.interpreters import installed_in
from codemod.cache.trees import digest_of, tree_of

RECORD = "six.py,sha256=abc,3\n"


def packages(folder: Path) -> Path:
    """A folder of packages with one distribution."""
    found = folder / "site-packages"
    (found / "six-1.0.dist-info").mkdir(parents=True)
    (found / "six-1.0.dist-info/RECORD").write_text(RECORD)
    (found / "six.py").write_text("1")
    return found


CHANGES: dict[str, Callable[[Path], object]] = {
    "the same version, built anew": lambda p: (p / "six-1.0.dist-info/RECORD").write_text("other"),
    "upgraded": lambda p: (p / "six-1.0.dist-info").rename(p / "six-1.1.dist-info"),
    "a path that Python is given": lambda p: (p / "a.pth").write_text("/elsewhere"),
    "a module without a distribution": lambda p: (p / "six.py").write_text("2"),
    "a package without a distribution": lambda p: (p / "keras").mkdir(),
}


def test_what_is_installed_is_seen_without_being_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = packages(tmp_path)
    monkeypatch.setenv("PYTHONPATH", f"{found}{os.pathsep}{tmp_path}")
    before = installed_in(sys.executable)
    assert before is not None and str(tmp_path) in before.folders
    assert installed_in(sys.executable) == before
    known = {before.digest}
    for change in CHANGES.values():
        change(found)
        after = installed_in(sys.executable)
        assert after is not None
        known.add(after.digest)
    assert len(known) == len(CHANGES) + 1


def test_a_folder_of_modules_is_none_of_packages_for_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "third-party-packages"
    (folder / "blocks").mkdir(parents=True)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    found = installed_in(sys.executable)
    assert found is not None and str(folder) in found.folders


def test_an_interpreter_that_says_nothing_is_not_known(tmp_path: Path) -> None:
    assert installed_in(str(tmp_path / "missing")) is None
    assert installed_in("/bin/true") is None


def test_the_choices_of_keras_belong_to_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    before = surroundings.of_the_machine()
    (tmp_path / "keras.json").write_text('{"image_data_format": "channels_first"}')
    assert surroundings.of_the_machine() != before


@pytest.mark.parametrize(
    ("source", "counts"),
    [
        (b'os.environ["TERM"]', True),
        (b"os.getenv('TERM')", True),
        (b'os.path.expandvars("$TERM/x")', True),
        (b"kind: ${oc.env:TERM}", True),
        (b"TERMS = LONG_TERM", False),
        (b"{k: v for k, v in os.environ.items() if k.startswith(prefix)}", True),
        (b"def of(name):\n    return os.getenv(name)", True),
        (b"os.environ['TE' + end]", True),
        (b"os.environ.get(f'TE{end}', 1)", True),
        (b"class Settings(BaseSettings):\n    term: str", True),
        (b"main(auto_envvar_prefix='TE')", True),
        (b"from os import environ, getenv\nenviron['A'] = getenv('B')", False),
        (b"os.environ.get('A', 1); 'B' in os.environ; os.environ.update(A='1')", False),
        (rb'"os.environ[\"A\"] = \"1\"\n"', False),
    ],
)
def test_a_variable_of_the_session_counts_where_it_is_named(source: bytes, counts: bool) -> None:
    one = surroundings.of_variables({"TERM": "a"}, [source])
    other = surroundings.of_variables({"TERM": "b"}, [source])
    assert (one != other) is counts


def test_all_that_could_be_found_in_a_folder_has_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/large.bin").write_bytes(bytes(2 << 20))
    (tmp_path / "other").symlink_to("b.py")
    known = {tree_of(tmp_path).whole}  # type: ignore[union-attr]
    steps: list[Callable[[], object]] = [
        lambda: (tmp_path / "empty").mkdir(),
        lambda: (tmp_path / "link").symlink_to("a.py"),
        lambda: os.replace(tmp_path / "other", tmp_path / "link"),
        lambda: (tmp_path / "a.py").write_text("2"),
        lambda: (tmp_path / "data/small.json").write_text("{}"),
        lambda: (tmp_path / "data/small.json").write_text("[]"),
        lambda: (tmp_path / "data/large.bin").write_bytes(bytes((2 << 20) + 1)),
        lambda: (tmp_path / "data/large.bin").unlink(),
        lambda: os.mkfifo(tmp_path / "pipe"),
    ]
    for number, step in enumerate(steps):
        step()
        after = tree_of(tmp_path)
        assert after is not None
        known.add(after.whole)
        assert len(known) == number + 2, number
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/a.cpython-311.pyc").write_bytes(b"")
    assert tree_of(tmp_path).whole in known  # type: ignore[union-attr]


def test_a_compiled_module_counts_where_python_does_not_look_at_its_source(tmp_path: Path) -> None:
    source, compiled = tmp_path / "a.py", tmp_path / "__pycache__/a.cpython-311.pyc"
    source.write_text("1")
    before = digest_of(str(compiled))
    for mode in ("TIMESTAMP", "CHECKED_HASH"):
        py_compile.compile(
            str(source), str(compiled), invalidation_mode=py_compile.PycInvalidationMode[mode]
        )
        assert digest_of(str(compiled)) == before
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    py_compile.compile(str(source), str(compiled), invalidation_mode=unchecked)
    assert digest_of(str(compiled)) != before


def test_a_large_file_of_just_now_may_still_be_written(tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(bytes(2 << 20))
    tree = tree_of(tmp_path)
    assert tree is not None and not tree.is_still(tree_of(tmp_path))


def test_too_many_files_are_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemod.cache.trees.CACHED_FILES", 2)
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text("")
    assert tree_of(tmp_path) is None
