"""Edits: what changes, and that nothing else does."""

from __future__ import annotations

import ast
import importlib
import random
import textwrap
from pathlib import Path

import pytest

from transforms.edit.edits import EditError, apply_edits
from transforms.syntax.records import (
    Edit,
    InsertImport,
    InsertStatements,
    ReplaceExpression,
    ReplaceStatements,
    Span,
)


def marked(text: str) -> tuple[str, list[Span]]:
    """Take the marks « and » out of ``text``; their places are the spans."""
    plain, line, column, open_at = "", 1, 0, (0, 0)
    spans: list[Span] = []
    previous = ""
    for character in text:
        if character == "«":
            open_at = (line, column)
            continue
        if character == "»":
            spans.append(Span(*open_at, line, column))
            continue
        plain += character
        if character == "\r" or (character == "\n" and previous != "\r"):
            line, column = line + 1, 0
        elif character != "\n":
            column += 1
        previous = character
    return plain, spans


def replaced(text: str, *sources: str, encoding: str = "utf-8") -> str:
    plain, spans = marked(text)
    edits = [ReplaceExpression(span, source) for span, source in zip(spans, sources, strict=True)]
    return apply_edits(plain.encode(encoding), edits).decode(encoding)


def restated(text: str, source: str) -> str:
    plain, spans = marked(text)
    edit = ReplaceStatements(first=spans[0], last=spans[-1], source=source)
    return apply_edits(plain.encode(), [edit]).decode()


EXPRESSIONS = {
    "assignment": ("y = «tf.relu(x)»\n", "f(x)", "y = f(x)\n"),
    "augmented": ("y += «a * b»  # c\n", "f(x)", "y += f(x)  # c\n"),
    "return": ("def g():\n    return «a + b»\n", "f(x)", "def g():\n    return f(x)\n"),
    "argument": ("g(a, «x + 1», *b)\n", "f(x)", "g(a, f(x), *b)\n"),
    "keyword": ("g(a, k=«x + 1»)\n", "f(x)", "g(a, k=f(x))\n"),
    "starred": ("g(*«a + b», **«c»)\n", "f(x)", "g(*f(x), **f(x))\n"),
    "attribute": ("«x».shape\n", "f(x)", "f(x).shape\n"),
    "subscript": ("a[«i + 1», j]\n", "f(x)", "a[f(x), j]\n"),
    "slice part": ("a[«i»:]\n", "f(x)", "a[f(x):]\n"),
    "if": ("if «a > b»:  # why: c\n    pass\n", "f(x)", "if f(x):  # why: c\n    pass\n"),
    "elif": (
        "if a:\n    pass\nelif «b»:\n    pass\nelif «c»: pass\nelse:\n    pass\n",
        "f(x)",
        "if a:\n    pass\nelif f(x):\n    pass\nelif f(x): pass\nelse:\n    pass\n",
    ),
    "while": ("while «a»: b()\n", "f(x)", "while f(x): b()\n"),
    "for": ("for i in «a[1:]»:\n    pass\nelse:\n    b\n", "f(x)", None),
    "with": ("with a as b, «c» as d:\n    pass\n", "f(x)", None),
    "with in parentheses": ("with (a as b, «c» as d):\n    pass\n", "f(x)", None),
    "async": ("async def g():\n  async for i in «a»:\n    await «b»\n", "f(x)", None),
    "except": ("try:\n    a\nexcept «(B, C)» as e:\n    b\n", "f(x)", None),
    "match": ("match «a»:\n    case [1, x] if «x»:\n        pass\n", "f(x)", None),
    "default": ("class A:\n    def g(self, a: «int» = «1») -> «b»: return 1\n", "f(x)", None),
    "decorator": ("class A:\n    @a\n    @b(«c»)  # d\n    # e\n    def g(): pass\n", "f(x)", None),
    "base": ("class A(«B», metaclass=«C»):\n\n    x = 1\n", "f(x)", None),
    "comprehension": ("[«a» for b in «c» if «d»]\n", "f(x)", None),
    "lambda": ("g = lambda a, b=«1»: «a + b»\n", "f(x)", None),
    "nested function": ("def g():\n\tdef h():\n\t\treturn [\n\t\t«a»,\n]\n", "f(x)", None),
    "one line": ("if a: b = «c»; d = «e»\n", "f(x)", None),
    "semicolons": ("a = «1»; b = «2» ; c = 3;\n", "f(x)", None),
    "tuple": ("return_ = «(a, b)»\n", "f(x)", None),
    "tuple without parentheses": ("y = «a, b»\n", "f(x)", None),
    "generator": ("sum«(a for a in b)»\n", "f(x)", "sum(f(x))\n"),
    "joined strings": ("y = «'a' 'b'»\n", "f(x)", None),
    "chained comparison": ("y = «a < b < c» or d\n", "f(x)", None),
    "not ascii": ("ä = 'é' + «ö» + 'ü'\n", "f(x)", None),
    "continuation": ("y = a + \\\n    «b» \\\n  + c\n", "f(x)", None),
    "inner comments": ("y = g(  # a\n    «b»,  # b\n    # c\n)\n", "f(x)", None),
    "carriage return": ("a = 1\ry = «b»\rz = 1\r", "f(x)", None),
    "no last line end": ("y = «a»", "f(x)", "y = f(x)"),
    "form feeds": ("\fx = 1\n\fy = «a»\nif b:\n  \f  z = «c»\n", "f(x)", None),
    "leading backslash": ("if a:\n  \\\n  y = «b»\n", "f(x)", None),
    "line separators": ("y = 'a\u2028b\x85\x1c' + «b»\nz = «c»\n", "f(x)", None),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_replaces_the_expression_and_nothing_else(name: str) -> None:
    text, source, expected = EXPRESSIONS[name]
    plain, spans = marked(text)
    if expected is None:
        expected = plain
        for piece in text.split("«")[1:]:
            old = piece.partition("»")[0]
            text = text.replace(f"«{old}»", source, 1)
        expected = text
    assert replaced(EXPRESSIONS[name][0], *[source] * len(spans)) == expected


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [
        ("y = («a + b»)\n", "f(x)", "y = f(x)\n"),
        ("y = («a + b») * c\n", "f(x)", "y = f(x) * c\n"),
        ("y = ((«a + b»))\n", "f(x)", "y = f(x)\n"),
        ("y = (\n    «a\n    + b»\n)\n", "f(x)", "y = f(x)\n"),
        ("y = (  # why\n    «a»\n)\n", "f(x)", "y = (  # why\n    f(x)\n)\n"),
        ("return(«x + 1»)\n", "f(x)", "return(f(x))\n"),
        ("y = a if(«b»)else c\n", "f(x)", "y = a if(f(x))else c\n"),
        ("return«(a, b)»\n", "f(x)", "return(f(x))\n"),
        ("y = «a» * b\n", "c + d", "y = (c + d) * b\n"),
        ("y = («a») * b\n", "c + d", "y = (c + d) * b\n"),
        ("y = «a» + b\n", "c * d", "y = c * d + b\n"),
        ("y = «a»(b)\n", "lambda b: b", "y = (lambda b: b)(b)\n"),
        ("y = g(«a»)\n", "lambda b: b", "y = g(lambda b: b)\n"),
        ("y = «a» + b\n", "c if d else e", "y = (c if d else e) + b\n"),
        ("y = [«a», b]\n", "c, d", "y = [(c, d), b]\n"),
        ("y = «a»\n", "c := 1", "y = (c := 1)\n"),
        ("y = «a».real\n", "1", "y = (1).real\n"),
        ("y = «a»\n", "b +\nc", "y = (b +\nc)\n"),
        ("y = g(«a»)\n", "b +\n  c", "y = g(b +\n  c)\n"),
        ("x: «int» = 1\n", "f(x)", "x: f(x) = 1\n"),
    ],
)
def test_parentheses_stay_only_where_they_are_needed(text: str, source: str, expected: str) -> None:
    assert replaced(text, source) == expected


@pytest.mark.parametrize(
    ("text", "source", "what"),
    [
        ("y = f'{«a»}'\n", "b", "no expression"),
        ("y = «a +» b\n", "b", "no expression"),
        ("y = a\n«\n»", "b", "no expression"),
        ("try«:»\n  a\nfinally:\n  b\n", "b", "no expression"),
        ("y = «a»\n", "b c", "not an expression"),
        ("y = «a»\n", "b) + (c", "not an expression"),
        ("«a» = 1\n", "f(x)", "cannot assign|not Python"),
    ],
)
def test_refuses_what_does_not_fit(text: str, source: str, what: str) -> None:
    plain, spans = marked(text)
    with pytest.raises(EditError, match=rf"^line \d+: .*({what})"):
        apply_edits(plain.encode(), [ReplaceExpression(spans[0], source)])


def test_refuses_edits_that_meet() -> None:
    nested = b"y = f(a + b)\n"
    outer, inner = Span(1, 4, 1, 12), Span(1, 6, 1, 7)
    statement = Span(1, 0, 1, 12)
    cases: list[list[Edit]] = [
        [ReplaceExpression(outer, "x"), ReplaceExpression(inner, "x")],
        [
            ReplaceExpression(inner, "x"),
            ReplaceStatements(first=statement, last=statement, source="x = 1"),
        ],
        [ReplaceExpression(outer, "x"), ReplaceExpression(outer, "y")],
    ]
    for edits in cases:
        with pytest.raises(EditError, match=r"line 1: .*edit"):
            apply_edits(nested, edits)


STATEMENTS = [
    ("«y = a»\n", "y = f(a)\n", "y = f(a)\n"),
    ("# above\n«y = a»  # beside\nz = 1\n", "y = f(a)", "# above\ny = f(a)  # beside\nz = 1\n"),
    ("«y = a»  # beside\n", "y = f(a)  # beside", "y = f(a)  # beside\n"),
    ("«y = a»;\n", "y = f(a)", "y = f(a)\n"),
    ("«y = a»;  # b\n", "y = f(a)", "y = f(a)  # b\n"),
    (
        "def g():\n  # a\n  «y = a»\n  # b\n\n  «z = y»\n  return z\n",
        "y = f(a)\nz = y",
        "def g():\n  # a\n  y = f(a)\n  z = y\n  return z\n",
    ),
    (
        "class A:\n\tdef g(self):\n\t\t«y = a»\n",
        "for i in b:\n    y = h(\n        i,\n    )\n\n    s = '''\n  t\n'''",
        "class A:\n\tdef g(self):\n\t\tfor i in b:\n\t\t\ty = h(\n\t\t\t    i,\n\t\t\t)\n\n"
        "\t\t\ts = '''\n  t\n'''\n",
    ),
    ("if a: «y = b»\n", "y = c", "if a: y = c\n"),
    ("if a: «y = b»  # d\n", "y = c\nz = d", "if a:\n    y = c\n    z = d  # d\n"),
    ("if a:\n  if b: «c»\n  else: d\n", "y\nz", "if a:\n  if b:\n    y\n    z\n  else: d\n"),
    ("if a:\n\tif b: c\n\telse: «d»\n", "y\nz", "if a:\n\tif b: c\n\telse:\n\t\ty\n\t\tz\n"),
    ("if a: b; «c»; d\n", "y", "if a:\n    b\n    y\n    d\n"),
    ("a; «b»; c  # d\n", "y = 1", "a\ny = 1\nc  # d\n"),
    ("a; «b» ; «c»\n", "y = 1", "a\ny = 1\n"),
    ("«a»; b; c\n", "y = 1", "y = 1\nb; c\n"),
    ("a\r\n«b»\r\nc\n", "y = '''\n'''\nz\n", "a\r\ny = '''\r\n'''\r\nz\r\nc\n"),
    ("«a»", "y", "y"),
    ("@d\n@(\n  e)\n«def f():\n    return 1»\n", "y = 1", "y = 1\n"),
    ("try:\n    a\nexcept B:\n    «b»\nfinally: «c»\n", None, None),
    ("match a:\n    case 1:\n        «b»\n", "y", "match a:\n    case 1:\n        y\n"),
    ("while a:\n    b\nelse:\n    «c»\n", "y", "while a:\n    b\nelse:\n    y\n"),
    ("if a:\n    b\nelif c:\n    «d»\n", "y", "if a:\n    b\nelif c:\n    y\n"),
    ("«a»\n", "# why\ny  # c\n# end\n", "# why\ny  # c\n# end\n"),
    ("if a:\n    «b»\n", "# why\ny\n# end", "if a:\n    # why\n    y\n    # end\n"),
    ("if a:\n    b\n\f    «c»\n", "y\nz", "if a:\n    b\n\f    y\n    z\n"),
]


@pytest.mark.parametrize(("text", "source", "expected"), STATEMENTS)
def test_replaces_statements(text: str, source: str | None, expected: str | None) -> None:
    if source is None or expected is None:
        with pytest.raises(EditError, match="not of one block"):
            restated(text, "y")
    else:
        assert restated(text, source) == expected


@pytest.mark.parametrize(
    ("text", "source", "what"),
    [
        ("a\nif b:\n    pass\n«elif c:\n    pass»\n", "y", "elif"),
        ("«a»\n", "", "no statement"),
        ("«a»\n", "y = (", "not Python"),
        ("y = «a»\n", "b", "no statement"),
    ],
)
def test_refuses_statements_that_do_not_fit(text: str, source: str, what: str) -> None:
    with pytest.raises(EditError, match=what):
        restated(text, source)


def test_neighbours_on_one_line_are_replaced_together() -> None:
    plain, spans = marked("«a»; «b»; c = «d»\n")
    edits: list[Edit] = [
        ReplaceStatements(first=span, last=span, source="y = 1") for span in spans[:2]
    ]
    edits.append(ReplaceExpression(spans[2], "f(d)"))
    assert apply_edits(plain.encode(), edits) == b"y = 1\ny = 1\nc = f(d)\n"


CLASS = "class A:\n    x = 1\n"


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("import a\n\nb = 1\n", 3, "import a\n\n\nclass A:\n    x = 1\n\n\nb = 1\n"),
        ("import a\n\n\n\nb = 1\n", 5, "import a\n\n\n\nclass A:\n    x = 1\n\n\nb = 1\n"),
        ("import a\nb = 1", 2, "import a\n\n\nclass A:\n    x = 1\n\n\nb = 1"),
        (
            "import a\n\n\n# c\n# d\n@e\ndef f():\n    g()\n",
            8,
            "import a\n\n\nclass A:\n    x = 1\n\n\n# c\n# d\n@e\ndef f():\n    g()\n",
        ),
        ("import a\n# b\n\nc\n", 4, "import a\n# b\n\n\nclass A:\n    x = 1\n\n\nc\n"),
        ("# header\nb = 1\n", 2, "# header\n\n\nclass A:\n    x = 1\n\n\nb = 1\n"),
        ("b = 1\n", 1, "class A:\n    x = 1\n\n\nb = 1\n"),
        ("a = '''\n#b'''\nc\n", 3, "a = '''\n#b'''\n\n\nclass A:\n    x = 1\n\n\nc\n"),
        ("a = 1; b = 2\n", 1, "class A:\n    x = 1\n\n\na = 1; b = 2\n"),
        (
            "a\r\nif b:\r\n\tc\r\n",
            3,
            "a\r\n\r\n\r\nclass A:\r\n\tx = 1\r\n\r\n\r\nif b:\r\n\tc\r\n",
        ),
        ('"""a"""\nb\n', 1, '"""a"""\n\n\nclass A:\n    x = 1\n\n\nb\n'),
    ],
)
def test_inserts_statements_at_module_level(text: str, line: int, expected: str) -> None:
    assert apply_edits(text.encode(), [InsertStatements(line, CLASS)]).decode() == expected


def test_insertions_at_one_place_keep_their_order() -> None:
    edits = [InsertStatements(3, "b = 1\n"), InsertStatements(2, "def c(): pass")]
    assert apply_edits(b"def a():\n    x\n    y\n", edits) == (
        b"b = 1\n\n\ndef c(): pass\n\n\ndef a():\n    x\n    y\n"
    )
    with pytest.raises(EditError, match="line 9"):
        apply_edits(b"a = 1\n", [InsertStatements(9, "b = 1")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a\nb\n", "import a\nIMPORT\nb\n"),
        ("import a\nfrom c import (\n    d,\n)  # e\n\nb\n", None),
        ('"""a"""\nb\n', '"""a"""\n\nIMPORT\n\nb\n'),
        ('"""a"""\n\nb\n', '"""a"""\n\nIMPORT\n\nb\n'),
        ('"""a"""', '"""a"""\n\nIMPORT'),
        ("from __future__ import a\nb\n", "from __future__ import a\n\nIMPORT\n\nb\n"),
        (
            "#!/usr/bin/python\n# coding: utf-8\nb\n",
            "#!/usr/bin/python\n# coding: utf-8\nIMPORT\n\nb\n",
        ),
        ("# a\n\n# b\nc\n", "# a\n\nIMPORT\n\n# b\nc\n"),
        ("b\n", "IMPORT\n\nb\n"),
        ("", "IMPORT\n"),
        ("import a\ntry:\n    import b\nexcept E:\n    b = 0\nimport c\nd\n", None),
        (
            "import a\ntry:\n    import b\nexcept E:\n    b = 0\nd\n",
            "import a\nIMPORT\ntry:\n    import b\nexcept E:\n    b = 0\nd\n",
        ),
        ("if a:\n    import b\nc\n", "if a:\n    import b\nIMPORT\n\nc\n"),
        ("import a; b = [\n1]\nc\n", "import a; b = [\n1]\nIMPORT\nc\n"),
        ("import a", "import a\nIMPORT"),
        ("import a\r\nb\n", "import a\r\nIMPORT\r\nb\n"),
        (
            "import os\nimport tensorflow as tf\nfrom zlib import crc32\nb\n",
            "import os\nimport tensorflow as tf\nIMPORT\nfrom zlib import crc32\nb\n",
        ),
        ("a()\nif b:\n    import c\n", "IMPORT\n\na()\nif b:\n    import c\n"),
        (
            "import os\nos.environ['A'] = '1'\nimport tensorflow as tf\nb\n",
            "import os\nos.environ['A'] = '1'\nimport tensorflow as tf\nIMPORT\nb\n",
        ),
    ],
)
def test_imports_go_to_the_head(text: str, expected: str | None) -> None:
    statement = "from tensorflow import keras"
    if expected is None:
        marker = "# e\n" if "# e" in text else "import c\n"
        expected = text.replace(marker, f"{marker}IMPORT\n")
    result = apply_edits(text.encode(), [InsertImport(statement)]).decode()
    assert result == expected.replace("IMPORT", statement)
    assert apply_edits(result.encode(), [InsertImport(statement)]).decode() == result


def test_all_kinds_of_edits_in_one_file() -> None:
    plain, spans = marked(
        "\ufeff# coding: utf-8\r\nimport tensorflow as tf\r\n\r\n"
        "def g(x):\r\n\t«x = tf.abs(x)»  # é\r\n\treturn «tf.exp(x)»\r\n"
    )
    edits: list[Edit] = [
        InsertImport("from tensorflow import keras\n"),
        InsertImport("from tensorflow import keras\n"),
        InsertStatements(4, "class A(keras.layers.Layer):\n    pass\n"),
        ReplaceStatements(first=spans[0], last=spans[0], source="x = A()(\n    x\n)"),
        ReplaceExpression(spans[1], "B()(x)"),
    ]
    assert apply_edits(plain.encode(), edits).decode() == (
        "\ufeff# coding: utf-8\r\nimport tensorflow as tf\r\n"
        "from tensorflow import keras\r\n\r\n\r\n"
        "class A(keras.layers.Layer):\r\n\tpass\r\n\r\n\r\n"
        "def g(x):\r\n\tx = A()(\r\n\t    x\r\n\t)  # é\r\n\treturn B()(x)\r\n"
    )


def test_encodings() -> None:
    text = "# coding: latin-1\ny = 'é' + «a»\n"
    assert replaced(text, "'ü'", encoding="latin-1").endswith("y = 'é' + 'ü'\n")
    with pytest.raises(EditError, match="line 2: iso-8859-1 has no '名'"):
        replaced(text, "'名'", encoding="latin-1")
    with pytest.raises(EditError, match="line 1"):
        apply_edits(b"# coding: no-such\n", [InsertImport("import a")])
    with pytest.raises(EditError, match="line 1"):
        apply_edits(b"x = '\xff'\n", [InsertImport("import a")])


def test_no_edits_change_nothing_even_where_nothing_parses() -> None:
    assert apply_edits(b"not python", []) == b"not python"


def standard_files() -> list[Path]:
    files: list[Path] = []
    for package in ("json", "email"):
        path = importlib.import_module(package).__file__
        assert path is not None
        files += sorted(Path(path).parent.glob("*.py"))
    return [file for file in files if file.stat().st_size < 25_000][::3]


def span_of(lines: list[str], node: ast.expr | ast.stmt) -> Span:
    def column(line: int, in_bytes: int) -> int:
        return len(lines[line - 1].encode()[:in_bytes].decode())

    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return Span(
        node.lineno,
        column(node.lineno, node.col_offset),
        node.end_lineno,
        column(node.end_lineno, node.end_col_offset),
    )


def text_at(lines: list[str], span: Span) -> str:
    taken = lines[span.line - 1 : span.end_line]
    taken[-1] = taken[-1][: span.end_column]
    taken[0] = taken[0][span.column :]
    return "\n".join(taken)


@pytest.mark.parametrize(
    "path", standard_files(), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_replacing_things_by_themselves_changes_no_byte(path: Path) -> None:
    source = path.read_bytes()
    tree = ast.parse(source)
    lines = source.decode().split("\n")
    chance = random.Random(path.name)
    formatted = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for inner in ast.walk(node)
    }
    kinds = (ast.Call, ast.Attribute, ast.Subscript, ast.Compare, ast.List, ast.Name, ast.Constant)
    expressions = [
        node for node in ast.walk(tree) if isinstance(node, kinds) and id(node) not in formatted
    ]
    edits: list[Edit] = []
    done = Span(0, 0, 0, 0)
    for node in sorted(expressions, key=lambda node: (node.lineno, node.col_offset)):
        span = span_of(lines, node)
        before = lines[span.line - 1][: span.column].rstrip()[-1:]
        after = lines[span.end_line - 1][span.end_column :].lstrip()[:1]
        # Redundant parentheses would go, and across lines they are hard to see from here.
        in_parentheses = before in ("(", "") and after in (")", "", "#")
        apart = (span.line, span.column) >= (done.end_line, done.end_column)
        if apart and not in_parentheses and chance.random() < 0.3:
            edits.append(ReplaceExpression(span, text_at(lines, span)))
            done = span
    assert apply_edits(source, edits) == source
    statements = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt)
        and not getattr(node, "decorator_list", None)
        and not lines[node.lineno - 1][: node.col_offset].strip()
        and not lines[node.lineno - 1].lstrip().startswith("elif")
    ]
    for statement in chance.sample(statements, min(3, len(statements))):
        span = span_of(lines, statement)
        segment = " " * span.column + text_at(lines, span)
        if "\\\n" in segment or '"""' in segment:
            continue
        edit = ReplaceStatements(first=span, last=span, source=textwrap.dedent(segment))
        assert apply_edits(source, [edit]) == source
