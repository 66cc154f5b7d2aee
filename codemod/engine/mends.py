"""Hazards that are mended, each only where the models surely stay what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from codemod.engine.interpreters import verify_options
from codemod.engine.model_runs import ModelRun, groups_of
from codemod.engine.variants import variant_finder
from codemod.engine.verdict_rules import accepted_tiers, is_accepted, why
from codemod.files.discovery import SourceFile
from codemod.files.line_lengths import line_length_at
from codemod.files.sources import Sources
from codemod.limits import MENDS_TRIED
from codemod.settings import Settings
from codemod.verdict import Verdict
from codemod.verify.records import VerifyRequest
from codemod.verify.verdicts import merged
from codemod.verify.verifier import OpenVerifier, Verifier
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.mend.mend import find_mends, fitting_mends, mended_source
from transforms.mend.mends import Mend
from transforms.plan.selection import is_selected
from transforms.plan.skips import skips_file
from transforms.port.breaks import NOT_LOADED
from transforms.port.lambda_functions import loads_layers
from transforms.sites.hazards import LEFT, MENDED, MENDED_IF_SAME
from transforms.syntax.records import Hazard
from transforms.syntax.source_text import SourceText

NOT_BUILT = "no built model runs this code; name one with --build"
CHANGES = "the models would not stay what they are: "
UNPROVED = "that needs a proof, and nothing is verified"
TOO_MANY = "others were tried before it"
_Chosen = Mapping[Path, Sequence[Mend]]


@dataclass(frozen=True, kw_only=True)
class Mended:
    """A source after its mends; ``left`` says for texts in it why they were not mended.

    The ``verdict`` is that on the mends, where there are some and they were verified.
    """

    source: bytes
    mends: tuple[Mend, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    verdict: Verdict | None = None

    @property
    def told(self) -> tuple[Hazard, ...]:
        """The mends, as the reports tell them."""
        return tuple(Hazard(mend.codes[0], mend.span, mend.message) for mend in self.mends)


def mended_sources(
    sources: Sources,
    analysis: Analysis,
    texts: Mapping[SourceFile, SourceText],
    settings: Settings,
    open_verifier: OpenVerifier,
) -> dict[Path, Mended]:
    """What becomes of each source that has hazards which can be mended.

    With fixes for Keras 3 alone these are the Lambdas that it does not load, where models are.
    """
    wanted: dict[Path, list[Mend]] = {}
    contents: dict[Path, bytes] = {}
    for file in sources.candidates:
        module = analysis.modules.get(file.path)
        if module is None or file.path in analysis.failures or skips_file(texts[file]):
            continue
        found = [
            mend
            for mend in find_mends(analysis, module, texts[file], line_length_at(file.path))
            if _is_wanted(mend, module, texts[file], settings)
        ]
        if found:
            contents[file.path] = sources.contents[file]
            wanted[file.path] = fitting_mends(sources.contents[file], found)
    if not wanted:
        return {}
    if not settings.verify:
        sure = {
            path: [mend for mend in mends if not mend.needs_proof] for path, mends in wanted.items()
        }
        return _mended(contents, wanted, sure, dict.fromkeys(_sources(wanted), UNPROVED))
    paths = [file.path for file in sources.candidates if file.path in analysis.modules]
    spans = {path: [mend.span for mend in mends] for path, mends in wanted.items()}
    groups = groups_of(
        analysis,
        list(wanted),
        settings.builds,
        paths,
        settings.capture,
        finder=variant_finder(analysis, spans),
    )
    done: dict[Path, Mended] = {}
    for group in groups:
        own = {path: wanted[path] for path in group.paths if path in wanted}
        before = {path: contents[path] for path in own}
        with open_verifier(verify_options(settings, group.paths[0]), settings.jobs) as session:
            judge = _Judge(session=session, runs=group.runs, contents=before, settings=settings)
            done |= _settled(before, own, judge)
    return done


def _is_wanted(mend: Mend, module: Module, text: SourceText, settings: Settings) -> bool:
    if "hazards" not in settings.fix and not (
        NOT_LOADED in mend.codes and loads_layers(module, text)
    ):
        return False
    return any(
        is_selected(code, mend.span, text, settings.lines, settings.codes) for code in mend.codes
    )


def _sources(mends: _Chosen) -> list[str]:
    return [mend.source for own in mends.values() for mend in own]


def _mended(
    contents: Mapping[Path, bytes],
    wanted: _Chosen,
    chosen: _Chosen,
    left: Mapping[str, str],
    verdict: Verdict | None = None,
) -> dict[Path, Mended]:
    """The sources with what was ``chosen`` of what was ``wanted``; ``left`` has the reasons."""
    return {
        path: Mended(
            source=mended_source(contents[path], chosen[path]),
            mends=tuple(sorted(chosen[path], key=lambda mend: mend.span)),
            left={mend.source: left[mend.source] for mend in wanted[path] if mend.source in left},
            verdict=verdict if chosen[path] else None,
        )
        for path in wanted
    }


@dataclass(frozen=True, kw_only=True)
class _Judgement:
    """What is wrong with mends, nothing where they can be written, and the verdict on them."""

    problem: str = ""
    verdict: Verdict | None = None


@dataclass(frozen=True, kw_only=True)
class _Judge:
    """Says what is wrong with mends: nothing where all models are proved to stay the same."""

    session: Verifier
    runs: Sequence[ModelRun]
    contents: Mapping[Path, bytes]
    settings: Settings

    def judgement(self, chosen: _Chosen) -> _Judgement:
        """Whether ``chosen`` can be written."""
        rewrites = {path: mended_source(self.contents[path], own) for path, own in chosen.items()}
        if rewrites == self.contents:
            return _Judgement()
        originals = [run.request(self.contents, self.contents) for run in self.runs]
        building = [
            replace(request, rewrites=rewrites)
            for request, probe in zip(originals, self.session.map(self.session.probe, originals))
            if probe.models
        ]
        verdicts = self.session.map(self._verdict, building)
        if not verdicts:
            return _Judgement(problem=NOT_BUILT)
        verdict = merged(verdicts)
        if is_accepted(verdict, accepted_tiers(self.settings.accept)):
            return _Judgement(verdict=verdict)
        differs = verdict.verdict in ("different", "close", "bitwise")
        return _Judgement(problem=f"{CHANGES}{why(verdict)}" if differs else why(verdict))

    def _verdict(self, request: VerifyRequest) -> Verdict:
        return self.session.verify(request, keras3=False, depth="order first")


def _settled(contents: Mapping[Path, bytes], wanted: _Chosen, judge: _Judge) -> dict[Path, Mended]:
    """The most of ``wanted`` that is proved: all together, what is sure, then one by one."""
    judged = judge.judgement(wanted)
    if not judged.problem:
        return _mended(contents, wanted, wanted, {}, judged.verdict)
    sure = {path: [mend for mend in own if not mend.needs_proof] for path, own in wanted.items()}
    judged = judge.judgement(sure)
    kept = sure if not judged.problem else {path: [] for path in wanted}
    verdict = judged.verdict
    left: dict[str, str] = {}
    others = [
        (path, mend) for path, own in wanted.items() for mend in own if mend not in kept[path]
    ]
    for path, mend in others[:MENDS_TRIED]:
        more = {**kept, path: [*kept[path], mend]}
        judged = judge.judgement(more)
        if judged.problem:
            left[mend.source] = judged.problem
        else:
            kept, verdict = more, judged.verdict
    left |= {mend.source: TOO_MANY for _, mend in others[MENDS_TRIED:]}
    return _mended(contents, wanted, kept, left, verdict)


def with_reasons(
    hazards: Sequence[Hazard], left: Mapping[str, str], text_of: Callable[[Hazard], str]
) -> tuple[Hazard, ...]:
    """``hazards`` with the reason where one was not mended that could have been."""
    return tuple(_with_reason(hazard, left, text_of(hazard)) for hazard in hazards)


def _with_reason(hazard: Hazard, left: Mapping[str, str], text: str) -> Hazard:
    for ending in (MENDED_IF_SAME, MENDED):
        if hazard.message.endswith(ending):
            reason = next((why for source, why in left.items() if text in source), None)
            if reason is not None:
                return replace(
                    hazard, message=f"{hazard.message.removesuffix(ending)}{LEFT}{reason}"
                )
    return hazard
