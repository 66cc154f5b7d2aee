"""From answers to choices: which sites of one file are rewritten, how, and which stay.

Nothing here reads from a terminal: whoever calls it gives the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from codemod.interactive.answers import Answer, Rename, Retarget
from codemod.interrupts import Ended
from transforms.plan.choices import Choices
from transforms.plan.fitting import Rewriting
from transforms.sites import refusals
from transforms.syntax.records import Site, Span, Target

Plan = Callable[[Choices], Rewriting]
"""The plan for one module with what was chosen."""
Group = tuple[Span, ...]
"""The places of sites that are rewritten together."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Whether ``sites``, which become one layer, are rewritten.

    ``before`` is the source with all that was accepted so far, ``after`` with this too.
    ``of`` is how many there are in the file as far as is known; ``complaint`` says why the last
    answer could not be followed.
    """

    number: int
    of: int
    sites: tuple[Site, ...]
    before: bytes
    after: bytes
    complaint: str = ""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What was said of one file.

    ``agreed`` is the source that was shown, ``None`` where the rest was accepted unseen.
    ``last`` is the last answer: ``"rest"`` accepts what is in the next files, ``"quit"`` leaves it.
    """

    choices: Choices
    agreed: bytes | None
    last: Answer = "yes"


def choose(
    plan: Plan,
    ask: Callable[[Question], Answer],
    targets: Collection[Target] = ("layer", "lambda"),
    last: Answer = "yes",
) -> Chosen:
    """Ask about each site, those of one layer once, in the order of the source.

    ``targets`` are those that the project can use; ``last`` is how the file before it ended.
    """
    talk = _Talk(plan=plan, targets=targets)
    number, complaint = 1, ""
    while (asked := talk.next_groups()) and last not in ("rest", "quit"):
        group = asked[0]
        try:
            answer = ask(talk.question(group, number, number + len(asked) - 1, complaint))
        except Ended:
            raise
        except KeyboardInterrupt:
            answer = "quit"
        complaint = ""
        if isinstance(answer, Retarget):
            complaint = talk.retarget(group, answer.target)
        elif isinstance(answer, Rename):
            complaint = talk.rename(group, answer.name)
        elif answer in ("all", "rest", "quit"):
            last = answer
            break
        else:
            talk.decide(group, answer == "yes")
            number += 1
    unseen = last in ("all", "rest") and bool(asked)
    if unseen:
        talk.accept_all()
    return talk.chosen(unseen, last)


class _Talk:
    """What was said so far of one file, and what can still be said."""

    def __init__(self, plan: Plan, targets: Collection[Target]) -> None:
        self._plan = plan
        self._targets = targets
        self._said = Choices()
        self._accepted: frozenset[Span] = frozenset()
        self._declined: frozenset[Span] = frozenset()
        self._plans: dict[object, Rewriting] = {}

    def next_groups(self) -> list[Group]:
        """The groups of which nothing was said, in the order of the source."""
        together = self._open().plan.together
        return sorted(group for group in together if not self._accepted.issuperset(group))

    def question(self, group: Group, number: int, of: int, complaint: str) -> Question:
        """The question about one group."""
        after = self._with(self._said, group)
        return Question(
            number=number,
            of=of,
            sites=tuple(_of(group, after)),
            before=self._with(self._said, ()).rewritten,
            after=after.rewritten,
            complaint=complaint,
        )

    def decide(self, group: Group, is_accepted: bool) -> None:
        """Accept a group, or decline it."""
        if is_accepted:
            self._accepted |= {*group}
        else:
            self._declined |= {*group}

    def accept_all(self) -> None:
        """Accept all of which nothing was said."""
        for group in self.next_groups():
            self._accepted |= {*group}

    def retarget(self, group: Group, target: Target) -> str:
        """Let a group become something else, or say why not."""
        if target not in self._targets:
            return "keras.ops is there with `--target keras3` alone, in code for Keras 3"
        said = replace(self._said, targets={**self._said.targets, **dict.fromkeys(group, target)})
        for site in _of(group, self._with(said, group)):
            if site.target != target and site.code != "KC102":
                return site.note or f"it cannot become {_article(target)} here"
        self._said = said
        return ""

    def rename(self, group: Group, name: str) -> str:
        """Call the layer of a group, or its class, ``name``, or say why not."""
        for first in group:
            said = replace(self._said, names={**self._said.names, first: name})
            sites = [*_of(group, self._with(said, group))]
            if any(name in (site.class_name, site.layer_name) for site in sites):
                self._said = said
                return ""
            if any(f"{name}2" in (site.class_name, site.layer_name) for site in sites):
                return f"`{name}` is taken"
        if name[0].isupper():
            return f"it has no class of its own that could be called `{name}`"
        return f"its layers are named by their class, or by your code, not `{name}`"

    def chosen(self, unseen: bool, last: Answer) -> Chosen:
        """What the answers come to."""
        left = dict.fromkeys(self._declined, refusals.declined())
        undecided = [span for group in self.next_groups() for span in group]
        left |= dict.fromkeys(undecided, refusals.undecided())
        refused = {site.span for site in self._open().plan.sites if site.status == "refused"}
        choices = replace(
            self._said,
            accepted=self._accepted,
            left={span: why for span, why in left.items() if span not in self._accepted},
            refused=frozenset(refused - self._declined),
        )
        agreed = None if unseen else self._planned(choices).rewritten
        return Chosen(choices=choices, agreed=agreed, last=last)

    def _open(self) -> Rewriting:
        """The plan that accepts all but what was declined."""
        left = dict.fromkeys(self._declined, refusals.declined())
        return self._planned(replace(self._said, left=left))

    def _with(self, said: Choices, group: Group) -> Rewriting:
        """The plan for what was accepted, and for ``group``."""
        return self._planned(replace(said, accepted=self._accepted | {*group}))

    def _planned(self, choices: Choices) -> Rewriting:
        """The plan for ``choices``, made once: after a yes it is the one that was shown."""
        key = (
            choices.accepted,
            frozenset(choices.left),
            choices.refused,
            frozenset(choices.targets.items()),
            frozenset(choices.names.items()),
        )
        if key not in self._plans:
            self._plans[key] = self._plan(choices)
        return self._plans[key]


def _of(group: Group, rewriting: Rewriting) -> Iterator[Site]:
    for site in rewriting.plan.sites:
        if site.span in group and site.status == "rewritable":
            yield site


def _article(target: Target) -> str:
    return {"layer": "a layer", "lambda": "a Lambda", "ops": "functions of keras.ops"}[target]
