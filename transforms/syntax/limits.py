"""The limits and sizes of what is written and read, each with its reason."""

from __future__ import annotations

# A longer call is broken over several lines where the project sets no length. It is Black's, the
# shortest one in common use that is longer than PEP 8's.
LINE_LENGTH = 88

# A length of lines that is set higher says that nobody breaks them. It is the most that Ruff takes.
LONGEST_LINE = 320

# A run of one statement would be the raw expression in it.
SHORTEST_RUN = 2

# What gives more to the operators that make the result of a function takes these operators too.
FEW_OUTPUTS = 2

# Two things that are joined have a name together (mean and maximum, both directions); of more, made
# of different tensors, a reader sees the list alone.
MOST_IDEAS_IN_A_LAYER = 2

# A variable of one letter says less than the op, or than the parameter that it is given for, so
# layers and their arguments are named after these.
SHORTEST_MEANINGFUL_NAME = 2

# Variables of two letters (`nn`, `qq`, `kk`) are no better names for a layer.
SHORTEST_LAYER_NAME = 3

# More ops in the name of a class are read as a formula, not as a name.
OPS_IN_A_NAME = 3

# What a class computes is seen in its body: a longer list of its ops says no more.
OPS_IN_A_DESCRIPTION = 5

# With one more word the name of a class is a sentence.
LONGEST_NAME = 28

# A sentence with more ops in it is read twice before it is understood.
OPS_IN_A_PHRASE = 5

# Words of the source from which names are made; a large module has some thousand.
WORDS_REMEMBERED = 4096

# Modules are planned several times with the same layers; a large project has some hundred.
PHRASES_REMEMBERED = 1024

# Statements that read a name twice double it: what grows beyond this is no sentence.
LARGEST_EXPRESSION = 400

# "The softmax of the quotient of the product of ...": more are a riddle.
NOUNS_IN_A_ROW = 3

# Two lines of a docstring, if these are long.
LONGEST_PHRASE = 170

# The first pass through the body of a loop finds all names that its head reads in a later
# iteration; the second pass hands them to the statements of the body. A third would add none.
LIVENESS_PASSES = 2

# PEP 8 surrounds definitions at module level with two blank lines.
BLANK_LINES_AROUND_DEFINITIONS = 2

# Of more values a reader sees the sum more easily than the parts.
MOST_INGREDIENTS = 4

# What keeps a division, a root or a logarithm from zero is not larger.
LARGEST_EPSILON = 1e-3

# Values that are called as what they are given for need no keywords; with more, a reader counts.
MOST_BY_POSITION = 4

# Of a longer table a message tells how long it is: the source has it.
MOST_CHOICES_TOLD = 5

# The layers of one function, and of those that it calls; longer ones are taken for unknown.
STEPS_BACK_FROM_A_TENSOR = 400

# A call of a layer inside a call is not broken for so little: the call around it should be.
OVERHANG = 20
