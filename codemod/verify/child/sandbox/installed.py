"""Which folders hold installed packages: lists that stand there tell of their files."""

from __future__ import annotations

import os

LISTS = (".dist-info", ".egg-info", ".egg-link")


def holds_installed(folder: str) -> bool:
    """Whether packages were installed into ``folder``; its name alone says nothing.

    Projects have folders like ``third-party-packages`` too, and nothing tells of those.
    """
    if not os.path.basename(folder).endswith("-packages"):
        return False
    try:
        return any(name.endswith(LISTS) for name in os.listdir(folder))
    except OSError:
        return False
