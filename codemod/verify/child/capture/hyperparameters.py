"""Choices that a search would make, for builders that ask for them: ``hp.Int("units", 8, 64)``."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, Sequence


class HyperParameters:
    """Answers as Keras Tuner does where nothing was searched yet: the default, else the first."""

    def Int(self, name: str, min_value: int, max_value: int, *_: Any, **options: Any) -> int:
        """The least whole number."""
        return int(_default(options, min_value))

    def Float(
        self, name: str, min_value: float, max_value: float, *_: Any, **options: Any
    ) -> float:
        """The least number."""
        return float(_default(options, min_value))

    def Choice(self, name: str, values: Sequence[Any], *_: Any, **options: Any) -> Any:
        """The first of the values."""
        return _default(options, next(iter(values)))

    def Boolean(self, name: str, default: bool = False, **options: Any) -> bool:
        """No, unless yes is the default."""
        return default

    def Fixed(self, name: str, value: Any, **options: Any) -> Any:
        """The value."""
        return value

    def get(self, name: str) -> Any:
        """Nothing is known by its name alone."""
        raise KeyError(name)

    @contextlib.contextmanager
    def name_scope(self, name: str) -> Iterator[None]:
        """Names of choices do not matter."""
        yield

    @contextlib.contextmanager
    def conditional_scope(self, *args: Any, **options: Any) -> Iterator[None]:
        """All choices are open."""
        yield


def _default(options: Any, otherwise: Any) -> Any:
    given = options.get("default")
    return otherwise if given is None else given
