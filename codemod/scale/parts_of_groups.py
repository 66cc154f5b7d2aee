"""Verifying a part of the groups of files that one analysis has found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codemod.engine.model_runs import Group
from codemod.verify.records import VerifyOptions
from codemod.verify.verifier import OpenVerifier, Verifier


class PartOfGroups:
    """Opens sessions that work on each of ``parts`` groups in turn, from number ``part`` on.

    Whoever analyses the same files finds the same groups in the same order. ``left`` are the files
    of the groups of others.
    """

    def __init__(self, open_verifier: OpenVerifier, part: int, parts: int) -> None:
        self._open = open_verifier
        self._part = part
        self._parts = parts
        self.left: set[Path] = set()

    @contextmanager
    def opened(self, options: VerifyOptions, jobs: int) -> Iterator[Verifier]:
        """A session that leaves the groups of others out."""
        with self._open(options, jobs) as session:
            yield _Part(session, self._own)

    def _own(self, groups: Iterable[Any]) -> list[Any]:
        own: list[Group] = []
        for place, group in enumerate(groups):
            if place % self._parts == self._part:
                own.append(group)
            else:
                self.left.update(group.paths)
        return own


class _Part:
    def __init__(self, session: Verifier, own: Callable[[Iterable[Any]], list[Any]]) -> None:
        self._session = session
        self._own = own
        self.map, self.keep = session.map, session.keep
        self.probe, self.verify = session.probe, session.verify
        self.keeps_weight_order = session.keeps_weight_order

    def each(self, action: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """As the session does, for its own groups."""
        return self._session.each(action, self._own(items))
