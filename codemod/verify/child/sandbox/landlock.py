"""Landlock: the kernel refuses writes outside given folders, native code and subprocesses included.

Linux 5.13 and newer. It does not know modes, owners, times and extended attributes. Newer versions
also refuse the network (6.7) and signals to other processes (6.12).
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Sequence

from .system_calls import PR_SET_NO_NEW_PRIVS, set_process_option, system_call

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG, PATH_BENEATH = 1, 1
WRITE_FILE = 1 << 1
BY_VERSION = {
    # Write to files, remove folders and files, make devices, folders, files, sockets, pipes, links.
    1: WRITE_FILE | sum(1 << bit for bit in (4, 5, 6, 7, 8, 9, 10, 11, 12)),
    2: 1 << 13,  # Link or rename into another folder.
    3: 1 << 14,  # Truncate.
}
CONNECT_TCP, SCOPE_SIGNAL = 1 << 1, 1 << 1
SINCE_NETWORK, SINCE_SCOPES = 4, 6
FOR_FILES = WRITE_FILE | BY_VERSION[3]


def version() -> int:
    """The version of Landlock in this kernel, 0 where there is none."""
    try:
        return system_call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(VERSION_FLAG))
    except OSError:
        return 0


def restrict(folders: Sequence[str], files: Sequence[str]) -> int:
    """Refuse this process every write but those in ``folders`` and to ``files``.

    Gives the version of Landlock, 0 where it does not hold. It holds for all that the process
    starts later, and for ever.
    """
    found = version()
    handled = sum(rights for since, rights in BY_VERSION.items() if since <= found)
    attributes = struct.pack("Q", handled)
    if found >= SINCE_NETWORK:
        attributes += struct.pack("Q", CONNECT_TCP)
    if found >= SINCE_SCOPES:
        # Signals reach only what is restricted too: neither our processes nor the user's others.
        attributes += struct.pack("Q", SCOPE_SIGNAL)
    size = ctypes.c_size_t(len(attributes))
    try:
        ruleset = system_call(CREATE_RULESET, attributes, size, ctypes.c_uint(0))
    except OSError:
        return 0
    try:
        for folder in folders:
            _allow(ruleset, folder, handled)
        for file in files:
            _allow(ruleset, file, handled & FOR_FILES)
        set_process_option(PR_SET_NO_NEW_PRIVS, 1)
        system_call(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0))
    except OSError:
        return 0
    finally:
        os.close(ruleset)
    return found


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH)
    except OSError:
        return
    try:
        rule = struct.pack("=Qi", rights, descriptor)
        arguments = ctypes.c_int(ruleset), ctypes.c_int(PATH_BENEATH), rule, ctypes.c_uint(0)
        system_call(ADD_RULE, *arguments)
    finally:
        os.close(descriptor)
