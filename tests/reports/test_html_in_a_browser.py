"""The page in a browser, made of models that were verified: it is drawn, and without complaint."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemod.reports.html.page import Page
from codemod.verify.records import VerifyOptions, VerifyRequest
from codemod.verify.session import VerifySession
from tests.reports.test_html import hostile_results
from tests.support.browser import PROGRAM, Browser, browser
from tests.support.command_line import ROOT, run

pytestmark = pytest.mark.tensorflow

BEFORE = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

dense = layers.Dense(4, name="shared")
inner_in = keras.Input((4,))
inner = keras.Model(inner_in, layers.Dense(4)(inner_in), name="inner")
a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
x = tf.{}([dense(a), dense(b)])
m = keras.Model([a, b], inner(x), name="outer")
"""


@pytest.mark.parametrize("generation", [2, 3])
def test_graphs_are_told_where_they_are_asked_for(generation: int, tmp_path: Path) -> None:
    """Shared layers have a node for each call, nested models are one; both Keras tell the same."""
    path = tmp_path / "model.py"
    source = BEFORE.format("add_n")
    request = VerifyRequest(
        entry=path,
        originals={path: source.encode()},
        rewrites={path: source.replace("tf.add_n", 'layers.Add(name="sum")').encode()},
    )
    options = VerifyOptions(
        python=sys.executable,
        device="cpu",
        keras3=generation == 3,
        only_keras3=generation == 3,
        draws=True,
    )
    with VerifySession(options) as session:
        verdict = session.verify(request)
    assert verdict.generation == generation
    graphs = {model.name: model.layers for model in verdict.models}
    outer = graphs["outer"]
    assert outer is not None
    for side in (outer.before, outer.after):
        assert sorted(node.name for node in side if not node.is_raw)[:2] == ["a", "b"]
        assert [node.name for node in side].count("shared") == 2
        inner = next(node for node in side if node.name == "inner")
        (taken,) = inner.inputs
        assert {side[place].name for place in side[taken].inputs} == {"shared"}
        assert inner.outputs == ("(None, 4) float32",)
    raw = [node for node in outer.before if node.is_raw]
    assert [node.place.line for node in raw if node.place] == [9]
    assert [node.kind for node in outer.after if node.name == "sum"] == ["Add"]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name in ("captured_variable", "seed_einsum"):
        shutil.copy(ROOT / "fixtures" / name / "before.py", folder / f"{name}.py")
    options = ("--dry-run", "--verify", "--device", "cpu", "--target", "keras2")
    done = run("rewrite", ".", *options, "--html", "page.html", folder=folder)
    assert done.returncode == 0, done.stderr.decode()
    return folder / "page.html"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("there is no Chromium here")
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_drawn_at_both_widths(
    width: int, scheme: str, page: Path, shown: Browser, tmp_path: Path
) -> None:
    shown.open(page, width, "dark" if scheme == "dark" else "light")
    assert shown.value("document.querySelectorAll('.canvas svg .layer.new').length") >= 2
    shown.value("document.getElementById('fold').click()")
    # Details are told that they are open after this.
    shown.value("new Promise(requestAnimationFrame)")
    assert shown.value("document.documentElement.scrollWidth") <= width
    ground = shown.value("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(19, 21, 25)") == (scheme == "dark")
    shown.screenshot(tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 20_000
    assert shown.complaints == []
    assert shown.requests == [page.resolve().as_uri()]


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_that_a_page_shows_is_run(width: int, shown: Browser, tmp_path: Path) -> None:
    hostile = tmp_path / "page.html"
    hostile.write_bytes(Page(hostile_results(), "rewrite").document())
    shown.open(hostile, width)
    shown.value("document.getElementById('fold').click()")
    name = shown.value("document.querySelector('.layer title').textContent")
    assert name.startswith("</script></style><!--<img src=x onerror=")
    assert shown.value("document.images.length") == 0
    assert shown.value("document.documentElement.scrollWidth") <= width
    assert shown.complaints == []
    assert shown.requests == [hostile.resolve().as_uri()]


def test_the_page_is_used_by_keyboard(page: Path, shown: Browser) -> None:
    shown.open(page, 1280)
    shown.press("Tab")
    assert shown.value("document.activeElement.textContent") == "Skip to the report"
    shown.press("Enter")
    assert shown.value("location.hash") == "#report"
    shown.value("document.getElementById('theme').focus()")
    shown.press("Enter")
    assert shown.value("document.documentElement.dataset.theme") == "light"
    shown.press("Enter")
    dark = shown.value("getComputedStyle(document.body).backgroundColor")
    assert dark == "rgb(19, 21, 25)"
    shown.value("document.querySelector('.source > summary').focus()")
    shown.press("Enter")
    assert shown.value("document.querySelector('.source').open") is False
