# %% [markdown] lang="en"
# # 6. Pooling: what is there matters more than where exactly
#
# Below is a handwritten 7, shown to a filter that looks for horizontal strokes. Its feature map is
# then made smaller, to half the side, a quarter, an eighth. Of 784 numbers 16 are left at the end,
# and you still see: a horizontal stroke, near the top. That is **pooling**.

# %% [markdown] lang="zh"
# # 6. 池化：有什么，比究竟在哪里更重要
#
# 下面是一个手写的 7，交给一个专找横笔画的卷积核。得到的特征图再缩小：边长变成一半、四分之一、
# 八分之一。784 个数最后只剩 16 个，却仍然看得出：靠上有一横。这就是**池化**（pooling）。

# %%
import matplotlib.pyplot as plt
import numpy as np

import flowgraph as tf
from flowgraph.examples import mnist

digits = mnist.load().head(train=2000, test=500)
train_digits = digits.train_images[..., None].astype(np.float32) / 255
test_digits = digits.test_images[..., None].astype(np.float32) / 255
seven = test_digits[:1]

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)


def run(build, pictures):
    """Builds a graph on pictures [count, height, width, depth] and runs it."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, *pictures.shape[1:]])
        return session.run(build(x), {x: pictures})


def strokes(x):
    """The feature map of a filter that looks for horizontal strokes."""
    return tf.nn.relu(tf.nn.conv2d(x, -SOBEL.T[:, :, None, None], [1, 1, 1, 1], "SAME"))


def max_pool(x, size):
    """The largest number of each window of size x size; windows stand side by side."""
    return tf.nn.max_pool(x, [1, size, size, 1], [1, size, size, 1], "SAME")


def show(pictures, size):
    """Pictures side by side under their titles."""
    axes = plt.figure(figsize=size, layout="constrained").subplots(1, len(pictures))
    for axis, (title, picture) in zip(axes, pictures.items()):
        axis.imshow(picture, cmap="Blues", interpolation="nearest")
        axis.set_title(title, fontsize=10)
        axis.set(xticks=[], yticks=[])
    plt.show()


feature_map = run(strokes, seven)
halves = {"the digit": seven[0, :, :, 0], "feature map 28×28": feature_map[0, :, :, 0]}
for size in (2, 4, 8):
    pooled = run(lambda x: max_pool(x, size), feature_map)[0, :, :, 0]  # noqa: B023
    halves[f"pooled to {pooled.shape[0]}×{pooled.shape[1]}"] = pooled
show(halves, (10, 2.3))

# %% [markdown] lang="en"
# ## Max, average, sum
#
# A window moves over the feature map, here 2×2, two numbers at a time. Of each window one number is
# kept. It has no weights: there is nothing to learn.
#
# **Max** keeps the largest. It asks: was the feature found *anywhere* in this window?

# %% [markdown] lang="zh"
# ## 最大、平均、求和
#
# 一个窗口在特征图上移动，这里是 2×2，每次走两格。每个窗口只留下一个数。它没有权重，
# 不需要学习。
#
# **最大池化**（max pooling）留下最大的数。它问的是：这个窗口里**任何地方**找到这个特征了吗？

# %%
numbers = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]], np.float32)
tf.viz.pooling_steps(numbers)

# %% [markdown] lang="en"
# **Average** keeps the mean. It asks: how much of the feature is in this window?

# %% [markdown] lang="zh"
# **平均池化**（average pooling）留下平均值。它问的是：这个窗口里平均有多少这个特征？

# %%
tf.viz.pooling_steps(numbers, kind="average")

# %% [markdown] lang="en"
# **Sum** adds. It is the average times the size of the window. That is also how to compute it:
# TensorFlow has an operation for the maximum and one for the average, and none for the sum.

# %% [markdown] lang="zh"
# **求和池化**（sum pooling）把它们加起来，也就是平均值乘以窗口的大小。计算时也正是这样做：
# TensorFlow 有最大池化和平均池化的运算，没有求和池化的。

# %%
window, stride = [1, 2, 2, 1], [1, 2, 2, 1]
with tf.Graph().as_default():
    x = tf.placeholder(tf.float32, [None, 4, 4, 1], name="x")
    largest = tf.nn.max_pool(x, window, stride, "VALID", name="max")
    average = tf.nn.avg_pool(x, window, stride, "VALID", name="average")
    total = tf.multiply(average, 4.0, name="sum")
    with tf.Session() as session:
        results = session.run([largest, average, total], {x: numbers[None, :, :, None]})
for name, result in zip(("max", "average", "sum"), results):
    print(f"{name:8s}", result[0, :, :, 0].tolist())
tf.viz.draw([largest, total])

# %% [markdown] lang="en"
# On a real feature map the difference shows. The maximum keeps thin strokes strong. The average
# makes them pale, because most of each window is empty:

# %% [markdown] lang="zh"
# 在真实的特征图上能看出差别：最大池化让细笔画保持鲜明；平均池化让它们变淡，因为窗口里大半是空的。

# %%
by_max = run(lambda x: max_pool(x, 4), feature_map)[0, :, :, 0]
by_mean = run(lambda x: tf.nn.avg_pool(x, [1, 4, 4, 1], [1, 4, 4, 1], "SAME"), feature_map)
axes = plt.figure(figsize=(8, 2.8), layout="constrained").subplots(1, 3)
for axis, title, picture in (
    (axes[0], "feature map", feature_map[0, :, :, 0]),
    (axes[1], "max, 4×4", by_max),
    (axes[2], "average, 4×4", by_mean[0, :, :, 0]),
):
    axis.imshow(picture, cmap="Blues", vmin=0, vmax=feature_map.max(), interpolation="nearest")
    axis.set(title=title, xticks=[], yticks=[])
plt.show()

# %% [markdown] lang="en"
# ## A small shift, measured
#
# Nobody writes a 7 at the same place twice. If the picture moves by one pixel, every number of the
# feature map moves, too. But the maximum of a window often stays the same, because the stroke is
# still in it. Look: the digit, and the same digit moved by two pixels.

# %% [markdown] lang="zh"
# ## 小小的平移：量一量
#
# 没有人两次把 7 写在同一个地方。图片移动一个像素，特征图的每个数也跟着移动。
# 但窗口里的最大值常常不变，因为笔画还在窗口里。请看一个数字，以及把它移动两个像素之后：

# %%
moved = run(lambda x: tf.contrib.image.translate(x, [2.0, 0.0]), seven)
pair = np.concatenate([seven, moved])
maps = run(strokes, pair)[..., 0]
pools = run(lambda x: max_pool(strokes(x), 4), pair)[..., 0]
figure, axes = plt.subplots(2, 3, figsize=(7.5, 4.8), layout="constrained")
for column, (title, (before, after)) in enumerate(
    {"digit": pair[..., 0], "feature map": maps, "max-pooled, 4×4": pools}.items()
):
    share = np.linalg.norm(after - before) / np.linalg.norm(before)
    for axis, picture in zip(axes[:, column], (before, after)):
        axis.imshow(picture, cmap="Blues", interpolation="nearest")
        axis.set(xticks=[], yticks=[])
    axes[0, column].set_title(f"{title}\nchanged by {share:.0%}", fontsize=10)
axes[0, 0].set_ylabel("as written")
axes[1, 0].set_ylabel("2 pixels to the right")
plt.show()

# %% [markdown] lang="en"
# "Changed by" is the length of the difference, as a share of the length of the original. Now for
# 500 digits, eight filters (edges in eight directions), shifts up to five pixels, rotations up to
# 30°, and windows of different sizes:

# %% [markdown] lang="zh"
# “changed by” 是差的长度与原来长度之比。现在用 500 个数字、八个卷积核（八个方向的边缘）来量：
# 平移最多五个像素，旋转最多 30°，窗口取不同大小。

# %%
DIAGONAL = np.array([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]], np.float32)
half = [SOBEL, SOBEL.T, DIAGONAL, DIAGONAL[::-1]]
bank = np.stack([*half, *(-f for f in half)], axis=-1)[:, :, None, :]


def features(pictures, kind, size):
    """The eight maps of each picture, pooled, as one row of numbers each."""

    def build(x):
        found = tf.nn.relu(tf.nn.conv2d(x, bank, [1, 1, 1, 1], "SAME"))
        if size > 1:
            pool = tf.nn.max_pool if kind == "max" else tf.nn.avg_pool
            found = pool(found, [1, size, size, 1], [1, size, size, 1], "SAME")
        return tf.layers.flatten(found)

    return run(build, pictures)


def moved_by(pixels):
    """The test digits, shifted to the right."""
    return run(lambda x: tf.contrib.image.translate(x, [float(pixels), 0.0]), test_digits)


def turned_by(degrees):
    """The test digits, rotated."""
    angle = np.radians(degrees)
    return run(lambda x: tf.contrib.image.rotate(x, angle, "BILINEAR"), test_digits)


shifts, turns = (0, 1, 2, 3, 4, 5), (0, 5, 10, 15, 20, 30)
shifted, turned = [moved_by(s) for s in shifts], [turned_by(a) for a in turns]
KINDS = {
    "no pooling": ("max", 1, "black", "o"),
    "max, 2×2": ("max", 2, "#0072B2", "s"),
    "max, 4×4": ("max", 4, "#D55E00", "^"),
    "max, 14×14": ("max", 14, "#A34B7D", "D"),
    "average, 4×4": ("average", 4, "#009E73", "v"),
}


def change(pictures, kind, size):
    """By how much the features of the test digits change, as a share."""
    before, after = features(test_digits, kind, size), features(pictures, kind, size)
    return (np.linalg.norm(after - before, axis=1) / np.linalg.norm(before, axis=1)).mean()


figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), sharey=True, layout="constrained")
for name, (kind, size, color, marker) in KINDS.items():
    style = {"color": color, "marker": marker, "label": name}
    left.plot(shifts, [change(pictures, kind, size) for pictures in shifted], **style)
    right.plot(turns, [change(pictures, kind, size) for pictures in turned], **style)
left.set(xlabel="shift, pixels", ylabel="change of the features", title="Shifted")
right.set(xlabel="rotation, degrees", title="Rotated")
right.legend(loc="upper left", fontsize=8)
for axis in (left, right):
    axis.grid(alpha=0.3)
plt.show()

# %% [markdown] lang="en"
# Without pooling a shift by one pixel changes the features by three quarters, and one by two pixels
# by more than their own length: a digit of its own, as far as the numbers tell. With windows of 4×4
# the change by one pixel is half of that. The larger the window, the less a small shift matters.
# This is what **invariance** means: not perfect, but measurable.
#
# ## Does it help to recognise?
#
# A simple judge: for each test digit, find the nearest of 2,000 training digits, and take its
# label. The training digits stand in the middle. The test digits are shifted.

# %% [markdown] lang="zh"
# 不池化时，移动一个像素，特征就变了四分之三；移动两个像素，变化超过特征本身的长度：单看这些数，
# 已经是另一个数字了。用 4×4 的窗口，移动一个像素的变化只有一半。窗口越大，小小的平移就越无关紧要。
# 这就是**不变性**（invariance）：不完美，但量得出来。
#
# ## 对识别有用吗？
#
# 用一个简单的裁判：对每个测试数字，在 2000 个训练数字里找出最近的一个，取它的标签。
# 训练数字都在正中，测试数字则被移动过。


# %%
def accuracy(pictures, kind, size):
    """The share of pictures whose nearest training digit has the right label."""
    known, asked = features(train_digits, kind, size), features(pictures, kind, size)
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    nearest = (asked @ known.T).argmax(axis=1)
    return (digits.train_labels[nearest] == digits.test_labels).mean()


plt.figure(figsize=(7.5, 3.4))
table = {}
for name, (kind, size, color, marker) in KINDS.items():
    table[name] = [100 * accuracy(pictures, kind, size) for pictures in shifted]
    plt.plot(shifts, table[name], color=color, marker=marker, label=name)
plt.axhline(10, color="0.6", linestyle=":", label="guessing")
plt.xlabel("shift, pixels")
plt.ylabel("right, %")
plt.title("Nearest neighbour on shifted digits")
plt.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.grid(alpha=0.3)
plt.show()
print("shift          " + "".join(f"{s:6d}" for s in shifts))
for name, row in table.items():
    print(f"{name:15s}" + "".join(f"{value:6.1f}" for value in row))

# %% [markdown] lang="en"
# Two pixels cost the maps without pooling a third of their answers; with windows of 4×4 much less.
# And there is a price: 14×14 is the least sensitive, but with a digit that is *not* shifted it is
# the worst. It has forgotten too much of where things are. So networks pool little by little, 2×2
# after each convolution. (Maximum or average? Here they are close. In trained networks the maximum
# is the usual choice.)
#
# ## Which way does the gradient go?
#
# Training needs slopes (notebook 3). The maximum depends on the winner alone, so the winner gets
# the whole slope. The average shares it out:

# %% [markdown] lang="zh"
# 移动两个像素，不池化就丢掉了三分之一的正确率；4×4 的窗口丢得少得多。但这也有代价：14×14 最不敏感，
# 可是数字**没有**移动时，它是最差的，因为它忘掉了太多“在哪里”。所以网络是一点一点地池化的：
# 每次卷积之后来一次 2×2。（最大还是平均？在这里相差不多。训练出来的网络里，最大池化更常用。）
#
# ## 梯度往哪里走？
#
# 训练需要斜率（第 3 课）。最大值只取决于胜出的那个数，所以斜率全归它。平均则人人有份：

# %%
with tf.Graph().as_default(), tf.Session() as session:
    x = tf.constant(numbers[None, :, :, None])
    by_winner = tf.gradients(tf.nn.max_pool(x, window, stride, "VALID"), x)[0]
    by_share = tf.gradients(tf.nn.avg_pool(x, window, stride, "VALID"), x)[0]
    slopes = session.run([by_winner, by_share])

axes = plt.figure(figsize=(7.5, 2.7), layout="constrained").subplots(1, 3)
for axis, title, values in zip(
    axes,
    ("the numbers", "slope of the maxima", "slope of the averages"),
    (numbers, slopes[0][0, :, :, 0], slopes[1][0, :, :, 0]),
):
    axis.imshow(values, cmap="Blues", vmin=0, vmax=2 * values.max())
    for (row, column), value in np.ndenumerate(values):
        axis.text(column, row, f"{value:g}", ha="center", va="center")
    for line in (-0.5, 1.5, 3.5):
        axis.axhline(line, color="black", linewidth=1)
        axis.axvline(line, color="black", linewidth=1)
    axis.set(title=title, xticks=[], yticks=[])
plt.show()

# %% [markdown] lang="en"
# ## What to remember
#
# * Pooling keeps one number of each window, and learns nothing.
# * It makes maps smaller, and small shifts and distortions matter less.
# * The larger the window, the more is forgotten of where things are.
#
# ## Exercises
#
# **1.** A picture of 28×28 is pooled 2×2 twice. How large is it then? And how large with windows of
# 3×3 that move by 2 (overlapping windows, "VALID")?
#
# <details><summary>Solution</summary>
#
# ```python
# twice = run(lambda x: max_pool(max_pool(x, 2), 2), seven)
# overlapping = run(lambda x: tf.nn.max_pool(x, [1, 3, 3, 1], [1, 2, 2, 1], "VALID"), seven)
# print(twice.shape, overlapping.shape)  # (1, 7, 7, 1) (1, 13, 13, 1)
# ```
# The formula is that of convolution: ⌊(28 − 3) / 2⌋ + 1 = 13.
# </details>
#
# **2.** Write min-pooling, which keeps the smallest number, with `tf.nn.max_pool`.
#
# <details><summary>Solution</summary>
#
# ```python
# print(run(lambda x: -max_pool(-x, 2), numbers[None, :, :, None])[0, :, :, 0])  # [[1, 2], [1, 0]]
# ```
# The smallest number is minus the largest of the negated ones.
# </details>
#
# **3.** Average pooling is a convolution. With which filter, and which stride? Check it.
#
# <details><summary>Solution</summary>
#
# ```python
# quarter = np.full((2, 2, 1, 1), 0.25, np.float32)
# convolved = run(lambda x: tf.nn.conv2d(x, quarter, stride, "VALID"), feature_map)
# averaged = run(lambda x: tf.nn.avg_pool(x, window, stride, "VALID"), feature_map)
# print(np.abs(convolved - averaged).max())
# ```
# A filter of four quarters, with stride 2. Maximum pooling is no convolution: it is not a weighted
# sum.
# </details>

# %% [markdown] lang="zh"
# ## 要点
#
# * 池化在每个窗口里只留一个数，不需要学习。
# * 它缩小特征图，使小的平移和变形不那么要紧。
# * 窗口越大，忘掉的位置信息越多。
#
# ## 练习
#
# **1.** 28×28 的图片做两次 2×2 池化，变成多大？用 3×3 的窗口、每次移动 2 格（窗口有重叠，"VALID"）
# 呢？
#
# <details><summary>答案</summary>
#
# ```python
# twice = run(lambda x: max_pool(max_pool(x, 2), 2), seven)
# overlapping = run(lambda x: tf.nn.max_pool(x, [1, 3, 3, 1], [1, 2, 2, 1], "VALID"), seven)
# print(twice.shape, overlapping.shape)  # (1, 7, 7, 1) (1, 13, 13, 1)
# ```
# 公式与卷积的相同：⌊(28 − 3) / 2⌋ + 1 = 13。
# </details>
#
# **2.** 用 `tf.nn.max_pool` 写出最小池化，即留下最小的数。
#
# <details><summary>答案</summary>
#
# ```python
# print(run(lambda x: -max_pool(-x, 2), numbers[None, :, :, None])[0, :, :, 0])  # [[1, 2], [1, 0]]
# ```
# 最小的数，就是各数取负之后最大者的相反数。
# </details>
#
# **3.** 平均池化是一种卷积。卷积核是什么？步长是多少？请验证。
#
# <details><summary>答案</summary>
#
# ```python
# quarter = np.full((2, 2, 1, 1), 0.25, np.float32)
# convolved = run(lambda x: tf.nn.conv2d(x, quarter, stride, "VALID"), feature_map)
# averaged = run(lambda x: tf.nn.avg_pool(x, window, stride, "VALID"), feature_map)
# print(np.abs(convolved - averaged).max())
# ```
# 卷积核是四个四分之一，步长为 2。最大池化不是卷积：它不是加权和。
# </details>
