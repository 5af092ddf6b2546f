"""Boxes on pictures: drawing them, and sampling a crop that shows enough of one."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph.core import attrs, dtypes
from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.graph import name_scope
from flowgraph.core.op_def import OpDef, Trait, define
from flowgraph.core.operation import Operation
from flowgraph.core.shapes import TensorShape
from flowgraph.core.tensor import Tensor
from flowgraph.ops.image._crops import Crop, crop_sampler
from flowgraph.ops.random.distributions import generator

# --- DrawBoundingBoxes, DrawBoundingBoxesV2 -------------------------------------------------------
# Yellow, blue, red, lime, purple, olive, maroon, navy, aqua, fuchsia.
_COLORS = np.array(
    [[1, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0.5, 0, 0.5, 1], [0.5, 0.5, 0, 1],
     [0.5, 0, 0, 1], [0, 0, 0.5, 1], [0, 1, 1, 1], [1, 0, 1, 1]], np.float32,
)  # fmt: skip


def _drawing(op_type: str, colors: str) -> OpDef:
    op_def = define(
        op_type,
        inputs=f"images: T, boxes: float32{colors}",
        outputs="output: T",
        attrs={"T": attrs.types(dtypes.float16, dtypes.float32, default=dtypes.float32)},
        shape=_drawn_shape,
    )
    op_def.kernel(lambda ctx: _draw)
    return op_def


def _drawn_shape(op: Operation) -> TensorShape:
    images, boxes = op.inputs[0].shape.with_rank(4), op.inputs[1].shape.with_rank(3)
    depth, width = images.known[3], boxes.known[2]  # type: ignore[index]
    if depth not in (None, 1, 3, 4):
        raise ValueError(
            f"Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA), got {depth}"
        )
    if width not in (None, 4):
        raise ValueError(f"Dimension must be 4 but is {width}, for the boxes of {op.type}")
    if len(op.inputs) > 2:
        op.inputs[2].shape.with_rank(2)
    return images  # type: ignore[no-any-return]


def _draw(images: Any, boxes: Any, colors: Any = None) -> Any:
    _check_drawing(images, boxes, colors)
    depth = images.shape[3]
    if colors is None or not colors.size:
        colors = _COLORS if depth > 1 else np.ones((1, 1), np.float32)
    colors = colors[:, :depth].astype(images.dtype)
    out = images.copy()
    last = np.array([images.shape[1] - 1, images.shape[2] - 1] * 2, np.float32)
    corners = np.trunc(boxes * last).astype(np.int64)
    for canvas, row in zip(out, corners.tolist(), strict=True):
        for i, box in enumerate(row):
            _frame(canvas, box, colors[i % len(colors)])
    return out


def _frame(canvas: Any, box: list[int], color: Any) -> None:
    """Draws the sides of a box that lie on the canvas; nothing of one that is turned inside out."""
    top, left, bottom, right = box
    height, width = canvas.shape[:2]
    if top > bottom or left > right:
        return
    if top >= height or bottom < 0 or left >= width or right < 0:
        return
    rows = slice(max(top, 0), min(bottom, height - 1) + 1)
    columns = slice(max(left, 0), min(right, width - 1) + 1)
    for row in (top, bottom):
        if 0 <= row < height:
            canvas[row, columns] = color
    for column in (left, right):
        if 0 <= column < width:
            canvas[rows, column] = color


def _check_drawing(images: Any, boxes: Any, colors: Any) -> None:
    if images.ndim != 4 or images.shape[3] not in (1, 3, 4):
        raise InvalidArgumentError(
            "images must be of rank 4 with 1 (GRY), 3 (RGB) or 4 (RGBA) channels, got shape "
            f"{list(images.shape)}"
        )
    if boxes.ndim != 3 or boxes.shape[2] != 4:
        raise InvalidArgumentError(f"boxes must be [batch, n, 4], got shape {list(boxes.shape)}")
    if len(images) != len(boxes):
        raise InvalidArgumentError(
            f"The batch sizes should be the same, got {len(images)} and {len(boxes)}"
        )
    if colors is not None and (colors.ndim != 2 or colors.shape[1] < images.shape[3]):
        raise InvalidArgumentError(
            "colors must be a 2-D matrix with no fewer channels than the images, got shape "
            f"{list(colors.shape)}"
        )


draw_bounding_boxes_op = _drawing("DrawBoundingBoxes", "").no_gradient()
draw_bounding_boxes_v2_op = _drawing("DrawBoundingBoxesV2", ", colors: float32")


def draw_bounding_boxes(
    images: Any, boxes: Any, name: str | None = None, colors: Any = None
) -> Tensor:
    """The images with frames drawn on them (tf.image.draw_bounding_boxes).

    Args:
      images: [batch, height, width, depth] of depth 1, 3 or 4, float16 or float32.
      boxes: float32 [batch, n, 4]: the least y and x and the greatest ones, of [0, 1].
      name: the operation's name.
      colors: float32 [m, depth or more], taken in turn; ten bright ones when None.

    Raises:
      ValueError: shapes that do not fit (InvalidArgumentError where only the run tells).
    """
    if colors is None:
        return draw_bounding_boxes_op(images, boxes, name=name)  # type: ignore[no-any-return]
    return draw_bounding_boxes_v2_op(images, boxes, colors, name=name)  # type: ignore[no-any-return]


# --- SampleDistortedBoundingBox, V2 ---------------------------------------------------------------
_SEEDS = {
    "T": (dtypes.uint8, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64),
    "seed": attrs.integer(0),
    "seed2": attrs.integer(0),
}
_LIMITS = {
    "aspect_ratio_range": attrs.reals([0.75, 1.33]),
    "area_range": attrs.reals([0.05, 1.0]),
    "max_attempts": attrs.integer(100),
    "use_image_if_no_bounding_boxes": attrs.boolean(False),
}


def _sampled_shapes(op: Operation) -> list[TensorShape]:
    size, boxes = op.inputs[0].shape.with_rank(1), op.inputs[1].shape.with_rank(3)
    for input in op.inputs[2:]:
        input.shape.with_rank(0)
    if size.known[0] not in (None, 3) or boxes.known[2] not in (None, 4):  # type: ignore[index]
        raise ValueError(f"{op.type} takes an image size [3] and boxes [.., .., 4], got {size} "
                         f"and {boxes}")  # fmt: skip
    return [TensorShape.of((3,)), TensorShape.of((3,)), TensorShape.of((1, 1, 4))]


def _sampling(op_type: str, covered: str, **more: Any) -> OpDef:
    op_def = define(
        op_type,
        inputs=f"image_size: T, bounding_boxes: float32{covered}",
        outputs="begin: T, size: T, bboxes: float32",
        attrs={**_SEEDS, **more, **_LIMITS},
        shape=_sampled_shapes,
        traits=Trait.STATEFUL,
    )

    @op_def.kernel
    def _(ctx: Any) -> Any:
        sample, dtype = crop_sampler(generator(ctx), ctx.attrs), ctx.dtype
        whole_if_none = ctx.attrs["use_image_if_no_bounding_boxes"]
        fixed = ctx.attrs.get("min_object_covered")

        def run(size: Any, boxes: Any, covered: Any = fixed) -> Any:
            height, width = _image_size(size)
            least = _coverage(covered)
            objects = _pixels(boxes, height, width, whole_if_none)
            crop = sample(height, width, objects, least)
            return _outputs(crop, height, width, dtype)

        return run

    return op_def.no_gradient()


def _image_size(size: Any) -> tuple[int, int]:
    if size.shape != (3,):
        raise InvalidArgumentError(
            f"image_size must be 1-dimensional with 3 elements, got shape {list(size.shape)}"
        )
    height, width = int(size[0]), int(size[1])
    if not (0 <= height < 2**31 - 1 and 0 <= width < 2**31 - 1):
        raise InvalidArgumentError(
            f"image height and width must be of [0, int32 max), got {height} and {width}"
        )
    return height, width


def _coverage(covered: Any) -> float:
    if np.ndim(covered):
        raise InvalidArgumentError(
            f"min_object_covered must be 0-D, got shape {list(covered.shape)}"
        )
    if not covered >= 0:
        raise InvalidArgumentError(f"Min object covered must be non-negative: {covered}")
    return covered  # type: ignore[no-any-return]


def _pixels(boxes: Any, height: int, width: int, whole_if_none: bool) -> list[Crop]:
    if boxes.ndim != 3 or boxes.shape[2] != 4:
        raise InvalidArgumentError(
            f"input boxes must be [batch, num_boxes, 4], got shape {list(boxes.shape)}"
        )
    if not boxes.size:
        if not whole_if_none:
            raise InvalidArgumentError(
                "No bounding boxes provided as input. One must enable "
                "use_image_if_no_bounding_boxes if you wish to not provide any bounding boxes."
            )
        return [(0, 0, height, width)]
    outside = boxes[~((boxes >= 0) & (boxes <= 1))]
    if outside.size:
        raise InvalidArgumentError(
            f"All bounding box coordinates must be in [0.0, 1.0]: {outside[0]}"
        )
    scale = np.array([height, width, height, width], np.float32)
    corners = (boxes.reshape(-1, 4) * scale).astype(np.int64).tolist()
    return [tuple(row) for row in corners]


def _outputs(crop: Crop, height: int, width: int, dtype: np.dtype[Any]) -> Any:
    top, left, bottom, right = crop
    begin = np.array([top, left, 0]).astype(dtype)
    size = np.array([bottom - top, right - left, -1]).astype(dtype)
    with np.errstate(divide="ignore", invalid="ignore"):
        box = np.array(crop, np.float32) / np.array([height, width, height, width], np.float32)
    return begin, size, box.reshape(1, 1, 4)


sample_distorted_bounding_box_op = _sampling(
    "SampleDistortedBoundingBox", "", min_object_covered=attrs.real(0.1)
)
sample_distorted_bounding_box_v2_op = _sampling(
    "SampleDistortedBoundingBoxV2", ", min_object_covered: float32"
)


def sample_distorted_bounding_box(
    image_size: Any,
    bounding_boxes: Any,
    seed: int | None = None,
    seed2: int | None = None,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None,
    name: str | None = None,
) -> Any:
    """A random crop that shows part of an object (tf.image.sample_distorted_bounding_box).

    Args:
      image_size: a vector of integers: height, width, channels.
      bounding_boxes: float32 [batch, n, 4], the objects: y and x from, y and x to, of [0, 1].
      seed: with `seed2`, makes the samples repeatable unless both are 0.
      seed2: see `seed`.
      min_object_covered: the least part of some object that the crop shows.
      aspect_ratio_range: width over height of the crop, from and to; [0.75, 1.33] when None.
      area_range: the crop's part of the image, from and to; [0.05, 1] when None.
      max_attempts: how often to try before the whole image is taken; 100 when None.
      use_image_if_no_bounding_boxes: whether the image is the object when there are no boxes.
      name: the scope of the new operation.

    Returns:
      (begin, size) as tf.slice takes them, and the crop as a box float32 [1, 1, 4].

    Raises:
      ValueError: shapes that do not fit. InvalidArgumentError at run time for boxes outside of
        [0, 1], ranges that are none, or no boxes.
    """
    with name_scope(name, "sample_distorted_bounding_box"):
        return sample_distorted_bounding_box_v2_op(
            image_size, bounding_boxes, min_object_covered, seed=seed, seed2=seed2,
            aspect_ratio_range=aspect_ratio_range, area_range=area_range,
            max_attempts=max_attempts,
            use_image_if_no_bounding_boxes=use_image_if_no_bounding_boxes, name=name,
        )  # fmt: skip
