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

from codemod.cache.codec import CodecError, Shared, decode, encode
from codemod.files.discovery import SourceFile
from codemod.files.sources import python_of
from codemod.limits import REPORT_BYTES
from codemod.notebooks.notebook import Notebook
from codemod.results import FileResult
from codemod.verdict import ModelVerdict


class DamagedError(ValueError):
    """Data that holds no results."""


def packed(results: Sequence[FileResult], base: str = "") -> str:
    """``results`` as ASCII text; of files of which nothing is told without their bytes.

    Paths below the folder ``base`` are written as if it were the root.
    """
    # Verdicts that files have in common are counted once.
    models = Shared(ModelVerdict)
    records = [_record(result, models) for result in results]
    text = json.dumps({"models": models.items, "results": records})
    if base:
        text = text.replace(json.dumps(base)[1:-1], "")
    return base64.b64encode(zlib.compress(text.encode())).decode()


def unpacked(text: str) -> list[FileResult]:
    """The results in ``text``; raise :class:`DamagedError` where it holds none."""
    try:
        inflating = zlib.decompressobj()
        data = inflating.decompress(base64.b64decode(text, validate=True), REPORT_BYTES)
        if not inflating.eof:
            raise DamagedError("it is cut off, or too large")
        record = json.loads(data)
        models = Shared(ModelVerdict, record["models"]).decoded()
        return [_result(result, models) for result in record["results"]]
    except (CodecError, KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise DamagedError(str(error)) from error
    except (binascii.Error, zlib.error) as error:
        raise DamagedError(str(error)) from error


def _record(result: FileResult, models: Shared) -> dict[str, Any]:
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
        return {"result": encode(bare, models), "notebook": None}
    content = result.notebook.content if result.notebook is not None else None
    return {"result": encode(bare, models), "notebook": encode(content)}


def _result(record: dict[str, Any], models: list[Any]) -> FileResult:
    result: FileResult = decode(
        FileResult, {**record["result"], "notebook": None}, (ModelVerdict, models)
    )
    content: bytes | None = decode(bytes | None, record["notebook"])
    if content is None:
        return result
    notebook = python_of(content, SourceFile(Path(result.path), result.path, Path()))
    if not isinstance(notebook, Notebook):
        raise DamagedError(f"{result.path} is no notebook")
    return replace(result, notebook=notebook)
