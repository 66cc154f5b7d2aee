"""What an interpreter has installed, told without importing any of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from codemod.cache.trees import content_digest, digest, digest_of, listing_of
from codemod.limits import QUESTION_LIMIT
from codemod.verify.child.sandbox.installed import holds_installed

MARK = "keras-codemod-interpreter "
QUESTION = f"""
import json, sys, sysconfig
paths = sysconfig.get_paths()
print()
print({MARK!r} + json.dumps({{
    "version": sys.version,
    "executable": sys.executable,
    "path": [item for item in sys.path if item],
    "library": [paths.get("stdlib"), paths.get("platstdlib")],
    "packages": [paths.get("purelib"), paths.get("platlib")],
    "flags": repr(sys.flags),
}}))
"""
RECORDS = ("RECORD", "METADATA", "PKG-INFO")
"""Files that say what a distribution consists of; the first has the digest of each of its files."""
TEXTS = (".pth", ".egg-link", ".py")
"""Files beside packages that Python runs or reads when it starts, or that are packages."""


@dataclass(frozen=True, kw_only=True)
class Installed:
    """An interpreter with its packages, as a digest, and the other folders that it imports from."""

    digest: str
    folders: tuple[str, ...]


def installed_in(python: str) -> Installed | None:
    """What ``python`` has; None where it does not say."""
    try:
        lines = _output_of([python, "-c", QUESTION]).decode(errors="replace").splitlines()
        told = json.loads(next(line for line in lines if line.startswith(MARK))[len(MARK) :])
        path, library = [*map(str, told["path"])], [*filter(None, told["library"])]
        own = {*told["packages"]}
    except (OSError, subprocess.SubprocessError, ValueError, StopIteration, KeyError, TypeError):
        return None
    packages = [item for item in path if item in own or holds_installed(item)]
    folders = [
        item
        for item in path
        if item not in packages
        and os.path.isdir(item)
        and not any((item + os.sep).startswith(one + os.sep) for one in library)
    ]
    zips = [digest_of(item) for item in path if os.path.isfile(item)]
    distributions = [found for item in packages for found in _distributions(item)]
    known = digest(python, os.path.realpath(python), told, zips, distributions)
    return Installed(digest=known, folders=tuple(folders))


def _output_of(command: list[str]) -> bytes:
    """What a command prints, which may be a wrapper: what it starts ends with it, if too late."""
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process,
    ):
        try:
            process.wait(QUESTION_LIMIT)
        except BaseException:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
        output.seek(0)
        return output.read()


def _distributions(folder: str) -> Iterator[tuple[str, str]]:
    yield folder, listing_of(folder)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith((".dist-info", ".egg-info")):
            yield entry.name, _content_of(entry.path)
        elif entry.name.endswith(TEXTS):
            yield entry.name, digest_of(entry.path)


def _content_of(distribution: str) -> str:
    for name in RECORDS:
        try:
            with open(os.path.join(distribution, name), "rb") as file:
                return content_digest(file.read())
        except OSError:
            continue
    return digest_of(distribution)
