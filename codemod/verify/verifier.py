"""What the engine asks of verification: the session, as its users see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from codemod.verdict import Verdict
from codemod.verify.child.protocol import Depth
from codemod.verify.records import Probe, VerifyOptions, VerifyRequest

Item = TypeVar("Item")
Value = TypeVar("Value")


class Verifier(Protocol):
    """An open :class:`codemod.verify.session.VerifySession`, or what stands for one in a test."""

    def map(self, action: Callable[[Item], Value], items: Iterable[Item]) -> list[Value]:
        """The results of ``action`` for ``items``, in their order."""
        ...

    def each(self, action: Callable[[Item], Value], items: Iterable[Item]) -> Iterator[Value]:
        """The results of ``action`` for ``items``, each as soon as it is there."""
        ...

    def keep(self, originals: Mapping[Path, bytes]) -> None:
        """Let all later runs see these bytes at these paths, whatever is written there meanwhile.

        The sources of a request go before them.
        """
        ...

    def probe(self, request: VerifyRequest) -> Probe:
        """What the originals do."""
        ...

    def verify(self, request: VerifyRequest, keras3: bool = True, depth: Depth = "full") -> Verdict:
        """Whether the rewritten models equal the originals."""
        ...

    def keeps_weight_order(self, request: VerifyRequest) -> bool:
        """Whether the rewritten models have the weights of the originals in the same order."""
        ...


OpenVerifier = Callable[[VerifyOptions, int], AbstractContextManager[Verifier]]
"""Opens a verifier that works on so many requests at once."""
