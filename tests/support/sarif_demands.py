"""What SARIF 2.1.0 demands of a log, for the objects that our reports have.

Written by hand after the standard (OASIS, sarif-v2.1.0): of each object the properties that it may
have, those that it must have, and the kind of each. ``check_log`` also holds what code scanning
services ask for: rules that explain themselves, results that have a rule and a place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Check = Callable[[object, str], None]
URI_REFERENCE = re.compile(r"([a-z][a-z0-9+.-]*:)?[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
SEMANTIC_VERSION = re.compile(r"\d+\.\d+\.\d+([-+].*)?")


@dataclass(frozen=True)
class Object:
    """An object: its properties, and which of them it must have; of ``one_of`` it needs one."""

    properties: Mapping[str, Check]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = field(default=())

    def __call__(self, value: object, place: str) -> None:
        assert isinstance(value, dict), place
        assert set(value) <= set(self.properties), f"{place}: {set(value) - set(self.properties)}"
        assert set(self.required) <= set(value), f"{place}: {set(self.required) - set(value)}"
        assert not self.one_of or set(self.one_of) & set(value), place
        for name, each in value.items():
            self.properties[name](each, f"{place}.{name}")


def text(value: object, place: str) -> None:
    assert isinstance(value, str), place


def uri(value: object, place: str) -> None:
    assert isinstance(value, str) and URI_REFERENCE.fullmatch(value), f"{place}: {value}"


def flag(value: object, place: str) -> None:
    assert isinstance(value, bool), place


def number_from(least: int) -> Check:
    def check(value: object, place: str) -> None:
        assert type(value) is int and value >= least, f"{place}: {value}"

    return check


def one_of(*names: str) -> Check:
    def check(value: object, place: str) -> None:
        assert value in names, f"{place}: {value}"

    return check


def items(check_item: Check, least: int = 0) -> Check:
    def check(value: object, place: str) -> None:
        assert isinstance(value, list) and len(value) >= least, place
        for number, item in enumerate(value):
            check_item(item, f"{place}[{number}]")

    return check


def named(check_item: Check) -> Check:
    def check(value: object, place: str) -> None:
        assert isinstance(value, dict), place
        for name, item in value.items():
            check_item(item, f"{place}.{name}")

    return check


def anything(value: object, place: str) -> None:
    return


LEVEL = one_of("none", "note", "warning", "error")
MESSAGE = Object({"text": text, "markdown": text, "id": text}, one_of=("text", "id"))
MULTIFORMAT = Object({"text": text, "markdown": text}, ("text",))
ARTIFACT = Object({"uri": uri, "uriBaseId": text, "index": number_from(-1), "description": MESSAGE})
REGION = Object(
    {
        **dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), number_from(1)),
        "snippet": anything,
    }
)
PHYSICAL = Object({"artifactLocation": ARTIFACT, "region": REGION}, one_of=("artifactLocation",))
LOCATION = Object({"physicalLocation": PHYSICAL, "message": MESSAGE})
REPLACEMENT = Object(
    {"deletedRegion": REGION, "insertedContent": Object({"text": text, "binary": text})},
    ("deletedRegion",),
)
CHANGE = Object(
    {"artifactLocation": ARTIFACT, "replacements": items(REPLACEMENT, 1)},
    ("artifactLocation", "replacements"),
)
FIX = Object({"description": MESSAGE, "artifactChanges": items(CHANGE, 1)}, ("artifactChanges",))
RESULT = Object(
    {
        "ruleId": text,
        "ruleIndex": number_from(-1),
        "level": LEVEL,
        "message": MESSAGE,
        "locations": items(LOCATION),
        "fixes": items(FIX),
    },
    ("message",),
)
RULE = Object(
    {
        "id": text,
        "name": text,
        "shortDescription": MULTIFORMAT,
        "fullDescription": MULTIFORMAT,
        "help": MULTIFORMAT,
        "helpUri": uri,
        "defaultConfiguration": Object({"level": LEVEL, "enabled": flag}),
        "properties": anything,
    },
    ("id",),
)
DRIVER = Object(
    {
        "name": text,
        "version": text,
        "semanticVersion": text,
        "informationUri": uri,
        "rules": items(RULE),
    },
    ("name",),
)
NOTIFICATION = Object(
    {"level": LEVEL, "message": MESSAGE, "locations": items(LOCATION)}, ("message",)
)
INVOCATION = Object(
    {"executionSuccessful": flag, "toolExecutionNotifications": items(NOTIFICATION)},
    ("executionSuccessful",),
)
RUN = Object(
    {
        "tool": Object({"driver": DRIVER}, ("driver",)),
        "columnKind": one_of("utf16CodeUnits", "unicodeCodePoints"),
        "originalUriBaseIds": named(ARTIFACT),
        "invocations": items(INVOCATION),
        "results": items(RESULT),
    },
    ("tool",),
)
LOG = Object({"$schema": uri, "version": one_of("2.1.0"), "runs": items(RUN)}, ("version", "runs"))


def check_log(log: Any) -> None:
    """Assert that ``log`` is valid, and has what code scanning services show."""
    LOG(log, "log")
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        assert SEMANTIC_VERSION.fullmatch(driver["semanticVersion"])
        rules = driver["rules"]
        assert len({rule["id"] for rule in rules}) == len(rules)
        for rule in rules:
            for name in ("shortDescription", "fullDescription", "help"):
                sentence = rule[name]["text"]
                assert sentence[:1] != sentence[:1].lower() or not sentence[0].isalpha(), sentence
                assert sentence.endswith("."), sentence
            assert rule["name"].isalnum(), rule["name"]
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["message"]["text"]
            assert result["locations"]
        for location in _locations(run):
            artifact = location["physicalLocation"]["artifactLocation"]
            if "uriBaseId" in artifact:
                assert artifact["uriBaseId"] in run["originalUriBaseIds"]
                assert not artifact["uri"].startswith("/")
                assert ".." not in artifact["uri"].split("/")
            else:
                assert artifact["uri"].startswith("file:///")
            region = location["physicalLocation"]["region"]
            end = region.get("endLine", region["startLine"]), region.get("endColumn", 1 << 30)
            assert (region["startLine"], region["startColumn"]) <= end


def _locations(run: Any) -> list[Any]:
    told = [each for one in run["invocations"] for each in one["toolExecutionNotifications"]]
    return [location for each in [*run["results"], *told] for location in each["locations"]]


def applied(fix: Any, source: str) -> str:
    """``source`` after the replacements of a fix for one file."""
    (change,) = fix["artifactChanges"]
    lines = source.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + column - 1

    for replacement in reversed(change["replacements"]):
        region = replacement["deletedRegion"]
        first = offset(region["startLine"], region["startColumn"])
        last = offset(region["endLine"], region["endColumn"])
        source = source[:first] + replacement["insertedContent"]["text"] + source[last:]
    return source
