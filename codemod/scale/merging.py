"""Joining the JSON reports of all shards of a run into what one run would have told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from codemod.errors import CodemodError, FileError
from codemod.files.files import read_file
from codemod.limits import FILES_LISTED
from codemod.reports.json import VERSION
from codemod.reports.words import listed, one_line
from codemod.results import FileResult
from codemod.scale.portable import DamagedError, unpacked
from codemod.settings import Command

SHARDED = "give the reports of runs with --shard I/N --format json"


@dataclass(frozen=True, kw_only=True)
class Joined:
    """The run that all reports are of: its results, and its files in their order."""

    command: Command
    check_only: bool
    results: tuple[FileResult, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Report:
    name: str
    number: int
    of: int
    command: Command
    check_only: bool
    run: str
    total: int
    places: dict[str, int]
    results: list[FileResult]

    @property
    def shard(self) -> str:
        return f"{self.number}/{self.of}"


def joined(names: Sequence[str]) -> Joined:
    """The run that the reports in the files ``names`` make up.

    Reports of several runs of one command can be joined, as of many pairs that are verified.
    Raise :class:`CodemodError` where one is no such report, or where one is missing.
    """
    reports = [_read(name) for name in names]
    runs: dict[str, list[_Report]] = {}
    first = reports[0]
    for report in reports:
        if (report.command, report.check_only) != (first.command, first.check_only):
            raise CodemodError(
                f"{report.name}: is of {_spoken(report)}, and {first.name} of {_spoken(first)}; "
                "join reports of one command"
            )
        runs.setdefault(report.run, []).append(report)
    other = next((report for report in reports if report.run != first.run), None)
    results: dict[str, FileResult] = {}
    files: list[str] = []
    owners: dict[str, str] = {}
    for own in runs.values():
        _check_complete(own, first, other)
        places: dict[int, str] = {}
        for report in own:
            for path, place in report.places.items():
                if path in owners:
                    raise CodemodError(
                        f"{report.name}: {one_line(path)} is in {owners[path]} too; "
                        "give each report once"
                    )
                owners[path] = report.name
                places[place] = path
            # What is wrong with a path that was given, every shard tells.
            results.update((result.path, result) for result in report.results)
        files += [places[place] for place in sorted(places)]
    return Joined(
        command=first.command,
        check_only=first.check_only,
        results=tuple(_as_told(results, files, first.command)),
        files=tuple(files),
    )


def _as_told(
    results: dict[str, FileResult], files: Sequence[str], command: Command
) -> list[FileResult]:
    """The results as one run comes to them: ``rewrite`` first to what needs no verification."""
    known = set(files)
    of_paths = [result for path, result in results.items() if path not in known]
    in_order = [results[path] for path in files]
    if command == "rewrite":
        in_order.sort(key=lambda result: (result.error is None, result.verdict is not None))
    return [*of_paths, *in_order]


def _check_complete(reports: Sequence[_Report], first: _Report, other: _Report | None) -> None:
    """Raise an error where the reports of one run are not all of it."""
    one = reports[0]
    seen: dict[int, str] = {}
    for report in reports:
        if report.number in seen:
            raise CodemodError(
                f"{report.name}: is shard {report.shard}, as is {seen[report.number]}; "
                "give each shard once"
            )
        seen[report.number] = report.name
    missing = [f"{number}/{one.of}" for number in range(1, one.of + 1) if number not in seen]
    if missing and other is not None:
        raise CodemodError(
            f"{other.name}: is of another run than {first.name} (other files, options, number of "
            "shards, or version of the tool); join reports of one run"
        )
    if missing:
        is_one = len(missing) == 1
        what = f"shard {missing[0]} is" if is_one else f"shards {_named(missing, 'shards')} are"
        raise CodemodError(
            f"report merge: {what} missing; give {'its' if is_one else 'their'} "
            f"{'report' if is_one else 'reports'} too"
        )
    for report in reports:
        done = {result.path for result in report.results}
        left = [one_line(path) for path in report.places if path not in done]
        if left:
            raise CodemodError(
                f"{report.name}: shard {report.shard} did not end; not done: "
                f"{_named(left, 'files')}; run it again"
            )
    if sorted(place for report in reports for place in report.places.values()) != [
        *range(one.total)
    ]:
        raise CodemodError(
            f"{one.name}: its run has {one.total} files, and the shards do not make up these; "
            "run all of them on the same files"
        )


def _named(names: Sequence[str], kind: str) -> str:
    return listed(names, FILES_LISTED, kind)


def _spoken(report: _Report) -> str:
    return f"{report.command} --check" if report.check_only else report.command


def _read(name: str) -> _Report:
    try:
        content = read_file(Path(name))
    except FileError as error:
        raise CodemodError(f"{one_line(name)}: {error}") from error
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CodemodError(f"{one_line(name)}: is no JSON; {SHARDED}") from error
    if not isinstance(document, dict) or "version" not in document or "files" not in document:
        raise CodemodError(f"{one_line(name)}: is no report of keras-codemod; {SHARDED}")
    if document["version"] != VERSION:
        raise CodemodError(
            f"{one_line(name)}: has version {json.dumps(document['version'])[:20]} of the format, "
            f"not {VERSION}; use the keras-codemod that wrote it"
        )
    if "shard" not in document:
        raise CodemodError(f"{one_line(name)}: was written without --shard; {SHARDED}")
    found = _report(one_line(name), document["shard"])
    if found is None:
        raise CodemodError(f"{one_line(name)}: is damaged; run that shard again")
    return found


def _report(name: str, shard: Any) -> _Report | None:
    try:
        report = _Report(
            name=name,
            number=shard["number"],
            of=shard["of"],
            command=shard["command"],
            check_only=shard["check_only"],
            run=shard["run"],
            total=shard["total"],
            places=shard["places"],
            results=unpacked(shard["results"]),
        )
    except (DamagedError, KeyError, TypeError):
        return None
    numbers = (report.number, report.of, report.total)
    is_whole = (
        all(type(each) is int for each in numbers)
        and 1 <= report.number <= report.of
        and report.command in get_args(Command)
        and type(report.check_only) is bool
        and type(report.run) is str
        and type(report.places) is dict
        and all(type(place) is int for place in report.places.values())
    )
    return report if is_whole else None
