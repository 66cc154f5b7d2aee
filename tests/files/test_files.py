"""Files are replaced as a whole or not at all, and keep what is theirs."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from codemod.errors import FileChangedError, FileError
from codemod.files import files, new_file
from codemod.files.files import read_file, replace_file
from tests.support.command_line import environment

if TYPE_CHECKING:
    from _typeshed import TraceFunction

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "model.py"
    path.write_bytes(b"old\r\n")
    return path


def only_file_in(folder: Path) -> str:
    (path,) = folder.iterdir()
    return path.name


def test_content_is_replaced_byte_for_byte(source: Path) -> None:
    new = b"\xef\xbb\xbfnew\r\n\x0c\tmixed\n\xff"
    replace_file(source, b"old\r\n", new)
    assert read_file(source) == new
    assert only_file_in(source.parent) == "model.py"


@pytest.mark.parametrize("mode", [0o755, 0o600, 0o664])
def test_mode_is_kept(source: Path, mode: int) -> None:
    source.chmod(mode)
    replace_file(source, b"old\r\n", b"new")
    assert stat.S_IMODE(source.stat().st_mode) == mode


@pytest.mark.skipif(not IS_ROOT, reason="only root may give files away")
def test_owner_is_kept(source: Path) -> None:
    os.chown(source, 12345, 54321)
    replace_file(source, b"old\r\n", b"new")
    assert (source.stat().st_uid, source.stat().st_gid) == (12345, 54321)


def test_symbolic_link_stays_and_its_target_is_replaced(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "link.py"
    link.symlink_to("../model.py")
    replace_file(link, b"old\r\n", b"new")
    assert os.readlink(link) == "../model.py"
    assert source.read_bytes() == b"new"
    assert only_file_in(folder) == "link.py"


def test_file_changed_by_another_program_is_not_overwritten(source: Path) -> None:
    source.write_bytes(b"edited meanwhile")
    with pytest.raises(FileChangedError, match="changed on disk since it was read; run again"):
        replace_file(source, b"old\r\n", b"new")
    assert source.read_bytes() == b"edited meanwhile"
    assert only_file_in(source.parent) == "model.py"


def test_file_removed_by_another_program_is_not_made_again(source: Path) -> None:
    source.unlink()
    with pytest.raises(FileChangedError, match="was removed since it was read"):
        replace_file(source, b"old\r\n", b"new")
    assert not list(source.parent.iterdir())


def test_full_disk_leaves_the_old_file_and_no_litter(source: Path) -> None:
    # A limit on the size of files fails a write halfway, as a full disk does.
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from codemod.errors import FileError; from codemod.files.files import replace_file\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: replace_file(Path(sys.argv[1]), b'old\\r\\n', b'x' * 100_000)\n"
        "except FileError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, source],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "cannot be written (File too large); check the disk\n"
    assert source.read_bytes() == b"old\r\n"
    assert only_file_in(source.parent) == "model.py"


@pytest.mark.parametrize("replacements", [1, 2, 5])
def test_killed_run_leaves_the_old_or_the_new_file(source: Path, replacements: int) -> None:
    first, second = b"a" * 3_000_000, b"b" * 3_000_000
    source.write_bytes(first)
    script = (
        "import sys; from pathlib import Path; from codemod.files.files import replace_file\n"
        "old, new = b'a' * 3_000_000, b'b' * 3_000_000\n"
        "while True:\n"
        "    replace_file(Path(sys.argv[1]), old, new); print(flush=True); old, new = new, old\n"
    )
    command = [sys.executable, "-c", script, str(source)]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for _ in range(replacements):
            assert child.stdout.readline() == b"\n"
        child.kill()
    assert source.read_bytes() in (first, second)


@pytest.mark.skipif(IS_ROOT, reason="root may write read-only files")
def test_read_only_file_is_left_alone(source: Path) -> None:
    source.chmod(0o444)
    with pytest.raises(FileError, match="is read-only; make it writable"):
        replace_file(source, b"old\r\n", b"new")
    assert source.read_bytes() == b"old\r\n"


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is not a regular file"):
        replace_file(tmp_path, b"", b"new")


def test_unreadable_file_says_why_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        read_file(tmp_path / "missing.py")
    assert str(caught.value) == "cannot be read (No such file or directory); check the path"


@pytest.mark.parametrize("kind", ["pipe", "device", "link to a device"])
def test_what_is_no_regular_file_is_not_waited_for(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path = Path("/dev/zero")
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(FileError, match=r"^is not a regular file; give a file$"):
        read_file(path)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_at_any_line_leaves_one_whole_file(source: Path) -> None:
    """Each round interrupts one line later, until the file is replaced without one."""
    for round_ in range(1000):
        source.write_bytes(b"old\r\n")
        left = round_

        def interrupt(frame: FrameType, event: str, _: object) -> TraceFunction | None:
            nonlocal left
            if frame.f_code.co_filename not in (files.__file__, new_file.__file__):
                return None
            if event == "line" and frame.f_code.co_name != "_remove":
                left -= 1
                if left < 0:
                    raise KeyboardInterrupt
            return interrupt

        before = sys.gettrace()
        sys.settrace(interrupt)
        try:
            replace_file(source, b"old\r\n", b"new\n")
        except KeyboardInterrupt:
            assert only_file_in(source.parent) == "model.py"
            assert source.read_bytes() in (b"old\r\n", b"new\n")
        else:
            break
        finally:
            sys.settrace(before)
    assert round_ > 20
    assert source.read_bytes() == b"new\n"
