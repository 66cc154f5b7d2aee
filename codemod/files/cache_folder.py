"""Where this tool keeps what it can make anew: a folder of the user, not of the project.

A project may come from anybody, and so would what lies in it: a verdict there proves nothing.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

VARIABLE = "KERAS_CODEMOD_CACHE_DIR"
NAME = "keras-codemod"
TAG = b"""Signature: 8a477f597d28d172789f06886806bc55
# This file marks a folder whose contents can be made anew: see https://bford.info/cachedir/
"""


def cache_folder() -> Path | None:
    """The folder as the platform has it, or as the variable names it; None without a home."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(os.path.abspath(os.path.expanduser(given)))
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home, NAME, "Cache")
    if sys.platform == "darwin":
        return Path(home, "Library", "Caches", NAME)
    found = os.environ.get("XDG_CACHE_HOME", "")
    # A relative path there counts for nothing, says the standard.
    return Path(found if os.path.isabs(found) else os.path.join(home, ".cache"), NAME)


def make_cache_folder(folder: Path) -> None:
    """Make ``folder``, for its owner alone, so that git and backups leave it out.

    Raise ``OSError`` where that cannot be.
    """
    if folder.is_dir():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in (("CACHEDIR.TAG", TAG), (".gitignore", b"*\n")):
        # Two runs may begin at once.
        with suppress(FileExistsError), open(folder / name, "xb") as file:
            file.write(content)
