"""Removing what user code has left, whatever modes it gave to it."""

from __future__ import annotations

import contextlib
import os
import shutil


def remove_tree(folder: str) -> None:
    """Remove ``folder`` and all in it; links are removed and not followed."""
    for parent, names, _ in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                # Overlay file systems leave a folder that even its owner may not list.
                with contextlib.suppress(OSError):
                    os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)
