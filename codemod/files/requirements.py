"""What a project requires of TensorFlow and Keras, where that leaves Keras 2 alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from codemod.files.beside import project_folder

FILES = ("pyproject.toml", "setup.cfg", "setup.py", "requirements*.txt", "requirements/*.txt")
REQUIREMENT = re.compile(
    r"(?<![\w.-])(?P<name>tensorflow(?:-cpu|-gpu|-macos|-intel)?|keras)"
    r"(?:\[[^\]]*\])?\s*\(?(?P<clauses>(?:[<>=!~]=?=?\s*[\w.*+]+\s*,?\s*)+)",
    re.IGNORECASE,
)
CLAUSE = re.compile(r"(===?|~=|<=?)\s*([\d.]+)")
FIRST_WITHOUT_KERAS_2 = {"tensorflow": (2, 16), "keras": (3,)}
"""The first versions whose Keras is Keras 3."""


def pin_to_keras_2(paths: Sequence[str]) -> str | None:
    """The requirement, with its file, by which the project of ``paths`` has Keras 2 alone."""
    for folder in dict.fromkeys(_folder_of(path) for path in paths):
        for path in _files(project_folder(folder)):
            with suppress(OSError):
                for text in _requirements(path.read_text(errors="replace")):
                    return f"{path.name} requires {text}"
    return None


def _folder_of(path: str) -> Path:
    found = Path(path).resolve()
    return found if found.is_dir() else found.parent


def _files(folder: Path) -> Iterator[Path]:
    for pattern in FILES:
        yield from sorted(path for path in folder.glob(pattern) if path.is_file())


def _requirements(text: str) -> Iterator[str]:
    for line in text.splitlines():
        for match in REQUIREMENT.finditer(line.partition("#")[0]):
            if _is_below(match["name"].lower().partition("-")[0], match["clauses"]):
                yield match[0].strip(" ,(")


def _is_below(name: str, clauses: str) -> bool:
    """Whether ``clauses`` allow only versions before the first one without Keras 2."""
    first = FIRST_WITHOUT_KERAS_2[name]
    for operator, version in CLAUSE.findall(clauses):
        numbers = tuple(int(part) for part in version.split(".") if part)
        if operator == "~=":
            numbers = (*numbers[:-2], numbers[-2] + 1) if len(numbers) > 1 else numbers
        if operator in ("<", "~="):
            if numbers <= first:
                return True
        elif numbers[: len(first)] < first:
            return True
    return False
