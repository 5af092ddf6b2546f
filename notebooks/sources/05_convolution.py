# %% [markdown] lang="en"
# # 5. Convolution: a small filter slides over a picture
#
# Here are a photograph and what nine numbers make of it. The numbers find its **edges**: white
# where the picture changes from left to right, black where it does not. At the end of this notebook
# you will know how.
#
# The photograph shows Grace Hopper, who wrote one of the first compilers. It comes with matplotlib
# (its sample file `grace_hopper.jpg`), so nothing has to be downloaded.

# %% [markdown] lang="zh"
# # 5. 卷积：小小的卷积核在图片上滑动
#
# 下面是一张照片，以及九个数对它做的事。这九个数找出了照片的**边缘**：从左到右有变化的地方是白的，
# 没有变化的地方是黑的。读完这一课，你就知道是怎么做到的。
#
# 照片上是格蕾丝·霍珀（Grace Hopper），最早的编译器之一出自她手。照片随 matplotlib 附带
# （示例文件 `grace_hopper.jpg`），不用下载。

# %%
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cbook import get_sample_data

import flowgraph as tf

with get_sample_data("grace_hopper.jpg") as file:
    photo = plt.imread(file, format="jpg")[20:422, 70:472].astype(np.float32) / 255
photo = photo.reshape(134, 3, 134, 3, 3).mean(axis=(1, 3))  # a third of the size
grey = photo.mean(axis=2)

plt.rcParams["figure.dpi"] = 80
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)


def convolve(pictures, filters, **options):
    """Slides filters [rows, columns, in, out] over pictures [count, height, width, in]."""
    with tf.Graph().as_default(), tf.Session() as session:
        options = {"strides": [1, 1, 1, 1], "padding": "VALID", **options}
        return session.run(tf.nn.conv2d(pictures, filters, **options))


def convolve_one(picture, filter, **options):
    """The same for one grey picture and one filter."""
    return convolve(picture[None, :, :, None], filter[:, :, None, None], **options)[0, :, :, 0]


def show(pictures, size, cmap="gray", **options):
    """Pictures side by side under their titles."""
    axes = plt.figure(figsize=size, layout="constrained").subplots(1, len(pictures))
    for axis, (title, picture) in zip(axes, pictures.items()):
        axis.imshow(picture, cmap=cmap, interpolation="nearest", **options)
        axis.set_title(title, fontsize=10)
        axis.axis("off")
    plt.show()


show({"the photograph": grey, "nine numbers later": np.abs(convolve_one(grey, SOBEL))}, (7, 3.7))

# %% [markdown] lang="en"
# ## Step by step
#
# Take a picture so small that every number fits on the page. 1 is white, 0 is black. The
# **filter**, also called kernel, is smaller still: 3×3 **weights**.
#
# Lay the filter on the upper left corner. Multiply each number of the picture with the weight that
# lies on it, and add up: that is the first number of the output. Then move the filter one step to
# the right, and so on. The output is called a **feature map**. Watch it grow:

# %% [markdown] lang="zh"
# ## 一步一步来
#
# 取一张小图片，小到每个数都写得下。1 是白，0 是黑。**卷积核**（filter，也叫 kernel，滤波器）更小：
# 3×3 个**权重**。
#
# 把卷积核放在左上角。图片的每个数乘以压在它上面的权重，全部加起来，就是输出的第一个数。
# 然后卷积核右移一步，如此继续。输出叫做**特征图**（feature map）。看它怎样一格一格地填满：

# %%
small = np.array(
    [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]],
    np.float32,
)
cross = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], np.float32)
tf.viz.convolution_steps(small, cross)

# %% [markdown] lang="en"
# The output is large where the picture looks like the filter. 4 of 5 possible points: here is
# nearly a cross. So a filter is a small picture of what it looks for.
#
# `tf.nn.conv2d` does the same. Its pictures have four axes: [count, height, width, depth]. Its
# filters have four, too: [height, width, depth in, depth out].

# %% [markdown] lang="zh"
# 图片与卷积核像的地方，输出就大。满分 5 分得了 4 分，说明这里差不多是个叉。
# 所以，卷积核就是一张小图片，画的是它要找的东西。
#
# `tf.nn.conv2d` 做的是同一件事。它的图片有四个轴：[张数, 高, 宽, 深度]；卷积核也有四个轴：
# [高, 宽, 输入深度, 输出深度]。

# %%
with tf.Graph().as_default():
    picture = tf.placeholder(tf.float32, [None, 5, 5, 1], name="picture")
    weights = tf.constant(cross[:, :, None, None], name="filter")
    feature_map = tf.nn.conv2d(picture, weights, [1, 1, 1, 1], "VALID", name="map")
    with tf.Session() as session:
        print(session.run(feature_map, {picture: small[None, :, :, None]})[0, :, :, 0])
tf.viz.draw(feature_map)

# %% [markdown] lang="en"
# (Mathematicians turn the filter by 180° before they slide it. Neural networks do not: they learn
# the weights anyway, so it makes no difference.)
#
# ## Zero padding: narrow and wide
#
# The output is smaller than the picture: 3×3 from 5×5. At the edge the filter has no room. This is
# a **narrow** convolution. With ten layers of it nothing would be left.
#
# The remedy is **zero padding**: put zeros around the picture first. With one row of zeros on each
# side the output is as large as the picture. This is a **wide** convolution.

# %% [markdown] lang="zh"
# （数学上要先把卷积核旋转 180° 再滑动。神经网络不转：反正权重是学来的，转不转没有差别。）
#
# ## 零填充：窄卷积与宽卷积
#
# 输出比图片小：5×5 变成 3×3，因为在边上卷积核放不下。这叫**窄卷积**（narrow convolution）。
# 照这样来十层，就什么也不剩了。
#
# 办法是**零填充**（zero padding）：先在图片四周补上零。每边补一圈零，输出就和图片一样大。
# 这叫**宽卷积**（wide convolution）。

# %%
tf.viz.convolution_steps(small, cross, padding=1, seconds=1)

# %% [markdown] lang="en"
# In `tf.nn.conv2d` the narrow one is called "VALID" and the wide one "SAME". Whoever wants even
# more zeros puts them there with `tf.pad`: with two rows, every number of the picture meets every
# weight.

# %% [markdown] lang="zh"
# 在 `tf.nn.conv2d` 里，窄的叫 "VALID"，宽的叫 "SAME"。还想要更多的零，就用 `tf.pad` 补：补两圈时，
# 图片的每个数都会遇到每个权重。

# %%
widest = np.pad(small, 2)
print("narrow (VALID):", convolve_one(small, cross, padding="VALID").shape)
print("wide (SAME):   ", convolve_one(small, cross, padding="SAME").shape)
print("two rows:      ", convolve_one(widest, cross, padding="VALID").shape)

# %% [markdown] lang="en"
# ## Stride: how far each step goes
#
# The filter may go two numbers at a time, or three. That is its **stride**. The output gets
# smaller, and the work less:

# %% [markdown] lang="zh"
# ## 步长：每步走多远
#
# 卷积核也可以一次走两格、三格，这就是**步长**（stride）。步长越大，输出越小，计算也越少：

# %%
ramp = np.arange(49, dtype=np.float32).reshape(7, 7)
tf.viz.convolution_steps(ramp, SOBEL, stride=2)

# %% [markdown] lang="en"
# How large is the output? Count the places where the corner of the filter can stand. For a picture
# n numbers wide, a filter of k, padding p and stride s:
#
# > output = ⌊(n + 2p − k) / s⌋ + 1
#
# Here is the formula, and beside it what `tf.nn.conv2d` really gives:

# %% [markdown] lang="zh"
# 输出有多大？数一数卷积核的角能放在多少个位置上。图片宽 n，卷积核宽 k，填充 p，步长 s：
#
# > 输出 = ⌊(n + 2p − k) / s⌋ + 1
#
# 下面把公式的结果与 `tf.nn.conv2d` 真正给出的并排列出：

# %%
print("  n  k  p  s  formula  conv2d")
for n, k, p, s in [
    (5, 3, 0, 1),
    (5, 3, 1, 1),
    (7, 3, 0, 2),
    (7, 3, 0, 3),
    (32, 5, 0, 1),
    (28, 5, 2, 2),
]:
    formula = (n + 2 * p - k) // s + 1
    padded = np.pad(np.zeros((n, n), np.float32), p)
    real = convolve_one(padded, np.ones((k, k), np.float32), strides=[1, s, s, 1]).shape[0]
    print(f"{n:3d}{k:3d}{p:3d}{s:3d}{formula:9d}{real:8d}")

# %% [markdown] lang="en"
# ## Depth: many filters, many maps
#
# One filter looks for one thing. So a layer has many, and each gives a feature map of its own. The
# number of filters is the **depth** of the output. Here are six, all in one run:

# %% [markdown] lang="zh"
# ## 深度：卷积核多，特征图就多
#
# 一个卷积核只找一样东西。所以一层里有许多卷积核，每个都给出自己的特征图。卷积核的个数就是输出的
# **深度**（depth）。下面用六个，一次运行全部算出：

# %%
FILTERS = {
    "vertical edges": SOBEL,
    "horizontal edges": SOBEL.T,
    "all edges": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "blur": np.ones((3, 3)) / 9,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "relief": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
}
bank = np.stack([np.array(f, np.float32) for f in FILTERS.values()], axis=-1)[:, :, None, :]
maps = convolve(grey[None, :, :, None], bank, padding="SAME")[0]
print("filters", bank.shape, "-> maps", maps.shape)

figure, axes = plt.subplots(2, 6, figsize=(10, 3.7), layout="constrained", height_ratios=[1, 2.4])
for k, name in enumerate(FILTERS):
    above, below = axes[:, k]
    above.imshow(bank[:, :, 0, k], cmap="PuOr", vmin=-2, vmax=2)
    for (row, column), weight in np.ndenumerate(bank[:, :, 0, k]):
        ink = "white" if abs(weight) > 1.5 else "black"
        above.text(column, row, f"{weight:.2g}", ha="center", va="center", fontsize=7, color=ink)
    low, high = (-1, 1) if abs(bank[..., k].sum()) < 0.1 else (0, 1)
    below.imshow(maps[1:-1, 1:-1, k], "gray", interpolation="nearest", vmin=low, vmax=high)
    above.set_title(name, fontsize=10)
    above.axis("off")
    below.axis("off")
plt.show()

# %% [markdown] lang="en"
# Filters whose weights sum to 0 give 0 (grey here) wherever the picture is even. They answer to
# *change*. Filters that sum to 1 keep the brightness.
#
# The input has a depth, too: a colour picture has three layers, red, green and blue. Then the
# filter is a *block*, with weights for each layer, and all products go into one sum. This one has a
# single weight for each colour, +1, −½, −½. It looks for red:

# %% [markdown] lang="zh"
# 权重之和为 0 的卷积核，在画面均匀处给出 0（这里显示为灰色），它们只对**变化**作出反应。
# 权重之和为 1 的，保持亮度不变。
#
# 输入也有深度：彩色图片有红、绿、蓝三层。这时卷积核是一个**长方体**，对每一层都有权重，
# 所有的乘积加成一个和。下面这个对每种颜色只有一个权重：+1、−½、−½。它找的是红色：

# %%
red = np.array([1, -0.5, -0.5], np.float32).reshape(1, 1, 3, 1)
redness = convolve(photo[None], red)[0, :, :, 0]
show({"colour, depth 3": photo, "redness, depth 1": redness}, (7, 3.7), vmin=0, vmax=0.6)

# %% [markdown] lang="en"
# ## Edges, put together
#
# The filter for vertical edges is positive for dark-to-bright and negative for bright-to-dark. ReLU
# keeps the positive part. The length of both maps together, √(across² + down²), tells how strong an
# edge is, whatever its direction:

# %% [markdown] lang="zh"
# ## 把边缘合起来
#
# 竖直边缘的卷积核，遇到由暗变亮为正，由亮变暗为负。ReLU 只留下正的部分。
# 把两张特征图合起来求长度 √(横² + 竖²)，就得到边缘的强度，不论它是什么方向：

# %%
with tf.Graph().as_default(), tf.Session() as session:
    picture = tf.constant(grey[None, :, :, None])
    both = tf.nn.conv2d(picture, bank[..., :2], [1, 1, 1, 1], "VALID")
    rising = tf.nn.relu(both[..., 0])
    strength = tf.sqrt(tf.reduce_sum(tf.square(both), axis=-1))
    edges = session.run([both[0, :, :, 0], rising[0], strength[0]])
titles = ["across: from − to +", "after ReLU: + only", "strength of the edge"]
show(dict(zip(titles, edges)), (10, 3.7))

# %% [markdown] lang="en"
# Nobody told the first layer of a trained network to look for edges. It finds such filters by
# itself, because they help: see notebook 7.
#
# ## Why not a dense layer?
#
# A dense layer has a weight for every pair of an input and an output number. A convolution uses the
# same few weights everywhere:

# %% [markdown] lang="zh"
# 没有人吩咐训练好的网络第一层去找边缘。它自己找到了这样的卷积核，因为有用：见第 7 课。
#
# ## 为什么不用全连接层？
#
# 全连接层对每一对输入与输出的数都有一个权重。卷积则处处用同样的几个权重：

# %%
inputs, outputs = grey.size, edges[2].size
print(f"dense layer, one map:  {inputs * outputs:,} weights")
print(f"3x3 filter, one map:   {SOBEL.size} weights")

# %% [markdown] lang="en"
# ## What to remember
#
# * A filter slides over the picture: multiply, add, move on. The output is large where the picture
#   looks like the filter.
# * Zero padding keeps the size, the stride reduces it, the number of filters is the depth.
# * The same few weights serve every place.
#
# ## Exercises
#
# **1.** LeNet-5 begins with a picture of 32×32, 6 filters of 5×5, stride 1, no padding. What is the
# shape of its output, and how many weights (with one bias for each filter) does the layer have?
#
# <details><summary>Solution</summary>
#
# ```python
# side = (32 + 2 * 0 - 5) // 1 + 1
# first = convolve(np.zeros((1, 32, 32, 1), np.float32), np.zeros((5, 5, 1, 6), np.float32))
# print(side, first.shape, "weights:", 5 * 5 * 1 * 6 + 6)  # 28 (1, 28, 28, 6) weights: 156
# ```
# </details>
#
# **2.** Write a filter that finds diagonal edges, from the upper left to the lower right, and apply
# it to the photograph.
#
# <details><summary>Solution</summary>
#
# ```python
# diagonal = np.array([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]], np.float32)
# show({"grey": grey, "diagonal": np.abs(convolve_one(grey, diagonal))}, (7, 3.7))
# ```
# Positive on one side of the diagonal, negative on the other; the sum is 0.
# </details>
#
# **3.** Two 3×3 convolutions, one after the other: how large a part of the picture does one number
# of the output see? Find out with a picture that is 0 everywhere except for one 1.
#
# <details><summary>Solution</summary>
#
# ```python
# point = np.zeros((9, 9), np.float32)
# point[4, 4] = 1
# ones = np.ones((3, 3), np.float32)
# print(convolve_one(convolve_one(point, ones, padding="SAME"), ones, padding="SAME").astype(int))
# ```
# The point reaches 5×5 outputs, so each output sees 5×5 inputs. Each further layer adds 2: deep
# layers see large parts of the picture.
# </details>

# %% [markdown] lang="zh"
# ## 要点
#
# * 卷积核在图片上滑动：相乘、相加、移动。图片与卷积核像的地方，输出就大。
# * 零填充保持大小，步长缩小尺寸，卷积核的个数就是深度。
# * 同样的几个权重，用在每一个位置。
#
# ## 练习
#
# **1.** LeNet-5 的第一层：图片 32×32，6 个 5×5 的卷积核，步长 1，不填充。输出是什么形状？
# 这一层有多少权重（每个卷积核另有一个偏置）？
#
# <details><summary>答案</summary>
#
# ```python
# side = (32 + 2 * 0 - 5) // 1 + 1
# first = convolve(np.zeros((1, 32, 32, 1), np.float32), np.zeros((5, 5, 1, 6), np.float32))
# print(side, first.shape, "weights:", 5 * 5 * 1 * 6 + 6)  # 28 (1, 28, 28, 6) weights: 156
# ```
# </details>
#
# **2.** 写一个卷积核，找出从左上到右下的斜向边缘，并用在照片上。
#
# <details><summary>答案</summary>
#
# ```python
# diagonal = np.array([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]], np.float32)
# show({"grey": grey, "diagonal": np.abs(convolve_one(grey, diagonal))}, (7, 3.7))
# ```
# 对角线的一侧为正，另一侧为负，总和为 0。
# </details>
#
# **3.** 两次 3×3 卷积接连进行，输出的一个数能看到图片的多大一块？用一张除了一个 1 以外全是 0 的
# 图片找出答案。
#
# <details><summary>答案</summary>
#
# ```python
# point = np.zeros((9, 9), np.float32)
# point[4, 4] = 1
# ones = np.ones((3, 3), np.float32)
# print(convolve_one(convolve_one(point, ones, padding="SAME"), ones, padding="SAME").astype(int))
# ```
# 这个点影响到 5×5 个输出，所以每个输出看到 5×5 个输入。再加一层，又大 2：深层看到的是图片的一大块。
# </details>
