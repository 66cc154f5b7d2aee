"""Emacs with the settings of ``docs/editors.md``: the filter, and Eglot where it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import MODEL
from tests.support.editors import run_editor, skip_without, snippet

pytestmark = pytest.mark.tensorflow  # No editor starts in milliseconds.

SAVE = "(save-buffer)"
TEXT = MODEL.decode().replace("outputs =", "x = tf.nn.relu(x)\noutputs =")
RELU = 'x = ReluActivation(name="relu_activation")(x)\n'


def run_emacs(folder: Path, text: str, *settings: str) -> tuple[str, str]:
    """The file after a script in Emacs, and what it has said."""
    file, script = folder / "model.py", folder / "script.el"
    file.write_text(text)
    script.write_text("\n".join(settings))
    said = run_editor(
        "emacs",
        "--batch",
        "-l",
        "package",
        "-f",
        "package-initialize",
        "-l",
        str(script),
        home=folder,
        folder=folder,
    )
    return file.read_text(), said


@pytest.fixture(autouse=True)
def _emacs() -> None:
    skip_without("emacs")


def test_the_buffer_goes_through_the_filter(tmp_path: Path) -> None:
    visit = '(find-file "model.py") (goto-char (point-min)) (search-forward "outputs =")'
    done = (
        "(keras-codemod) (princ (buffer-substring (line-beginning-position) (point))) (save-buffer)"
    )
    text, said = run_emacs(tmp_path, TEXT, snippet("Emacs", "elisp", 1), visit, done, SAVE)
    assert f'x = Einsum(name="einsum")(x)\n{RELU}' in text, said
    assert said.startswith("outputs =")


def test_a_region_and_an_error(tmp_path: Path) -> None:
    visit = '(find-file "model.py") (goto-char (point-min)) (search-forward "tf.nn")'
    region = "(transient-mark-mode 1) (push-mark (line-beginning-position) t t) (end-of-line)"
    done = "(keras-codemod) (save-buffer)"
    text, said = run_emacs(tmp_path, TEXT, snippet("Emacs", "elisp", 1), visit, region, done)
    assert f'x = tf.einsum("...ijk->...jik", x)\n{RELU}' in text, said
    broken = TEXT + "if x\n"
    text, said = run_emacs(tmp_path, broken, snippet("Emacs", "elisp", 1), visit, done)
    assert text == broken
    assert "model.py:11: syntax error" in said


EGLOT = """
(find-file "model.py")
(require 'flymake)
(setq eglot-confirm-server-initiated-edits nil)
(call-interactively #'eglot)
(flymake-mode 1)
(flymake-start)
(let ((end (+ (float-time) 60)))
  (while (and (not (flymake-diagnostics)) (< (float-time) end))
    (accept-process-output nil 0.05)))
(dolist (one (flymake-diagnostics))
  (princ (format "found %s: %s\\n" (line-number-at-pos (flymake-diagnostic-beg one))
                 (flymake-diagnostic-text one))))
(goto-char (point-min))
(search-forward "tf.einsum")
(defun completing-read (prompt table &rest _)
  (let ((titles (all-completions "" table)))
    (princ (format "offered %S\\n" titles))
    "Make this a layer"))
(setq last-nonmenu-event ?x)
(eglot-code-actions (point) (point) nil t)
(let ((end (+ (float-time) 60)))
  (while (and (not (save-excursion (goto-char (point-min)) (search-forward "class Einsum" nil t)))
              (< (float-time) end))
    (accept-process-output nil 0.05)))
(princ (format "at %s\\n" (buffer-substring (line-beginning-position) (line-end-position))))
(save-buffer)
(eglot-shutdown (eglot-current-server))
"""


def test_a_code_action_from_eglot(tmp_path: Path) -> None:
    has_eglot = '(princ (if (require \'eglot nil t) "yes" "no"))'
    if not run_emacs(tmp_path, "", has_eglot)[1].startswith("yes"):
        pytest.skip("Eglot is not installed in this Emacs")
    text, said = run_emacs(tmp_path, MODEL.decode(), snippet("Emacs", "elisp", 0), EGLOT)
    assert "found 7: " in said and 'tf.einsum could become Einsum "einsum"' in said, said
    assert 'x = Einsum(name="einsum")(x)\n' in text, said
    assert 'at x = Einsum(name="einsum")(x)\n' in said
