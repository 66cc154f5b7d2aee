"""The version of the installed distribution."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def installed_version() -> str:
    """Return the version, or ``unknown`` where the package runs without being installed."""
    try:
        return version("keras-codemod")
    except PackageNotFoundError:
        return "unknown"
