"""Reading the sources of a run and analysing those that can hold raw ops."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from codemod.errors import FileError
from codemod.files.discovery import SourceFile
from codemod.files.files import read_file
from codemod.files.notebook_files import (
    broken_cells,
    looks_like_notebook,
    notebook_or_problem,
)
from codemod.files.parse_errors import describe_parse_error
from codemod.notebooks.notebook import Notebook
from codemod.results import FileResult
from transforms.interpret.modules import package_root
from transforms.interpret.symbolic import Analysis, analyse
from transforms.syntax.source_text import SourceText, read_source_text

MARKERS = (b"tensorflow", b"keras")


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The sources of a run: ``problems`` are files that cannot be used, ``plain`` need no look.

    ``contents`` are Python: those of ``notebooks`` are their code cells. ``trees`` are those of
    candidates that are parsed already. A notebook in which only some cells can be parsed is a
    candidate and has a problem too.
    """

    contents: Mapping[SourceFile, bytes]
    candidates: tuple[SourceFile, ...]
    plain: tuple[SourceFile, ...]
    problems: Mapping[SourceFile, FileResult]
    trees: Mapping[SourceFile, ast.Module] = field(default_factory=dict)
    notebooks: Mapping[SourceFile, Notebook] = field(default_factory=dict)

    def without_problems(self) -> Sources:
        """These sources with no candidate that has a problem."""
        candidates = tuple(file for file in self.candidates if file not in self.problems)
        return replace(self, candidates=candidates)


def read_sources(files: Sequence[SourceFile]) -> Sources:
    """Read ``files``; only those that name TensorFlow or Keras are parsed."""
    contents: dict[SourceFile, bytes] = {}
    trees: dict[SourceFile, ast.Module] = {}
    plain: list[SourceFile] = []
    problems: dict[SourceFile, FileResult] = {}
    notebooks: dict[SourceFile, Notebook] = {}
    for file in files:
        try:
            read = python_of(read_file(file.path), file)
        except FileError as error:
            problems[file] = FileResult(path=file.shown, status="failed", error=str(error))
            continue
        if isinstance(read, FileResult):
            problems[file] = read
            continue
        if isinstance(read, Notebook):
            notebooks[file] = read
            if (broken := broken_cells(read, file.shown)) is not None:
                problems[file] = broken
        contents[file] = read.python if isinstance(read, Notebook) else read
    packages = {package_root(file.path) for file, text in contents.items() if names_keras(text)}
    for file, content in contents.items():
        parsed = parse_source(content, file.shown)
        wrapped = package_root(file.path) in packages and _imports_its_package(file, content)
        if isinstance(parsed, FileResult):
            problems[file] = parsed
        elif names_keras(content) or wrapped:
            trees[file] = parsed
        else:
            # Trees that nobody needs are let go: the garbage collector would walk through them.
            plain.append(file)
    return Sources(
        contents=contents,
        candidates=tuple(trees),
        plain=tuple(plain),
        problems=problems,
        trees=trees,
        notebooks=notebooks,
    )


def python_of(content: bytes, file: SourceFile) -> bytes | Notebook | FileResult:
    """What ``file`` holds: Python, a notebook, or what is wrong with it as one."""
    if looks_like_notebook(file, content):
        return notebook_or_problem(content, file.shown)
    return content


@dataclass(frozen=True, kw_only=True)
class Buffer:
    """A source in memory: its Python with its tree, and the notebook that it is of, if it is.

    ``problem`` says what is wrong with some of the cells, in whose place nothing runs.
    """

    file: SourceFile
    python: bytes
    tree: ast.Module
    notebook: Notebook | None = None
    problem: FileResult | None = None


def read_buffer(content: bytes, path: Path | None, whole: bool = True) -> Buffer | FileResult:
    """The source ``content`` that stands at ``path``, or why it cannot be used.

    If it need not be ``whole``, a notebook can be used that has cells with syntax errors.
    """
    file = stdin_file(path)
    read = python_of(content, file)
    if isinstance(read, FileResult):
        return read
    notebook = read if isinstance(read, Notebook) else None
    problem = broken_cells(notebook, file.shown) if notebook is not None else None
    if problem is not None and whole:
        return problem
    python = read.python if isinstance(read, Notebook) else read
    tree = parse_source(python, file.shown)
    if isinstance(tree, FileResult):
        return tree
    return Buffer(file=file, python=python, tree=tree, notebook=notebook, problem=problem)


def names_keras(content: bytes) -> bool:
    """Whether a source may be about models at all."""
    return any(marker in content for marker in MARKERS)


def _imports_its_package(file: SourceFile, content: bytes) -> bool:
    """Whether the file may reach TensorFlow through a wrapper module of its own package."""
    if not (file.path.parent / "__init__.py").is_file():
        return False
    top = file.path.relative_to(package_root(file.path)).parts[0]
    return (
        b"from ." in content
        or b"import " + top.encode() in content
        or (b"from " + top.encode() in content)
    )


def source_problem(content: bytes, shown: str) -> FileResult | None:
    """The failed result for a source that is not Python 3, else None."""
    parsed = parse_source(content, shown)
    return parsed if isinstance(parsed, FileResult) else None


def parse_source(content: bytes, shown: str) -> ast.Module | FileResult:
    """The tree of a source, or the failed result where it is not Python 3."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(content)
        read_source_text(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError) as error:
        line, message = describe_parse_error(error, content)
        return FileResult(
            path=shown,
            status="failed",
            original=content,
            rewritten=content,
            error=message,
            error_line=line,
        )
    return tree


def analyse_sources(sources: Sources) -> tuple[Analysis, dict[SourceFile, SourceText]]:
    """Analyse the candidates together, so that calls between them are seen."""
    contents = {file.path: sources.contents[file] for file in sources.candidates}
    roots = list(dict.fromkeys(file.root for file in sources.candidates))
    trees = {file.path: tree for file, tree in sources.trees.items()}
    analysis = analyse(contents, list(contents), roots, trees)
    texts = {file: read_source_text(sources.contents[file]) for file in sources.candidates}
    return analysis, texts


def stdin_file(path: Path | None) -> SourceFile:
    """The file that standard input stands for."""
    real = path or Path.cwd() / "stdin.py"
    return SourceFile(real, str(path or "<stdin>"), real.parent)
