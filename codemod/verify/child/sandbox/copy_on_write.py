"""A view of the file system in which writing and deleting work, and change nothing (Linux).

The process gets mounts of its own, and overlay file systems over its folders: what is read comes
from the disk, what is written lands in a folder of ours. That holds for native writers and for
subprocesses too. It needs the right to mount, or user namespaces, which some containers refuse.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from typing import Dict, Iterator, List, Sequence

from .system_calls import call

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000
NOT_COVERED = ("/proc", "/sys", "/dev", "/run")
"""Devices, and sockets of services: through an overlay nobody could connect to them."""
OF_THE_SYSTEM = frozenset(
    "/bin /boot /etc /lib /lib32 /lib64 /lost+found /media /opt /sbin /snap /srv /usr /var".split()
)
"""Folders that no model is written to: each mount takes its time. Landlock refuses writes there."""
SHARED_MEMORY = "/dev/shm"
PRIVILEGED = ("redirect_dir=on,index=off,volatile", "")
IN_USER_NAMESPACE = ("userxattr,volatile", "userxattr")
"""Options of the mounts, the best first; older kernels do not know all of them."""
MOST_FOLDERS = 100
TRIAL_SECONDS = 5.0


def works(folder: str) -> bool:
    """Whether overlays hold here: tried by a process of its own, which uses ``folder``."""
    inside, outside = os.path.join(folder, "inside"), os.path.join(folder, "outside")
    for path in (inside, outside):
        os.makedirs(path)
    child = os.fork()
    if child == 0:
        try:
            if enter(os.path.join(folder, "layers"), [inside], [folder]):
                for path in (inside, outside):
                    with open(os.path.join(path, "written"), "w") as file:
                        file.write("here")
        finally:
            os._exit(0)
    end = time.monotonic() + TRIAL_SECONDS
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            # A network file system whose server is gone; the process ends when that does.
            os.kill(child, signal.SIGKILL)
            return False
        time.sleep(0.002)
    return os.listdir(inside) == ["written"] and os.listdir(outside) == []


def enter(
    layers: str, real: Sequence[str], wanted: Sequence[str], system: bool = False
) -> List[str]:
    """Cover the folders of the file system; those of ``real`` stay as they are.

    What is written lands in ``layers``. Gives the folders that are covered, those that hold paths
    of ``wanted`` if not all can be; none where the kernel does not allow it. Folders of the
    ``system`` are covered where asked for, and where they hold a path of ``wanted``.
    """
    try:
        options = _own_mounts()
        kept = [_opened(folder) for folder in real]
    except OSError:
        return []
    folders = _folders([*wanted, *real], system)
    if options is IN_USER_NAMESPACE:
        folders += _own_folders(folders, [*wanted, *real])
    covered = _covered(folders, os.path.join(layers, "disk"), options)
    if not covered:
        # Some file systems can hold no layers: those of networks, and overlays themselves.
        with contextlib.suppress(OSError):
            memory = os.path.join(layers, "memory")
            os.makedirs(memory)
            _mount("tmpfs", memory, "tmpfs", MS_NOSUID | MS_NODEV, "")
            covered = _covered(folders, memory, options)
    for folder, descriptor in zip(real, kept):
        # Its mount is hidden by that over a folder above it.
        _mount("/proc/self/fd/%d" % descriptor, folder, "", MS_BIND, "")
        os.close(descriptor)
    if covered and SHARED_MEMORY not in covered:
        with contextlib.suppress(OSError):
            _mount("tmpfs", SHARED_MEMORY, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
            covered.append(SHARED_MEMORY)
    return covered


def _covered(folders: Sequence[str], layers: str, options: Sequence[str]) -> List[str]:
    # All are opened before the first is covered, the folder that holds the layers perhaps.
    places = [
        (folder, _places(folder, os.path.join(layers, str(number))))
        for number, folder in enumerate(folders)
    ]
    return [folder for folder, descriptors in places if _cover(folder, descriptors, options)]


def _own_mounts() -> Sequence[str]:
    """Leave the mounts that other processes see; the options that overlays then take."""
    options = PRIVILEGED
    try:
        call("unshare", ctypes.c_int(CLONE_NEWNS))
    except OSError:
        options = IN_USER_NAMESPACE
        user, group = os.getuid(), os.getgid()
        call("unshare", ctypes.c_int(CLONE_NEWUSER | CLONE_NEWNS))
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", "%d %d 1" % (user, user)),
            ("gid_map", "%d %d 1" % (group, group)),
        ):
            with open("/proc/self/" + name, "w") as file:
                file.write(text)
    _mount("none", "/", "", MS_REC | MS_PRIVATE, "")
    return options


def _folders(wanted: Sequence[str], system: bool) -> List[str]:
    """Folders without other mounts in them, which together hold nearly everything."""
    writable: Dict[str, bool] = {}
    with open("/proc/self/mountinfo", "rb") as file:
        for fields in map(bytes.split, file):
            writable[os.fsdecode(_unescaped(fields[4]))] = b"ro" not in fields[5].split(b",")

    def is_of_no_use(folder: str) -> bool:
        return not any(path.startswith(folder + "/") for path in wanted)

    def inside(folder: str) -> Iterator[str]:
        if folder in NOT_COVERED and is_of_no_use(folder):
            return
        start = folder.rstrip("/") + "/"
        is_whole = not any(point.startswith(start) for point in writable)
        if is_whole and folder not in ("/", *NOT_COVERED):
            if writable.get(folder, True):
                yield folder
            return
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            return
        for entry in entries:
            in_special = folder in NOT_COVERED and is_of_no_use(entry.path)
            if entry.is_dir(follow_symlinks=False) and not in_special:
                yield from inside(entry.path)

    found = [
        folder
        for folder in inside("/")
        if system or not is_of_no_use(folder) or _top(folder) not in OF_THE_SYSTEM
    ]
    return sorted(found, key=is_of_no_use)[:MOST_FOLDERS]


def _own_folders(folders: Sequence[str], wanted: Sequence[str]) -> List[str]:
    """The user's own folders that stand in folders of others, and hold paths of ``wanted``.

    In a user namespace an overlay cannot copy what belongs to others, a folder on the way neither.
    """
    found: Dict[str, None] = {}
    for path in wanted:
        above = next((folder for folder in folders if path.startswith(folder + "/")), path)
        own = current = above
        for name in os.path.dirname(path)[len(above) + 1 :].split("/"):
            current = os.path.join(current, name)
            if not _is_own(current):
                own = above
            elif own == above:
                own = current
        if os.path.dirname(own) != above and own != above:
            found[own] = None
    return list(found)


def _is_own(folder: str) -> bool:
    try:
        facts = os.stat(folder)
    except OSError:
        return False
    return (facts.st_uid, facts.st_gid) == (os.getuid(), os.getgid())


def _top(folder: str) -> str:
    return "/" + folder.split("/")[1]


def _unescaped(path: bytes) -> bytes:
    """A path of ``mountinfo``, which writes spaces and the like as octal numbers."""
    head, *parts = path.split(b"\\")
    return head + b"".join(bytes([int(part[:3], 8)]) + part[3:] for part in parts)


def _places(folder: str, layer: str) -> List[int]:
    """Descriptors of ``folder`` and of the two places that its overlay needs."""
    paths = [folder, os.path.join(layer, "written"), os.path.join(layer, "work")]
    for path in paths[1:]:
        os.makedirs(path)
    return [_opened(path) for path in paths]


def _cover(folder: str, descriptors: List[int], options: Sequence[str]) -> bool:
    # By descriptor: a path in these options may have no comma and no colon.
    places = "lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d"
    try:
        for more in options:
            with contextlib.suppress(OSError):
                _mount("overlay", folder, "overlay", 0, places % tuple(descriptors) + "," + more)
                return True
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    return False


def _opened(folder: str) -> int:
    return os.open(folder, os.O_PATH | os.O_DIRECTORY)


def _mount(source: str, target: str, kind: str, flags: int, options: str) -> None:
    texts = [os.fsencode(text) for text in (source, target, kind, options.rstrip(","))]
    call("mount", texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3])
