"""The jobs of workers, and the files that they are given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from codemod.verify.child.protocol import Job, Kind
from codemod.verify.records import VerifyOptions, VerifyRequest, WantedPlace
from codemod.verify.what_ran import befores


def bare_job(kind: Kind, folder: Path, options: VerifyOptions) -> Job:
    """A job without sources, whose result goes to ``folder``."""
    return {
        "kind": kind,
        "result": str(folder / "result.json"),
        "working_folder": str(folder / "work"),
        "time_limit": options.time_limit,
        "memory_limit": options.memory_limit,
    }


def job_of(
    kind: Kind,
    request: VerifyRequest,
    sources: Mapping[Path, bytes],
    folder: Path,
    options: VerifyOptions,
    kept: Mapping[str, str],
) -> Job:
    """A job that runs ``sources``, those of one side of ``request``.

    Later runs see the contents ``kept`` in the place of what stands on the disk.
    """
    is_rewrite = sources is request.rewrites
    entry = (request.rewritten_entry if is_rewrite else None) or request.entry
    stored = stored_at(sources, folder / "source")
    stored.setdefault(str(entry), str(entry))
    job = bare_job(kind, folder, options)
    job["entry"] = str(entry)
    job["builds"] = list(request.builds)
    if options.arguments is not None:
        job["arguments"] = list(options.arguments)
    job["variants"] = list(request.variants)
    job["untried"] = list(request.untried)
    if request.with_loose:
        job["loose"] = lines_by_path(request.dead)
    if options.draws:
        job["draws"] = True
    job["sources"] = stored
    job["originals"] = stored_at(befores(request) if is_rewrite else {}, folder / "original")
    job["kept"] = {path: at for path, at in kept.items() if path not in stored}
    job["beside"] = str(request.entry.parent)
    job["outputs"] = str(folder)
    return job


def lines_by_path(places: Iterable[WantedPlace]) -> dict[str, list[list[int]]]:
    """Expressions by path, as the child takes them."""
    lines: dict[str, list[list[int]]] = {}
    for path, first, last, is_certain, *columns in sorted(places):
        lines.setdefault(str(path), []).append([first, last, int(is_certain), *columns])
    return lines


def stored_at(sources: Mapping[Path, bytes], prefix: Path) -> dict[str, str]:
    """Where the contents of files are written down, by the path of each."""
    stored = {}
    for number, (path, content) in enumerate(sources.items()):
        location = Path(f"{prefix}_{number}")
        location.write_bytes(content)
        stored[str(path)] = str(location)
    return stored


def key_of(request: VerifyRequest) -> str:
    """What tells runs of originals apart."""
    what = (
        *(str(request.entry), request.builds, sorted(request.wanted)),
        *(request.variants, request.with_loose, sorted(request.dead)),
    )
    digest = hashlib.sha256(repr(what).encode())
    for path, content in sorted(request.originals.items()):
        digest.update(repr((str(path), hashlib.sha256(content).hexdigest())).encode())
    return digest.hexdigest()
