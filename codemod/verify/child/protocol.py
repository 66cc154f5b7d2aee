"""The jobs of children and what they answer, as both sides exchange them in JSON.

A text about the user's code is ``Told``: numbers in it are lines of the source, so that one side
can be compared with the other although edits move lines.
"""

from __future__ import annotations

from typing import Dict, List, Literal, Optional, Tuple, TypedDict, Union

Told = List[Union[str, int]]
Calls = List[Tuple[str, bool]]
"""Calls that were made beside running the code, and whether the models that they make are kept."""
GraphTier = Literal["proved", "equal-by-rules", "different", "not compared"]
Kind = Literal["device", "original", "rewritten", "reload"]
Depth = Literal["order", "order first", "full"]
Pass = Literal["gradients", "training"]
NO_KERAS_2 = "there is no Keras 2 here; install tf-keras"
BRIDGED = "raw_op_"
"""How the names begin that the bridge gives to layers of raw ops."""
MODEL_OF = "model_of"
"""The name by which a call of a block is told: ``model_of(block, x=Input((16, 8)), width=3)``."""
LOOSE = "loose_tensors"
"""The name of models that are made of tensors which the code leaves in none."""
WITH_ARGUMENT = "with_argument"
"""What runs a call while a function of the module is given another argument."""
ANOTHER_MODEL = "it makes another model"
"""How what a rewritten source makes, and the original does not, is told among its failures."""
READS = "reads.json"
"""The file beside the result of a job that tells what it has read."""
END = '"end"'
"""The line with which whoever gives jobs takes leave, and sees to the folder of the session."""


class SampleFields(TypedDict):
    """The fields of a ``Sample``."""

    batch: int
    size: int
    stretch: int
    special: bool


class SavedModel(TypedDict):
    """A model file that a fresh process loads and compares with the outputs in ``output``."""

    index: int
    path: str
    sample: SampleFields
    tokens: List[Optional[int]]
    clone: bool
    output: str


class Limits(TypedDict):
    """Where a child writes its result and works; ``time_limit`` in seconds, memory in bytes."""

    result: str
    working_folder: str
    time_limit: float
    memory_limit: Optional[int]


class Job(Limits, total=False):
    """What one child does.

    ``sources`` maps the paths of files to where the bytes lie that stand for them; ``kept`` does
    so for files that are not looked at, and may change on the disk meanwhile. ``depth`` is that of
    a comparison. ``loads`` asks an original which of its own checkpoints it can load. ``wanted``
    has the first and last lines of expressions whose raw ops are looked for, by path; ``calls``
    are those that an original made. A ``bridged`` source builds raw ops under Keras 3 too. The
    ``reference`` of an original is that of Keras 2, whose calls, samples and weights it takes;
    ``here`` is that of the original under the same Keras, where ``reference`` is of another and
    the comparison not ``exact``. Without ``arguments`` those of the command line are made up.
    ``variants`` are expressions that may make more models, ``untried`` those that are too many.
    Where ``draws`` is set the graphs of layers are told too, where ``loose`` is, models are made of
    tensors that the code leaves in none; it has the expressions whose tensors are left out,
    as ``wanted`` has others.
    ``kept_by``, set in the child, says what keeps it from changing files.
    """

    id: int
    kind: Kind
    entry: str
    builds: List[str]
    variants: List[str]
    untried: List[str]
    sources: Dict[str, str]
    originals: Dict[str, str]
    kept: Dict[str, str]
    beside: str
    outputs: str
    reference: str
    here: str
    bridged: bool
    exact: bool
    depth: Depth
    loads: bool
    draws: bool
    loose: Dict[str, List[List[int]]]
    wanted: Dict[str, List[List[int]]]
    calls: Calls
    arguments: List[str]
    saved: List[SavedModel]
    kept_by: str


class Answer(TypedDict, total=False):
    """What the parent process says of a job, or first of itself.

    ``status`` is done, timeout, memory, exited or crashed; ``error`` says why it can do no job,
    ``failure`` that the process has ended. The first answer tells
    the ``process``, and once more where another one goes on; the next one versions.
    """

    id: int
    status: str
    detail: str
    error: str
    failure: str
    tensorflow: str
    keras: str
    python: str
    process: int


class RawOpRecord(TypedDict):
    """A raw op with its place; ``models`` are the indexes of the models that hold it.

    ``tensors`` are the places or names of the arguments that held symbolic tensors, ``lists`` of
    those that were lists of nothing else. ``inexact`` tells of an operator how Keras 3 means it
    otherwise for these, empty where it does not. ``in_block`` says that its model is a made-up one
    of a part of models. ``inner`` is the file that applies it in truth, where that is none of the
    sources.
    """

    path: str
    line: int
    end_line: int
    column: int
    end_column: int
    op: str
    layer: str
    models: List[int]
    tensors: List[Union[int, str]]
    lists: List[Union[int, str]]
    in_block: bool
    inexact: str
    inner: str


class Difference(TypedDict):
    """How outputs differ; ``ulp`` is the largest gap."""

    tier: Literal["bitwise", "close", "different"]
    ulp: int
    reason: str


class GraphResult(TypedDict):
    """How graphs compare.

    ``decides`` says that the difference stands even where all samples give equal bits.
    """

    tier: GraphTier
    rules: List[str]
    reason: str
    assumptions: List[str]
    decides: bool


class Vocabulary(TypedDict):
    """A vocabulary of a lookup layer, in a digest."""

    layer: str
    size: int
    digest: str


class TensorFrame(TypedDict):
    """An input or output; ``raw`` says that Keras made its layer for a raw op.

    ``first`` is the name of the layer that the first input of its layer comes from, ``made_by`` the
    place of its own layer among those of the frame, -1 where that is of an op.
    """

    name: str
    text: str
    raw: bool
    first: str
    made_by: int


class LayerFrame(TypedDict):
    """A layer that no raw op made; ``trainable`` is ``None`` where it has no weights.

    ``numbered`` is its place in the order of those that Keras has named, ``None`` where it has its
    name from the user. ``sources`` are the places of the layers that the inputs of each of
    its calls come from, -1 for an op (both under Keras 3). ``wrong_shape`` tells how what it says
    of its shapes under Keras 2 is wrong, empty where it is not.
    """

    name: str
    kind: str
    trainable: Optional[bool]
    config: Dict[str, str]
    numbered: Optional[int]
    sources: List[List[int]]
    wrong_shape: str


class WeightFrame(TypedDict):
    """A weight; ``key`` is that by which weights are paired, ``value`` what user code assigned."""

    key: List[Union[str, int]]
    name: str
    dtype: str
    shape: str
    trainable: bool
    constraint: str
    initializer: str
    value: str
    models: List[str]


class Frame(TypedDict):
    """What the user sees of a model beside what it computes.

    ``all_layers`` are the names in ``model.layers``, ``raw_layers`` those made for raw ops.
    ``steps`` tells how a class of the user's own trains, ``training`` what ``compile`` and ``fit``
    were given.
    """

    name: str
    kind: str
    trainable: bool
    steps: Dict[str, str]
    input_structure: str
    output_structure: str
    inputs: List[TensorFrame]
    outputs: List[TensorFrame]
    layers: List[LayerFrame]
    weights: List[WeightFrame]
    vocabularies: List[Vocabulary]
    metrics: List[str]
    training: Dict[str, str]
    all_layers: List[str]
    raw_layers: List[str]


class LayerCall(TypedDict):
    """A call of a layer in a model.

    ``inputs`` are the places of the calls that its tensors come from, ``outputs`` have their sizes.
    """

    name: str
    kind: str
    inputs: List[int]
    outputs: List[str]
    is_raw: bool


class DescribedModel(TypedDict, total=False):
    """A model as it was built. ``order`` has name and weight shapes of each layer with weights.

    ``variant`` is the expression that made it beside what the code itself makes, or empty, ``call``
    the made-up call. ``place`` has path and line of the statements of the original that make it,
    outermost first; 0 where there is none. ``statement`` is the line of the outermost here.
    ``layers`` is there where a report draws it.
    """

    layers: List[LayerCall]
    name: str
    line: int
    builder: str
    variant: str
    call: str
    place: List[List[Union[str, int]]]
    statement: int
    inputs: List[str]
    order: List[List[object]]
    raw_ops_left: int
    parameters: int
    frame: Frame


class Recorded(TypedDict, total=False):
    """What an original does beside the forward pass, as it is stored for the comparison.

    ``gradients`` and ``training`` are empty, or why they are not compared; ``too_large`` says why
    none of all these is.
    """

    too_large: str
    gradients: str
    training: str
    names: List[str]
    hazards: List[str]
    checkpoints: List[str]
    saved: Optional[str]


class OriginalModel(DescribedModel, Recorded, total=False):
    """A model of the original source; ``failure`` says why it does not run.

    Where ``missing`` says why a Keras does not build it, it holds only the name and line of the
    other Keras. ``note`` tells how its weights were paired with those of the other, ``incomplete``
    what it should have and this Keras does not give it.
    """

    missing: str
    incomplete: str
    note: Optional[str]
    paired: List[List[object]]
    failure: str
    samples: List[SampleFields]
    tokens: List[Optional[int]]


class Checked(TypedDict, total=False):
    """What a rewritten model does beside the forward pass; ``changed`` is what differs."""

    changed: Optional[str]
    notes: List[str]
    hazards: List[str]
    not_loaded: Dict[str, str]
    lifecycle: Dict[str, Optional[str]]
    saved: Optional[str]


class Compared(DescribedModel, Checked, total=False):
    """A model of the rewritten source beside that of an original.

    ``failure`` says why it does not run, ``frame_changed`` is the first difference of the frames.
    """

    order_kept: bool
    frame_changed: Optional[str]
    note: Optional[str]
    graph: GraphResult
    difference: Difference
    failure: str


class RewrittenModel(Compared, total=False):
    """A model of the rewritten source.

    Where ``missing`` says why there is no such model, it holds only the original's name and line.
    ``here`` compares it with the original under the same Keras, where the other one is of another.
    With ``uncertain`` it may be another of the models that the source makes.
    """

    missing: str
    uncertain: bool
    here: Compared


class ReloadedModel(TypedDict):
    """Why a saved model does not load in a fresh process, and why no clone of it works."""

    load: Optional[str]
    clone: Optional[str]


class LooseTensors(TypedDict):
    """What one model of tensors was made of that the code, or a ``variant``, leaves in none.

    Each of the ``places`` has path and line of the statements of the original that make the
    tensors, outermost first, and how many were left there before.
    """

    variant: str
    places: List[List[object]]


class SideResult(TypedDict, total=False):
    """What all results share; ``failure`` where the child came to no end.

    ``absent`` says that the interpreter for it is missing. ``borrowed`` are modules that only stand
    beside the original, ``loaded`` the given files that were run, ``not_run`` their changed lines
    that were not. ``given`` tells which models the calls and the names of the source give,
    ``variants`` what was evaluated beside them, ``made_up`` which data was, ``seeds`` what the
    functions that seed were given. ``loose`` tells what the models are made of that the code does
    not make.
    """

    failure: str
    traceback: str
    absent: bool
    device: str
    failures: List[Told]
    notes: List[str]
    made_up: List[str]
    raw_ops: List[RawOpRecord]
    variants: List[str]
    kept_by: str
    borrowed: List[str]
    loaded: List[str]
    not_run: Dict[str, List[int]]
    loose: List[LooseTensors]
    given: Dict[str, str]
    seeds: Dict[str, List[str]]


class OriginalResult(SideResult, total=False):
    """The result of a job of kind ``original``.

    ``tried`` says of calls that are not kept why they are not.
    """

    models: List[OriginalModel]
    calls: Calls
    tried: List[Told]


class RewrittenResult(SideResult, total=False):
    """The result of a job of kind ``rewritten``.

    ``given_changed`` is the first name or call that gives other models, or the first function that
    is given another seed, empty where none is.
    """

    models: List[RewrittenModel]
    given_changed: str


class ReloadResult(SideResult, total=False):
    """The result of a job of kind ``reload``."""

    models: List[ReloadedModel]
