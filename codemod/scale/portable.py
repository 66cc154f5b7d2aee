"""Results as plain data, and back: what another process needs to tell them as they were found."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from codemod.cache.codec import CodecError, decode, encode
from codemod.files.discovery import SourceFile
from codemod.files.sources import python_of
from codemod.limits import REPORT_BYTES
from codemod.notebooks.notebook import Notebook
from codemod.results import FileResult


class DamagedError(ValueError):
    """Data that holds no results."""


def packed(results: Sequence[FileResult]) -> str:
    """``results`` as ASCII text; of files of which nothing is told without their bytes."""
    data = json.dumps([_record(result) for result in results]).encode()
    return base64.b64encode(zlib.compress(data)).decode()


def unpacked(text: str) -> list[FileResult]:
    """The results in ``text``; raise :class:`DamagedError` where it holds none."""
    try:
        inflating = zlib.decompressobj()
        data = inflating.decompress(base64.b64decode(text, validate=True), REPORT_BYTES)
        if not inflating.eof:
            raise DamagedError("it is cut off, or too large")
        return [_result(record) for record in json.loads(data)]
    except (CodecError, KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise DamagedError(str(error)) from error
    except (binascii.Error, zlib.error) as error:
        raise DamagedError(str(error)) from error


def _record(result: FileResult) -> dict[str, Any]:
    bare = replace(result, notebook=None)
    if result == FileResult(
        path=result.path,
        status="unchanged",
        original=result.original,
        rewritten=result.rewritten,
        kept=result.kept,
        notebook=result.notebook,
    ):
        bare = replace(bare, original=b"", rewritten=b"")
        return {"result": encode(bare), "notebook": None}
    content = result.notebook.content if result.notebook is not None else None
    return {"result": encode(bare), "notebook": encode(content)}


def _result(record: dict[str, Any]) -> FileResult:
    result: FileResult = decode(FileResult, {**record["result"], "notebook": None})
    content: bytes | None = decode(bytes | None, record["notebook"])
    if content is None:
        return result
    notebook = python_of(content, SourceFile(Path(result.path), result.path, Path()))
    if not isinstance(notebook, Notebook):
        raise DamagedError(f"{result.path} is no notebook")
    return replace(result, notebook=notebook)
