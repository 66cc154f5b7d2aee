"""Computations that have a name of their own, as patterns of ops.

A pattern is an expression of ops under their short names: ``mean`` stands for ``tf.reduce_mean``,
``K.mean`` and the like, operators for themselves and for their functions. A name matches whatever
stands there but a number, the same each time, a capital also a number, ``mask`` also a comparison;
``_`` matches anything, ``NUMBER`` a number, ``LARGE`` one whose absolute value is at least 1e3, as
masks use it. Terms of ``+`` and factors of ``*`` stand in any order. Arguments that a pattern does
not give may be anything. The names are those under which the computations are known in papers and
in public code.
"""

from __future__ import annotations

from transforms.knowledge.idiom import Idiom, idiom
from transforms.knowledge.shape_idioms import SHAPE_IDIOMS

_SCORES = ("matmul(q, k) / _", "matmul(q, k) * _", "matmul(q / _, k)", "matmul(q * _, k)")
_SUM_OF_SQUARES = ("sum(square(a - b))", "sum(squared_difference(a, b))")


def _standardized(x: str, axes: str, gain: bool = False) -> tuple[str, ...]:
    """What is less its mean and divided by its standard deviation over ``axes``; with a gain."""
    mean, variance = (f"item(moments({x}{axes}), {place})" for place in (0, 1))
    centred = f"({x} - mean({x}{axes}))"
    found = (
        *(f"({x} - {mean}) / sqrt({variance} + _)", f"({x} - {mean}) * rsqrt({variance} + _)"),
        f"({x} - {mean}) / sqrt({variance})",
        f"{centred} / sqrt(mean(square{centred}{axes}) + _)",
        f"{centred} / (reduce_std({x}{axes}) + _)",
        f"{centred} / reduce_std({x}{axes})",
        f"{centred} / sqrt(reduce_variance({x}{axes}) + _)",
    )
    return (*found, *(f"{one} * g + b" for one in found)) if gain else found


_KL = "(1 + v - square(m) - exp(v))"

IDIOMS: tuple[Idiom, ...] = (
    # Attention.
    idiom(
        "ScaledDotProductAttention",
        "Values weighted by the softmax of scaled query-key products.",
        *(f"matmul(softmax({scores}), v)" for scores in _SCORES),
        *(f"matmul(softmax({scores} + _), v)" for scores in _SCORES),
        *(f"matmul(softmax({scores} - _), v)" for scores in _SCORES),
        *(f"matmul(softmax(where(_, {scores}, _)), v)" for scores in _SCORES),
    ),
    idiom(
        "DotProductAttention",
        "Values weighted by the softmax of query-key products.",
        "matmul(softmax(matmul(q, k)), v)",
        "matmul(softmax(matmul(q, k) + _), v)",
    ),
    idiom(
        "AttentionWeights",
        "The softmax of the scaled products of queries and keys.",
        *(f"softmax({scores})" for scores in _SCORES),
        *(f"softmax({scores} + _)" for scores in _SCORES),
        *(f"softmax(where(_, {scores}, _))" for scores in _SCORES),
    ),
    idiom(
        "AttentionScores",
        "The scaled products of queries and keys.",
        "matmul(q, k, transpose_b=True) / _",
        "matmul(q, k, transpose_b=True) * _",
    ),
    idiom(
        "CosineScores",
        "The cosines of the angles between queries and keys.",
        "matmul(l2_normalize(q), l2_normalize(k))",
        "matmul(l2_normalize(q), transpose(l2_normalize(k)))",
    ),
    idiom(
        "SplitHeads",
        "The heads of the last axis, moved behind the batch.",
        "transpose(reshape(x, [_, _, _, _]), [0, 2, 1, 3])",
        # As keys are wanted, whose channels come before their length.
        "transpose(reshape(x, [_, _, _, _]), [0, 2, 3, 1])",
        given={"perm": "The heads of the last axis, with the axes in the order `perm`."},
    ),
    idiom(
        "ApplyAttention",
        "The values, weighted by the scores, with their heads joined in the last axis.",
        "reshape(transpose(matmul(w, v), [0, 2, 1, 3]), _)",
        "reshape(transpose(matmul(softmax(w), v), [0, 2, 1, 3]), _)",
    ),
    idiom(
        "SplitQKV",
        "The queries, keys and values of all heads.",
        "unstack(transpose(reshape(x, [_, _, 3, _, _]), [2, 0, 3, 1, 4]))",
        "transpose(reshape(x, [_, _, 3, _, _]), [2, 0, 3, 1, 4])",
        "item(transpose(reshape(x, [_, _, 3, _, _]), [2, 0, 3, 1, 4]), 2)",
        "item(unstack(transpose(reshape(x, [_, _, 3, _, _]), [2, 0, 3, 1, 4])), 2)",
    ),
    idiom(
        "RelativePositionBias",
        "The biases of all pairs of positions, one for each head.",
        *(
            text
            for bias in ("gather(t, i)", "reshape(gather(t, _), _)", "sigmoid(gather(t, i)) * _")
            for text in (
                f"transpose({bias}, [2, 0, 1])",
                f"expand_dims(transpose({bias}, [2, 0, 1]), 0)",
            )
        ),
    ),
    idiom(
        "RotateHalf",
        "The second half of the channels with its sign changed, then the first half.",
        "concat([-item(split(x), 1), item(split(x), 0)])",
    ),
    idiom(
        "MergeHeads",
        "The heads, moved behind the length and joined in the last axis.",
        "reshape(transpose(x, [0, 2, 1, 3]), [_, _, _])",
        "reshape(transpose(x, [0, 2, 1, 3]), [_, _, _, H * D])",
    ),
    idiom(
        "MaskScores",
        "The scores, far below zero where the mask hides them.",
        "scores + (1 - mask) * LARGE",
        "scores + cast(mask) * LARGE",
        "where(_, scores, LARGE)",
        "where(_, LARGE, scores)",
    ),
    idiom(
        "CausalMask",
        "Which positions each position may look at: those up to itself.",
        "band_part(ones(_), -1, 0)",
        "cast(band_part(ones(_), -1, 0))",
        "1 - band_part(ones(_), -1, 0)",
    ),
    idiom("PaddingMask", "Which tokens are no padding.", "cast(not_equal(x, 0))"),
    idiom("PaddingPositions", "Which tokens are padding.", "cast(equal(x, 0))"),
    idiom(
        "AttentionPooling",
        "The sum of the inputs, weighted by a softmax.",
        "sum(softmax(w) * x)",
        "squeeze(matmul(softmax(w), x, transpose_a=True))",
    ),
    idiom(
        "WeightedValues",
        "The values, weighted by the softmax of the scores.",
        "matmul(softmax(scores), v)",
    ),
    # Pooling and statistics.
    idiom(
        "MaskedMean",
        "The mean of what the mask keeps.",
        "sum(x * m) / sum(m)",
        "sum(x * m) / maximum(sum(m), _)",
        "sum(x * m) / (sum(m) + _)",
        "sum(x * expand_dims(m)) / sum(expand_dims(m))",
        "sum(x * expand_dims(m)) / maximum(sum(expand_dims(m)), _)",
        "sum(x * expand_dims(m)) / maximum(sum(m), _)",
        "sum(x * expand_dims(m)) / (sum(m) + _)",
        *(
            f"sum(x * {m}) / {total}"
            for m in ("cast(mask)", "expand_dims(mask)", "expand_dims(cast(mask))")
            for count in (f"sum({m})", "sum(cast(mask))")
            for total in (count, f"maximum({count}, _)", f"({count} + _)")
        ),
    ),
    idiom(
        "MinibatchStddev",
        "The inputs, with their standard deviation over the batch appended.",
        "concat([x, tile(reduce_std(x, 0), _)])",
        "concat([x, tile(sqrt(reduce_variance(x, 0) + _), _)])",
        "concat([x, repeat(reduce_std(x, 0), _)])",
        "concat([x, tile(mean(reduce_std(x, 0)), _)])",
        "concat([x, tile(reshape(mean(reduce_std(x, 0)), _), _)])",
        "concat([x, tile(mean(sqrt(reduce_variance(x, 0) + _)), _)])",
    ),
    idiom(
        "GeneralizedMeanPooling",
        "The root of the mean of powers, between the mean and the maximum.",
        "pow(mean(pow(x, _)), _)",
        "pow(mean(pow(maximum(x, _), _)), _)",
        "pow(mean(pow(clip_by_value(x, _, _), _)), _)",
    ),
    idiom(
        "ChannelPool",
        "The mean and the maximum over the channels.",
        "concat([mean(x, -1), max(x, -1)])",
        "concat([max(x, -1), mean(x, -1)])",
        "concat([mean(x, 3), max(x, 3)])",
        "concat([max(x, 3), mean(x, 3)])",
    ),
    idiom(
        "StandardDeviation",
        "The square root of the mean squared distance from the mean.",
        "sqrt(mean(square(x - mean(x))))",
        "sqrt(mean(square(x - mean(x))) + _)",
    ),
    idiom("Variance", "The mean squared distance from the mean.", "mean(square(x - mean(x)))"),
    idiom(
        "InstanceNorm",
        "Each channel of each image, less its mean, divided by its standard deviation.",
        *_standardized("x", ", [1, 2]", gain=True),
    ),
    idiom(
        "LayerNorm",
        "The inputs, less their mean over the last axis and divided by their standard deviation.",
        *_standardized("x", ", -1", gain=True),
        *_standardized("x", ", [-1]", gain=True),
    ),
    idiom(
        "GroupNorm",
        "The inputs, standardized in groups of channels.",
        *(f"reshape({one}, _)" for one in _standardized("reshape(x, _)", "")),
    ),
    idiom(
        "Standardize",
        "The inputs, less their mean and divided by their standard deviation.",
        "(x - mean(x)) / sqrt(mean(square(x - mean(x))) + _)",
        "(x - mean(x)) / (reduce_std(x) + _)",
        "(x - mean(x)) / reduce_std(x)",
        "(x - item(moments(x), 0)) / sqrt(item(moments(x), 1) + _)",
        "(x - item(moments(x), 0)) * rsqrt(item(moments(x), 1) + _)",
        "(x - item(moments(x), 0)) / sqrt(item(moments(x), 1))",
        "(x - mean(x)) / sqrt(reduce_variance(x) + _)",
        "(x - mean(x)) * rsqrt(mean(square(x - mean(x))) + _)",
    ),
    idiom("MeanCentre", "The inputs, less their mean.", "x - mean(x)"),
    idiom(
        "MinMaxScale",
        "The inputs between zero, at their minimum, and one, at their maximum.",
        "(x - min(x)) / (max(x) - min(x))",
        "(x - min(x)) / (max(x) - min(x) + _)",
        "(x - min(x)) / maximum(max(x) - min(x), _)",
    ),
    idiom(
        "RMSNorm",
        "The inputs, divided by the root of their mean square.",
        "x * rsqrt(mean(square(x)) + _)",
        "x / sqrt(mean(square(x)) + _)",
        "x * rsqrt(mean(square(x)) + _) * g",
        "x / sqrt(mean(square(x)) + _) * g",
    ),
    idiom(
        "NormalizeVectors",
        "The vectors, divided by their Euclidean length.",
        "x / maximum(norm(x), _)",
        "x / (sqrt(sum(square(x))) + _)",
        "x / maximum(sqrt(sum(square(x))), _)",
        "x * rsqrt(sum(square(x)) + _)",
        "x * rsqrt(maximum(sum(square(x)), _))",
        "x / sqrt(sum(square(x)))",
        "x / sqrt(sum(square(x)) + _)",
        "x / sqrt(maximum(sum(square(x)), _))",
        "x / norm(x)",
        "x / (norm(x) + _)",
    ),
    idiom(
        "Squash",
        "The vectors of capsules, shrunk to a length below one.",
        "sum(square(x)) / (1 + sum(square(x))) * x / sqrt(sum(square(x)) + _)",
        "sum(square(x)) / (1 + sum(square(x))) * (x / sqrt(sum(square(x)) + _))",
    ),
    idiom(
        "SumToOne",
        "The inputs, divided by their sum.",
        "x / sum(x)",
        "x / (sum(x) + _)",
    ),
    idiom("VectorLength", "The Euclidean length of the vectors.", "sqrt(sum(square(x)))"),
    idiom(
        "LogSumExp",
        "The logarithm of the summed exponentials.",
        "log(sum(exp(x)))",
        "max(x) + log(sum(exp(x - max(x))))",
    ),
    idiom(
        "SoftmaxActivation",
        "The exponentials, divided by their sum.",
        "exp(x) / sum(exp(x))",
        "exp(x) / (sum(exp(x)) + _)",
        "exp(x - max(x)) / sum(exp(x - max(x)))",
    ),
    idiom(
        "Entropy",
        "The entropy of distributions.",
        "-sum(p * log(p))",
        "-sum(p * log(p + _))",
        "-sum(p * log(maximum(p, _)))",
        "-sum(p * log(clip_by_value(p, _, _)))",
    ),
    idiom("RootMeanSquare", "The root of the mean square.", "sqrt(mean(square(x)))"),
    idiom("MeanSquare", "The mean of the squares.", "mean(square(x))"),
    idiom("SumOfSquares", "The sum of the squares.", "sum(square(x))"),
    # Generative models and losses.
    idiom(
        "Sampling",
        "A sample around a mean, by the reparameterization trick.",
        "m + exp(v * _) * normal(_)",
        "m + exp(v / _) * normal(_)",
        "m + exp(v) * normal(_)",
        "m + sqrt(exp(v)) * normal(_)",
        "m + exp(v * _) * cast(normal(_))",
    ),
    idiom(
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
    idiom("AddNoise", "The inputs with random noise.", "x + normal(_)", "x + normal(_) * _"),
    idiom(
        "HuberLoss",
        "The square of small errors, and the absolute value of large ones.",
        "where(abs(e) < D, 0.5 * square(e), abs(e) - 0.5)",
        "where(abs(e) < D, 0.5 * square(e), D * (abs(e) - 0.5 * D))",
        "where(abs(e) <= D, 0.5 * square(e), D * (abs(e) - 0.5 * D))",
        "where(abs(e) < D, 0.5 * square(e), D * abs(e) - 0.5 * _)",
    ),
    idiom(
        "DropPath",
        "The inputs, some samples set to zero at random and the others scaled up.",
        "x / _ * floor(_ + uniform(_))",
        "x * floor(_ + uniform(_)) / _",
        "x / _ * floor(uniform(_) + _)",
        "x / _ * cast(uniform(_) < _)",
        "x / _ * cast(uniform(_) >= _)",
    ),
    idiom("HingeLoss", "By how much products fall short of one.", "maximum(1 - y * p, 0)"),
    idiom("SquaredRelu", "The squares of what is positive.", "square(relu(x))"),
    idiom("TripletMargin", "By how much a margin is missed.", "maximum(p - n + _, 0)"),
    # Distances.
    idiom(
        "ManhattanSimilarity",
        "One for equal inputs, less with the sum of the absolute differences.",
        "exp(-sum(abs(a - b)))",
    ),
    idiom("L1Distance", "The sum of the absolute differences.", "sum(abs(a - b))"),
    idiom("AbsoluteDifference", "The absolute differences.", "abs(a - b)"),
    idiom("MeanAbsoluteError", "The mean absolute difference.", "mean(abs(a - b))"),
    idiom(
        "EuclideanDistance",
        "The Euclidean distance.",
        *(f"sqrt({squares})" for squares in _SUM_OF_SQUARES),
        *(f"sqrt({squares} + _)" for squares in _SUM_OF_SQUARES),
        *(f"sqrt(maximum({squares}, _))" for squares in _SUM_OF_SQUARES),
        "norm(a - b)",
    ),
    idiom("SquaredDistance", "The squared Euclidean distance.", *_SUM_OF_SQUARES),
    idiom(
        "MeanSquaredError",
        "The mean squared difference.",
        "mean(square(a - b))",
        "mean(squared_difference(a, b))",
    ),
    idiom(
        "GaussianKernel",
        "One for equal inputs, less with their squared distance.",
        *(f"exp(-{squares} / _)" for squares in _SUM_OF_SQUARES),
        *(f"exp(-{squares} * _)" for squares in _SUM_OF_SQUARES),
        *(f"exp(-{squares})" for squares in _SUM_OF_SQUARES),
        *(f"exp(-(_ * {squares}))" for squares in _SUM_OF_SQUARES),
    ),
    idiom(
        "CosineSimilarity",
        "The cosine of the angle between the inputs.",
        *(
            f"sum(a * b) / {both}"
            for lengths in ("norm(a) * norm(b)", "sqrt(sum(square(a))) * sqrt(sum(square(b)))")
            for both in (f"({lengths})", f"({lengths} + _)", f"maximum({lengths}, _)")
        ),
        "sum(l2_normalize(a) * l2_normalize(b))",
    ),
    idiom("DotProduct", "The sum of the products of two inputs.", "sum(a * b)"),
    idiom(
        "FactorizationMachine",
        "The products of all pairs of embeddings, summed.",
        *(
            half.format(differences)
            for differences in (
                "square(sum(x)) - sum(square(x))",
                "square(sum(concat(x))) - sum(square(concat(x)))",
                "square(sum(stack(x))) - sum(square(stack(x)))",
            )
            for half in (
                "sum({}) * 0.5",
                "sum(({}) * 0.5)",
                "({}) * 0.5",
                "sum({}) / 2",
                "({}) / 2",
            )
        ),
    ),
    idiom(
        "GramMatrix",
        "The products of all pairs of channels.",
        "matmul(x, x, transpose_a=True)",
        "matmul(x, x, transpose_b=True)",
        "matmul(transpose(x), x)",
        "matmul(x, transpose(x))",
    ),
    # Activations and gates.
    idiom(
        "HardSwish",
        "The inputs, scaled down to zero between 3 and -3.",
        "x * relu6(x + 3) / 6",
        "x * relu6(x + 3) * _",
        "x * (relu6(x + 3) / 6)",
        "x * (relu6(x + 3) * _)",
        "x * clip_by_value(x + 3, 0, 6) / 6",
        "x * (clip_by_value(x + 3, 0, 6) / 6)",
    ),
    idiom(
        "HardSigmoidGate",
        "The inputs, weighted by the hard sigmoid of a gate.",
        "x * hard_sigmoid(g)",
        "x * (relu6(g + 3) / 6)",
        "x * relu6(g + 3) / 6",
        "x * (relu6(g + 3) * _)",
    ),
    idiom(
        "HardSigmoid",
        "A sigmoid of straight lines.",
        "relu6(x + 3) / 6",
        "relu6(x + 3) * _",
        "clip_by_value(x + 3, 0, 6) / 6",
        "clip_by_value(NUMBER * x + 0.5, 0, 1)",
        "clip(NUMBER * x + 0.5, 0, 1)",
    ),
    idiom(
        "LeakyRelu",
        "What is positive, and a fraction of what is negative.",
        "maximum(x, NUMBER * x)",
        "maximum(NUMBER * x, x)",
        "where(x > 0, x, NUMBER * x)",
        "where(x >= 0, x, NUMBER * x)",
        "relu(x) - NUMBER * relu(-x)",
    ),
    idiom(
        "EluActivation",
        "What is positive, and the exponential less one of what is negative.",
        "where(x > 0, x, exp(x) - 1)",
        "where(x > 0, x, NUMBER * (exp(x) - 1))",
        "where(x > 0, x, expm1(x))",
        "where(x > 0, x, expm1(minimum(x, 0)))",
    ),
    idiom(
        "ConcatenatedRelu",
        "What is positive, then what is negative with its sign changed.",
        "concat([relu(x), relu(-x)])",
    ),
    idiom(
        "StarRelu",
        "The scaled and shifted squares of what is positive.",
        "NUMBER * square(relu(x)) + NUMBER",
    ),
    idiom("OneMinus", "One less the inputs.", "1 - x"),
    idiom("Decrement", "The inputs less one.", "x - 1"),
    idiom("Increment", "The inputs plus one.", "x + 1"),
    idiom(
        "ToSignedRange",
        "Moves the range from 0 to 1 to the range from -1 to 1.",
        "2 * x - 1",
        "(x - 0.5) * 2",
        "(x - 0.5) / 0.5",
    ),
    idiom(
        "ToUnitRange",
        "Moves the range from -1 to 1 to the range from 0 to 1.",
        "(x + 1) / 2",
        "(x + 1) * 0.5",
        "0.5 * x + 0.5",
    ),
    idiom(
        "Gelu",
        "The inputs, weighted by the normal distribution below them.",
        "0.5 * x * (1 + erf(x / _))",
        "0.5 * x * (1 + erf(x * _))",
        "x * 0.5 * (1 + erf(x / _))",
        "0.5 * x * (1 + tanh(_))",
        "x * sigmoid(1.702 * x)",
    ),
    idiom("Swish", "The inputs, weighted by their sigmoid.", "x * sigmoid(x)"),
    idiom("ScaledSwish", "The inputs, weighted by a sigmoid.", "x * sigmoid(_ * x)"),
    idiom(
        "Mish",
        "The inputs, weighted by the tanh of their softplus.",
        "x * tanh(softplus(x))",
        "x * tanh(log(1 + exp(x)))",
        "x * tanh(log1p(exp(x)))",
    ),
    *(
        idiom(
            name,
            f"One half of the channels, weighted by the {what} of the other.",
            f"item(split(x), 0) * {gate}(item(split(x), 1))",
            f"item(split(x), 1) * {gate}(item(split(x), 0))",
        )
        for name, what, gate in (
            ("GeGLU", "GELU", "gelu"),
            ("SwiGLU", "swish", "silu"),
            ("ReGLU", "ReLU", "relu"),
        )
    ),
    idiom(
        "GatedLinearUnit",
        "One half of the channels, weighted by the sigmoid of the other.",
        "item(split(x), 0) * sigmoid(item(split(x), 1))",
        "item(split(x), 1) * sigmoid(item(split(x), 0))",
    ),
    idiom(
        "GatedActivation",
        "A tanh, weighted by a sigmoid.",
        "tanh(a) * sigmoid(b)",
        "tanh(item(split(x), 0)) * sigmoid(item(split(x), 1))",
    ),
    idiom(
        "ScaleChannels",
        "The images, each channel scaled by its own weight.",
        "x * reshape(s, [_, 1, 1, _])",
        "x * sigmoid(reshape(s, [_, 1, 1, _]))",
        "x * reshape(sigmoid(s), [_, 1, 1, _])",
    ),
    idiom("SigmoidGate", "The inputs, weighted by the sigmoid of a gate.", "x * sigmoid(g)"),
    idiom("SoftmaxGate", "The inputs, weighted by a softmax.", "x * softmax(g)"),
    idiom("ClippedRelu", "What is positive, up to a bound.", "minimum(relu(x), _)"),
    idiom("SoftClip", "The inputs, held between two bounds by a tanh.", "C * tanh(x / C)"),
    idiom(
        "SoftThreshold",
        "The inputs, moved towards zero by a threshold.",
        "sign(x) * maximum(abs(x) - _, 0)",
        "sign(x) * relu(abs(x) - _)",
    ),
    idiom("SignedLog", "The logarithm of the size, with the sign.", "sign(x) * log1p(abs(x))"),
    idiom("LogOfSize", "The logarithm of one plus the absolute value.", "log1p(abs(x))"),
    idiom(
        "SignedSqrt",
        "The square root of the size, with the sign.",
        "sign(x) * sqrt(abs(x))",
        "sign(x) * sqrt(abs(x) + _)",
    ),
    idiom("TemperedSoftmax", "The softmax at a temperature.", "softmax(x / _)"),
    idiom(
        "GlobalResponse",
        "The norm of each channel over the image, relative to their mean.",
        *(
            f"norm(x, axis=[1, 2]) / {mean}"
            for mean in (
                "mean(norm(x, axis=[1, 2]), axis=-1)",
                "(mean(norm(x, axis=[1, 2]), axis=-1) + _)",
            )
        ),
    ),
    idiom(
        "ResponseNorm",
        "The norms of the inputs, divided by their mean.",
        "norm(x) / mean(norm(x))",
        "norm(x) / (mean(norm(x)) + _)",
    ),
    idiom("Blend", "A mixture of two inputs by a weight.", "w * a + (1 - w) * b"),
    *SHAPE_IDIOMS,
)
