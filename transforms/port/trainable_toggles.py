"""``model.trainable`` that changes after ``compile``: the usual way to write a GAN.

Keras 2 keeps to what was trainable when ``compile`` was called. Keras 3 looks when the model first
trains (seen with 3.15.1): a discriminator that is frozen for the combined model never learns.
So each model gets the state that it was compiled with before it trains, which Keras 2 ignores.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from transforms.knowledge.keras3_members import TRAINING_METHODS
from transforms.port.breaks import SILENT, Break, Source, found
from transforms.port.calls import argument
from transforms.syntax.nodes import walk
from transforms.syntax.records import Edit, ReplaceText, Span


@dataclass(kw_only=True)
class _Suite:
    """What the statements of a function or module do in turn; owners are their sources."""

    state: dict[str, bool] = field(default_factory=dict)
    # What each model was compiled with, of what had been set and was set later.
    compiled: dict[str, dict[str, bool]] = field(default_factory=dict)
    # What models and tensors are made of.
    parts: dict[str, set[str]] = field(default_factory=dict)
    late: list[tuple[ast.Assign, str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Trained:
    """A statement that trains ``model``, with what is done before it.

    ``before`` is the model that a statement before it trains, ``set_before`` what is set right
    before it.
    """

    statement: ast.stmt
    model: str
    before: str | None
    set_before: frozenset[str]

    @property
    def follows(self) -> bool:
        """Whether the same model has just been trained."""
        return self.before == self.model and not self.set_before


_Root = ast.Module | ast.FunctionDef


def find_toggles(source: Source) -> Iterator[Break]:
    """What sets ``trainable`` in ``source`` behind a ``compile`` that it should not touch."""
    if not {"trainable", "compile"} <= source.parsed.attributes:
        return
    roots: list[_Root] = [source.parsed.tree, *source.all_of(ast.FunctionDef)]
    for root in roots:
        suite = _run(root.body)
        owners = list(dict.fromkeys(_owner(node) for node, _ in suite.late))
        trained = list(_trained(source, root, suite.compiled)) if owners else []
        if trained and all(one.follows or set(owners) <= one.set_before for one in trained):
            # The code sets what it needs each time.
            continue
        edits = _edits(source, root, suite, owners, trained) if owners else ()
        for node, model in suite.late:
            owner = _owner(node)
            message = (
                f"`{model}` was compiled before this: Keras 2 trains `{owner}` in it as it was"
                " then, Keras 3 as it is when it first trains; set `trainable` before each"
                " train_on_batch"
            )
            yield found(source, SILENT, node, message, edits)


def _owner(node: ast.Assign) -> str:
    return ast.unparse(node.targets[0]).removesuffix(".trainable")


def _run(body: Sequence[ast.stmt]) -> _Suite:
    suite = _Suite()
    for statement in body:
        for call in _calls(statement):
            _call(suite, statement, call)
        match statement:
            case ast.Assign(
                targets=[ast.Attribute(value=owner, attr="trainable")],
                value=ast.Constant(value=bool(value)),
            ):
                _set(suite, statement, ast.unparse(owner), value)
    return suite


def _calls(statement: ast.stmt) -> list[ast.Call]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return []
    return [node for node in walk(statement) if isinstance(node, ast.Call)]


def _call(suite: _Suite, statement: ast.stmt, call: ast.Call) -> None:
    owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    name = getattr(call.func, "attr", "")
    if name == "compile":
        suite.compiled[owner] = dict(suite.state)
        # It is compiled anew, with what was set by then.
        suite.late = [(node, one) for node, one in suite.late if one != owner]
    made = ast.unparse(statement.targets[0]) if isinstance(statement, ast.Assign) else ""
    made = owner if name == "add" else made
    if made:
        inside = [part for part in walk(call) if isinstance(part, ast.Name | ast.Attribute)]
        names = {ast.unparse(part) for part in inside}
        parts = names.union(*(suite.parts.get(name, set()) for name in names))
        suite.parts.setdefault(made, set()).update(parts)


def _set(suite: _Suite, node: ast.Assign, owner: str, value: bool) -> None:
    before = suite.state.get(owner, True)
    suite.state[owner] = value
    of_this = False
    for model, then in suite.compiled.items():
        then.setdefault(owner, before)
        is_part = owner == model or owner in suite.parts.get(model, set())
        if is_part and then[owner] != value and not of_this:
            suite.late.append((node, model))
            of_this = True


def _edits(
    source: Source,
    root: _Root,
    suite: _Suite,
    owners: Sequence[str],
    trained: Sequence[_Trained],
) -> tuple[Edit, ...]:
    """The edits that set what the models were compiled with before each of them trains."""
    if not _is_all_known(source, root, owners):
        return ()
    if {one.model for one in trained} != set(suite.compiled):
        return ()
    edits: list[Edit] = []
    for one in trained:
        span = source.text.span(one.statement)
        indent = source.text.lines[span.line - 1][: span.column]
        if indent.strip():
            return ()
        states = [suite.compiled[one.model].get(owner, True) for owner in owners]
        last = suite.compiled.get(one.before or "", {})
        if one.before is None or states != [last.get(owner, True) for owner in owners]:
            lines = (
                f"{owner}.trainable = {state}\n{indent}" for owner, state in zip(owners, states)
            )
            place = Span(span.line, span.column, span.line, span.column)
            edits.append(ReplaceText(place, "".join(lines)))
    return tuple(edits)


def _is_all_known(source: Source, root: _Root, owners: Sequence[str]) -> bool:
    """Whether nothing but ``owners``, and these in the suite alone, is frozen or not."""
    own = set(root.body)
    for node in source.all_of(ast.Assign):
        set_here = [ast.unparse(target) for target in node.targets if _is_trainable(target)]
        if set_here and (node not in own or _owner(node) not in owners):
            return False
    given = (argument(call, "trainable") for call, _ in source.calls)
    return all(one is None for one in given)


def _is_trainable(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "trainable"


def _trained(source: Source, root: _Root, compiled: Mapping[str, object]) -> Iterator[_Trained]:
    """The statements that train one of the models ``compiled``."""
    for node in walk(_reach(source, root)):
        for block in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            before: str | None = None
            set_before: set[str] = set()
            for statement in block if isinstance(block, list) else ():
                if isinstance(statement, ast.Assign) and _is_trainable(statement.targets[0]):
                    set_before.add(_owner(statement))
                    continue
                models = _models_in(source, root, statement, compiled)
                if models and not hasattr(statement, "body"):
                    yield _Trained(
                        statement=statement,
                        model=models[0],
                        before=before,
                        set_before=frozenset(set_before),
                    )
                    before = models[0] if len(models) == 1 else None
                elif models:
                    before = None
                set_before = set()


def _reach(source: Source, root: _Root) -> ast.AST:
    """Where the models of a suite are seen: those of a method in its class."""
    scope = source.scoped.of_node.get(root)
    return scope.node if scope is not None else root


def _models_in(
    source: Source,
    root: _Root,
    statement: ast.stmt,
    compiled: Mapping[str, object],
) -> list[str]:
    """The models that ``statement`` trains; more than one where it is not told which."""
    models: list[str] = []
    for call in _calls(statement):
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr not in TRAINING_METHODS:
            continue
        owner = ast.unparse(function.value)
        if owner in compiled and _is_same(source, root, function.value):
            models.append(owner)
    return list(dict.fromkeys(models))


def _is_same(source: Source, root: _Root, node: ast.expr) -> bool:
    """Whether the name at the start of ``node`` is bound where the suite binds it."""
    while isinstance(node, ast.Attribute):
        node = node.value
    if not isinstance(node, ast.Name):
        return False
    if source.kinds.is_self(node):
        return True
    scope = source.scoped.of_node.get(node)
    found = scope.lookup(node.id) if scope is not None else None
    return found is not None and found[0].node is root
