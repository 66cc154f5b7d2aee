"""Options that one place sets, and those of the nearest ``pyproject.toml``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_args

from codemod.codes import is_prefix_of_a_code
from codemod.errors import CodemodError
from codemod.settings import Color, Fix, Format
from codemod.verdict import Accepted, Device
from transforms.syntax.records import Generations, Operators, Target


@dataclass(frozen=True, kw_only=True)
class Config:
    """The options that a ``pyproject.toml`` or the command line sets; ``None`` for the others.

    ``time_limit`` is in seconds, ``memory_limit`` in GiB; both are those of one verification.
    """

    to: Target | None = None
    target: Generations | None = None
    operators: Operators | None = None
    device: Device | None = None
    format: Format | None = None
    verify: bool | None = None
    accept: Accepted | None = None
    build: tuple[str, ...] | None = None
    capture: bool | None = None
    args: str | None = None
    python: str | None = None
    python_original: str | None = None
    jobs: int | None = None
    time_limit: float | None = None
    memory_limit: float | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    force_exclude: bool | None = None
    fix: tuple[Fix, ...] | None = None
    color: Color | None = None
    cache: bool | None = None


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
            path = folder / "pyproject.toml"
            return config_of_table(table, f"{path}: [tool.keras-codemod]", folder)
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
    if not NAME.search(content):  # Most files: spare the parser, and its complaints.
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
    for name in tool if isinstance(tool, dict) and table is None else ():
        if NAME.fullmatch(name.encode()):
            raise ConfigError(f"{path}: [tool.{name}] is not read; call it [tool.keras-codemod]")
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.keras-codemod must be a table")
    return table


def config_of_table(table: Mapping[str, Any], place: str, folder: Path) -> Config:
    """The options that ``table`` sets; ``place`` names it in a complaint.

    A relative interpreter is one below ``folder``. Raise :class:`ConfigError` for unknown keys
    and wrong values.
    """
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in KEYS:
            problem = f"is not known; use one of {', '.join(KEYS)}"
        elif not KEYS[key].fits(value):
            problem = f"must be {KEYS[key].words}, not {value!r}"
        else:
            values[key.replace("-", "_")] = value
            continue
        raise ConfigError(f"{place} {key}: {problem}")
    for name in LISTS & values.keys():
        value = values[name]
        values[name] = (value,) if isinstance(value, str) else tuple(value)
    for name in INTERPRETERS:
        if os.path.dirname(values.get(name, "")):
            values[name] = str(folder / os.path.expanduser(values[name]))
    return Config(**values)


class Key(NamedTuple):
    """A key of the table: which values fit, and how these are called in a complaint."""

    fits: Callable[[object], bool]
    words: str


def _choice(literal: object) -> Key:
    choices = get_args(literal)
    return Key(lambda value: value in choices, f"one of {', '.join(choices)}")


def _choices(literal: object) -> Key:
    one = _choice(literal)

    def fits(value: object) -> bool:
        return bool(value) and all(map(one.fits, value if isinstance(value, list) else [value]))

    return Key(fits, f"{one.words}, or a list of them")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _are_texts(value: object) -> bool:
    return all(map(_is_text, value if isinstance(value, list) else [value]))


def _are_codes(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return all(isinstance(each, str) and is_prefix_of_a_code(each) for each in values)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


INTERPRETERS = ("python", "python_original")
LISTS = frozenset({"build", "select", "ignore", "exclude", "fix"})
NAME = re.compile(rb"keras[-_ .]?codemod", re.IGNORECASE)
CODES = Key(_are_codes, "a code, the beginning of one, or a list of them")
SWITCH = Key(lambda value: isinstance(value, bool), "true or false")
PATH, LIMIT = Key(_is_text, "a path"), Key(_is_number, "a number above 0")
KEYS = {
    "to": _choice(Target),
    "target": _choice(Generations),
    "operators": _choice(Operators),
    "device": _choice(Device),
    "format": _choice(Format),
    "verify": SWITCH,
    "accept": _choice(Accepted),
    "build": Key(_are_texts, "a call or a list of calls"),
    "capture": SWITCH,
    "args": Key(lambda value: isinstance(value, str), "a command line"),
    "python": PATH,
    "python-original": PATH,
    "jobs": Key(lambda value: _is_number(value) and isinstance(value, int), "a number from 1"),
    "time-limit": LIMIT,
    "memory-limit": LIMIT,
    "select": CODES,
    "ignore": CODES,
    "exclude": Key(_are_texts, "a pattern or a list of patterns"),
    "force-exclude": SWITCH,
    "color": _choice(Color),
    "fix": _choices(Fix),
    "cache": SWITCH,
}
