"""Texts that name the layer which Keras 2 makes of a raw op: ``get_layer("tf.nn.relu")``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.records import Hazard
from transforms.syntax.source_text import SourceText

NAMED = "KC210"
# "tf.math.add_1", "val_tf.nn.softmax_loss", "tf.nn." and "^tf\.nn"; "tf_op_layer_Relu" up to
# TensorFlow 2.3.
GIVEN_NAME = re.compile(r"\^?(val_)?(tf\\?\.([a-z_][\w.\\]*)?|tf_op_layer\w*|__operators__)$")
MESSAGE = (
    "`{}` names a layer that Keras 2 makes of a raw op: a rewrite without verification gives it "
    "another name, one with verification keeps the names that code uses, or tells them"
)


def names_said(
    analysis: Analysis, module: Module, text: SourceText, replaced: Iterable[RawExpression]
) -> Iterator[Hazard]:
    """Where ``module`` says such a name, if ops are ``replaced`` in it or raw ops in others.

    The names that layers of its own are given are none, and so are texts that stand alone.
    """
    said = [node for node in module.all_of(ast.Constant) if _is_name_of_a_layer(node.value)]
    is_other = any(path != module.path for path in analysis.with_ops)
    if not said or not (is_other or any(True for _ in replaced)):
        return
    left = {
        node.value
        for node in module.nodes
        if isinstance(node, ast.Expr) or (isinstance(node, ast.keyword) and node.arg == "name")
    }
    for node in said:
        if node not in left:
            yield Hazard(NAMED, text.span(node), MESSAGE.format(node.value))


def _is_name_of_a_layer(value: object) -> bool:
    return isinstance(value, str) and GIVEN_NAME.match(value) is not None
