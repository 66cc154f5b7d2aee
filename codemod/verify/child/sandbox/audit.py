"""An audit hook that refuses what Python itself would change outside of the free places."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any, Tuple

from .places import IsFree, text_of

CHANGING = {
    "os.remove": 1,
    "os.rmdir": 1,
    "os.mkdir": 1,
    "os.truncate": 1,
    "os.rename": 2,
    "os.chmod": 1,
    "os.chown": 1,
    "os.chflags": 1,
    "os.utime": 1,
    "os.setxattr": 1,
    "os.removexattr": 1,
}
"""Events and how many of their first arguments are paths that change."""
LINKING = ("os.link", "os.symlink")
STARTING = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
)
STARTING_OVER = "os.exec"
SIGNALLING = ("os.kill", "os.killpg")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
REFUSED = "verification changes nothing outside its folder"


def install(is_free: IsFree, starts_processes: bool) -> None:
    """Refuse changes outside the free places, and other programs unless ``starts_processes``.

    It holds for this process, and for ever. Native code does not ask.
    """

    def check(path: Any) -> None:
        text = text_of(path)
        if text is not None and not is_free(text):
            raise PermissionError(errno.EACCES, REFUSED, text)

    process, parent = os.getpid(), os.getppid()

    def hook(event: str, arguments: Tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & WRITING:
                check(path)
        elif event in CHANGING:
            for path in arguments[: CHANGING[event]]:
                check(path)
        elif event in LINKING:
            check(arguments[1])
        elif event == STARTING_OVER and os.getpid() == process:
            raise PermissionError(errno.EACCES, "verification does not start the script anew")
        elif event in SIGNALLING and arguments[0] in (-1, parent):
            raise PermissionError(errno.EPERM, "verification signals no other process")
        elif not starts_processes and event in STARTING:
            raise PermissionError(errno.EACCES, "verification starts no other program here")

    sys.addaudithook(hook)
