"""Computations that have a name of their own, as patterns of ops.

A pattern is an expression of ops under their short names: ``mean`` stands for ``tf.reduce_mean``,
``K.mean`` and the like, operators for themselves and for their functions. A name matches whatever
stands there but a number, the same each time, a capital also a number; ``_`` matches anything,
``LARGE`` a number whose absolute value is at least 1e3, as masks use it. Terms of ``+`` and factors
of ``*`` stand in any order. Arguments that a pattern does not give may be anything. The names are
those under which the computations are known in papers and in public code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Idiom:
    """A computation: the name of its layer, a line that says what comes out, and its patterns."""

    name: str
    says: str
    patterns: tuple[str, ...]


def _idiom(name: str, says: str, *patterns: str) -> Idiom:
    return Idiom(name=name, says=says, patterns=patterns)


_SCORES = ("matmul(q, k) / _", "matmul(q, k) * _", "matmul(q / _, k)", "matmul(q * _, k)")
_SUM_OF_SQUARES = ("sum(square(a - b))", "sum(squared_difference(a, b))")
_BLOCKS = "transpose(reshape(x, [_, _, S, _, S, _]), [0, 1, 3, 2, 4, 5])"
_KL = "(1 + v - square(m) - exp(v))"

IDIOMS: tuple[Idiom, ...] = (
    # Attention.
    _idiom(
        "ScaledDotProductAttention",
        "The values, weighted by the softmax of the scaled products of queries and keys.",
        *(f"matmul(softmax({scores}), v)" for scores in _SCORES),
        *(f"matmul(softmax({scores} + _), v)" for scores in _SCORES),
        *(f"matmul(softmax(where(_, {scores}, _)), v)" for scores in _SCORES),
    ),
    _idiom(
        "DotProductAttention",
        "The values, weighted by the softmax of the products of queries and keys.",
        "matmul(softmax(matmul(q, k)), v)",
        "matmul(softmax(matmul(q, k) + _), v)",
    ),
    _idiom(
        "AttentionWeights",
        "The softmax of the scaled products of queries and keys.",
        *(f"softmax({scores})" for scores in _SCORES),
        *(f"softmax({scores} + _)" for scores in _SCORES),
        *(f"softmax(where(_, {scores}, _))" for scores in _SCORES),
    ),
    _idiom(
        "AttentionScores",
        "The scaled products of queries and keys.",
        "matmul(q, k, transpose_b=True) / _",
        "matmul(q, k, transpose_b=True) * _",
    ),
    _idiom(
        "CosineAttention",
        "The cosines of the angles between queries and keys.",
        "matmul(l2_normalize(q), l2_normalize(k))",
        "matmul(l2_normalize(q), transpose(l2_normalize(k)))",
    ),
    _idiom(
        "SplitHeads",
        "The heads of the last axis, moved before the length.",
        "transpose(reshape(x, [_, _, _, _]), [0, 2, 1, 3])",
    ),
    _idiom(
        "SplitKeyHeads",
        "The heads of the last axis, moved before their channels, and these before the length.",
        "transpose(reshape(x, [_, _, _, _]), [0, 2, 3, 1])",
    ),
    _idiom(
        "MergeHeads",
        "The heads, moved behind the length and joined in the last axis.",
        "reshape(transpose(x, [0, 2, 1, 3]), [_, _, _])",
    ),
    _idiom(
        "MaskScores",
        "The scores, far below zero where the mask hides them.",
        "scores + (1 - mask) * LARGE",
        "scores + cast(mask) * LARGE",
        "where(_, scores, LARGE)",
        "where(_, LARGE, scores)",
    ),
    _idiom(
        "CausalMask",
        "Which positions each position may look at: those up to itself.",
        "band_part(ones(_), -1, 0)",
        "cast(band_part(ones(_), -1, 0))",
        "1 - band_part(ones(_), -1, 0)",
    ),
    _idiom("PaddingMask", "Which tokens are no padding.", "cast(not_equal(x, 0))"),
    _idiom("PaddingPositions", "Which tokens are padding.", "cast(equal(x, 0))"),
    _idiom(
        "AttentionPooling",
        "The sum of the inputs, weighted by a softmax.",
        "sum(softmax(w) * x)",
        "squeeze(matmul(softmax(w), x, transpose_a=True))",
    ),
    _idiom(
        "WeightedValues",
        "The values, weighted by the softmax of the scores.",
        "matmul(softmax(scores), v)",
    ),
    # Pooling and statistics.
    _idiom(
        "MaskedMean",
        "The mean of what the mask keeps.",
        "sum(x * m) / sum(m)",
        "sum(x * m) / maximum(sum(m), _)",
        "sum(x * m) / (sum(m) + _)",
        "sum(x * expand_dims(m)) / sum(expand_dims(m))",
        "sum(x * expand_dims(m)) / maximum(sum(expand_dims(m)), _)",
        "sum(x * expand_dims(m)) / maximum(sum(m), _)",
        "sum(x * expand_dims(m)) / (sum(m) + _)",
    ),
    _idiom(
        "ChannelPool",
        "The mean and the maximum over the channels.",
        "concat([mean(x, -1), max(x, -1)])",
        "concat([max(x, -1), mean(x, -1)])",
        "concat([mean(x, 3), max(x, 3)])",
        "concat([max(x, 3), mean(x, 3)])",
    ),
    _idiom(
        "StandardDeviation",
        "The square root of the mean squared distance from the mean.",
        "sqrt(mean(square(x - mean(x))))",
        "sqrt(mean(square(x - mean(x))) + _)",
    ),
    _idiom("Variance", "The mean squared distance from the mean.", "mean(square(x - mean(x)))"),
    _idiom(
        "Standardize",
        "The inputs, less their mean and divided by their standard deviation.",
        "(x - mean(x)) / sqrt(mean(square(x - mean(x))) + _)",
        "(x - mean(x)) / (reduce_std(x) + _)",
        "(x - mean(x)) / reduce_std(x)",
        "(x - item(moments(x), 0)) / sqrt(item(moments(x), 1) + _)",
        "(x - item(moments(x), 0)) * rsqrt(item(moments(x), 1) + _)",
        "(x - item(moments(x), 0)) / sqrt(item(moments(x), 1))",
    ),
    _idiom("MeanCentre", "The inputs, less their mean.", "x - mean(x)"),
    _idiom(
        "MinMaxScale",
        "The inputs between zero, at their minimum, and one, at their maximum.",
        "(x - min(x)) / (max(x) - min(x))",
        "(x - min(x)) / (max(x) - min(x) + _)",
    ),
    _idiom(
        "RMSNorm",
        "The inputs, divided by the root of their mean square.",
        "x * rsqrt(mean(square(x)) + _)",
        "x / sqrt(mean(square(x)) + _)",
    ),
    _idiom(
        "UnitNorm",
        "The inputs, divided by their Euclidean length.",
        "x / sqrt(sum(square(x)))",
        "x / sqrt(sum(square(x)) + _)",
        "x / sqrt(maximum(sum(square(x)), _))",
        "x / norm(x)",
        "x / (norm(x) + _)",
    ),
    _idiom(
        "Squash",
        "The vectors of capsules, shrunk to a length below one.",
        "sum(square(x)) / (1 + sum(square(x))) * x / sqrt(sum(square(x)) + _)",
        "sum(square(x)) / (1 + sum(square(x))) * (x / sqrt(sum(square(x)) + _))",
    ),
    _idiom(
        "SumToOne",
        "The inputs, divided by their sum.",
        "x / sum(x)",
        "x / (sum(x) + _)",
    ),
    _idiom("RootMeanSquare", "The root of the mean square.", "sqrt(mean(square(x)))"),
    _idiom("MeanSquare", "The mean of the squares.", "mean(square(x))"),
    _idiom("SumOfSquares", "The sum of the squares.", "sum(square(x))"),
    # Generative models and losses.
    _idiom(
        "Sampling",
        "A sample around a mean, by the reparameterization trick.",
        "m + exp(v * _) * normal(_)",
        "m + exp(v / _) * normal(_)",
        "m + exp(v) * normal(_)",
        "m + sqrt(exp(v)) * normal(_)",
        "m + exp(v * _) * cast(normal(_))",
    ),
    _idiom(
        "KLDivergence",
        "The divergence of a normal distribution from the standard normal one.",
        f"-0.5 * sum{_KL}",
        f"-0.5 * mean{_KL}",
        f"-0.5 * mean(sum{_KL})",
        f"mean(-0.5 * sum{_KL})",
        f"mean(-0.5 * {_KL})",
        f"sum(-0.5 * {_KL})",
        f"mean(sum(-0.5 * {_KL}))",
        f"_ * mean(-0.5 * sum{_KL})",
        f"-0.5 * _ * mean(sum{_KL})",
    ),
    _idiom("AddNoise", "The inputs with random noise.", "x + normal(_)", "x + normal(_) * _"),
    _idiom(
        "HuberLoss",
        "The square of small errors, and the absolute value of large ones.",
        "where(abs(e) < D, 0.5 * square(e), abs(e) - 0.5)",
        "where(abs(e) < D, 0.5 * square(e), D * (abs(e) - 0.5 * D))",
        "where(abs(e) <= D, 0.5 * square(e), D * (abs(e) - 0.5 * D))",
        "where(abs(e) < D, 0.5 * square(e), D * abs(e) - 0.5 * _)",
    ),
    _idiom("SquaredRelu", "The squares of what is positive.", "square(relu(x))"),
    _idiom("TripletMargin", "By how much a margin is missed.", "maximum(p - n + _, 0)"),
    # Distances.
    _idiom(
        "ManhattanSimilarity",
        "One for equal inputs, less with the sum of the absolute differences.",
        "exp(-sum(abs(a - b)))",
    ),
    _idiom("L1Distance", "The sum of the absolute differences.", "sum(abs(a - b))"),
    _idiom("AbsoluteDifference", "The absolute differences.", "abs(a - b)"),
    _idiom("MeanAbsoluteError", "The mean absolute difference.", "mean(abs(a - b))"),
    _idiom(
        "EuclideanDistance",
        "The Euclidean distance.",
        *(f"sqrt({squares})" for squares in _SUM_OF_SQUARES),
        *(f"sqrt({squares} + _)" for squares in _SUM_OF_SQUARES),
        *(f"sqrt(maximum({squares}, _))" for squares in _SUM_OF_SQUARES),
        "norm(a - b)",
    ),
    _idiom("SquaredDistance", "The squared Euclidean distance.", *_SUM_OF_SQUARES),
    _idiom(
        "MeanSquaredError",
        "The mean squared difference.",
        "mean(square(a - b))",
        "mean(squared_difference(a, b))",
    ),
    _idiom(
        "CosineSimilarity",
        "The cosine of the angle between the inputs.",
        "sum(l2_normalize(a) * l2_normalize(b))",
    ),
    _idiom("DotProduct", "The sum of the products.", "sum(a * b)"),
    _idiom(
        "GramMatrix",
        "The products of all pairs of channels.",
        "matmul(x, x, transpose_a=True)",
        "matmul(x, x, transpose_b=True)",
        "matmul(transpose(x), x)",
        "matmul(x, transpose(x))",
    ),
    # Activations and gates.
    _idiom(
        "HardSwish",
        "The inputs, scaled down to zero between 3 and -3.",
        "x * relu6(x + 3) / 6",
        "x * relu6(x + 3) * _",
        "x * (relu6(x + 3) / 6)",
        "x * (relu6(x + 3) * _)",
    ),
    _idiom("HardSigmoid", "A sigmoid of straight lines.", "relu6(x + 3) / 6", "relu6(x + 3) * _"),
    _idiom(
        "Gelu",
        "The inputs, weighted by the normal distribution below them.",
        "0.5 * x * (1 + erf(x / _))",
        "0.5 * x * (1 + erf(x * _))",
        "x * 0.5 * (1 + erf(x / _))",
        "0.5 * x * (1 + tanh(_))",
        "x * sigmoid(1.702 * x)",
    ),
    _idiom("Swish", "The inputs, weighted by their sigmoid.", "x * sigmoid(x)"),
    _idiom("ScaledSwish", "The inputs, weighted by a sigmoid.", "x * sigmoid(_ * x)"),
    _idiom("Mish", "The inputs, weighted by the tanh of their softplus.", "x * tanh(softplus(x))"),
    _idiom(
        "GatedLinearUnit",
        "One half of the channels, weighted by the sigmoid of the other.",
        "item(split(x), 0) * sigmoid(item(split(x), 1))",
        "item(split(x), 1) * sigmoid(item(split(x), 0))",
    ),
    _idiom(
        "GatedActivation",
        "The tanh of one input, weighted by the sigmoid of the other.",
        "tanh(a) * sigmoid(b)",
    ),
    _idiom("SigmoidGate", "The inputs, weighted by the sigmoid of a gate.", "x * sigmoid(g)"),
    _idiom("SoftmaxGate", "The inputs, weighted by a softmax.", "x * softmax(g)"),
    _idiom("ClippedRelu", "What is positive, up to a bound.", "minimum(relu(x), _)"),
    _idiom("SoftClip", "The inputs, held between two bounds by a tanh.", "C * tanh(x / C)"),
    _idiom(
        "SoftThreshold",
        "The inputs, moved towards zero by a threshold.",
        "sign(x) * maximum(abs(x) - _, 0)",
        "sign(x) * relu(abs(x) - _)",
    ),
    _idiom("SignedLog", "The logarithm of the size, with the sign.", "sign(x) * log1p(abs(x))"),
    _idiom("LogOfSize", "The logarithm of one and the size.", "log1p(abs(x))"),
    _idiom(
        "SignedSqrt",
        "The square root of the size, with the sign.",
        "sign(x) * sqrt(abs(x))",
        "sign(x) * sqrt(abs(x) + _)",
    ),
    _idiom("TemperedSoftmax", "The softmax at a temperature.", "softmax(x / _)"),
    _idiom(
        "ResponseNorm",
        "The norms, divided by their mean.",
        "norm(x) / mean(norm(x))",
        "norm(x) / (mean(norm(x)) + _)",
    ),
    _idiom("Blend", "A mixture of two inputs by a weight.", "w * a + (1 - w) * b"),
    # Images and shapes.
    _idiom(
        "ScalePixels",
        "Pixels of bytes, between zero and one or minus one and one.",
        "x / 255",
        "x / 127.5 - 1",
        "(x - 127.5) / 127.5",
        "x / 255 * 2 - 1",
        "(x / 255 - 0.5) * 2",
    ),
    _idiom(
        "WindowPartition",
        "The windows of the images, one after the other.",
        f"reshape({_BLOCKS}, [_, S, S, _])",
        f"reshape({_BLOCKS}, [_, S * S, _])",
    ),
    _idiom(
        "SpaceToDepth",
        "The blocks of the images, each in the channels of one place.",
        f"reshape({_BLOCKS}, [_, _, _, S * S * _])",
        f"reshape({_BLOCKS}, [_, _, _, _ * S * S])",
    ),
    _idiom(
        "WindowReverse",
        "The images that the windows came from.",
        "reshape(transpose(reshape(x, [_, _, _, S, S, _]), [0, 1, 3, 2, 4, 5]), _)",
    ),
    _idiom("BatchSize", "The size of the first axis.", "item(shape(x), 0)"),
    _idiom(
        "ResizeLike",
        "The images, in the size of others.",
        "resize(x, shape(y)[1:3])",
        "resize(x, shape(y)[1:-1])",
        "resize(x, [shape(y)[1], shape(y)[2]])",
    ),
    _idiom(
        "ChannelShuffle",
        "The channels of all groups in turn.",
        "reshape(transpose(reshape(x, [_, _, _, _, _]), [0, 1, 2, 4, 3]), _)",
    ),
    _idiom(
        "RepeatAlong",
        "The inputs, repeated along a new axis.",
        "tile(expand_dims(x), _)",
    ),
    _idiom("OuterProduct", "The products of all pairs.", "expand_dims(a) * expand_dims(b)"),
)
