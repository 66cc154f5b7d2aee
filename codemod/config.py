"""Defaults from ``[tool.keras-codemod]`` of the nearest ``pyproject.toml``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from codemod.errors import CodemodError
from codemod.verdict import Device
from transforms.syntax.records import Operators, Target

Format = Literal["text", "json", "github", "sarif"]

CHOICES = {
    "to": get_args(Target),
    "operators": get_args(Operators),
    "device": get_args(Device),
    "format": get_args(Format),
}
INTERPRETERS = {"python": "python", "python-original": "python_original"}
LIMITS = {"time-limit": "time_limit", "memory-limit": "memory_limit"}
KEYS = (*CHOICES, "verify", "build", *INTERPRETERS, "jobs", *LIMITS)


@dataclass(frozen=True)
class Config:
    """The keys that a ``pyproject.toml`` sets; ``None`` where it does not.

    ``time_limit`` is in seconds, ``memory_limit`` in GiB; both are those of one verification.
    """

    to: Target | None = None
    operators: Operators | None = None
    device: Device | None = None
    format: Format | None = None
    verify: bool | None = None
    build: tuple[str, ...] | None = None
    python: str | None = None
    python_original: str | None = None
    jobs: int | None = None
    time_limit: float | None = None
    memory_limit: float | None = None


class ConfigError(CodemodError):
    """A ``pyproject.toml`` that cannot be used; the text names the file and the key."""


def load_config(given: Sequence[str]) -> Config:
    """Read the nearest ``pyproject.toml`` at or above what all paths in ``given`` share.

    A file without the table does not end the search; the root of a repository does. A relative
    interpreter is one below the folder of that file. Raise :class:`ConfigError` for
    unknown keys and wrong values.
    """
    for folder in _folders_upwards(given):
        table = _read_table(folder / "pyproject.toml")
        if table is not None:
            return _check_table(table, folder / "pyproject.toml")
        if os.path.exists(folder / ".git"):
            break
    return Config()


def _folders_upwards(given: Sequence[str]) -> tuple[Path, ...]:
    shared = Path(os.path.commonpath([os.path.realpath(path) for path in given] or [os.getcwd()]))
    return (shared, *shared.parents) if shared.is_dir() else tuple(shared.parents)


def _read_table(path: Path) -> dict[str, Any] | None:
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if not os.access(path.parent, os.X_OK):  # A closed folder has nothing to say to us.
            return None
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    if b"keras-codemod" not in content:  # Most files: spare the parser, and its complaints.
        return None
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not valid TOML ({error}); correct it") from error
    tool = document.get("tool", {})
    table = tool.get("keras-codemod") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.keras-codemod must be a table")
    return table


def _check_table(table: dict[str, Any], path: Path) -> Config:
    values: dict[str, Any] = {}
    for key, value in table.items():
        problem = _problem(key, value)
        if problem:
            raise ConfigError(f"{path}: [tool.keras-codemod] {key}: {problem}")
        values[{**INTERPRETERS, **LIMITS}.get(key, key)] = value
    if "build" in values:
        build = values["build"]
        values["build"] = (build,) if isinstance(build, str) else tuple(build)
    for name in INTERPRETERS.values():
        if os.path.dirname(values.get(name, "")):
            values[name] = str(path.parent / os.path.expanduser(values[name]))
    return Config(**values)


def _problem(key: str, value: object) -> str:
    """Return what is wrong with a key, empty where nothing is."""
    if key not in KEYS:
        return f"is not known; use one of {', '.join(KEYS)}"
    if key in CHOICES:
        fits = value in CHOICES[key]
        return "" if fits else f"must be one of {', '.join(CHOICES[key])}, not {value!r}"
    if key == "verify":
        return "" if isinstance(value, bool) else f"must be true or false, not {value!r}"
    if key in INTERPRETERS:
        return "" if isinstance(value, str) and value else f"must be a path, not {value!r}"
    if key == "jobs":
        fits = isinstance(value, int) and not isinstance(value, bool) and value >= 1
        return "" if fits else f"must be a number from 1, not {value!r}"
    if key in LIMITS:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
        return "" if fits else f"must be a number above 0, not {value!r}"
    calls = value if isinstance(value, list) else [value]
    fits = all(isinstance(call, str) and call for call in calls)
    return "" if fits else f"must be a call or a list of calls, not {value!r}"
