"""What IPython adds to Python: which lines are no Python, and what stands for them."""

from __future__ import annotations

import ast
import re
import textwrap

import pytest

from codemod.notebooks.cell_python import Cell
from codemod.notebooks.cells import cell_module
from codemod.notebooks.magics import Stand, stand_ins


def stands(cell: str) -> dict[int, str]:
    """What stands for the lines of a cell that are no Python, by their numbers."""
    found = stand_ins(textwrap.dedent(cell).strip("\n").split("\n"))
    return {number: line.python for number, line in enumerate(found, 1) if isinstance(line, Stand)}


SHELL = "get_ipython().system({!r})".format
OUTPUT = "get_ipython().getoutput({!r})".format
MAGIC = "get_ipython().run_line_magic({!r}, {!r})".format
CELL_MAGIC = "get_ipython().run_cell_magic({!r}, {!r}, '')".format
HELP = MAGIC("pinfo", "")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%matplotlib inline", {1: MAGIC("matplotlib", "inline")}),
        ("!pip install 'x'", {1: SHELL("pip install 'x'")}),
        ("!pip install \\\n    x \\\n    y", {1: SHELL("pip install x y"), 2: "#", 3: "#"}),
        ("!!ls", {1: SHELL("ls")}),
        ("pip install -q x", {1: MAGIC("pip", "install -q x")}),
        ("cd /content", {1: MAGIC("cd", "/content")}),
        ("cd = 1\nls = [cd]\nls [0]", {}),
        ("files = !ls *.py", {1: f"files = {OUTPUT('ls *.py')}"}),
        ("a, b = %magic c", {1: f"a, b = {MAGIC('magic', 'c')}"}),
        ("cd ..", {1: MAGIC("cd", "..")}),
        ("env.path=%env PATH", {1: f"env.path = {MAGIC('env', 'PATH')}"}),
        (
            "if x:\n    !ls\nelse:\n    %pwd",
            {2: f"    {SHELL('ls')}", 4: f"    {MAGIC('pwd', '')}"},
        ),
        ("x?\n??x\nx.y??  # why\n%timeit?", {1: HELP, 2: HELP, 3: HELP, 4: HELP}),
        ("x = 'why?'\ny = 1  # why?\nz = a if b else '?'", {}),
        ("x = (a\n  % b\n  !=\n  c)", {}),
        ("x = '''\n%no\n!no\n'''\n%yes", {5: MAGIC("yes", "")}),
        ('x = """it\'s\n!no"""\n!yes', {3: SHELL("yes")}),
        ("x = a \\\n  % b\n%yes", {3: MAGIC("yes", "")}),
        ("x = 'a' # it's (open\n%yes", {2: MAGIC("yes", "")}),
        ("x = {'a': 1 % 2}\nassert x != 3\ny = x == 3", {}),
        ("print('100%', f'{x!r}')\nx %= 3", {}),
        ("%time y = f(x)  # c", {1: "y = f(x)  # c"}),
        ("%time", {1: MAGIC("time", "")}),
        ("%%time\nx = 1\n!ls", {1: CELL_MAGIC("time", ""), 3: SHELL("ls")}),
        ("\n%%capture out\nx = 1", {1: f"out = {CELL_MAGIC('capture', 'out')}"}),
        ("%%capture --no-stderr\nx", {1: CELL_MAGIC("capture", "--no-stderr")}),
        ("%%bash -s 1\nif [ 'a ]; then", {1: CELL_MAGIC("bash", "-s 1"), 2: "#"}),
        ("%%timeit\nx = 1", {1: CELL_MAGIC("timeit", ""), 2: "#"}),
        ("from __future__ import (\n    division,\n)\nx", {1: "pass", 2: "#", 3: "#"}),
        ("", {}),
    ],
)
def test_what_stands_for_lines_that_are_no_python(cell: str, expected: dict[int, str]) -> None:
    assert stands(cell) == expected


def test_a_leading_empty_line_does_not_hide_a_cell_magic() -> None:
    found = list(stand_ins(["", "%%html", "<b>it's</b>"]))
    assert found[0] == ""
    assert [line.python for line in found[1:] if isinstance(line, Stand)] == [
        CELL_MAGIC("html", ""),
        "#",
    ]


def test_a_cell_that_cannot_be_parsed_does_not_lose_the_others() -> None:
    cells = [Cell(1, "x = 1"), Cell(3, "def f(:\n    y = 2\nclass A: pass\n"), Cell(4, "z = x")]
    module = cell_module(cells)
    assert list(module.broken) == [3]
    # What the cell seems to bind is unknown there, and not what was bound before.
    names = [node for node in ast.walk(ast.parse(module.text)) if isinstance(node, ast.Name)]
    bound = [node.id for node in names if isinstance(node.ctx, ast.Store)]
    assert bound == ["x", "f", "y", "A", "z"]


def python(*cells: str, language: str = "python") -> list[str]:
    """The lines of a module without those of its head and those that mark cells."""
    module = cell_module([Cell(number, text, language) for number, text in enumerate(cells, 1)])
    assert not module.broken
    lines = [re.sub(r"(  )?#:\d+$", "", line) for line in module.text.split("\n")]
    return [line for line in lines if line and not line.startswith("# ")]


@pytest.mark.parametrize(
    ("magic", "read"),
    [
        ("%timeit f(h)", "f, h"),
        ("%store h", "h"),
        ("!echo {h.shape} $f h", "f, h"),
        ("!echo h", ""),
        ("%%timeit\nh + 1", "h"),
        ("%%bash\necho h", ""),
        ("h?", "h"),
        ("%timeit os", ""),
    ],
)
def test_a_magic_reads_the_variables_that_it_mentions(magic: str, read: str) -> None:
    line = python("import os\nh = 1\ndef f(): pass", magic)[3]
    assert line.endswith(f", lambda: [{read}])" if read else "')")


def test_what_waits_is_left_out() -> None:
    cell = "x = 1\ny = await f(x)\nasync with a as b:\n    z = 2\nasync def g():\n    await h()"
    assert python(cell) == [
        "x = 1",
        f"y = {CELL_MAGIC('await', '')[:-1]}, lambda: [x, y])",
        f"z = {CELL_MAGIC('await', '')[:-1]}, lambda: [z])",
        "#",
        "async def g():",
        "    await h()",
    ]


@pytest.mark.parametrize(
    "cell", ["%sql\nSELECT * FROM t WHERE", "\n%md\nIt's", "%sh\nif [ x ]; then"]
)
def test_cells_of_other_languages_as_databricks_has_them(cell: str) -> None:
    first, *rest = python(cell)
    assert first.startswith("get_ipython().run_cell_magic(")
    assert {*rest} <= {"#"}


def test_cells_of_other_languages_as_editors_have_them() -> None:
    assert python("SELECT x", language="sql") == [CELL_MAGIC("sql", "")]
