# %% [markdown] lang="en"
# # 2. From the perceptron to the multi-layer network
#
# In 1958 Frank Rosenblatt built the **perceptron**, a machine that learns from examples. In 1969
# Marvin Minsky and Seymour Papert showed what it can never learn, and for years few believed in
# neural networks. In 1986 David Rumelhart, Geoffrey Hinton and Ronald Williams showed how networks
# with more than one layer learn it after all.
#
# All three years can be seen in one small problem: four points in the plane.

# %% [markdown] lang="zh"
# # 2. 从感知机到多层网络
#
# 1958 年，Frank Rosenblatt 造出了**感知机**（perceptron），一台能从例子中学习的机器。
# 1969 年，Marvin Minsky 和 Seymour Papert 证明了有些东西它永远学不会，此后多年，
# 相信神经网络的人寥寥无几。1986 年，David Rumelhart、Geoffrey Hinton 和 Ronald Williams
# 说明了多层网络怎样学会这些东西。
#
# 这三个年份，都能在一个小问题里看到：平面上的四个点。

# %%
from functools import partial
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np

import flowgraph as tf

BLUE, ORANGE = "#0072B2", "#D55E00"
points = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
answers = {
    "AND": np.array([0, 0, 0, 1], np.float32),
    "OR": np.array([0, 1, 1, 1], np.float32),
    "XOR": np.array([0, 1, 1, 0], np.float32),
}


def show_points(axis, xy, labels, title, size=110):
    """Paints points of class 1 as orange squares, of class 0 as blue circles."""
    for label, color, marker in ((0, BLUE, "o"), (1, ORANGE, "s")):
        chosen = xy[labels == label]
        axis.scatter(*chosen.T, s=size, c=color, marker=marker, edgecolors="white", zorder=3)
    axis.set_title(title, fontsize=11)
    axis.set_aspect("equal")


figure, axes = plt.subplots(1, 3, figsize=(9, 2.9))
for axis, (name, target) in zip(axes, answers.items()):
    show_points(axis, points, target, name)
    axis.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xticks=[0, 1], yticks=[0, 1], xlabel="x1")
axes[0].set_ylabel("x2")
plt.show()

# %% [markdown] lang="en"
# Blue circles are to give 0, orange squares 1. AND is 1 only if both inputs are. OR is 1 if at
# least one is. XOR is 1 if *exactly* one is.
#
# Can one straight line part the circles from the squares? For AND and OR you see where to draw it.
# For XOR, try.
#
# ## 1958: the perceptron
#
# The perceptron weighs its two inputs, adds a bias and looks whether the sum is above zero:
#
# > y = 1 if w₁x₁ + w₂x₂ + b > 0, else 0
#
# Where the sum is exactly zero, there is a straight line. One side of it gives 1, the other 0.
#
# It learns from its mistakes. After each example it corrects itself, by α times the mistake:
#
# > w ← w + α (target − y) x,  b ← b + α (target − y)
#
# If y was right, target − y is 0 and nothing changes. Here are the perceptron and its rule as a
# graph. The orange cylinders are **variables**: they keep their values from run to run.

# %% [markdown] lang="zh"
# 蓝色圆点应得 0，橙色方块应得 1。AND（与）：两个输入都是 1 才得 1。OR（或）：至少一个是 1 就得 1。
# XOR（异或）：**恰好**一个是 1 才得 1。
#
# 能不能用一条直线把圆点和方块分开？AND 和 OR 一眼就看得出线该画在哪里。XOR 呢？请试试。
#
# ## 1958：感知机
#
# 感知机给两个输入加权，再加上偏置，看总和是否大于零：
#
# > 若 w₁x₁ + w₂x₂ + b > 0，则 y = 1，否则 y = 0
#
# 总和恰好为零的地方是一条直线：线的一侧得 1，另一侧得 0。
#
# 它从错误中学习。每看一个例子，就按错误的大小乘以 α 来修正自己：
#
# > w ← w + α (target − y) x，b ← b + α (target − y)
#
# 如果 y 是对的，target − y 等于 0，什么也不变。下面把感知机和它的学习规则画成计算图。
# 橙色的圆柱是**变量**（variable）：它们的值从一次运行保留到下一次。

# %%
with tf.Graph().as_default() as perceptron:
    x = tf.placeholder(tf.float32, [2], name="x")
    t = tf.placeholder(tf.float32, [], name="target")
    w = tf.Variable([-0.6, 0.25], name="w")
    b = tf.Variable(-0.35, name="b")
    with tf.name_scope("answer"):
        total = tf.reduce_sum(w * x) + b
        y = tf.cast(total > 0, tf.float32, name="y")
    with tf.name_scope("learn"):
        mistake = tf.subtract(t, y, name="mistake")
        correct = tf.group(w.assign_add(0.2 * mistake * x), b.assign_add(0.2 * mistake))
    initialize = tf.global_variables_initializer()
tf.viz.draw([y, correct])

# %% [markdown] lang="en"
# Now show it the four points of AND, round after round, and draw its line after each round:

# %% [markdown] lang="zh"
# 现在把 AND 的四个点一轮一轮地给它看，每轮之后画出它的直线：


# %%
def train_perceptron(target, rounds):
    """Shows the four points `rounds` times; gives the weights and bias after each point."""
    history = []
    with tf.Session(graph=perceptron) as session:
        session.run(initialize)
        for _ in range(rounds):
            for one_x, one_target in zip(points, target):
                session.run(correct, {x: one_x, t: one_target})
                history.append(session.run([w, b]))
    return history


def says(weights, bias, plane):
    """What a perceptron answers at each of an array of points."""
    return (plane @ weights + bias > 0).astype(np.float32)


def show_region(axis, function, limits=(-0.5, 1.5)):
    """Colours the plane by what `function` of an array of points answers, between 0 and 1."""
    grid = np.linspace(*limits, 120, dtype=np.float32)
    plane = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    values = function(plane).reshape(len(grid), len(grid))
    colours = ["#9CCBE8", "#D6E9F5", "#FBE3D4", "#F5B993"]
    axis.contourf(grid, grid, values, levels=[-1, 0.25, 0.5, 0.75, 2], colors=colours)
    axis.contour(grid, grid, values, levels=[0.5], colors="black", linewidths=1.2)
    axis.set(xlim=limits, ylim=limits, xticks=[0, 1], yticks=[0, 1])


def show_lines(name, history, moments):
    """Small pictures of the perceptron's line; `moments` are titles and places in its history."""
    figure, axes = plt.subplots(1, len(moments), figsize=(1.9 * len(moments), 2.4))
    for axis, (title, place) in zip(axes, moments.items()):
        answer = partial(says, *history[place])
        show_region(axis, answer)
        wrong = int((answer(points) != answers[name]).sum())
        show_points(axis, points, answers[name], f"{title}: {wrong} wrong", size=60)
    figure.tight_layout()
    plt.show()


history = train_perceptron(answers["AND"], rounds=6)
show_lines("AND", history, {f"round {k}": 4 * k - 1 for k in range(1, 7)})

# %% [markdown] lang="en"
# The line moves until no point is on the wrong side, and then it stands still. Rosenblatt proved
# that this always happens if there is such a line at all.
#
# ## 1969: what it cannot learn
#
# Now XOR. After 99 rounds, here are six moments of the rounds that follow, point by point:

# %% [markdown] lang="zh"
# 直线不断移动，直到没有一个点站错边，然后就停住了。Rosenblatt 证明了：只要这样的直线存在，
# 就必定如此。
#
# ## 1969：它学不会什么
#
# 换成 XOR。先训练 99 轮，再看接下来的六个时刻，每看一个点画一张：

# %%
history = train_perceptron(answers["XOR"], rounds=101)
show_lines("XOR", history, {f"point {k}": k - 1 for k in range(397, 403)})

# %% [markdown] lang="en"
# It goes round in a circle: what it learns from one point, the next one takes back. More rounds do
# not help, because there is nothing to find. A line in the plane is given by two numbers: its
# direction, and how far from the middle it is. So we can try them *all*. Each pixel of the next
# picture is one line, and its colour says how many of the four points it puts on the right side:

# %% [markdown] lang="zh"
# 它在兜圈子：刚从一个点学到的，下一个点又改了回去。多训练几轮也没有用，因为根本没有可找的线。
# 平面上的一条直线由两个数决定：方向，以及离中心多远。所以我们可以把**所有**直线都试一遍。
# 下图的每个像素代表一条直线，颜色表示它把四个点中的几个分到了正确的一侧：

# %%
direction = np.linspace(0, 360, 361)
distance = np.linspace(-1, 1, 201)
normal = np.stack([np.cos(np.radians(direction)), np.sin(np.radians(direction))])
along = (points - 0.5) @ normal  # of each point, in each direction, from the middle of the square
above = along[:, None, :] > distance[None, :, None]

figure, axes = plt.subplots(1, 3, figsize=(10, 3), sharey=True, layout="constrained")
for axis, (name, target) in zip(axes, answers.items()):
    right = (above == target[:, None, None].astype(bool)).sum(axis=0)
    drawn = axis.pcolormesh(direction, distance, right, cmap="viridis", vmin=0, vmax=4)
    axis.set(title=f"{name}: the best line gets {right.max()} of 4", xlabel="direction, degrees")
    axis.set_xticks([0, 90, 180, 270, 360])
axes[0].set_ylabel("distance from the middle")
figure.colorbar(drawn, ax=axes, ticks=range(5), label="points that are right")
plt.show()

# %% [markdown] lang="en"
# For AND and OR there is a yellow island of lines that are right. For XOR there is none. A little
# algebra says why. XOR asks for
#
# * b ≤ 0 (the point 0, 0 gives 0),
# * w₁ + b > 0 and w₂ + b > 0 (the points 1, 0 and 0, 1 give 1),
# * w₁ + w₂ + b ≤ 0 (the point 1, 1 gives 0).
#
# Add the two in the middle: w₁ + w₂ + 2b > 0. Subtract b, which is not positive, and w₁ + w₂ + b >
# 0 follows. That contradicts the last line.
#
# ## 1986: a layer in between
#
# One line is not enough, but two are: XOR is 1 in the stripe between them. So let two neurons draw
# a line each, and a third one look at *their* answers. The two in between are called **hidden**,
# because neither the input nor the target tells what they should answer.
#
# How do they learn, if nobody tells? Two things had to change:
#
# * The hard step becomes a smooth one, the **sigmoid** 1 / (1 + e⁻ˣ), which has a slope.
# * The slopes carry the error of the output back to the hidden neurons, by the chain rule. This is
#   **back-propagation**; the next notebook walks it node by node. Here `minimize` does it.

# %% [markdown] lang="zh"
# AND 和 OR 各有一座黄色的“岛”，岛上的直线全对。XOR 没有。用几行代数就能说清原因。XOR 要求：
#
# * b ≤ 0（点 0, 0 得 0）；
# * w₁ + b > 0，w₂ + b > 0（点 1, 0 和点 0, 1 得 1）；
# * w₁ + w₂ + b ≤ 0（点 1, 1 得 0）。
#
# 把中间两式相加：w₁ + w₂ + 2b > 0。而 b 不是正数，所以再减去一个 b，仍有 w₁ + w₂ + b > 0，
# 与最后一式矛盾。
#
# ## 1986：中间加一层
#
# 一条直线不够，两条就够了：XOR 在两线之间的带子里为 1。于是让两个神经元各画一条线，
# 再让第三个神经元看**它们**的回答。中间这两个叫做**隐藏**神经元，因为输入和目标都没有说它们该答什
# 么。
#
# 没有人告诉它们，它们怎么学？有两处要改：
#
# * 把生硬的阶跃换成光滑的 **sigmoid** 函数 1 / (1 + e⁻ˣ)，它处处有斜率；
# * 借助这些斜率，按链式法则把输出的误差一层层传回隐藏神经元。这就是**反向传播**
#   （back-propagation），下一课会一个节点一个节点地走一遍；这里由 `minimize` 代劳。


# %%
def build_network(hidden_units, seed, rate, inputs=2, activation=tf.sigmoid):
    """A network with one hidden layer, and its training step, in a graph of its own."""
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(seed)
        x = tf.placeholder(tf.float32, [None, inputs], name="x")
        target = tf.placeholder(tf.float32, [None], name="target")
        start = tf.random_normal_initializer(stddev=1.0)
        with tf.variable_scope("hidden"):
            w1 = tf.get_variable("w", [inputs, hidden_units], initializer=start)
            b1 = tf.get_variable("b", [hidden_units], initializer=start)
            hidden = activation(tf.matmul(x, w1) + b1)
        with tf.variable_scope("output"):
            w2 = tf.get_variable("w", [hidden_units, 1], initializer=start)
            b2 = tf.get_variable("b", [1], initializer=start)
            y = tf.squeeze(tf.sigmoid(tf.matmul(hidden, w2) + b2), axis=1)
        with tf.name_scope("error"):
            error = 0.5 * tf.reduce_sum(tf.square(target - y))
        train = tf.train.GradientDescentOptimizer(rate).minimize(error)
        return SimpleNamespace(
            graph=graph, x=x, target=target, hidden=hidden, y=y, error=error, train=train,
            weights=[w1, b1, w2, b2], initialize=tf.global_variables_initializer(),
        )  # fmt: skip


net = build_network(hidden_units=2, seed=6, rate=1.0)
tf.viz.draw(net.error)

# %% [markdown] lang="en"
# The error is half the sum of the squared mistakes, E = ½ Σ (target − y)². Train it on XOR, all
# four points at once, and look in now and then:

# %% [markdown] lang="zh"
# 总误差是所有误差平方之和的一半：E = ½ Σ (target − y)²。用 XOR 训练它，每次四个点一起送入，
# 隔一阵看一眼：

# %%
looks = [0, 200, 400, 600, 800, 2000]
feed = {net.x: points, net.target: answers["XOR"]}
session = tf.Session(graph=net.graph)
session.run(net.initialize)


def ask(plane):
    """What the network answers at an array of points."""
    return session.run(net.y, {net.x: plane})


errors = []
figure, axes = plt.subplots(1, len(looks), figsize=(2.1 * len(looks), 2.5))
for step in range(looks[-1] + 1):
    if step in looks:
        axis = axes[looks.index(step)]
        show_region(axis, ask)
        right = int((np.round(ask(points)) == answers["XOR"]).sum())
        show_points(axis, points, answers["XOR"], f"step {step}: {right} of 4", size=70)
    errors.append(session.run([net.error, net.train], feed)[0])
figure.tight_layout()
plt.show()
print("answers:", np.round(ask(points), 3), " wanted:", answers["XOR"])

# %%
plt.figure(figsize=(7, 2.8))
plt.plot(errors, color=BLUE)
for step in looks:
    plt.axvline(step, color="0.8", linewidth=1, zorder=0)
plt.xlabel("step")
plt.ylabel("E")
plt.title("A long plateau, then the fall")
plt.show()

# %% [markdown] lang="en"
# For long nothing seems to happen, then it goes fast. Not every start ends so well: seeds 3, 5 and
# 9 get stuck, with two points right and two near ½. Try them.
#
# ## What the hidden neurons found
#
# Left: the line of each hidden neuron, where its answer is ½. Right: the same four points, placed
# by what the two hidden neurons *answer*. The hidden layer has moved the points, and now one
# straight line parts them. That is all that the last neuron needs.

# %% [markdown] lang="zh"
# 好一阵子似乎什么也没发生，随后误差很快就降下来。不是每个起点都有这样的好结局：
# 随机种子取 3、5、9 时会卡住，两个点对了，另外两个停在 ½ 附近。不妨一试。
#
# ## 隐藏神经元找到了什么
#
# 左图：每个隐藏神经元的分界线，线上它的回答是 ½。右图：同样四个点，
# 改用两个隐藏神经元的**回答**做坐标。隐藏层把点挪了位置，现在一条直线就能分开它们。
# 最后一个神经元要的正是这个。

# %%
hidden_at, (w1, b1, w2, b2) = session.run([net.hidden, net.weights], {net.x: points})
session.close()

figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained")
line = np.linspace(-0.5, 1.5, 2)
for k, style in enumerate(("-", "--")):
    left.plot(line, -(w1[0, k] * line + b1[k]) / w1[1, k], style, color="black", label=f"h{k + 1}")
show_points(left, points, answers["XOR"], "two lines in the input's plane")
left.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xticks=[0, 1], yticks=[0, 1], xlabel="x1", ylabel="x2")
left.legend()
show_points(right, hidden_at, answers["XOR"], "one line in the hidden plane")
for place, (x1, x2) in zip(hidden_at, points.astype(int)):
    beside = (9, -12) if x1 > x2 else (9, 6)
    right.annotate(f"{x1}, {x2}", place, beside, textcoords="offset points", fontsize=9)
right.plot(line, -(w2[0, 0] * line + b2[0]) / w2[1, 0], color="black")
right.set(xlim=(-0.2, 1.3), ylim=(-0.2, 1.3), xlabel="h1", ylabel="h2")
plt.show()

# %% [markdown] lang="en"
# ## More neurons, more corners
#
# Each hidden neuron gives one line, and the output joins them. Here is a disc of points inside of a
# ring. One line cannot part them, nor can two. Three lines make a triangle around the disc; more
# make it rounder:

# %% [markdown] lang="zh"
# ## 神经元越多，棱角就越多
#
# 每个隐藏神经元出一条线，输出层把它们接起来。下面是一个圆盘，外面套着一个圆环。
# 一条线分不开它们，两条也不行。三条线能在圆盘外围成三角形；线再多，就更圆：

# %%
random = np.random.default_rng(0)
radius = np.concatenate([random.uniform(0, 0.8, 120), random.uniform(1.2, 1.9, 180)])
angle = random.uniform(0, 2 * np.pi, len(radius))
rings = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)
inside = (radius < 1).astype(np.float32)

figure, axes = plt.subplots(1, 4, figsize=(10, 2.8))
for axis, units in zip(axes, (1, 2, 3, 8)):
    net = build_network(units, seed=1, rate=0.03)
    with tf.Session(graph=net.graph) as session:
        session.run(net.initialize)
        for _ in range(3000):
            session.run(net.train, {net.x: rings, net.target: inside})
        show_region(axis, ask, limits=(-2.1, 2.1))
        right = (np.round(ask(rings)) == inside).mean()
    show_points(axis, rings, inside, f"{units} hidden: {right:.0%} right", size=9)
    axis.set(xticks=[], yticks=[])
figure.tight_layout()
plt.show()

# %% [markdown] lang="en"
# ## What to remember
#
# * A perceptron is one straight line. It finds the line if there is one.
# * XOR has none. A hidden layer moves the points so that a line is enough.
# * The hidden layer learns because smooth functions let the error flow back.
#
# ## Exercises
#
# **1.** Train the perceptron on OR. After which round are all four points right?
#
# <details><summary>Solution</summary>
#
# ```python
# for number, now in enumerate(train_perceptron(answers["OR"], rounds=7)[3::4], start=1):
#     print("round", number, (says(*now, points) != answers["OR"]).sum(), "wrong")
# ```
# After round 5. From then on nothing changes any more.
# </details>
#
# **2.** XOR is "OR, but not AND". Choose the weights of three perceptrons by hand, two hidden and
# one output, so that they compute XOR. No training!
#
# <details><summary>Solution</summary>
#
# ```python
# def step(total):
#     return (total > 0).astype(np.float32)
#
#
# either = step(points @ [1, 1] - 0.5)  # OR
# both = step(points @ [1, 1] - 1.5)  # AND
# print(step(either - both - 0.5))  # [0. 1. 1. 0.]
# ```
# So in 1958 the network was possible. What was missing was a way to *learn* it.
# </details>
#
# **3.** Take the sigmoid out of the hidden layer, `activation=tf.identity`, and train on XOR again.
# What does the network answer, and why?
#
# <details><summary>Solution</summary>
#
# ```python
# net = build_network(2, seed=6, rate=0.2, activation=tf.identity)
# with tf.Session(graph=net.graph) as session:
#     session.run(net.initialize)
#     for _ in range(4000):
#         session.run(net.train, {net.x: points, net.target: answers["XOR"]})
#     print(ask(points))
# ```
# About ½ everywhere. A weighted sum of weighted sums is only another weighted sum: without a bend
# in between, two layers are no more than one, and one line is not enough.
# </details>

# %% [markdown] lang="zh"
# ## 要点
#
# * 一个感知机就是一条直线；只要有这样的直线，它就能找到。
# * XOR 没有这样的直线。隐藏层把点挪动位置，使一条直线就够用。
# * 隐藏层之所以能学习，是因为光滑的函数让误差能够传回来。
#
# ## 练习
#
# **1.** 用 OR 训练感知机。第几轮之后，四个点全对？
#
# <details><summary>答案</summary>
#
# ```python
# for number, now in enumerate(train_perceptron(answers["OR"], rounds=7)[3::4], start=1):
#     print("round", number, (says(*now, points) != answers["OR"]).sum(), "wrong")
# ```
# 第 5 轮之后。此后不再有任何变化。
# </details>
#
# **2.** XOR 就是“或，但不与”。请亲手选定三个感知机（两个隐藏、一个输出）的权重，让它们算出 XOR。
# 不许训练！
#
# <details><summary>答案</summary>
#
# ```python
# def step(total):
#     return (total > 0).astype(np.float32)
#
#
# either = step(points @ [1, 1] - 0.5)  # OR
# both = step(points @ [1, 1] - 1.5)  # AND
# print(step(either - both - 0.5))  # [0. 1. 1. 0.]
# ```
# 可见 1958 年就造得出这样的网络，缺的是让它**学会**的办法。
# </details>
#
# **3.** 去掉隐藏层的 sigmoid，即用 `activation=tf.identity`，再用 XOR 训练。网络怎么回答？为什么？
#
# <details><summary>答案</summary>
#
# ```python
# net = build_network(2, seed=6, rate=0.2, activation=tf.identity)
# with tf.Session(graph=net.graph) as session:
#     session.run(net.initialize)
#     for _ in range(4000):
#         session.run(net.train, {net.x: points, net.target: answers["XOR"]})
#     print(ask(points))
# ```
# 处处约为 ½。加权和的加权和，仍然只是一个加权和：中间没有弯折，两层并不比一层强，而一条直线不够。
# </details>
