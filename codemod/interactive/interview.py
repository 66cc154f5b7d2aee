"""Asking about all files of a run, and about plans that verification has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from codemod.engine.planned import to_be_verified, unverified
from codemod.engine.verified import Settled
from codemod.files.discovery import SourceFile
from codemod.files.sources import Sources, analyse_sources
from codemod.interactive.answers import Answer
from codemod.interactive.choosing import Chosen, Question, choose
from codemod.interrupts import forget_interrupt
from codemod.results import FileResult
from codemod.settings import Settings
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.plan.choices import Choices
from transforms.plan.fitting import Rewriting, fitting_plan
from transforms.plan.settings import PlanSettings
from transforms.sites import refusals
from transforms.syntax.records import Site, Target
from transforms.syntax.source_text import SourceText


class Asker(Protocol):
    """Puts questions to somebody; both are given the file as it would be written."""

    def ask(self, question: Question, result: FileResult) -> Answer:
        """The answer to a question about one layer of a file."""
        ...

    def ask_again(self, result: FileResult) -> Answer:
        """The answer to what verification has made of a file."""
        ...


@dataclass(kw_only=True)
class Interview:
    """Asks about one file after the other, and remembers what was shown.

    ``around`` makes room on the terminal for questions.
    """

    asker: Asker
    around: Callable[[], AbstractContextManager[None]] = nullcontext
    _chosen: dict[Path, Chosen] = field(default_factory=dict)
    _last: Answer = "yes"
    _last_again: Answer = "yes"

    def choices(self, sources: Sources, settings: Settings) -> Mapping[Path, Choices]:
        """What becomes of each site of the candidates."""
        with self.around():
            return self._choices(sources, settings)

    def _choices(self, sources: Sources, settings: Settings) -> Mapping[Path, Choices]:
        analysis, texts = analyse_sources(sources)
        targets: list[Target] = ["layer", "lambda"]
        if settings.generations == "keras3":
            targets.append("ops")
        for file in sources.candidates:
            module = analysis.modules.get(file.path)
            if module is None:
                continue
            make = to_be_verified if settings.verify else unverified
            about = sources.contents[file], texts[file], make(settings, file.path)
            plan = partial(_plan, analysis, module, *about)
            ask = self._asking(file, sources)
            self._chosen[file.path] = chosen = choose(plan, ask, targets, self._last)
            self._last = chosen.last
        if self._last == "quit":
            forget_interrupt()
        return {path: chosen.choices for path, chosen in self._chosen.items()}

    def agreed(self, settled: Settled, sources: Sources) -> Settled:
        """The results, but those of files that are not to be written after all.

        Files that were verified together are written together, or not at all.
        """
        for file, result in settled:
            chosen = self._chosen.get(file.path)
            if result.status != "would-rewrite" or chosen is None:
                continue
            if chosen.agreed in (None, result.rewritten):
                continue
            if self._last_again not in ("rest", "quit"):
                shown = replace(result, notebook=sources.notebooks.get(file))
                with self.around():
                    self._last_again = self.asker.ask_again(shown)
            if self._last_again in ("no", "quit"):
                return tuple((each, _left(one)) for each, one in settled)
        return settled

    def _asking(self, file: SourceFile, sources: Sources) -> Callable[[Question], Answer]:
        def ask(question: Question) -> Answer:
            result = FileResult(
                path=file.shown,
                status="would-rewrite",
                original=question.before,
                rewritten=question.after,
                notebook=sources.notebooks.get(file),
            )
            return self.asker.ask(question, result)

        return ask


def _plan(
    analysis: Analysis,
    module: Module,
    source: bytes,
    text: SourceText,
    settings: PlanSettings,
    choices: Choices,
) -> Rewriting:
    return fitting_plan(analysis, module, source, text, replace(settings, choices=choices))


def _left(result: FileResult) -> FileResult:
    """``result``, which would be written, left as it is."""
    if result.status != "would-rewrite":
        return result
    sites = tuple(_declined(site) for site in result.sites)
    return replace(result, status="refused", sites=sites, rewritten=result.original)


def _declined(site: Site) -> Site:
    if site.status != "rewritable":
        return site
    return replace(
        site,
        status="refused",
        refusal=refusals.declined(),
        target=None,
        layer_name=None,
        class_name=None,
        functions=(),
    )
