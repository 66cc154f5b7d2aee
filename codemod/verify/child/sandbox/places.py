"""Which paths user code may change."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence

IsFree = Callable[[str], bool]
DEVICES = (
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
    "/dev/dri",
    "/dev/kfd",
    "/dev/dxg",
)
GRAPHICS = "/dev/nvidia"
MOST_LINKS = 40
# Those of this module's import: others may be replaced.
_link_target, _current_folder = os.readlink, os.getcwd


def devices() -> List[str]:
    """What holds no data: streams, terminals, graphics processors."""
    try:
        graphics = [name for name in os.listdir("/dev") if ("/dev/" + name).startswith(GRAPHICS)]
    except OSError:
        graphics = []
    return [*DEVICES, *("/dev/" + name for name in graphics), "/proc/%d" % os.getpid()]


def free_places(places: Sequence[str]) -> IsFree:
    """Whether a path lies in ``places``, links resolved."""
    resolved = [real_path(place) for place in places]

    def is_free(path: str) -> bool:
        real = real_path(path)
        return any(real == place or real.startswith(place + "/") for place in resolved)

    return is_free


def text_of(path: Any, folder: Optional[int] = None) -> Optional[str]:
    """``path``, seen from the descriptor ``folder`` if given, as text; ``None`` for what is none.

    A descriptor stands for the file that it was opened for.
    """
    if isinstance(path, int):
        return _opened_for(path)
    if not isinstance(path, (str, bytes)) and not hasattr(path, "__fspath__"):
        return None
    text = os.fsdecode(path)
    if folder is None or folder < 0 or text.startswith("/"):
        return text
    start = _opened_for(folder)
    return None if start is None else start + "/" + text


def _opened_for(descriptor: int) -> Optional[str]:
    try:
        target = _link_target("/proc/self/fd/%d" % descriptor)
    except OSError:
        return None
    # A pipe or a socket has no path.
    return target if target.startswith("/") else None


def real_path(path: str) -> str:
    """The absolute path without links, like that of ``os.path``, which may be replaced."""
    try:
        folder = "/" if path.startswith("/") else _current_folder()
    except OSError:
        folder = "/"
    pending = [part for part in (folder + "/" + path).split("/") if part][::-1]
    found: List[str] = []
    links = 0
    while pending:
        part = pending.pop()
        if part == "..":
            del found[-1:]
        elif part != ".":
            place = "/" + "/".join([*found, part])
            if found[:1] == ["proc"] and found[1:2] not in ([], ["self"], [str(os.getpid())]):
                # What another process sees is not what this one sees.
                return "/".join([place, *pending[::-1]])
            try:
                target = _link_target(place)
            except (OSError, ValueError):
                found.append(part)
                continue
            links += 1
            if links > MOST_LINKS:
                return place
            if target.startswith("/"):
                found = []
            pending += [item for item in target.split("/") if item][::-1]
    return "/" + "/".join(found)


def real_paths(paths: Iterable[str]) -> Dict[str, str]:
    """The real path of each of ``paths``; a folder that holds many of them is resolved once."""
    folders: Dict[str, str] = {}
    found: Dict[str, str] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if not folder or name in ("", ".", "..") or folder.startswith("/proc"):
            found[path] = real_path(path)
            continue
        if folder not in folders:
            folders[folder] = real_path(folder)
        place = folders[folder].rstrip("/") + "/" + name
        found[path] = real_path(place) if _is_link(place) else place
    return found


def _is_link(path: str) -> bool:
    try:
        _link_target(path)
    except (OSError, ValueError):
        return False
    return True
