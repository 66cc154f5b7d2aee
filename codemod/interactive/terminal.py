"""Asking on a terminal: the diff, the question, and what is typed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from codemod.errors import CodemodError
from codemod.interactive.answers import HELP, YES_OR_NO, Answer, NoAnswer, Word, answer_of
from codemod.interactive.choosing import Question
from codemod.interrupts import Ended, forget_interrupt
from codemod.reports.diffs import diff_of
from codemod.reports.output import write_bytes, write_text
from codemod.reports.style import Style, style_for
from codemod.reports.words import describe_layer, one_line
from codemod.results import FileResult
from codemod.settings import Color

LETTERS = "y,n,a,A,t,r,q,?"
LETTERS_AGAIN = "y,n,A,q,?"
WORDS_AGAIN: tuple[Word, ...] = ("yes", "no", "rest", "quit", "help")
NO_TERMINAL = "--interactive asks on a terminal, and {} is none; choose with --select or --lines"


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """Asks on standard error, and reads the answers from standard input."""

    answers: BinaryIO
    questions: BinaryIO
    style: Style

    def ask(self, question: Question, result: FileResult) -> Answer:
        """The answer to a question about one layer of a file."""
        if question.complaint:
            self._say(self.style.caution(one_line(question.complaint)))
        else:
            self._diff(result)
        about = describe_layer(question.sites) if question.sites else "this"
        prompt = f"{result.path}: {about} ({question.number} of {question.of}) [{LETTERS}] "
        return self._answer(prompt, HELP, None)

    def ask_again(self, result: FileResult) -> Answer:
        """The answer to what verification has made of a file."""
        self._diff(result)
        prompt = f"{result.path}: verification wants it planned so; write this? [{LETTERS_AGAIN}] "
        return self._answer(prompt, YES_OR_NO, WORDS_AGAIN)

    def _answer(self, prompt: str, help_text: str, words: Sequence[Word] | None) -> Answer:
        while True:
            try:
                write_text(self.questions, self.style.path(prompt))
                typed = self.answers.readline()
            except Ended:
                raise
            except KeyboardInterrupt:
                forget_interrupt()
                typed = b""
            if not typed:
                self._say("")
                return "quit"
            try:
                text = typed.decode("utf-8", "replace")
                answer = answer_of(text) if words is None else answer_of(text, words)
            except NoAnswer as problem:
                self._say(self.style.caution(one_line(str(problem))))
                continue
            if answer != "help":
                return answer
            write_text(self.questions, help_text)

    def _say(self, text: str) -> None:
        write_text(self.questions, f"{text}\n")

    def _diff(self, result: FileResult) -> None:
        write_bytes(self.questions, b"\n" + coloured(diff_of(result), self.style))


def coloured(diff: bytes, style: Style) -> bytes:
    """A diff with its lines marked by what they mean; control characters are made visible."""
    lines = diff.decode("utf-8", "surrogateescape").split("\n")
    text = "\n".join(_marked(_visible(line.rstrip("\r")), style) for line in lines)
    return text.encode("utf-8", "surrogateescape")


def _visible(line: str) -> str:
    return "".join(
        f"\\x{ord(each):02x}" if (ord(each) < 0x20 and each != "\t") or each == "\x7f" else each
        for each in line
    )


def _marked(line: str, style: Style) -> str:
    if line.startswith(("---", "+++")):
        return style.path(line)
    if line.startswith("@@"):
        return style.quiet(line)
    if line.startswith("+"):
        return style.good(line)
    if line.startswith("-"):
        return style.bad(line)
    return line


def check_terminal() -> None:
    """Raise an error where nobody can be asked."""
    for name, stream in (("standard input", sys.stdin), ("standard error", sys.stderr)):
        if stream is None or not stream.isatty():
            raise CodemodError(NO_TERMINAL.format(name))


def terminal(color: Color) -> Terminal:
    """The terminal of this process."""
    errors = sys.stderr.buffer
    return Terminal(answers=sys.stdin.buffer, questions=errors, style=style_for(errors, color))
