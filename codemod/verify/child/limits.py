"""Every limit of what runs in the user's interpreter, with its reason."""

from __future__ import annotations

MAXIMUM_PARAMETERS, BYTES_FOR_A_PARAMETER = 100_000_000, 24
"""Larger models get no gradients, training and checkpoints, nor those for which the memory is too
small: with gradients and what is saved, float32 weights are held some five times."""
DRAWN_VALUES = 65_537
"""How many values of a weight are drawn before they come again: drawing takes most of the time of a
large model. A prime, since sizes of weights are multiples of other numbers."""
CLONED_LAYERS = 20
"""Models of more layers are not cloned: loading them in another process tells as much."""
TICK_SECONDS = 0.5
"""How often a statement is told again that its time is over: some code handles every error."""
WATCH_SECONDS = 0.05
"""How often time and memory of children are looked at: memory can grow by GiB in a second."""
DATA_SAMPLES = 32
"""The length of data that is made up: a usual batch."""
EXAMPLE_SCALE = 16.0
"""How much larger each example of a batch is, so that limits such as that of ReLU6 are reached."""
FREE_SIZES = (8, 12, 16, 32, 7, 24, 64, 48, 5, 3, 96, 128, 224)
"""What a free dimension is tried with, the most often accepted first."""
GROWN_SIZES = (512, 320, 1024, 416, 640, 2048, 4096, 8192, 16384, 22050, 32768, 65536)
"""Then with these: frames and seconds of sound, large pictures."""
MOST_ELEMENTS, MOST_SIZES = 1 << 21, 80
"""Inputs of more numbers for an example are not tried, nor more sizes: each is a forward pass."""
TOLD_SIZES = (2, 100_000)
"""Numbers in an error that may be sizes."""
RELATIVE, ABSOLUTE = 1e-4, 1e-5
"""How far outputs of Keras 2 and 3 may be apart: they sum float32 in other orders."""
ROUNDING = 1e-5
"""The part of the largest gradient that counts as rounding: equal terms in another order."""
TEXT_LENGTH = 200
"""Characters of an error that are told, to its last full sentence."""
SHOWN_ATTRIBUTE, SHOWN_ELEMENTS, SHOWN_VALUE = 120, 8, 60
"""How much of attributes and constants a difference of graphs shows, for one line."""
ORPHAN_ROUNDS = 100
"""How often processes that children left are ended: each round may leave new ones."""
FOLDED_ELEMENTS = 1_000_000
"""Constants that a graph computes are run up to this size, to be compared by their bytes."""
CONFIG_DEPTH, SHOWN_CONFIG = 12, 80
"""How deep configurations of layers are read, and how much of a value a difference shows."""
MODELS_DEPTH, MOST_MODELS = 4, 1000
"""How deep, and in how long lists, the names of a script are searched for models."""
CALLS_OF_A_FILE, VARIATIONS_OF_A_CALL = 60, 12
"""How many calls are made up for one file, and as many of blocks, and for other values of one call:
each builds models."""
COST_OF_FAILURE = 0.5
"""What a call that fails counts as: it has most often built little."""
AMENDED_CALLS, AMENDED_BY_ONE, SAME_ERRORS = 24, 6, 2
"""How many calls of one function are made with what the errors of others ask for, and by one error,
and how often the same error is heard: each tells a little."""
EXPLORED_IDLE, EXPLORED_PART = 0.2, 0.5
"""The part of a job's time in which calls that are made up may show nothing, and that of all of
them: the models are to be run in the rest."""
PASSED_ON = 3
"""Through how many calls the use of a parameter is followed: builders are seldom nested deeper."""
PATH_LENGTH = 120
"""Strings in sources up to this length are looked for as paths: longer ones are texts."""
STAND_INS = 20
"""How many missing packages get a stand-in: each is an import that is begun anew."""
LOOSE_MODELS, LOOSE_TENSORS = 8, 64
"""How many models are made of tensors that end in none, and of how many of them each: a loop may
leave thousands."""
FAILING_STATEMENTS = 20
"""How many statements of one module may fail: of more, little is left."""
SETTINGS_FILES, SETTINGS_BYTES = 30, 100_000
"""How many files of settings are read, and how large they are: longer ones are data."""
NEIGHBOURS, NEIGHBOUR_BYTES = 100, 60_000
"""How many sources around a file are read for values in sight, and how long: a second at most."""
