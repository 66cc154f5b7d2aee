"""The analysis ends, whatever the code: all work counts, and what was not looked at is told."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.interpret.test_analysis_patterns import analysed, found
from transforms.interpret import limits
from transforms.interpret.limits import PLACES
from transforms.interpret.symbolic import analyse

CHAIN = """
import tensorflow as tf
from tensorflow import keras

class Chain:
    def __init__(self, stages):
        self.stages = []
        for stage in stages:
            self.stages.append(stage)

    def __call__(self, *values):
        values = self.stages[0](*values)
        for stage in self.stages[1:]:
            values = stage(*values) if isinstance(values, tuple) else stage(values)
        return values

CHAINS = []
SEEN = []
"""
STAGE = """
class Stage{number}:
    def __init__(self, seen):
        self.seen = seen
        self.table = {{}}

    def __call__(self, value, *rest):
        for key in self.seen:
            for other in self.seen:
                self.table[key, other] = self.table.get(other, value)
        return {result}

class Chain{number}(Chain):
    def __init__(self):
        super().__init__([Stage{number}(SEEN), Stage{before}(SEEN), *CHAINS])

CHAINS.append(Chain{number}())
SEEN.append(CHAINS)
"""
USE = """
x = tf.nn.relu(keras.Input((4,)))
for chain in CHAINS:
    for other in CHAINS:
        x = chain(other(x))
"""


def _chains(count: int) -> str:
    stages = [
        STAGE.format(
            number=number,
            before=max(0, number - 1),
            result="self.table, value" if number % 2 else "value",
        )
        for number in range(count)
    ]
    return CHAIN + "".join(stages) + USE


def test_chains_of_objects_that_hold_each_other_are_cut_short_and_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A quarter of the limit is reached as surely, in a quarter of the time.
    monkeypatch.setattr(limits, "STEPS", limits.STEPS // 4)
    monkeypatch.setattr(limits, "MODULE_STEPS", limits.MODULE_STEPS // 4)
    path = Path("chains.py")
    analysis = analyse({path: _chains(30).encode()}, [path])
    assert path in analysis.incomplete
    keys = {key for fact in analysis.ops.values() for key in fact.keys}
    assert keys == {"tf.nn.relu"}


def test_what_a_constructor_makes_at_many_places_is_told_apart() -> None:
    others = "".join(f"other_{number} = Box()\n" for number in range(PLACES))
    source = f"""
class Box:
    def __init__(self):
        self.items = []

    def add(self, item):
        self.items.append(item)

{others}
tensors = Box()
tensors.add(keras.Input((3,)))
numbers = Box()
numbers.add(1.0)
tf.abs(tensors.items[0])
tf.exp(numbers.items[0])
"""
    assert found(source, certain=True) == ["tf.abs(tensors.items[0])"]


def test_a_loop_that_changes_nothing_that_it_reads_is_run_once() -> None:
    def steps(head: str) -> int:
        body = "".join(f"    y{number} = tf.abs(x)\n" for number in range(50))
        analysis, _ = analysed(f"x = keras.Input((3,))\n{head}\n{body}")
        (module,) = analysis.modules.values()
        return module.steps

    assert steps("for _ in range(9):") < 1.5 * steps("if True:")


def test_what_a_layer_is_given_may_hold_itself() -> None:
    """Lists of one another have more paths than there are lists."""
    names = [f"list_{number}" for number in range(24)]
    source = f"""
import tensorflow as tf
from tensorflow import keras

class Gather(keras.layers.Layer):
    def call(self, values):
        return values

{"; ".join(f"{name} = []" for name in names)}
{"; ".join(f"{name} += [{', '.join(names)}]" for name in names)}
Gather()(list_0)
x = tf.nn.relu(keras.Input((4,)))
"""
    assert found(source, certain=True) == ["tf.nn.relu(keras.Input((4,)))"]


CONFIGURED = '''
import tensorflow as tf
from tensorflow import keras

def merged(old, new):
    """Grows with each level, and is called with ever other shapes."""
    made = dict(old)
    for key, value in new.items():
        if isinstance(value, dict):
            made[key] = merged(made.get(key, {}), value)
        elif isinstance(value, list):
            made[key] = [merged(item, item) if isinstance(item, dict) else item for item in value]
        else:
            made[key] = value
    return made
'''


def _configured(count: int) -> dict[Path, bytes]:
    """A package whose files all call one costly function."""
    tables = "".join(
        f'TABLE_{n} = {{"k{n}": {{"a{n}": [{n}, {{"b{n}": "c", "d": {{}}}}], "e": {n}.5}}}}\n'
        for n in range(count)
    )
    files = {Path("merging.py"): (CONFIGURED + tables).encode()}
    for number in range(count):
        calls = "\n".join(
            f"    config = merged(merging.TABLE_{number}, merging.TABLE_{other})"
            for other in range(count)
        )
        body = f"import merging\nfrom merging import keras, merged, tf\n\ndef build(x):\n{calls}\n"
        body += "    return config\n\n\ny = tf.nn.relu(keras.Input((4,)))\n"
        files[Path(f"model_{number}.py")] = body.encode()
    return files


def test_a_function_that_has_cost_too_much_costs_no_other_file_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "FUNCTION_STEPS", 5_000)
    files = _configured(8)
    analysis = analyse(files, files)
    assert analysis.incomplete
    found_in = {
        path.name
        for path, module in analysis.modules.items()
        for node in ast.walk(module.tree)
        if node in analysis.ops and "tf.nn.relu" in analysis.ops[node].keys
    }
    assert found_in == {f"model_{number}.py" for number in range(8)}
    later = [analysis.modules[Path(f"model_{number}.py")].steps for number in range(4, 8)]
    assert max(later) < 5_000


def test_an_entry_that_was_cut_short_is_not_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STEPS", limits.STEPS // 8)
    monkeypatch.setattr(limits, "MODULE_STEPS", limits.MODULE_STEPS)
    path = Path("chains.py")
    head, use = _chains(30).split(USE)[0], USE.strip().replace("\n", "\n    ")
    source = f"{head}\ndef main():\n    {use}\n"
    analysis = analyse({path: source.encode()}, [path])
    assert path in analysis.incomplete
    assert analysis.modules[path].steps < 2 * limits.STEPS


def test_attributes_of_attributes_do_not_nest_without_end() -> None:
    source = """
import inspect

def described(spec):
    if not spec:
        spec = inspect.getfullargspec(described)
    other = (spec.args, spec.varargs, spec.varkw or spec.keywords, spec.defaults or spec.parent)
    return spec if spec.done else described(other)

described(inspect.signature(described))
described(inspect.getargspec(described))
x = keras.Input((3,))
for _ in range(9):
    x = tf.nn.relu(x)
"""
    assert found(source, certain=True) == ["tf.nn.relu(x)"]
