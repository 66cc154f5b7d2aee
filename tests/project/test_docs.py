"""What the documents name is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "fixtures/README.md"]
DOCUMENTS += sorted(str(path.relative_to(PROJECT)) for path in (PROJECT / "docs").glob("*.md"))
LINK = re.compile(r"\[[^\]]*\]\(([^)#]+)[^)]*\)")
CODE_BLOCK = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
CODE = re.compile(r"`((?:transforms|codemod|tests|benchmarks|fixtures|docs)/[\w./-]*)(?::(\w+))?`")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    document = PROJECT / name
    text = CODE_BLOCK.sub("", document.read_text())
    links = [link for link in LINK.findall(text) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_and_functions_that_are_named_exist(name: str) -> None:
    missing = []
    for path, definition in CODE.findall((PROJECT / name).read_text()):
        target = PROJECT / path
        if not target.exists():
            missing.append(path)
        elif definition and definition not in definitions(target):
            missing.append(f"{path}:{definition}")
    assert missing == []


def definitions(path: Path) -> set[str]:
    """The functions, classes and constants at the top of a module."""
    names = set()
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_every_room_is_in_the_architecture() -> None:
    text = (PROJECT / "docs/architecture.md").read_text()
    rooms = [path.parent for path in PROJECT.glob("transforms/*/__init__.py")]
    rooms += [path.parent for path in PROJECT.glob("codemod/**/__init__.py")]
    assert [room.name for room in rooms if f"{room.name}/" not in text] == []


def test_the_code_of_the_library_page_runs() -> None:
    page = (PROJECT / "docs/library.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    source = (
        b"import tensorflow as tf\\nfrom tensorflow import keras\\nx = tf.sin(keras.Input((4,)))\\n"
    )
    printed: list[str] = []
    names = {"print": lambda *words: printed.append(" ".join(map(str, words)))}
    exec(example.replace('b"..."', f'b"{source.decode()}"'), names)
    assert printed[0].startswith("would-rewrite import tensorflow as tf\n")
    assert printed[1].startswith("KC101 Span(line=3")
