"""``python -m codemod``: the command line without an installed script."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def hidden_by() -> str | None:
    """The file of somebody else's that Python finds in place of our package ``transforms``.

    With ``-m`` the working folder comes first, and a project may well have such a module.
    """
    spec = importlib.util.find_spec("transforms")
    origin = spec.origin if spec is not None else None
    ours = Path(__file__).parents[1] / "transforms"
    if origin is None or Path(origin).resolve().parent == ours.resolve():
        return None
    return origin


if __name__ == "__main__":
    other = hidden_by()
    if other is not None:
        print(
            f"keras-codemod: {other} hides a package of this tool; run `keras-codemod` in place of "
            "`python -m codemod`, or run it from another folder",
            file=sys.stderr,
        )
        sys.exit(2)

    from codemod.cli import main

    main()
