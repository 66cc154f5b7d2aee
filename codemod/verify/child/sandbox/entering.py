"""Entering the sandbox: from then on nothing outside the temporary folder changes."""

from __future__ import annotations

import os
import tempfile
from typing import List, Optional, Sequence

from . import audit, copy_on_write, landlock, redirect
from .places import devices, free_places, real_path
from .reads import NOTED, Reads


def enter(
    folder: str,
    writable: Sequence[str],
    wanted: Sequence[str] = (),
    overlays: bool = True,
    landlocked: bool = True,
    reads: Optional[Reads] = None,
) -> str:
    """Let this process, and all that it starts, change files of ``writable`` only; for ever.

    What is written elsewhere lands beside ``folder`` or in it and can be read back, that in place
    of the paths ``wanted`` above all. Without ``overlays`` and ``landlocked`` the kernel is not
    asked. ``reads`` is told of what is seen from then on. Tells what holds. There may be one
    thread.
    """
    reads = reads or Reads()
    wanted = [*map(real_path, wanted), real_path(os.path.expanduser("~")), real_path(folder)]
    covered = []
    if overlays:
        whole = not (landlocked and landlock.version())
        covered = copy_on_write.enter(folder + "-layers", writable, wanted, whole)
    places: List[str] = [*covered, *writable]
    streams = devices()
    version = landlock.restrict(places, streams) if landlocked else 0
    temporary = os.path.join(folder, "temporary")
    os.makedirs(temporary, exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = temporary
    is_free = free_places([*places, *streams])
    redirect.install(os.path.join(folder, "written"), is_free, reads.see)
    audit.install(is_free, bool(covered or version), NOTED, reads.note)
    held = ["overlay mounts"] if covered else []
    held += ["Landlock %d" % version] if version else []
    return ", ".join([*held, "an audit hook"])
