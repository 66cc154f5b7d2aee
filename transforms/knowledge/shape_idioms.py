"""Idioms of images, patches, sequences and positions: see ``idioms.py`` for how patterns read."""

from __future__ import annotations

from transforms.knowledge.idiom import Idiom, idiom

_FOUR = ("x[:, ::2, ::2]", "x[:, 1::2, ::2]", "x[:, ::2, 1::2]", "x[:, 1::2, 1::2]")
_SPATIAL = ("item(S, 1) * item(S, 2)", "item(shape(x), 1) * item(shape(x), 2)")
_BLOCKS = "transpose(reshape(x, [_, _, S, _, S, _]), [0, 1, 3, 2, 4, 5])"

SHAPE_IDIOMS: tuple[Idiom, ...] = (
    idiom(
        "ScalePixels",
        "Pixels from 0 to 255, scaled to the range from 0 to 1.",
        "x / 255",
    ),
    idiom(
        "CentrePixels",
        "Pixels from 0 to 255, scaled to the range from -1 to 1.",
        "x / 127.5 - 1",
        "(x - 127.5) / 127.5",
        "x / 255 * 2 - 1",
        "(x / 255 - 0.5) * 2",
    ),
    idiom(
        "WindowPartition",
        "The windows of the images, one after the other.",
        f"reshape({_BLOCKS}, [_, S, S, _])",
        f"reshape({_BLOCKS}, [_, S * S, _])",
        # With four axes: the channels stay with the width of the windows.
        "reshape(transpose(reshape(x, [_, H, P, W * C]), [0, 2, 1, 3]), [_, H, W, C])",
    ),
    idiom(
        "PatchesToSequence",
        "The patches of the images in a row, each flattened.",
        f"reshape({_BLOCKS}, [_, _, S * S * _])",
        f"reshape({_BLOCKS}, [_, _, _ * S * S])",
        "reshape(extract_patches(x), [_, _, _])",
    ),
    idiom("PatchExtraction", "The patches of the images.", "reshape(extract_patches(x), _)"),
    idiom(
        "PatchesToImage",
        "The images that the patches came from, with their channels first.",
        "reshape(transpose(reshape(x, [_, _, _, _, _, _]), [0, 5, 1, 3, 2, 4]), _)",
    ),
    idiom(
        "PixelShuffle",
        "The channels of each pixel as a block of pixels.",
        "reshape(transpose(reshape(x, [_, A, B, S, S, _]), [0, 1, 3, 2, 4, 5]),"
        " [_, A * S, B * S, _])",
    ),
    idiom(
        "FocusSlices",
        "Every second row and column: four smaller images, joined in their channels.",
        f"concat([{', '.join(_FOUR)}])",
        f"concat([{_FOUR[0]}, {_FOUR[2]}, {_FOUR[1]}, {_FOUR[3]}])",
    ),
    idiom(
        "FlattenSpatial",
        "The pixels of the images in a row.",
        *(f"reshape(x, [_, {size}, _])" for size in _SPATIAL),
    ),
    idiom(
        "RepeatPixels",
        "The images, with each pixel repeated along both axes.",
        "repeat(repeat(x, _, 1), _, 2)",
        "repeat_elements(repeat_elements(x, _, 1), _, 2)",
    ),
    idiom(
        "HeatmapToCoordinates",
        "The row and the column of the largest value of each heatmap.",
        *(
            text
            for index in ("argmax(reshape(x, _))",)
            for pair in (f"stack([{index} // _, {index} % _])",)
            for text in (pair, f"transpose({pair}, _)", f"cast({pair})")
        ),
    ),
    idiom(
        "SoftArgmax",
        "The position of the largest value, as the mean position weighted by a softmax.",
        *(
            f"stack([sum({p} * a), sum({p} * b)])"
            for p in ("softmax(x)", "softmax(reshape(x, _))", "reshape(softmax(reshape(x, _)), _)")
        ),
    ),
    idiom(
        "SinusoidalEncoding",
        "The sines, then the cosines of the angles.",
        "concat([sin(x), cos(x)])",
        "concat([sin(x * f), cos(x * f)])",
        "concat([sin(x * _), cos(x * _)])",
    ),
    idiom(
        "FourierFeatures",
        "The sines and cosines of projections.",
        *(
            f"concat([{one}({angle}), {two}({angle})])"
            for one, two in (("sin", "cos"), ("cos", "sin"))
            for angle in ("matmul(x, b)", "_ * matmul(x, b)")
        ),
    ),
    idiom(
        "SpaceToDepth",
        "Moves blocks of pixels into the channels.",
        f"reshape({_BLOCKS}, [_, _, _, S * S * _])",
        f"reshape({_BLOCKS}, [_, _, _, _ * S * S])",
    ),
    idiom(
        "WindowReverse",
        "The images that the windows came from.",
        "reshape(transpose(reshape(x, [_, _, _, S, S, _]), [0, 1, 3, 2, 4, 5]), _)",
        "reshape(transpose(reshape(x, [_, P, H, W * C]), [0, 2, 1, 3]), [_, _ * H, P * W, C])",
    ),
    idiom("SplitInHalves", "The first and the second half of the last axis.", "split(x, 2, -1)"),
    idiom("SplitInThree", "Three equal parts of the last axis.", "split(x, 3, -1)"),
    *(
        idiom(
            f"{op.title()}OverLastAxis",
            f"The {word} over the last axis, kept with size 1.",
            f"{op}(x, -1, keepdims=True)",
        )
        for op, word in (("mean", "mean"), ("sum", "sum"), ("max", "maximum"))
    ),
    idiom("BatchSize", "The size of the first axis.", "item(shape(x), 0)"),
    idiom("SpatialSize", "The sizes of axes 1 and 2.", "shape(x)[1:3]"),
    idiom(
        "ResizeLike",
        "Resizes images to the size of others.",
        "resize(x, shape(y)[1:3])",
        "resize(x, shape(y)[1:-1])",
        "resize(x, [shape(y)[1], shape(y)[2]])",
        "resize(x, [shape(y)[1:3][0], shape(y)[1:3][1]])",
        operands={"x": "images", "y": "reference"},
    ),
    idiom(
        "ChannelShuffle",
        "The channels of all groups in turn.",
        "reshape(transpose(reshape(x, [_, _, _, _, _]), [0, 1, 2, 4, 3]), _)",
        "reshape(transpose(reshape(x, [_, _, _, _, _]), [0, 2, 1, 3, 4]), _)",
    ),
    idiom(
        "RepeatAlong",
        "The inputs, repeated along a new axis.",
        "tile(expand_dims(x), _)",
    ),
    idiom(
        "OuterProduct",
        "The products of all pairs.",
        "expand_dims(a) * expand_dims(b)",
        "matmul(expand_dims(a, -1), expand_dims(b, 1))",
    ),
)
