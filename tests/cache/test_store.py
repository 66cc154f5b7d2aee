"""The cache on the disk: whatever is wrong with it, it is only not there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from codemod.cache.codec import CodecError, Shared, decode, encode
from codemod.cache.store import Store
from codemod.files.cache_folder import VARIABLE, cache_folder
from codemod.verdict import ModelVerdict, RawOp, Verdict
from tests.cache.projects import Project

KEY = "ab" + "0" * 62
VERDICT = Verdict(
    verdict="equal-by-rules",
    reason="é",
    models=(ModelVerdict(name="m", line=3, verdict="proved", proved=True),),
    raw_ops_left=(
        RawOp(
            path=Path("/a.py"),
            line=1,
            end_line=1,
            column=0,
            end_column=4,
            op="tf.abs",
            layer="",
            tensors=(1, "x"),
        ),
    ),
    not_run=((Path("/a.py"), 7),),
)


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("1/*/*.json"))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    store = Store(tmp_path / "cache")
    store.write(KEY, {"a": [1, None, "é"]})
    assert store.read(KEY) == {"a": [1, None, "é"]}
    assert store.read("cd" + "0" * 62) is None
    assert (tmp_path / "cache/CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172")
    assert (tmp_path / "cache/.gitignore").read_text() == "*\n"
    assert os.stat(tmp_path / "cache").st_mode & 0o077 == 0


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def _one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(bytes(content))


def _of_another_key(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(KEY.encode(), b"ff" + KEY[2:].encode()))


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _a_link_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


@pytest.mark.parametrize(
    "harm",
    [
        _truncated,
        _one_bit,
        _of_another_key,
        _a_folder,
        _a_link_to_itself,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\x80\x04\x95 a pickle"),
        lambda path: path.write_bytes(b"[" * 100_000),
    ],
)
def test_what_is_not_as_it_was_written_is_not_there(
    harm: Callable[[Path], object], tmp_path: Path
) -> None:
    store = Store(tmp_path)
    store.write(KEY, [1])
    harm(entries(tmp_path)[0])
    assert store.read(KEY) is None
    store.write(KEY, [2])
    assert store.read(KEY) in ([2], None)


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    # Also for the administrator: where a file stands, no folder can be.
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "cache")
    store.write(KEY, [1])
    assert store.read(KEY) is None


def test_what_is_half_written_is_never_read_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    store = Store(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.write(KEY, [1])
    assert store.read(KEY) is None
    assert [path for path in tmp_path.rglob("*") if KEY[2:] in path.name] == []


def test_old_entries_and_what_a_kill_has_left_go(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(KEY, [1])
    left = entries(tmp_path)[0].with_name("half.json.1234")
    left.write_text("")
    for path in (left, *entries(tmp_path), tmp_path / "1/swept"):
        os.utime(path, (1, 1))
    store.write("cd" + "0" * 62, [2])
    assert [path.parent.name for path in entries(tmp_path)] == ["cd"]
    assert not left.exists()


def test_clearing_forgets_everything(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.clear()
    store.write(KEY, [1])
    store.clear()
    assert store.read(KEY) is None


def test_a_record_is_the_same_afterwards() -> None:
    assert decode(Verdict, json.loads(json.dumps(encode(VERDICT)))) == VERDICT


def test_what_records_share_they_share_afterwards() -> None:
    shared = Shared(ModelVerdict)
    pair = [encode(VERDICT, shared), encode(VERDICT, shared)]
    assert len(shared.items) == 1
    known = (ModelVerdict, Shared(ModelVerdict, shared.items).decoded())
    first, second = (decode(Verdict, item, known) for item in pair)
    assert first == VERDICT
    assert first.models[0] is second.models[0]


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "proven"},
        {"models": {}},
        {"models": [{"#": 7}]},
        {"reason": None},
        {"not_run": [["/a.py"]]},
        {"generation": True},
        {"more": 1},
    ],
)
def test_json_of_another_form_is_no_record(change: dict[str, object]) -> None:
    record = {**encode(VERDICT), **change}
    with pytest.raises(CodecError):
        decode(Verdict, record, (ModelVerdict, []))


def test_only_records_are_said(tmp_path: Path) -> None:
    with pytest.raises(CodecError):
        encode(object())


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({VARIABLE: "/there"}, "/there"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/keras-codemod"),
        ({"XDG_CACHE_HOME": "relative"}, "/home/ada/.cache/keras-codemod"),
        ({}, "/home/ada/.cache/keras-codemod"),
    ],
)
def test_the_folder_is_where_the_platform_has_it(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (VARIABLE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/ada", **variables}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder() == Path(expected)


@pytest.mark.parametrize("content", [b"{}", b"null", b"[]", b'{"reads": 1}', b'[{"reads": {}}]'])
def test_an_entry_of_another_form_is_asked_anew(content: bytes, tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    first, _ = project.rewrite()
    for path in entries(tmp_path / "cache"):
        key = path.parent.name + path.stem
        project.store.write(key, json.loads(content))
    again, asked = project.rewrite()
    assert asked and again == first
