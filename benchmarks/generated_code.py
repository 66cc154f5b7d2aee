"""What stands in generated classes, counted: the patterns that a reader of the code stumbles over.

``python -m benchmarks.generated_code [FILE...]`` prints a table over rewritten files, by default
over the fixtures as they are rewritten with ``--to layer``.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

FIXTURES = Path(__file__).parents[1] / "fixtures"
REGISTER = "register_keras_serializable"
NUMBERED = re.compile(r"[a-z_]\d+$")
# An op itself may end in a number.
OWN_NUMBERS = re.compile(r"(Relu6|Log1p|Pool2d|Expm1)$")
UNNAMED = re.compile(r"(value|tensor)(_\d+)?$")


def generated_classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """The classes that a rewrite adds: registered layers without a ``build`` of their own."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(
            REGISTER in ast.unparse(decorator) for decorator in node.decorator_list
        ):
            methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
            if methods <= {"__init__", "call", "get_config"} and "call" in methods:
                yield node


def patterns_of(made: ast.ClassDef) -> Iterator[str]:
    """The patterns that one class shows."""
    yield "classes"
    methods = {part.name: part for part in made.body if isinstance(part, ast.FunctionDef)}
    call = methods["call"]
    if NUMBERED.search(made.name) and not OWN_NUMBERS.search(made.name):
        yield "numbered class name"
    if made.name.endswith("Op"):
        yield "class name that ends in Op"
    docstring = ast.get_docstring(made) or ""
    if docstring.startswith("Applies") and docstring.count(",") >= 1:
        yield "docstring that lists ops"
    if len(call.body) == 1:
        yield "one statement in call"
    if _returns_last(call):
        yield "assigns, then returns the same name"
    if "__init__" in methods:
        arguments = methods["__init__"].args.args[1:]
        if not arguments:
            yield "__init__ without arguments"
        yield from _patterns_of_arguments([argument.arg for argument in arguments])
    names = {node.arg for node in ast.walk(call) if isinstance(node, ast.arg)}
    names |= {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
    if any(UNNAMED.match(name) and name.startswith("tensor") for name in names):
        yield "input called tensor"
    config = methods.get("get_config")
    if config is not None and (config.end_lineno or 0) - config.lineno > 1:
        yield "get_config of several lines"


def _patterns_of_arguments(names: list[str]) -> Iterator[str]:
    if any(UNNAMED.match(name) for name in names):
        yield "parameter value"
    if any(NUMBERED.search(name) for name in names):
        yield "numbered parameter"
    if any(len(name) == 1 for name in names):
        yield "parameter of one letter"
    if any(name.endswith("_dtype") for name in names):
        yield "array or tensor in the constructor"


def _returns_last(call: ast.FunctionDef) -> bool:
    match call.body[-2:]:
        case [ast.Assign(targets=[ast.Name(id=name)]), ast.Return(value=ast.Name(id=returned))]:
            return name == returned
    return False


def count_patterns(paths: Iterable[Path]) -> Counter[str]:
    """The patterns in the generated classes of ``paths``, and the lines that these take."""
    counts: Counter[str] = Counter()
    for path in paths:
        source = path.read_bytes()
        for made in generated_classes(ast.parse(source)):
            counts.update(patterns_of(made))
            first = made.decorator_list[0].lineno
            lines = source.splitlines()[first - 1 : made.end_lineno]
            counts["lines of classes"] += sum(bool(line.strip()) for line in lines)
    return counts


def main() -> None:
    """Print the table."""
    paths = [Path(name) for name in sys.argv[1:]] or sorted(FIXTURES.glob("*/after_layer.py"))
    for pattern, count in count_patterns(paths).most_common():
        print(f"{count:6} {pattern}")


if __name__ == "__main__":
    main()
