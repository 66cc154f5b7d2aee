"""Reading and replacing files: bytes in, bytes out, all or nothing."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from codemod.errors import FileChangedError, FileError
from codemod.files.new_file import TEMPORARY, new_file

ADVICE = {
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.EROFS: "check its permissions",
    errno.EISDIR: "give a file",
    errno.ENOSPC: "check the disk",
    errno.EDQUOT: "check the disk",
    errno.EFBIG: "check the disk",
    errno.EIO: "check the disk",
}
NOT_REGULAR = "is not a regular file; give a file"


def read_file(path: Path) -> bytes:
    """Return the bytes of ``path``; raise :class:`FileError` where it cannot be read."""
    try:
        # A pipe or a device would be waited for, or never end.
        if not path.is_file() and path.exists() and not path.is_dir():
            raise FileError(NOT_REGULAR)
        return path.read_bytes()
    except OSError as error:
        raise FileError(describe_os_error("cannot be read", error)) from error


def replace_file(path: Path, old: bytes, new: bytes) -> None:
    """Put ``new`` in the place of ``old``, atomically: whoever reads sees one or the other.

    A symbolic link stays and its target is replaced. Mode and, where permitted, owner are kept;
    other hard links to the file keep the old content. Raise :class:`FileChangedError` where the
    file no longer holds ``old``, and :class:`FileError` where it cannot be written; the file is
    then untouched.
    """
    target = Path(os.path.realpath(path))
    try:
        before = os.stat(target)
        if not stat.S_ISREG(before.st_mode):
            raise FileError(NOT_REGULAR)
        # Replacing needs only a writable folder, but a read-only file is one to leave alone.
        if not os.access(target, os.W_OK):
            raise FileError("is read-only; make it writable and run again")
        with _taking_the_place_of(target, new, before):
            # As late as can be: what another program writes from here to the replace is lost.
            if target.read_bytes() != old:
                raise FileChangedError("changed on disk since it was read; run again")
    except FileNotFoundError as error:
        raise FileChangedError("was removed since it was read; run again") from error
    except OSError as error:
        raise FileError(describe_os_error("cannot be written", error)) from error
    _sync_folder(target.parent)


def write_file(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path``, atomically, whether or not a file is there.

    A symbolic link stays, and so does the mode of a file. Raise :class:`FileError` where it cannot
    be written; what was there is then untouched.
    """
    target = Path(os.path.realpath(path))
    try:
        before = os.stat(target) if target.exists() else None
        with _taking_the_place_of(target, content, before):
            pass
    except OSError as error:
        raise FileError(describe_os_error("cannot be written", error)) from error
    _sync_folder(target.parent)


def describe_os_error(what: str, error: OSError) -> str:
    """Return ``what`` with the system's own words for ``error``, and what to do, in one line."""
    reason = error.strerror or type(error).__name__
    advice = ADVICE.get(error.errno or 0, "check the path")
    return f"{what} ({reason}); {advice}"


@contextlib.contextmanager
def _taking_the_place_of(
    target: Path, content: bytes, before: os.stat_result | None
) -> Iterator[None]:
    """Make a file of ``content``, and put it at ``target`` where the body does not fail."""
    # It is named before it is made: an interrupt at any time finds the name.
    temporary = target.with_name(f"{TEMPORARY}{secrets.token_hex(4)}")
    try:
        with new_file(temporary, content, before) as give_name:
            yield
            give_name()
            os.replace(temporary, target)
    except BaseException:
        _remove(temporary)
        raise


def _remove(path: Path) -> None:
    # It runs while another error is on its way, which is the one to report.
    with contextlib.suppress(OSError):
        path.unlink()


def _sync_folder(folder: Path) -> None:
    """Make the new name durable; where folders cannot be synced the content still is."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
