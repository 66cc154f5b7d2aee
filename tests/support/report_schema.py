"""Checking a JSON report against the published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/report.schema.json").read_text())


def check_report(document: object) -> None:
    """Assert that ``document`` is a report of version 1."""
    _check(SCHEMA, document, "report")


def _check(schema: dict[str, Any], value: object, place: str) -> None:
    """Assert that ``value`` fits ``schema``, for the few words that our schema uses."""
    if "oneOf" in schema:
        schema = schema["oneOf"][0 if value is None else 1]
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    if "const" in schema:
        assert value == schema["const"], place
    if "enum" in schema:
        assert value in schema["enum"], place
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        kinds = {
            "object": dict,
            "array": list,
            "string": str,
            "integer": int,
            "boolean": bool,
            "null": type(None),
        }
        assert type(value) in [kinds[name] for name in names], f"{place}: {value!r}"
    if isinstance(value, int) and "minimum" in schema:
        assert value >= schema["minimum"], place
    if isinstance(value, list):
        for item in value:
            _check(schema["items"], item, place)
    if isinstance(value, dict):
        if "properties" not in schema:
            for key, item in value.items():
                _check(schema["additionalProperties"], item, f"{place}.{key}")
            return
        assert set(value) - {"shard"} == set(schema["required"]), place
        assert set(schema["properties"]) - {"shard"} == set(schema["required"]), place
        assert schema["additionalProperties"] is False
        for key, item in value.items():
            _check(schema["properties"][key], item, f"{place}.{key}")
