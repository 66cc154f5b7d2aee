"""``K.function``, which Keras 3 has not: a model of the same inputs and outputs gives the same.

In eager Keras 2 it makes that model and calls it; what it gives are NumPy arrays.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.interpret.imports import reference
from transforms.knowledge.keras3_names import fate_of
from transforms.knowledge.keras_names import keras_path
from transforms.port.breaks import NAME, Break, Source, found
from transforms.port.names import message_of
from transforms.syntax.nodes import walk
from transforms.syntax.records import Edit, InsertImport, ReplaceText


def find_backend_functions(source: Source) -> Iterator[Break]:
    """The calls of ``K.function`` of ``source`` that a model can stand for."""
    for call, dotted in source.calls:
        if dotted is None or keras_path(dotted) != "backend.function":
            continue
        fate = fate_of(dotted)
        if fate is not None and (edits := _edits(source, call)):
            yield found(source, NAME, call.func, message_of(dotted, fate), edits)


def _edits(source: Source, call: ast.Call) -> tuple[Edit, ...]:
    if len(call.args) != 2 or call.keywords or any(map(_reads_phase, walk(call))):
        return ()
    inputs, outputs = call.args
    kind = source.kinds.of(outputs)
    is_list = isinstance(outputs, ast.List | ast.ListComp) or kind == "many tensor"
    if not is_list and kind != "tensor":
        return ()
    names = ["tensorflow.keras.Model", *(["tensorflow.nest.flatten"] if is_list else [])]
    given = [reference(source.parsed.imports, [name]) for name in names]
    text = source.text.text_of
    result = "model(values).numpy()"
    if is_list:
        result = f"[value.numpy() for value in {given[1].expression}(model(values))]"
    made = f"{given[0].expression}({text(inputs)}, {text(outputs)})"
    written = f"lambda values, model={made}: {result}"
    needed = (InsertImport(one.needed_import) for one in given if one.needed_import is not None)
    span = source.text.span(call)
    rest = source.text.lines[span.end_line - 1][span.end_column :].lstrip()
    if rest.startswith(("(", "[", ".")):
        written = f"({written})"
    return (ReplaceText(span, written), *needed)


def _reads_phase(node: ast.AST) -> bool:
    name = getattr(node, "attr", getattr(node, "id", ""))
    return name in {"learning_phase", "symbolic_learning_phase"}
