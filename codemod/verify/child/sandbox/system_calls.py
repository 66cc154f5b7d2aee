"""System calls that Python has no function for. Linux only; elsewhere each fails with ENOSYS."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import Any, Optional

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38


def libc() -> Optional[Any]:
    """The C library of this process, ``None`` where it is not that of Linux."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None, use_errno=True)
    except OSError:
        return None


def call(name: str, *arguments: Any) -> int:
    """Call the function ``name`` of the C library; raises ``OSError`` where it gives -1."""
    library = libc()
    function = getattr(library, name, None)
    if function is None:
        raise OSError(errno.ENOSYS, "no %s here" % name)
    function.restype = ctypes.c_long
    result = int(function(*arguments))
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (name, os.strerror(number)))
    return result


def system_call(number: int, *arguments: Any) -> int:
    """Make the system call ``number``, which is the same on all machines from 424 on."""
    return call("syscall", ctypes.c_long(number), *arguments)


def set_process_option(option: int, value: int) -> None:
    """``prctl``; raises ``OSError`` where the kernel does not know it."""
    zero = ctypes.c_ulong(0)
    call("prctl", ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero)
