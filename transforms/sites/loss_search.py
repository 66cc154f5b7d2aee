"""The search for losses and metrics of models that a layer before the model can add.

The model is made in the same suite, and what the losses are made of is there before it and read by
nothing else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from transforms.sites.added_losses import AddedLosses, Addition, first_output
from transforms.sites.raw_expressions import RawExpression
from transforms.sites.run_statements import RunStatement, names_defined, run_statement
from transforms.syntax.accesses import is_access
from transforms.syntax.cells import in_cells
from transforms.syntax.liveness import NO_NAMES, Names, names_may_bind, names_read
from transforms.syntax.naming import metric_attribute
from transforms.syntax.nodes import lines_of, walk

# What needs no escape in a string, and has letters for the name of an attribute.
_PLAIN = re.compile(r"[A-Za-z][\w ./-]*", re.ASCII)
# A loss that is called so is named after its model.
SAY_LITTLE = frozenset({"loss", "losses", "total_loss"})
# What may be done with a model before it is given its losses: nothing of it sees them.
HARMLESS = frozenset({"add_loss", "add_metric", "compile", "get_layer", "load_weights", "summary"})

# What may be called before the model is made all the same.
HARMLESS_FUNCTIONS = frozenset({"float", "int", "len", "print"})


def find_added_losses(
    expressions: Sequence[RawExpression],
    live: Mapping[ast.stmt, Names],
    borders: Sequence[int] = (),
) -> list[AddedLosses]:
    """The losses and metrics among ``expressions`` whose layers can stand before their models.

    None moves over one of the lines ``borders``.
    """
    by_statement: dict[ast.stmt, list[RawExpression]] = {}
    for expression in expressions:
        by_statement.setdefault(expression.statement, []).append(expression)
    blocks = {expression.place.block for expression in expressions}
    found: list[AddedLosses] = []
    parts = [part for block in blocks for part in in_cells(block, borders) if part]
    for block in sorted(parts, key=lambda part: part[0].lineno):
        additions: dict[str, list[Addition]] = {}
        for statement in block:
            if (addition := _addition(statement)) is not None:
                additions.setdefault(addition.model, []).append(addition)
        for given in additions.values():
            added = _added(block, given, by_statement, live)
            if added is not None:
                found.append(added)
    return found


def _added(
    block: Sequence[ast.stmt],
    given: Sequence[Addition],
    by_statement: Mapping[ast.stmt, Sequence[RawExpression]],
    live: Mapping[ast.stmt, Names],
) -> AddedLosses | None:
    """The layer before the model, or before the first addition, where the model may be made too."""
    search = _Search(block, given, by_statement, live)
    added = search.added()
    if added is not None:
        return added
    moved = search.with_model_moved()
    added = None if moved is None else _Search(moved, given, by_statement, live).added()
    return None if added is None else replace(added, moved=True)


def _addition(statement: ast.stmt) -> Addition | None:
    """What ``model.add_loss(loss)`` or ``model.add_metric(value, name="…")`` gives a model."""
    match statement:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=owner, attr="add_loss" | "add_metric" as method),
                args=[value, *names],
                keywords=keywords,
            )
        ) if is_access(owner) and not isinstance(value, (ast.Lambda, ast.Starred)):
            model = ast.unparse(owner)
        case _:
            return None
    if model == "self":
        return None
    given = {keyword.arg: keyword.value for keyword in keywords}
    if method == "add_loss":
        plain = not names and not given
        return Addition(node=statement, model=model, value=value) if plain else None
    named = [*names, given.pop("name", None)][0]
    aggregation = given.pop("aggregation", ast.Constant("mean"))
    match named, aggregation:
        case ast.Constant(value=str(name)), ast.Constant(value="mean") if not given and (
            _PLAIN.fullmatch(name)
        ):
            return Addition(node=statement, model=model, value=value, metric=name)
    return None


@dataclass(frozen=True)
class _Search:
    """The search for the layer of the losses and metrics that one model is given in a suite."""

    block: Sequence[ast.stmt]
    additions: Sequence[Addition]
    by_statement: Mapping[ast.stmt, Sequence[RawExpression]]
    live: Mapping[ast.stmt, Names]

    def added(self) -> AddedLosses | None:
        """The layer, which computes as much as it can; None where there can be none."""
        model = self._made()
        output = None if model is None else first_output(model)
        adding = [one for one in map(self._adding, self.additions) if one is not None]
        if model is None or output is None or not self._are_metrics_apart():
            return None
        if len(adding) < len(self.additions):
            return None
        outside: set[ast.stmt] = set()
        while True:
            computing = self._computing(model, outside)
            if computing is None:
                return None
            run = sorted([*computing, *adding], key=lambda statement: statement.node.lineno)
            more = self._seen_elsewhere(model, run)
            if not more:
                break
            outside |= more
        nested = self._nested(model, output, run)
        if nested is None or not self._may_move(model, run):
            return None
        return AddedLosses(
            statements=tuple(run),
            outputs=(ast.unparse(output),),
            model=model,
            name=self._name(),
            additions=tuple(self.additions),
            nested=nested,
        )

    def _are_metrics_apart(self) -> bool:
        names = [metric_attribute(one.metric) for one in self.additions if one.metric is not None]
        return len(set(names)) == len(names)

    def _name(self) -> str:
        losses = [one.value for one in self.additions if one.metric is None]
        if len(losses) == 1 and isinstance(losses[0], ast.Name):
            name = losses[0].id
            if name not in SAY_LITTLE and all(name != one.metric for one in self.additions):
                return name
        model = self.additions[0].model.rpartition(".")[2]
        word = "metrics" if not losses else "loss" if len(losses) == 1 else "losses"
        return f"{model}_{word}"

    def _made(self) -> ast.Assign | None:
        """The statement that makes the model, if it is the last one that binds its name."""
        model = self.additions[0].model
        root = model.partition(".")[0]
        for node in reversed(self.block[: self.block.index(self.additions[0].node)]):
            match node:
                case ast.Assign(targets=[target], value=ast.Call(func=function)) if (
                    ast.unparse(target) == model
                ):
                    name = getattr(function, "attr", getattr(function, "id", ""))
                    return node if name == "Model" else None
            if root in names_may_bind(node) or any(
                isinstance(inner, (ast.Attribute, ast.Subscript))
                and not isinstance(inner.ctx, ast.Load)
                and ast.unparse(inner) == model
                for inner in walk(node)
            ):
                return None
        return None

    def with_model_moved(self) -> Sequence[ast.stmt] | None:
        """The suite with the model made right before its first loss; None where that is seen.

        What stands between must not read the model, bind what it is made of, or call what may make
        another one, whose name would count otherwise.
        """
        model = self._made()
        if model is None:
            return None
        place, first = (self.block.index(node) for node in (model, self.additions[0].node))
        between = self.block[place + 1 : first]
        root = self.additions[0].model.partition(".")[0]
        made_of = names_read(model.value)
        for node in between:
            bound = names_may_bind(node)
            if root in names_read(node) | bound or bound & made_of or self._may_make(node):
                return None
        own = {*between, model}
        rest = [node for node in self.block[first:] if node not in own]
        return [*self.block[:place], *between, model, *rest]

    def _may_make(self, node: ast.stmt) -> bool:
        """Whether ``node`` calls more than raw ops and what shows something."""
        inner = [part for part in walk(node) if isinstance(part, ast.stmt)]
        roots = [one.root for part in inner for one in self.by_statement.get(part, ())]
        known = {part for root in roots for part in walk(root)}
        calls = [part for part in walk(node) if isinstance(part, ast.Call) and part not in known]
        return any(getattr(call.func, "id", "") not in HARMLESS_FUNCTIONS for call in calls)

    def _adding(self, addition: Addition) -> RunStatement | None:
        """The statement of ``addition``, whose value is a name or one raw expression."""
        expressions = tuple(self.by_statement.get(addition.node, ()))
        if isinstance(addition.value, ast.Name) and not expressions:
            return RunStatement(node=addition.node, expressions=(), defines=NO_NAMES)
        if len(expressions) != 1 or expressions[0].root is not addition.value:
            return None
        only = expressions[0]
        if only.refusal is not None or only.operands.functions:
            return None
        # Operands that are computed where the layer is called stand before the model then.
        if any(not is_access(part) and names_read(part) for part in only.operands.symbolic):
            return None
        return RunStatement(node=addition.node, expressions=expressions, defines=NO_NAMES)

    def _computing(self, model: ast.stmt, outside: set[ast.stmt]) -> list[RunStatement] | None:
        """The statements that the values are made of; those of ``outside`` are left where they are.

        None where one that stands behind the model is not made of raw ops alone.
        """
        chosen: list[RunStatement] = []
        wanted: set[str] = set()
        by_node = {one.node: one for one in self.additions}
        place = self.block.index(model)
        last = max(self.block.index(node) for node in by_node)
        for index in range(last, -1, -1):
            node = self.block[index]
            if node in by_node:
                wanted |= self._read_by(by_node[node].value, node)
            bound = names_may_bind(node)
            if node is model or not bound & wanted:
                continue
            statement = None
            if node not in outside:
                statement = run_statement(node, self.by_statement.get(node, []))
            if statement is None or not statement.expressions or statement.private:
                if index > place:
                    return None
                # It stands before the model, and so does what it is made of.
                wanted -= bound
                continue
            chosen.insert(0, statement)
            if not isinstance(node, ast.AugAssign):
                wanted -= statement.defines
            wanted |= self._read_by(node, node)
        return chosen

    def _read_by(self, value: ast.AST, statement: ast.stmt) -> Names:
        """The names that ``value`` reads, but for losses that the layer makes itself."""
        made = {
            name.id
            for expression in self.by_statement.get(statement, ())
            for name, behind in expression.operands.inlined.items()
            if isinstance(name, ast.Name) and isinstance(behind, ast.Call)
        }
        return names_read(value) - made

    def _seen_elsewhere(self, model: ast.stmt, run: Sequence[RunStatement]) -> set[ast.stmt]:
        """Statements before the model that must stay there.

        Others read what they define, or hold raw ops of their own and stand behind them.
        """
        place = self.block.index(model)
        last = self.block.index(run[-1].node)
        own = {statement.node for statement in run}
        stay: set[ast.stmt] = set()
        for statement in run:
            index = self.block.index(statement.node)
            if index > place:
                continue
            others = [node for node in self.block[index + 1 : last] if node not in own]
            read = self.live[run[-1].node].union(*map(names_read, others))
            mixed = any(self.by_statement.get(node) for node in others)
            if mixed or statement.defines & read:
                stay.add(statement.node)
        return stay

    def _nested(
        self, model: ast.Assign, output: ast.expr, run: Sequence[RunStatement]
    ) -> bool | None:
        """Whether the layer's call stands in that of the model; None where it can stand nowhere.

        Where the output is read again it stays what it is. Assigning it again must not make a
        local name of a global one. An attribute stays what it is for all who read it.
        """
        if not isinstance(output, ast.Name):
            return True
        before = self.block[: self.block.index(model)]
        bound_before = NO_NAMES.union(*map(names_may_bind, before))
        if output.id in names_defined(run):
            return None
        others = self._others(model, run)
        seen = self.live[run[-1].node].union(*map(names_read, others))
        return output.id in seen or output.id not in bound_before

    def _others(self, model: ast.stmt, run: Sequence[RunStatement]) -> list[ast.stmt]:
        """The statements behind the model, up to the last of ``run``, that are not of it."""
        own = {statement.node for statement in run}
        first, last = self.block.index(model), self.block.index(run[-1].node)
        return [node for node in self.block[first + 1 : last] if node not in own]

    def _may_move(self, model: ast.Assign, run: Sequence[RunStatement]) -> bool:
        """Whether ``run`` computes the same where the model is made, and nobody else sees it."""
        block = self.block
        place, last = block.index(model), block.index(run[-1].node)
        start = min(place, block.index(run[0].node))
        own = {statement.node: statement for statement in run}
        region = block[start : last + 1]
        others = [node for node in region if node not in own]
        name = self.additions[0].model
        if (
            not any(statement.expressions for statement in run)
            or any(self.by_statement.get(node) for node in others)
            or not _stand_alone(region)
            or any(_sees_more(node, name) for node in others if node is not model)
        ):
            return False
        values = {one.node: one.value for one in self.additions}
        defined: Names = NO_NAMES
        for node in region:
            if node not in own:
                if names_read(node) & defined:
                    return False
                continue
            computed = values.get(node, node)
            low, high = sorted((block.index(node), place))
            over = [one for one in block[low : high + 1] if one not in own]
            moved_over = NO_NAMES.union(*map(names_may_bind, over))
            if (self._read_by(computed, node) - defined) & moved_over or _reads_what_is_set(
                computed, over
            ):
                return False
            defined |= own[node].defines
        return not defined & self.live[run[-1].node]


def _reads_what_is_set(node: ast.AST, statements: Sequence[ast.stmt]) -> bool:
    """Whether ``node`` reads an attribute or item that one of ``statements`` sets."""
    kinds = (ast.Attribute, ast.Subscript)
    parts = [part for statement in statements for part in walk(statement)]
    targets = {
        ast.unparse(part)
        for part in parts
        if isinstance(part, kinds) and not isinstance(part.ctx, ast.Load)
    }
    return bool(targets) and any(
        ast.unparse(part) in targets for part in walk(node) if isinstance(part, kinds)
    )


def _sees_more(node: ast.stmt, model: str) -> bool:
    """Whether ``node`` may see that the model has not been given its losses yet."""
    parts = walk(node)
    harmless = {
        part.value for part in parts if isinstance(part, ast.Attribute) and part.attr in HARMLESS
    }
    return any(
        isinstance(part, (ast.Name, ast.Attribute))
        and part not in harmless
        and ast.unparse(part) == model
        for part in parts
    )


def _stand_alone(nodes: Sequence[ast.stmt]) -> bool:
    """Whether each statement has lines of its own, and no text over several of them."""
    lines = [line for node in nodes for line in lines_of(node)]
    apart = len(set(lines)) == len(lines)
    texts = [item for node in nodes for item in walk(node) if isinstance(item, ast.Constant)]
    return apart and not any(
        isinstance(item.value, (str, bytes)) and item.end_lineno != item.lineno for item in texts
    )
