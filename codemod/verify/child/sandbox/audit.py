"""An audit hook that refuses what Python itself would change outside of the free places."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any, Callable, FrozenSet, Tuple

from .places import IsFree, text_of

CHANGING = {
    "os.remove": {0: 1},
    "os.rmdir": {0: 1},
    "os.mkdir": {0: 2},
    "os.truncate": {0: -1},
    "os.rename": {0: 2, 1: 3},
    "os.link": {1: 3},
    "os.symlink": {1: 2},
    "os.chmod": {0: 2},
    "os.chown": {0: 3},
    "os.chflags": {0: -1},
    "os.utime": {0: 3},
    "os.setxattr": {0: -1},
    "os.removexattr": {0: -1},
}
"""Events, which of their arguments are paths that change, and which their folders; -1 for none."""
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
CHECKED = frozenset(("open", *CHANGING, STARTING_OVER, *SIGNALLING, *STARTING))
"""The events that may be refused."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
REFUSED = "verification changes nothing outside its folder"
Listener = Callable[[str, Tuple[Any, ...]], None]
"""Is told of an event and its arguments, unless it is refused."""


def install(
    is_free: IsFree,
    starts_processes: bool,
    noted: FrozenSet[str] = frozenset(),
    note: Listener = lambda event, arguments: None,
) -> None:
    """Refuse changes outside the free places, and other programs unless ``starts_processes``.

    ``note`` is told of the events ``noted``. It holds for this process, and for ever. Native code
    does not ask.
    """
    # Every other event, of which building a model raises tens of thousands, is let pass at once:
    # so this is the only hook.
    known = CHECKED | noted

    def check(path: Any, folder: Any = None) -> None:
        text = text_of(path, folder)
        if text is not None and not is_free(text):
            raise PermissionError(errno.EACCES, REFUSED, text)

    process, parent = os.getpid(), os.getppid()

    def hook(event: str, arguments: Tuple[Any, ...]) -> None:
        if event not in known:
            return
        check_event(event, arguments)
        if event in noted:
            note(event, arguments)

    def check_event(event: str, arguments: Tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & WRITING and not isinstance(path, int):
                check(path)
        elif event in CHANGING:
            for place, folder in CHANGING[event].items():
                known = 0 <= folder < len(arguments)
                check(arguments[place], arguments[folder] if known else None)
        elif event == STARTING_OVER and os.getpid() == process:
            raise PermissionError(errno.EACCES, "verification does not start the script anew")
        elif event in SIGNALLING and arguments[0] in (-1, parent):
            raise PermissionError(errno.EPERM, "verification signals no other process")
        elif not starts_processes and event in STARTING:
            raise PermissionError(errno.EACCES, "verification starts no other program here")

    sys.addaudithook(hook)
