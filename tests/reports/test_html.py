"""The page of HTML: what is on it, that nothing on it is run, and where it goes."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from codemod.errors import CodemodError
from codemod.notebooks.notebook import read_notebook
from codemod.reports.html import file_sections, page, sections
from codemod.reports.html.markup import VOID, element
from codemod.reports.html.models import marked
from codemod.reports.html.page import Page
from codemod.reports.outcome import INTERRUPTED
from codemod.reports.report import Reporting, report
from codemod.results import FileResult
from codemod.settings import Command, View
from codemod.verdict import LayerGraphs, LayerNode, ModelVerdict, Place, Verdict
from tests.support.command_line import BROKEN, MODEL, PLAIN, run_here
from transforms.syntax.records import Hazard, Refusal, Site, Span

HOSTILE = "</script></style><!--<img src=x onerror=\"alert('1')\">&amp;\u202e\udcff\x00"
BEFORE = b"import tensorflow as tf\nx = tf.einsum('ij->ji', y)\nz = tf.print(x)\n"
AFTER = b"import tensorflow as tf\nx = Einsum(name='einsum')(y)\nz = tf.print(x)\n"
EINSUM = Site(
    code="KC101",
    span=Span(2, 4, 2, 26),
    ops=("tf.einsum",),
    builder="module",
    status="rewritten",
    target="layer",
    layer_name="einsum",
    class_name="Einsum",
)
PRINT = Site(
    code="KC101",
    span=Span(3, 4, 3, 15),
    ops=("tf.print",),
    builder="module",
    status="refused",
    refusal=Refusal(code="KC304", text="prints when it runs"),
)
LAYERS = LayerGraphs(
    before=(
        LayerNode(name="input_1", kind="InputLayer", outputs=("(None, 4) float32",)),
        LayerNode(
            name="tf.einsum",
            kind="TFOpLambda",
            inputs=(0,),
            is_raw=True,
            place=Place(
                path=Path("model.py").absolute(), line=2, end_line=2, column=4, end_column=26
            ),
        ),
        LayerNode(name="tf.print", kind="TFOpLambda", inputs=(1,), is_raw=True),
    ),
    after=(
        LayerNode(name="input_1", kind="InputLayer"),
        LayerNode(name="einsum", kind="Einsum", inputs=(0,)),
        LayerNode(name="tf.print", kind="TFOpLambda", inputs=(1,), is_raw=True),
    ),
)
PROVED = Verdict(
    verdict="proved",
    device="CPU",
    models=(ModelVerdict(name="encoder", line=2, verdict="proved", keras3="proved", port="close"),),
    assumptions=("line 9: `fit` was left out",),
    hazards=("`encoder`: output 0 is named `einsum`",),
)
REWRITTEN = FileResult(
    path="model.py",
    status="rewritten",
    sites=(EINSUM, PRINT),
    hazards=(Hazard("KC201", Span(2, 4, 2, 26), "drops the batch dimension"),),
    verdict=replace(PROVED, models=(replace(PROVED.models[0], layers=LAYERS),)),
    original=BEFORE,
    rewritten=AFTER,
)


class Reader(HTMLParser):
    """The elements of a page, each closed where it must be, and its words."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.data: list[str] = []
        self._open: list[str] = []
        self.feed(page.decode())
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "script":
            self.data.append(data)
        elif "style" not in self._open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def page_of(*results: FileResult, command: Command = "rewrite") -> Reader:
    return Reader(Page(results, command).document())


def test_the_verdict_comes_first_then_what_is_left_then_each_file() -> None:
    text = page_of(REWRITTEN, FileResult(path="plain.py", status="unchanged")).text
    wanted = [
        "1 file rewritten, every model proved the same",
        "1 file rewritten (1 raw expression), 1 raw expression refused, 1 hazard",
        "What is left for you",
        "KC304: prints when it runs: model.py:3",
        "proved on CPU",
        "drops the batch dimension",
        "close",
        "Source, before and after",
        "Graph of encoder",
        "What this assumes",
        "1 file with nothing to tell",
        "How to read this",
    ]
    at = 0
    for words in wanted:
        at = text.index(words, at)


def test_the_graphs_tell_what_became_of_each_layer() -> None:
    reader = page_of(REWRITTEN)
    (graph,) = [json.loads(text) for text in reader.data if text.startswith("{")]
    marks = {side: [layer["mark"] for layer in layers] for side, layers in graph.items()}
    assert marks == {"before": ["", "replaced", "kept"], "after": ["", "new", "kept"]}
    assert [layer["inputs"] for layer in graph["after"]] == [[], [0], [1]]
    assert graph["before"][0]["outputs"] == "(None, 4)"
    # Who sees no pictures reads the same in tables.
    assert "raw op, rewritten" in reader.text
    assert "dagre" not in "".join(page_of(replace(REWRITTEN, verdict=PROVED)).data)


def test_of_a_rewrite_by_hand_the_names_tell_which_raw_ops_are_gone() -> None:
    def raw(*names: str) -> tuple[LayerNode, ...]:
        return tuple(LayerNode(name=name, kind="TFOpLambda", is_raw=True) for name in names)

    before = raw("tf.abs", "tf.exp", "tf.exp_1", "tf.sin", "tf.sin_1")
    graphs = LayerGraphs(before=before, after=raw("tf.exp", "tf.exp_1", "tf.sin"))
    marks = [mark for _, mark in marked(graphs, {})[0]]
    assert marks == ["replaced", "kept", "kept", "raw", "raw"]


def test_source_is_shown_side_by_side() -> None:
    shown = Page([REWRITTEN], "rewrite").document().decode()
    removed, added = (re.findall(rf"<{tag} .*?</{tag}>", shown) for tag in ("del", "ins"))
    assert len(removed) == len(added) == 1
    assert 'data-n="2"' in removed[0]
    assert "Einsum" in added[0]


def hostile_results() -> list[FileResult]:
    site = replace(PRINT, ops=(HOSTILE,), refusal=Refusal(code="KC304", text=HOSTILE))
    node = LayerNode(name=HOSTILE, kind=HOSTILE, outputs=(HOSTILE, HOSTILE))
    model = ModelVerdict(
        name=HOSTILE,
        line=1,
        verdict="bitwise",
        reason=HOSTILE,
        keras3=f"different ({HOSTILE})",
        build=HOSTILE,
        graph=HOSTILE,
        layers=LayerGraphs(before=(node,), after=(node,)),
    )
    verdict = Verdict(
        verdict="bitwise",
        reason=HOSTILE,
        device=HOSTILE,
        models=(model,),
        assumptions=(HOSTILE,),
        hazards=(HOSTILE,),
        kept_by=HOSTILE,
    )
    source = HOSTILE.encode("utf-8", "replace")
    broken = FileResult(path=HOSTILE, status="failed", error=HOSTILE, original=source)
    changed = FileResult(
        path=HOSTILE,
        status="rewritten",
        sites=(site,),
        hazards=(Hazard("KC201", Span(1, 0, 1, 1), HOSTILE),),
        failed_builds=(HOSTILE,),
        verdict=verdict,
        original=b"# " + source + b"\n'" + source + b"'\n",
        rewritten=b"'" + source + b"'\n",
    )
    return [broken, changed, replace(changed, status="unchanged", sites=(), verdict=None)]


@pytest.mark.parametrize("command", ["rewrite", "check", "verify"])
def test_names_sources_and_messages_are_never_markup(command: Command) -> None:
    reader = page_of(*hostile_results(), command=command)
    assert reader.tags["img"] == 0
    assert [name for name, _ in reader.attributes if name.startswith("on")] == []
    assert "<img src=x onerror=" in reader.text
    assert "\\u202e" in reader.text
    for text in reader.data:
        if text.startswith("{"):
            assert json.loads(text)["before"][0]["name"].startswith("</script>")


def test_the_page_asks_for_nothing() -> None:
    reader = page_of(REWRITTEN)
    links = [value or "" for name, value in reader.attributes if name in ("href", "src")]
    assert [link for link in links if not link.startswith(("#", "data:"))] == []
    (policy,) = [value for _, value in reader.attributes if value and "default-src" in value]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    style = re.findall(r"<style>(.*?)</style>", Page([], "check").document().decode(), re.DOTALL)
    assert "url(" not in style[0] and "@import" not in style[0]


def test_a_page_can_be_read_without_a_mouse_or_eyes() -> None:
    reader = page_of(REWRITTEN)
    assert [reader.tags[tag] for tag in ("main", "nav", "header", "h1")] == [1, 1, 2, 1]
    assert ("href", "#report") in reader.attributes
    ids = [value for name, value in reader.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    named = [value or "" for name, value in reader.attributes if name == "aria-labelledby"]
    targets = [value or "" for name, value in reader.attributes if name == "href"]
    inside = {target[1:] for target in targets if target.startswith("#")}
    assert {*named, *inside} <= set(ids)


def test_very_many_files_stay_a_page_that_can_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "FILES_OF_PAGE", 20)
    monkeypatch.setattr(sections, "NAMES_OF_PAGE", 7)
    monkeypatch.setattr(file_sections, "DIFF_LINES", 100)
    lines = b"".join(b"x%d = 1\n" % number for number in range(40))
    result = replace(REWRITTEN, original=b"", rewritten=lines, verdict=PROVED)
    results = [replace(result, path=f"pkg/m{number}.py") for number in range(30)]
    text = page_of(*results).text
    assert text.count("Source, before and after 40 lines") == 2
    assert text.count("Source, before and after 0 lines 40 lines more; --diff has them all.") == 18
    assert "10 files without a section" in text
    assert "pkg/m26.py and 3 more" in text


def test_of_a_very_large_graph_what_has_changed_is_drawn() -> None:
    plain = [LayerNode(name=f"d{n}", kind="Dense", inputs=(n - 1,)) for n in range(1, 900)]
    before = (LayerNode(name="d0", kind="Input"), *plain)
    after = (*before[:500], replace(before[500], kind="New"), *before[501:])
    model = replace(PROVED.models[0], layers=LayerGraphs(before=before, after=after))
    reader = page_of(replace(REWRITTEN, verdict=replace(PROVED, models=(model,))))
    (graph,) = [json.loads(text) for text in reader.data if text.startswith("{")]
    names = [layer["name"] for layer in graph["after"]]
    assert names == ["d498", "d499", "d500", "d501", "d502"]
    assert [layer["inputs"] for layer in graph["after"]] == [[], [0], [1], [2], [3]]


@pytest.mark.parametrize(
    ("results", "command", "words"),
    [
        ([], "rewrite", "Nothing to rewrite"),
        ([], "check", "No raw ops"),
        ([replace(REWRITTEN, status="unchanged", verdict=None)], "check", "2 raw expressions in 1"),
        ([replace(REWRITTEN, verdict=None)], "rewrite", "1 file rewritten, not verified"),
        ([replace(REWRITTEN, status="would-rewrite")], "rewrite", "1 file would be rewritten"),
        ([replace(REWRITTEN, status="failed")], "rewrite", "1 file failed verification"),
        ([replace(REWRITTEN, status="refused")], "rewrite", "Nothing was rewritten"),
        ([REWRITTEN], "verify", "Proved: the models are the same"),
        (
            [FileResult(path="a.py", status="failed", error="is Python 2")],
            "rewrite",
            "Nothing could be processed",
        ),
    ],
)
def test_the_headline_says_what_came_out(
    results: list[FileResult], command: Command, words: str
) -> None:
    assert words in page_of(*results, command=command).text


def test_notebooks_are_shown_cell_by_cell() -> None:
    cell: dict[str, object] = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": "import tensorflow as tf\nx = 1\n",
    }
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    notebook = read_notebook(json.dumps(content).encode())
    result = FileResult(
        path="a.ipynb",
        status="rewritten",
        original=notebook.python,
        rewritten=notebook.python.replace(b"x = 1", b"x = 2"),
        notebook=notebook,
    )
    assert "cell 1" in page_of(result).text


def test_attributes_and_content_are_escaped() -> None:
    assert element("a", '<"', href='"&', data_n=1, open=True, title=None) == (
        '<a href="&quot;&amp;" data-n="1" open>&lt;&quot;</a>'
    )


def test_the_report_goes_where_it_went_and_the_page_beside_it(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_bytes(MODEL)
    (tmp_path / "plain.py").write_bytes(PLAIN)
    (tmp_path / "broken.py").write_bytes(BROKEN)
    without = run_here("check", ".", folder=tmp_path)
    done = run_here("check", ".", "--html", "page.html", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, without.stdout, without.stderr)
    reader = Reader((tmp_path / "page.html").read_bytes())
    assert "tf.einsum" in reader.text
    assert "is not valid Python" in reader.text or "broken.py" in reader.text
    again = run_here("check", "model.py", "--html", "page.html", folder=tmp_path)
    assert again.returncode == 1
    names = {"model.py", "plain.py", "broken.py", "page.html"}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_an_interrupted_run_has_a_page_of_what_is_done(tmp_path: Path) -> None:
    def settled() -> Iterator[list[FileResult]]:
        yield [REWRITTEN]
        raise KeyboardInterrupt

    target = tmp_path / "page.html"
    assert report(settled(), reporting_to(target)) == INTERRUPTED
    assert "1 file rewritten" in Reader(target.read_bytes()).text


def test_a_place_that_is_gone_at_the_end_is_told_after_the_report(tmp_path: Path) -> None:
    how = reporting_to(tmp_path / "gone" / "page.html")
    with pytest.raises(CodemodError, match=r"gone/page.html: its folder is not there"):
        report([[REWRITTEN]], how)
    assert isinstance(how.out, io.BytesIO)
    assert b"1 file rewritten" in how.out.getvalue()


def test_a_page_takes_the_place_of_one_that_a_link_leads_to(tmp_path: Path) -> None:
    (tmp_path / "old.html").write_text("<!DOCTYPE html>\n")
    (tmp_path / "old.html").chmod(0o640)
    (tmp_path / "page.html").symlink_to("old.html")
    report([[REWRITTEN]], reporting_to(tmp_path / "page.html"))
    assert (tmp_path / "page.html").is_symlink()
    assert b"encoder" in (tmp_path / "old.html").read_bytes()
    assert (tmp_path / "old.html").stat().st_mode & 0o777 == 0o640


def reporting_to(target: Path) -> Reporting:
    view = View(page=str(target))
    return Reporting(view=view, command="rewrite", out=io.BytesIO(), errors=io.BytesIO())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("-", "a page goes to a file; give its name"),
        (".", "is a folder; give a file"),
        ("missing/page.html", "its folder is not there; make it first"),
        ("model.py", "is there and is no page; give another name"),
        ("/dev/null", "is not a regular file; give a file"),
    ],
)
def test_a_place_that_can_take_no_page_is_told_before_the_work(
    name: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "model.py").write_bytes(MODEL)
    done = run_here("rewrite", "--no-verify", "model.py", "--html", name, folder=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.decode() == f"keras-codemod: --html {name}: {words}\n"
    assert (tmp_path / "model.py").read_bytes() == MODEL
