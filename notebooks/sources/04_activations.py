# %% [markdown] lang="en"
# # 4. Activations: why deep networks could not learn, and then could
#
# Between two layers stands a bend, the **activation function**. Without it all layers together are
# no more than one (notebook 2). But which bend? For twenty years it was the sigmoid, and networks
# with more than a few layers hardly learned. Then a function that a child could have thought of
# took its place: max(0, z).
#
# Here are four of them. Above the function, below its **slope**. Look at the slopes; they decide.

# %% [markdown] lang="zh"
# # 4. 激活函数：深层网络为何学不动，后来又为何学得动
#
# 两层之间要有一个弯折，即**激活函数**（activation function）。没有它，再多层加起来也只等于一层
# （见第 2 课）。可是用怎样的弯折呢？有二十年，人们用的是 sigmoid，层数一多，网络就几乎学不动。
# 后来取代它的，是一个连小孩都想得出的函数：max(0, z)。
#
# 下面是四种激活函数。上排是函数，下排是它的**斜率**。请看斜率，关键在那里。

# %%
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np

import flowgraph as tf
from flowgraph.examples import mnist

ACTIVATIONS = {
    "sigmoid": tf.sigmoid,
    "tanh": tf.tanh,
    "ReLU": tf.nn.relu,
    "leaky ReLU": lambda z: tf.nn.leaky_relu(z, alpha=0.2),
}
STYLES = {
    "sigmoid": ("#0072B2", "o"),
    "tanh": ("#009E73", "s"),
    "ReLU": ("#D55E00", "^"),
    "leaky ReLU": ("#A34B7D", "v"),
}

z_axis = np.linspace(-6, 6, 241).astype(np.float32)
figure, axes = plt.subplots(2, 4, figsize=(10, 3.8), sharex=True, layout="constrained")
for (above, below), (name, function) in zip(axes.T, ACTIVATIONS.items()):
    with tf.Graph().as_default(), tf.Session() as session:
        z = tf.constant(z_axis)
        y = function(z)
        values, slopes = session.run([y, tf.gradients(y, z)[0]])
    above.plot(z_axis, values, color=STYLES[name][0])
    above.set(title=name, ylim=(-1.5, 3))
    below.plot(z_axis, slopes, color=STYLES[name][0])
    below.set(ylim=(-0.1, 1.15), xlabel="z")
    for axis in (above, below):
        axis.grid(alpha=0.3)
axes[0, 0].set_ylabel("function")
axes[1, 0].set_ylabel("slope")
plt.show()

# %% [markdown] lang="en"
# * **sigmoid**: its slope is never above ¼, and nearly 0 on both sides.
# * **tanh**: its slope reaches 1, but only in the middle.
# * **ReLU**, the rectified linear unit: its slope is 1 on the right, *exactly* 0 on the left.
# * **leaky ReLU**: on the left its slope is small, here 0.2, but not 0.
#
# ## Ten times a quarter
#
# Back-propagation multiplies slopes along the way (notebook 3). With ten layers of sigmoids there
# are ten slopes on the way to the first layer, each at most ¼:

# %% [markdown] lang="zh"
# * **sigmoid**：斜率从不超过 ¼，两侧几乎为 0。
# * **tanh**：斜率能到 1，但只在正中间。
# * **ReLU**（修正线性单元）：右侧斜率为 1，左侧**恰好**为 0。
# * **leaky ReLU**（带泄漏的 ReLU）：左侧斜率很小，这里取 0.2，但不是 0。
#
# ## 十个四分之一相乘
#
# 反向传播把沿途的斜率乘起来（见第 3 课）。十层 sigmoid，到第一层的路上就有十个斜率，
# 每个最大不过 ¼：

# %%
print(f"at best: 0.25 ** 10 = {0.25**10:.1e}")

# %% [markdown] lang="en"
# So the first layer hears at best a millionth of what the last one hears. This is the **vanishing
# gradient**. Is it really so bad? Measure it.
#
# ## Measured, layer by layer
#
# Here is a network of ten layers with 64 units each, for the handwritten digits of MNIST (they come
# with flowgraph). The weights start at a size that keeps the signal's strength on the way
# *forward*: variance 1/n for n inputs, twice that for ReLU, which throws half of the signal away.
# For each layer we fetch the slopes of the loss by its sums z, and take the mean of their sizes.

# %% [markdown] lang="zh"
# 所以，第一层听到的信号最多只有最后一层的百万分之一。这就是**梯度消失**（vanishing gradient）。
# 真有这么糟吗？量一量。
#
# ## 逐层测量
#
# 下面的网络有十层，每层 64 个单元，任务是识别 MNIST 手写数字（数据随 flowgraph 附带）。
# 权重的初始大小使信号在**前向**途中强度不变：有 n 个输入时方差为 1/n；ReLU 会丢掉一半信号，
# 所以加倍。我们取回损失对每一层加权和 z 的斜率，再求其绝对值的平均。

# %%
digits = mnist.load().head(train=4000)
images = ((digits.train_images.reshape(-1, 784) / 255 - 0.13) / 0.31).astype(np.float32)
labels = digits.train_labels.astype(np.int32)


def build(activation, rate=0.1, depth=10, first_bias=0.0, gain=None):
    """A network of `depth` layers of 64 units, in a graph of its own."""
    if gain is None:
        gain = 2.0 if "ReLU" in activation else 1.0
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        x = tf.placeholder(tf.float32, [None, 784], name="x")
        label = tf.placeholder(tf.int32, [None], name="label")
        h, sums, outputs = x, [], []
        start = tf.variance_scaling_initializer(gain, distribution="untruncated_normal")
        for number in range(depth):
            bias = tf.constant_initializer(0.0 if number else first_bias)
            z = tf.layers.dense(h, 64, kernel_initializer=start, bias_initializer=bias)
            h = ACTIVATIONS[activation](z)
            sums.append(z)
            outputs.append(h)
        loss = tf.losses.sparse_softmax_cross_entropy(label, tf.layers.dense(h, 10))
        return SimpleNamespace(
            graph=graph, x=x, label=label, outputs=outputs, loss=loss,
            slopes=tf.gradients(loss, sums),
            train=tf.train.GradientDescentOptimizer(rate).minimize(loss),
            initialize=tf.global_variables_initializer(),
        )  # fmt: skip


def signal(net):
    """The mean size of the loss's slopes, for each layer of an untrained network."""
    with tf.Session(graph=net.graph) as session:
        session.run(net.initialize)
        slopes = session.run(net.slopes, {net.x: images[:256], net.label: labels[:256]})
    return [np.abs(slope).mean() for slope in slopes]


plt.figure(figsize=(7.5, 3.6))
for name, (color, marker) in STYLES.items():
    sizes = signal(build(name))
    plt.semilogy(range(1, 11), sizes, marker=marker, color=color, label=name)
    print(f"{name:10s}  last layer {sizes[-1]:.1e}  first layer {sizes[0]:.1e}")
plt.xlabel("layer (the error comes in at the right)")
plt.ylabel("mean |∂E/∂z|")
plt.title("What is left of the error's signal")
plt.xticks(range(1, 11))
plt.legend()
plt.grid(alpha=0.3)
plt.show()

# %% [markdown] lang="en"
# Read it from right to left, as the error travels. With sigmoids a straight line on a logarithmic
# scale: every layer keeps about a quarter, and the first one gets less than a millionth of what the
# last one gets. With tanh something is lost, too. With ReLU the line is flat.
#
# ## And so it learns
#
# 300 steps for each, with the same digits in the same order:

# %% [markdown] lang="zh"
# 请从右往左读，这是误差行进的方向。sigmoid 在对数坐标上是一条直线：每过一层只剩约四分之一，
# 到第一层时，已不到最后一层的百万分之一。tanh 也有损失。ReLU 的线是平的。
#
# ## 于是，学得动与学不动
#
# 每种各训练 300 步，数字及其次序都相同：


# %%
def train(net, steps, look=None):
    """Trains with batches of 64; gives the losses, and what `look(session)` saw every 25 steps."""
    losses, seen = [], []
    with tf.Session(graph=net.graph) as session:
        session.run(net.initialize)
        for step in range(steps):
            if look and step % 25 == 0:
                seen.append(look(session))
            chosen = np.arange(step * 64, step * 64 + 64) % len(images)
            feed = {net.x: images[chosen], net.label: labels[chosen]}
            losses.append(session.run([net.loss, net.train], feed)[0])
        if look:
            seen.append(look(session))
    return np.array(losses), seen


plt.figure(figsize=(7.5, 3.4))
for name, (color, _) in STYLES.items():
    losses, _ = train(build(name), 300)
    smooth = np.convolve(losses, np.ones(20) / 20, mode="valid")
    plt.plot(np.arange(len(smooth)) + 19, smooth, color=color, label=name)
    print(f"{name:10s} loss at the end {smooth[-1]:.2f}")
plt.axhline(np.log(10), color="0.6", linestyle=":", label="guessing: log 10")
plt.xlabel("step")
plt.ylabel("loss, mean of 20 steps")
plt.title("Ten layers, four activations")
plt.legend()
plt.show()

# %% [markdown] lang="en"
# The sigmoid network stays where it began: it guesses. Its first layers do not move, and the last
# ones see only noise from the first. The others learn. (tanh does well here: its weights were
# started with care, and ten layers are not so many.)
#
# ## Dead units
#
# ReLU has a fault of its own. Left of 0 its slope is exactly 0. A unit whose sum is below 0 for
# *every* picture gives 0 for every picture, gets no slope, and so never changes again. It is
# **dead**.
#
# What kills it is one step that is too long. Train a network of two layers with longer and longer
# steps, and count the units of the first layer that are still alive, which means: above 0 for at
# least one of 500 pictures.

# %% [markdown] lang="zh"
# sigmoid 网络停在原地，只会瞎猜：前几层动不了，后几层从前面看到的只是噪声。其他三种都学会了。
# （tanh 在这里表现不错：权重的初值取得讲究，而且十层还不算太深。）
#
# ## 死掉的单元
#
# ReLU 有它自己的毛病。0 的左侧，斜率恰好是 0。如果一个单元的加权和对**每一张**图片都小于 0，
# 那么它对每张图片都输出 0，得不到斜率，也就再也不会改变：它**死了**（dead unit）。
#
# 害死它的，是某一步迈得太大。用越来越大的步长训练一个两层网络，数一数第一层还有多少单元活着，
# 也就是在 500 张图片中至少对一张大于 0。


# %%
def alive(net, session):
    """Which units of the first layer are above 0 for at least one of 500 pictures."""
    return (session.run(net.outputs[0], {net.x: images[:500]}) > 0).any(axis=0)


rates = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5]
left_alive, last_losses = [], []
for rate in rates:
    net = build("ReLU", rate=rate, depth=2)
    losses, seen = train(net, 200, lambda session: alive(net, session))  # noqa: B023
    left_alive.append(seen[-1].sum())
    last_losses.append(losses[-20:].mean())

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
left.bar([str(rate) for rate in rates], left_alive, color=STYLES["ReLU"][0])
left.axhline(64, color="0.6", linestyle=":")
left.set(xlabel="learning rate", ylabel="units alive", title="of 64 units in the first layer")
for place, count in enumerate(left_alive):
    left.text(place, count - 1, count, ha="center", va="top", color="white")
right.plot([str(rate) for rate in rates], last_losses, "o-", color=STYLES["ReLU"][0])
right.set(xlabel="learning rate", ylabel="loss after 200 steps", title="and what it costs")
plt.show()

# %% [markdown] lang="en"
# Look at the last of these networks, unit by unit. Each row is a unit, each column a picture; dark
# where the unit is above 0. A white row is a dead unit.

# %% [markdown] lang="zh"
# 一个单元一个单元地看这最后一个网络。每行是一个单元，每列是一张图片；单元大于 0 处为深色。
# 整行空白的，就是死掉的单元。

# %%
_, (*_, answers) = train(
    net, 200, lambda session: session.run(net.outputs[0], {net.x: images[:500]})
)
order = np.argsort(-(answers > 0).mean(axis=0))
plt.figure(figsize=(7.5, 3.6))
plt.imshow(answers.T[order] > 0, cmap="Oranges", vmax=1.3, aspect="auto", interpolation="nearest")
plt.xlabel("picture")
plt.ylabel("unit, sorted")
plt.title("Where the 64 units of the first layer answer")
plt.show()

# %% [markdown] lang="en"
# ## The leak that revives
#
# A leaky ReLU keeps a small slope on the left. So even a unit that is below 0 for every picture is
# told in which direction to go. To see it, start with *all* units of the first layer dead: a bias
# of −8. Then train with a rate of 0.05, and count who is above 0:

# %% [markdown] lang="zh"
# ## 起死回生的泄漏
#
# leaky ReLU 在左侧留了一点斜率。所以，即使一个单元对每张图片都小于 0，它仍然知道该往哪边走。
# 为了看清这一点，让第一层的**全部**单元一开始就是死的：偏置取 −8。然后用 0.05 的学习率训练，
# 数一数有谁大于 0：

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
for name in ("ReLU", "leaky ReLU"):
    net = build(name, rate=0.05, depth=2, first_bias=-8.0)
    losses, seen = train(net, 500, lambda session: alive(net, session).sum())  # noqa: B023
    left.plot(np.arange(len(seen)) * 25, seen, color=STYLES[name][0], label=name)
    smooth = np.convolve(losses, np.ones(20) / 20, mode="valid")
    right.plot(np.arange(len(smooth)) + 19, smooth, color=STYLES[name][0], label=name)
left.set(xlabel="step", ylabel="units above 0", title="Of 64 units that all began dead")
right.set(xlabel="step", ylabel="loss", title="Loss")
left.legend()
plt.show()

# %% [markdown] lang="en"
# ReLU: nothing, for ever. Leaky ReLU: one unit after the other comes back.
#
# ## Which one to take
#
# | | slope | first layer of ten hears | units can die |
# | --- | --- | --- | --- |
# | sigmoid | at most ¼ | less than a millionth | no, but they fall asleep on both sides |
# | tanh | at most 1 | about a quarter | no, but they fall asleep on both sides |
# | ReLU | 0 or 1 | all | yes |
# | leaky ReLU | 0.2 or 1 | all | no |
#
# Begin with ReLU and a moderate learning rate. If many units die, take a leaky one. Keep the
# sigmoid for outputs that are to be probabilities, and for the gates of recurrent networks
# (notebook 9).

# %% [markdown] lang="zh"
# ReLU：永远毫无动静。leaky ReLU：单元一个接一个活了过来。
#
# ## 该用哪一个
#
# | | 斜率 | 十层中的第一层能听到 | 单元会死吗 |
# | --- | --- | --- | --- |
# | sigmoid | 最大 ¼ | 不到百万分之一 | 不会，但在两侧会“睡着” |
# | tanh | 最大 1 | 约四分之一 | 不会，但在两侧会“睡着” |
# | ReLU | 0 或 1 | 全部 | 会 |
# | leaky ReLU | 0.2 或 1 | 全部 | 不会 |
#
# 先用 ReLU，学习率取得适中。如果死掉的单元多，就换 leaky ReLU。sigmoid 留给要当作概率的输出，
# 以及循环网络的门（见第 9 课）。

# %% [markdown] lang="en"
# ## What to remember
#
# * The error's signal is multiplied by a slope at each layer. Slopes below 1 make it vanish.
# * ReLU lets it through unchanged, or not at all: then the unit is dead.
# * A leaky ReLU never shuts completely.
#
# ## Exercises
#
# **1.** ELU is z on the right and eᶻ − 1 on the left; `tf.nn.elu` computes it. Add it to
# `ACTIVATIONS`. What does the first of ten layers hear?
#
# <details><summary>Solution</summary>
#
# ```python
# ACTIVATIONS["ELU"] = tf.nn.elu
# sizes = signal(build("ELU", gain=1.5))
# print(f"last layer {sizes[-1]:.1e}, first layer {sizes[0]:.1e}")
# ```
# Nearly as much as the last one. ELU is leaky, too: left of 0 its slope is eᶻ, never 0.
# </details>
#
# **2.** The weights of the sigmoid network could start larger. Try `gain=16` (weights four times as
# large) and `gain=1600` (forty times). Does the gradient still vanish?
#
# <details><summary>Solution</summary>
#
# ```python
# for gain in (16.0, 1600.0):
#     sizes = signal(build("sigmoid", gain=gain))
#     print(f"last layer {sizes[-1]:.1e}, first layer {sizes[0]:.1e}")
# ```
# With four times the weights the first layer hears a hundredth. With forty times it hears a hundred
# times *more* than the last one: now the gradient **explodes**. Between the two lies a narrow
# ridge, and with sigmoids it is hard to stay on it.
# </details>
#
# **3.** Revive the dead units of the ReLU network (`first_bias=-8.0`) without a leak: set the
# biases of its first layer to 0 and go on.
#
# <details><summary>Solution</summary>
#
# ```python
# net = build("ReLU", rate=0.05, depth=2, first_bias=-8.0)
# bias = net.graph.get_collection("trainable_variables")[1]
# with net.graph.as_default():
#     reset = bias.assign(tf.zeros_like(bias))
# with tf.Session(graph=net.graph) as session:
#     session.run(net.initialize)
#     print("before:", alive(net, session).sum())
#     session.run(reset)
#     print("after: ", alive(net, session).sum())
# ```
# From 0 to 64. A graph may grow at any time, so the operation that resets the biases is simply
# added.
# </details>

# %% [markdown] lang="zh"
# ## 要点
#
# * 误差信号每过一层就乘以一个斜率。斜率小于 1，信号就会消失。
# * ReLU 要么让它原样通过，要么完全不放行；一直不放行，单元就死了。
# * leaky ReLU 从不完全关上门。
#
# ## 练习
#
# **1.** ELU 在右侧是 z，在左侧是 eᶻ − 1，由 `tf.nn.elu` 计算。把它加进 `ACTIVATIONS`。
# 十层中的第一层能听到多少？
#
# <details><summary>答案</summary>
#
# ```python
# ACTIVATIONS["ELU"] = tf.nn.elu
# sizes = signal(build("ELU", gain=1.5))
# print(f"last layer {sizes[-1]:.1e}, first layer {sizes[0]:.1e}")
# ```
# 与最后一层差不多。ELU 也是有泄漏的：0 的左侧斜率为 eᶻ，从不为 0。
# </details>
#
# **2.** sigmoid 网络的权重可以从更大的值开始。试试 `gain=16`（权重变成 4 倍）和
# `gain=1600`（40 倍）。梯度还会消失吗？
#
# <details><summary>答案</summary>
#
# ```python
# for gain in (16.0, 1600.0):
#     sizes = signal(build("sigmoid", gain=gain))
#     print(f"last layer {sizes[-1]:.1e}, first layer {sizes[0]:.1e}")
# ```
# 权重为 4 倍时，第一层能听到百分之一。为 40 倍时，它听到的反而是最后一层的一百倍：
# 这回是**梯度爆炸**（exploding gradient）。两者之间只有一道窄窄的山脊，用 sigmoid 很难走稳。
# </details>
#
# **3.** 不用泄漏，让那个 ReLU 网络（`first_bias=-8.0`）里死掉的单元复活：把第一层的偏置设为 0，
# 再继续。
#
# <details><summary>答案</summary>
#
# ```python
# net = build("ReLU", rate=0.05, depth=2, first_bias=-8.0)
# bias = net.graph.get_collection("trainable_variables")[1]
# with net.graph.as_default():
#     reset = bias.assign(tf.zeros_like(bias))
# with tf.Session(graph=net.graph) as session:
#     session.run(net.initialize)
#     print("before:", alive(net, session).sum())
#     session.run(reset)
#     print("after: ", alive(net, session).sum())
# ```
# 从 0 变成 64。计算图随时可以再长，所以只要把重设偏置的运算添进去就行。
# </details>
