"""Which codes the user wants to hear of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Codes:
    """Prefixes of codes: all codes are wanted where none is selected.

    Of a selected and an ignored prefix of one code the longer one counts, and of two equal ones
    the ignored one.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def wants(self, code: str) -> bool:
        """Whether findings with ``code`` are told."""
        selected = _longest(code, self.select or ("",))
        return selected > _longest(code, self.ignore)

    def want_all(self, codes: Iterable[str]) -> bool:
        """Whether a finding with several codes is told: one is selected, and none ignored."""
        codes = list(codes)
        return any(map(self.wants, codes)) and not any(
            _longest(code, self.ignore) >= max(0, _longest(code, self.select)) for code in codes
        )


def _longest(code: str, prefixes: Iterable[str]) -> int:
    """The length of the longest of ``prefixes`` that ``code`` has; -1 where it has none."""
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)
