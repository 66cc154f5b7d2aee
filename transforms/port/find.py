"""What stops a module under Keras 3, or changes there, beside its raw ops."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from transforms.interpret.parsed import Parsed
from transforms.port.arguments import find_arguments
from transforms.port.backend_functions import find_backend_functions
from transforms.port.breaks import Break, Source
from transforms.port.classes import find_in_classes
from transforms.port.foreign import find_foreign
from transforms.port.h5_files import find_in_h5_files
from transforms.port.inputs_of_models import find_inputs_of_models
from transforms.port.kinds import kinds_of
from transforms.port.lambda_functions import find_lambda_functions
from transforms.port.masks import find_in_masks
from transforms.port.masks_lost import find_lost_masks
from transforms.port.members import find_members
from transforms.port.metric_functions import find_metric_functions
from transforms.port.monitors import find_monitors
from transforms.port.names import find_names
from transforms.port.output_specs import find_output_specs
from transforms.port.scopes import scopes_of
from transforms.port.shapes_of_results import find_shapes_of_results
from transforms.port.targets import find_targets_by_name
from transforms.port.trainable_toggles import find_toggles
from transforms.port.training_given import find_training_given
from transforms.port.uses import find_uses
from transforms.port.values import find_values
from transforms.syntax.source_text import SourceText

FINDERS: tuple[Callable[[Source], Iterator[Break]], ...] = (
    find_names,
    find_arguments,
    find_members,
    find_in_classes,
    find_in_masks,
    find_values,
    find_uses,
    find_foreign,
    find_in_h5_files,
    find_training_given,
    find_toggles,
    find_monitors,
    find_inputs_of_models,
    find_lost_masks,
    find_lambda_functions,
    find_output_specs,
    find_backend_functions,
    find_metric_functions,
    find_shapes_of_results,
    find_targets_by_name,
)


def source_of(
    parsed: Parsed, text: SourceText, symbolic: Callable[[ast.AST], bool], name: str = ""
) -> Source:
    """What the finders look at."""
    scoped = scopes_of(parsed.tree)
    kinds = kinds_of(parsed.all_of(ast.Call), scoped, symbolic)
    return Source(parsed=parsed, text=text, scoped=scoped, kinds=kinds, name=name)


def find_breaks(
    parsed: Parsed,
    text: SourceText,
    symbolic: Callable[[ast.AST], bool] = lambda node: False,
    name: str = "",
) -> list[Break]:
    """The findings of a module in the order of the source; ``symbolic`` says what is a tensor.

    ``name`` is that of the module.

    A module that names neither Keras nor TensorFlow has none.
    """
    if "keras" not in text.text and "tensorflow" not in text.text:
        return []
    source = source_of(parsed, text, symbolic, name)
    found = [item for finder in FINDERS for item in finder(source)]
    unique = {(item.code, item.span, item.message): item for item in found}
    return sorted(unique.values(), key=lambda item: (item.span, item.code))
