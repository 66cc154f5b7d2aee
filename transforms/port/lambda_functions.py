"""Functions of ``Lambda`` layers, which Keras 3 finds by a registered name alone.

Keras 2 saves their code. Keras 3.15.1 saves a name, and neither loads nor clones a model whose
function is not registered: "Could not locate function". Registering changes nothing in Keras 2.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from transforms.interpret.parsed import Parsed
from transforms.knowledge.keras_names import is_layer_class, keras_path, last_part
from transforms.port.breaks import NOT_LOADED, Break, Source, found
from transforms.port.calls import argument, text_of
from transforms.port.edits import start_of, written_at
from transforms.syntax.nodes import walk
from transforms.syntax.source_text import SourceText

_LOADING = frozenset(
    {"load_model", "clone_model", "model_from_json", "model_from_config", "from_config"}
)


def loads_layers(parsed: Parsed, text: SourceText) -> bool:
    """Whether a module saves, loads or clones models: their layers are made again then."""
    names = {"save", *_LOADING}
    return bool(parsed.attributes & names) or any(name in text.text for name in _LOADING)


def find_lambda_functions(source: Source) -> Iterator[Break]:
    """The functions of ``Lambda`` layers of ``source`` that are saved or cloned, and not found."""
    if not loads_layers(source.parsed, source.text):
        return
    named: set[str] | None = None
    done: set[ast.AST] = set()
    for call, dotted in source.calls:
        if dotted is None or not is_layer_class(dotted) or last_part(dotted) != "Lambda":
            continue
        function = argument(call, "function", 0)
        defined = None if function is None else source.kinds.definition(function)
        if function is None or not isinstance(defined, ast.FunctionDef) or defined in done:
            continue
        done.add(defined)
        if defined not in source.parsed.tree.body or _is_registered(source, defined):
            continue
        named = _named(source) if named is None else named
        if named is not None and defined.name in named:
            continue
        name = defined.name
        message = (
            f"Keras 3 loads and clones no Lambda with `{name}`, which is not registered: decorate"
            " it with keras.utils.register_keras_serializable"
        )
        quote = "'" if source.text.text.count("'") > source.text.text.count('"') else '"'
        package = re.sub(r"\W", "_", source.name) or "custom"
        edits = written_at(
            source,
            start_of(source, defined.decorator_list[0] if defined.decorator_list else defined),
            "tensorflow.keras.utils.register_keras_serializable",
            f"(package={quote}{package}{quote})\n",
            first="@",
        )
        yield found(source, NOT_LOADED, function, message, () if defined.decorator_list else edits)


def _is_registered(source: Source, function: ast.FunctionDef) -> bool:
    return any("register" in source.text.text_of(item) for item in function.decorator_list)


def _named(source: Source) -> set[str]:
    """The names in the ``custom_objects`` of the module, whatever they are given to."""
    names: set[str] = set()
    for call, dotted in source.calls:
        path = last_part(keras_path(dotted or "") or "")
        given = argument(call, "custom_objects", 1 if path == "load_model" else None)
        is_scope = path.lower() in {"customobjectscope", "custom_object_scope"}
        given = argument(call, "objects", 0) if given is None and is_scope else given
        for part in () if given is None else walk(given):
            names |= {text_of(part) or ""}
    return names
