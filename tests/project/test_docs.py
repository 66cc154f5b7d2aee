"""What the documents name is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from docs import hooks

PROJECT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "fixtures/README.md"]
PAGES = sorted((PROJECT / "docs").rglob("*.md"))
DOCUMENTS += [str(path.relative_to(PROJECT)) for path in PAGES]
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


def test_the_site_has_each_page_once() -> None:
    named = re.findall(r": ([\w/.-]+\.md)$", (PROJECT / "mkdocs.yml").read_text(), re.MULTILINE)
    there = [path.relative_to(PROJECT / "docs").as_posix() for path in PAGES]
    assert sorted(named) == sorted(there)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_put_in_what_is_there_and_link_to_pages(path: Path) -> None:
    text = hooks.on_page_markdown(path.read_text(), page_at(path))
    assert "<!--" not in text
    links = [link for link in LINK.findall(CODE_BLOCK.sub("", text)) if "://" not in link]
    targets = [(path.parent / link).resolve() for link in links]
    assert [target for target in targets if not target.exists()] == []
    assert [target for target in targets if not target.is_relative_to(PROJECT / "docs")] == []


def test_a_section_that_is_gone_is_told() -> None:
    with pytest.raises(ValueError, match="no heading 'Nowhere'"):
        hooks.on_page_markdown("<!-- section: README.md: Nowhere -->", page_at(PAGES[0]))


def page_at(path: Path) -> SimpleNamespace:
    """What MkDocs says of a page."""
    name = path.relative_to(PROJECT / "docs").as_posix()
    return SimpleNamespace(file=SimpleNamespace(src_uri=name))
