# %% [markdown] lang="en"
# # 8. Dog, cat, ship or bird?
#
# Show a network a picture. It answers with **four probabilities**: one for dog, one for cat, one
# for ship, one for bird. They always sum to 1.
#
# At first the network knows nothing, and gives each class about a quarter. Then it learns. In this
# notebook you watch one picture of a ship, and see its probability rise from a quarter to nearly 1.

# %% [markdown] lang="zh"
# # 8. 狗、猫、船，还是鸟？
#
# 给网络看一张图片，它回答**四个概率**：是狗的概率、是猫的概率、是船的概率、是鸟的概率。
# 这四个数加起来总是 1。
#
# 刚开始网络什么也不懂，每一类大约各占四分之一。然后它开始学习。
# 这一课盯住一张船的图片，看“船”的概率怎样从四分之一一步步升到接近 1。

# %%
import matplotlib.pyplot as plt
import numpy as np

import flowgraph as tf
from flowgraph.examples import silhouettes

plt.rcParams["figure.dpi"] = 80
np.set_printoptions(precision=3, suppress=True)
NAMES = silhouettes.CLASSES
COLORS = ["#0072B2", "#E69F00", "#D55E00", "#009E73"]

# %% [markdown] lang="en"
# ## The pictures
#
# They are **drawn**, not photographed: each is a silhouette that the computer turns, leans,
# mirrors, moves and colours by chance. (We know of no collection of photographs of these classes
# that may be passed on inside a program like this one.) 32 pixels by 32 pixels, three colours.
#
# The colours are a trap that was taken away: they say nothing about the class. A network that finds
# "blue at the bottom" has found nothing. It has to look at shapes.

# %% [markdown] lang="zh"
# ## 图片
#
# 这些图片是**画出来的**，不是照片：每张都是一个剪影，由计算机随机旋转、倾斜、翻转、移动、着色。
# （含有这几类的照片集，我们没有找到可以随这样的程序一起分发的。）每张 32×32 像素，三个颜色通道。
#
# 颜色与类别毫无关系，这是有意的：网络就算发现“下半部是蓝色”，也等于什么都没发现。
# 它只能靠形状来判断。

# %%
train, test = silhouettes.draw(2000, seed=1), silhouettes.draw(400, seed=2)

figure, axes = plt.subplots(4, 8, figsize=(8, 4.2))
for label, row in enumerate(axes):
    row[0].text(1, 0.5, NAMES[label], fontsize=14, ha="right", va="center")
    for axis, image in zip(row[1:], train.images[train.labels == label]):
        axis.imshow(image, interpolation="nearest")
for axis in axes.flat:
    axis.axis("off")
figure.tight_layout()
plt.show()

# %% [markdown] lang="en"
# ## The network
#
# Convolution and ReLU, pooling, once more convolution and ReLU, pooling, then two full connections
# and softmax. In flowgraph each is one line:

# %% [markdown] lang="zh"
# ## 网络
#
# 卷积加 ReLU，池化，再来一次卷积加 ReLU，池化，然后两层全连接，最后是 softmax。
# 在 flowgraph 里，每一样都是一行代码：

# %%
graph = tf.Graph()
with graph.as_default():
    tf.set_random_seed(2)
    picture = tf.placeholder(tf.float32, [None, 32, 32, 3], name="picture")
    target = tf.placeholder(tf.float32, [None, 4], name="target")
    conv1 = tf.layers.conv2d(picture - 0.5, 8, 5, activation=tf.nn.relu, name="conv1")
    pool1 = tf.layers.max_pooling2d(conv1, 2, 2, name="pool1")
    conv2 = tf.layers.conv2d(pool1, 16, 5, activation=tf.nn.relu, name="conv2")
    pool2 = tf.layers.max_pooling2d(conv2, 2, 2, name="pool2")
    flat = tf.layers.flatten(pool2, name="flatten")
    dense1 = tf.layers.dense(flat, 64, activation=tf.nn.relu, name="dense1")
    scores = tf.layers.dense(dense1, 4, name="dense2")
    probabilities = tf.nn.softmax(scores, name="softmax")
tf.viz.architecture(probabilities)

# %% [markdown] lang="en"
# Read it from left to right, as the picture travels:
#
# | stage | what it does | what comes out |
# | --- | --- | --- |
# | picture | | 32×32, 3 colours |
# | **conv1 + ReLU** | 8 filters of 5×5 look for strokes | 28×28, 8 maps |
# | **pool1** | keeps the largest of each 2×2 square | 14×14, 8 maps |
# | **conv2 + ReLU** | 16 filters look for parts made of strokes | 10×10, 16 maps |
# | **pool2** | keeps the largest again | 5×5, 16 maps |
# | **dense1 + ReLU** | weighs all 400 values together | 64 numbers |
# | **dense2** | one score for each class | 4 numbers |
# | **softmax** | turns scores into probabilities | 4 numbers that sum to 1 |

# %% [markdown] lang="zh"
# 跟着图片从左往右走：
#
# | 阶段 | 做什么 | 输出 |
# | --- | --- | --- |
# | 图片 | | 32×32，3 个颜色通道 |
# | **卷积 conv1 + ReLU** | 8 个 5×5 的卷积核，寻找笔画 | 28×28，8 张特征图 |
# | **池化 pool1** | 每个 2×2 方格只留最大值 | 14×14，8 张 |
# | **卷积 conv2 + ReLU** | 16 个卷积核，寻找由笔画组成的部件 | 10×10，16 张 |
# | **池化 pool2** | 再留一次最大值 | 5×5，16 张 |
# | **全连接 dense1 + ReLU** | 把全部 400 个值放在一起权衡 | 64 个数 |
# | **全连接 dense2** | 每一类打一个分 | 4 个数 |
# | **softmax** | 把分数变成概率 | 4 个数，和为 1 |

# %%
probabilities

# %% [markdown] lang="en"
# The same as a graph, operation by operation. On each arrow stands the shape of its tensor.
#
# ## Before training: about a quarter each
#
# Here is our ship. The network has not learnt it, and never will: it is one of the test pictures.
# The answer we want, the **target**, is `[0, 0, 1, 0]`: certainly a ship. What does the network
# say now, with the random weights it starts with?

# %% [markdown] lang="zh"
# 这是同一个网络的计算图，画出了每一个运算，箭头上写着张量的形状。
#
# ## 训练之前：各占四分之一左右
#
# 这就是我们要盯住的船。它是一张测试图片，网络没有学过它，以后也不会学它。
# 我们想要的回答叫做**目标**，是 `[0, 0, 1, 0]`：肯定是船。
# 现在权重都是随机的初始值，网络会怎么说？

# %%
session = tf.Session(graph=graph)
with graph.as_default():
    session.run(tf.global_variables_initializer())

ship = test.images[2]
aim = np.array([0, 0, 1, 0], np.float32)


def ask(image):
    """The four probabilities for one picture."""
    return session.run(probabilities, {picture: image[None]})[0]


def show_answer(image, answer, title):
    """The picture, and a bar for each class."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.3), width_ratios=[1, 2.2])
    left.imshow(image)
    left.axis("off")
    right.barh(NAMES, answer, color=COLORS)
    for row, value in enumerate(answer):
        right.text(value + 0.02, row, f"{value:.2f}", va="center")
    right.set(xlim=(0, 1.15), xlabel="probability", title=title)
    right.invert_yaxis()
    right.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    plt.show()


before = ask(ship)
print("target:       ", aim)
print("network says: ", before)
print("sum:          ", before.sum().round(4))
show_answer(ship, before, "before training")

# %% [markdown] lang="en"
# Nearly uniform. That is not only so for this ship. Averaged over 400 pictures the network gives
# each class about a quarter, whatever the picture shows:

# %% [markdown] lang="zh"
# 几乎是均匀的。不只这张船如此：对 400 张图片求平均，不管画的是什么，每一类都大约是四分之一：

# %%
everything = session.run(probabilities, {picture: test.images})
print("mean of 400 answers:", everything.mean(axis=0))
print("all sums are 1:     ", np.allclose(everything.sum(axis=1), 1))

# %% [markdown] lang="en"
# ## One step of learning
#
# Learning repeats four small moves:
#
# 1. **Forward.** The picture goes through; four probabilities come out.
# 2. **Error.** How far are they from the target? Total error = ½ · Σ (target − output)².
# 3. **Backward.** `tf.gradients` finds for each weight *w* how the error changes with it: ∂E/∂w.
# 4. **Update.** Each weight moves a little downhill: w ← w − α · ∂E/∂w.
#
# The graph gets one more operation for move 2 and one for 3 and 4. Let us make one single step, on
# another ship, and ask again about ours.

# %% [markdown] lang="zh"
# ## 学习的一步
#
# 学习就是反复做四件小事：
#
# 1. **前向**：图片穿过网络，得到四个概率。
# 2. **误差**：离目标有多远？总误差 = ½ · Σ（目标 − 输出）²。
# 3. **反向**：`tf.gradients` 对每个权重 *w* 求出误差随它变化的快慢：∂E/∂w。
# 4. **更新**：每个权重往下坡方向挪一点：w ← w − α · ∂E/∂w。
#
# 在图里，第 2 件事添一个运算，第 3、4 件事再添一个。下面只走一步，用的是另一张船；
# 然后再问一次我们那张。

# %%
with graph.as_default():
    total = 0.5 * tf.reduce_sum(tf.square(target - probabilities), axis=1)
    error = tf.reduce_mean(total, name="error")
    step = tf.train.GradientDescentOptimizer(0.1).minimize(error)

another = {picture: train.images[2][None], target: aim[None]}
print("error before the step:", session.run(error, another).round(3))
session.run(step, another)
print("error after it:       ", session.run(error, another).round(3))
print()
print("our ship before:", before)
print("our ship after: ", ask(ship))

# %% [markdown] lang="en"
# One step, and the ship's probability has grown. The other three have shrunk: they must, because
# the sum stays 1.
#
# ## 600 steps
#
# But a network that says "ship" to everything has learnt nothing. So each step takes 32 pictures of
# all four classes. After every few steps we ask about our ship, and about all 400 test pictures.

# %% [markdown] lang="zh"
# 只走一步，“船”的概率就变大了。另外三个变小了，也只能变小，因为总和始终是 1。
#
# ## 六百步
#
# 可是，一个见什么都说“船”的网络等于没学。所以每一步取 32 张图片，四类都有。
# 每走几步就问一次我们那张船，也问一次全部 400 张测试图片。

# %%
STEPS, BATCH = 600, 32


def learn(session, step, steps=STEPS):
    """Trains; gives the answers for our ship, and the share of test pictures that were wrong."""
    random = np.random.default_rng(0)
    answers, wrong = [], []
    for number in range(steps):
        if number % 20 == 0:
            guesses = session.run(probabilities, {picture: test.images})
            answers.append(guesses[2])
            wrong.append(np.mean(guesses.argmax(axis=1) != test.labels))
        some = random.integers(0, len(train.labels), BATCH)
        feed = {picture: train.images[some], target: np.eye(4)[train.labels[some]]}
        session.run(step, feed)
    return np.array(answers), np.array(wrong)


answers, wrong = learn(session, step)
after = ask(ship)

# %%
asked = np.arange(len(answers)) * 20
figure, (upper, lower) = plt.subplots(2, 1, figsize=(8, 5.6), sharex=True, height_ratios=[2, 1])
upper.stackplot(asked, answers.T, colors=COLORS, labels=NAMES, alpha=0.85)
upper.set(
    xlim=(0, asked[-1]),
    ylim=(0, 1),
    ylabel="probability",
    title="What the network says about our ship",
)
upper.legend(loc="lower left", ncols=4, framealpha=0.95)
lower.plot(asked, 100 * wrong, color="black")
lower.set(ylim=(0, 100), xlabel="step", ylabel="wrong, %", title="400 test pictures")
lower.grid(color="0.9")
figure.tight_layout()
plt.show()

# %% [markdown] lang="en"
# Look at the upper picture as at a cake cut in four. Its height is always 1. At the left each class
# has a slice of about the same size. Then the ship's slice eats the other three.

# %% [markdown] lang="zh"
# 把上图当成一块切成四份的蛋糕，总高度始终是 1。最左边四份差不多一样大，
# 后来“船”那一份把另外三份都吃掉了。

# %%
show_answer(ship, after, "after training")
print("target:      ", aim)
print("before:      ", before)
print("after:       ", after)

# %% [markdown] lang="en"
# ## One picture on its way
#
# What happens between the picture and the probabilities? Every tensor in the graph can be fetched.
# Here is the ship after each stage, four of the maps each time. Bright means: found here.
#
# * After **conv1 + ReLU** there are edges. One map answers to left edges, others to lower ones.
# * After **pool1** the same, at half the size.
# * After **conv2 + ReLU** only regions are left, where a certain *part* is: a hull, a slope.
# * After **pool2** a few numbers say which parts there are, and roughly where.

# %% [markdown] lang="zh"
# ## 一张图片的旅程
#
# 从图片到概率，中间发生了什么？图里任何一个张量都可以取回来看。
# 下面是这张船经过每个阶段之后的样子，各取四张特征图。亮的地方表示“在这里找到了”。
#
# * **conv1 + ReLU** 之后是边缘：有一张图专管左边缘，另外几张管下边缘。
# * **pool1** 之后内容不变，大小减半。
# * **conv2 + ReLU** 之后只剩一些区域，表示那里有某种*部件*：船身，或者一条斜边。
# * **pool2** 之后只剩寥寥几个数，说明有哪些部件、大致在什么位置。

# %%
stages = {"conv1 + ReLU": conv1, "pool1": pool1, "conv2 + ReLU": conv2, "pool2": pool2}
maps = session.run(stages, {picture: ship[None]})

figure, axes = plt.subplots(4, 5, figsize=(9, 6.8))
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
    axis.set_frame_on(False)
axes[1, 0].imshow(ship)
axes[1, 0].set_title("picture 32×32")
for column, (name, values) in enumerate(maps.items(), start=1):
    strongest = np.argsort(-values[0].max(axis=(0, 1)))[:4]
    for row, number in enumerate(np.sort(strongest)):
        axes[row, column].imshow(values[0, :, :, number], cmap="magma")
    side = values.shape[1]
    axes[0, column].set_title(f"{name} {side}×{side}")
figure.tight_layout()
plt.show()

# %% [markdown] lang="en"
# ## Where it is wrong
#
# A **confusion matrix** counts: which class was it, and which did the network say? The right
# answers are on the diagonal.

# %% [markdown] lang="zh"
# ## 它错在哪里
#
# **混淆矩阵**（confusion matrix）是一张计数表：真正的类别是哪一个，网络说的又是哪一个。
# 对角线上是答对的。

# %%
final = session.run(probabilities, {picture: test.images})
guesses = final.argmax(axis=1)
counts = np.zeros((4, 4), int)
np.add.at(counts, (test.labels, guesses), 1)
mistakes = np.flatnonzero(guesses != test.labels)[:5]

figure = plt.figure(figsize=(9, 3.4), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=[1, 1.3])
table = left.subplots()
table.imshow(counts, cmap="Blues")
for (true, guess), count in np.ndenumerate(counts):
    color = "white" if count > 50 else "black"
    table.text(guess, true, count, ha="center", va="center", color=color)
table.set(xticks=range(4), yticks=range(4), xticklabels=NAMES, yticklabels=NAMES)
table.set(xlabel="the network says", ylabel="it is")
right.suptitle("some mistakes: true → said")
for axis, index in zip(right.subplots(1, 5), mistakes):
    axis.imshow(test.images[index])
    axis.set_title(f"{NAMES[test.labels[index]]} →\n{NAMES[guesses[index]]}", fontsize=10)
    axis.axis("off")
plt.show()
print(f"right: {np.mean(guesses == test.labels):.1%} of {len(guesses)} test pictures")

# %% [markdown] lang="en"
# ## What to remember
#
# * Softmax turns scores into probabilities: none below 0, the sum always 1.
# * An untrained network answers almost uniformly. It has no reason to prefer anything.
# * Training raises the probability of the true class. The others shrink by themselves.
# * Convolution and pooling, twice, turn pixels into edges and edges into parts.
#
# ## Exercises
#
# **1.** Compute softmax by hand, in numpy, from the four `scores` of our ship: exp(sᵢ) / Σ exp(sⱼ).
# What happens to the probabilities when 100 is added to each score?
#
# <details><summary>Solution</summary>
#
# ```python
# four = session.run(scores, {picture: ship[None]})[0]
# by_hand = np.exp(four) / np.exp(four).sum()
# print(by_hand, ask(ship))
# print(session.run(probabilities, {scores: four[None] + 100}))
# ```
# Nothing happens: the factor exp(100) stands above and below the line. Note that `scores` is not a
# placeholder, and can be fed all the same.
# </details>
#
# **2.** The network has never seen anything but the four classes. Ask it about pure noise, and
# about a uniform grey. How sure is it? Can you trust a high probability?
#
# <details><summary>Solution</summary>
#
# ```python
# noise = np.random.default_rng(5).uniform(0, 1, [32, 32, 3])
# for image in (noise, np.full([32, 32, 3], 0.5)):
#     answer = ask(image)
#     print(NAMES, answer, "sum", answer.sum())
# ```
# The sum is 1 even if the picture shows none of the four: softmax only shares out. "Ship, 0.9"
# means: more a ship than the other three.
# </details>
#
# **3.** Train again with the cross-entropy, −log(probability of the true class), instead of the
# squared error. Which one learns faster?
#
# <details><summary>Solution</summary>
#
# ```python
# with graph.as_default():
#     each = tf.nn.softmax_cross_entropy_with_logits(labels=target, logits=scores)
#     faster = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_mean(each))
# with tf.Session(graph=graph) as other:
#     with graph.as_default():
#         other.run(tf.global_variables_initializer())
#     answers2, wrong2 = learn(other, faster, steps=300)
# plt.plot(asked[:15], answers[:15, 2], label="squared error")
# plt.plot(asked[:15], answers2[:, 2], label="cross-entropy")
# plt.xlabel("step")
# plt.ylabel("probability of the ship")
# plt.legend()
# plt.show()
# ```
# The cross-entropy. Where the network is surely wrong, softmax is flat, and the squared error's
# gradient is nearly 0; the logarithm makes up for it exactly.
# </details>

# %% [markdown] lang="zh"
# ## 要点
#
# * softmax 把分数变成概率：没有一个小于 0，总和总是 1。
# * 没有训练过的网络，回答接近均匀分布：它没有理由偏爱哪一类。
# * 训练让真实类别的概率升高，其余类别自然降低。
# * 卷积加池化做两遍：像素变成边缘，边缘变成部件。
#
# ## 练习
#
# **1.** 取出我们那张船的四个分数 `scores`，用 numpy 手算 softmax：exp(sᵢ) / Σ exp(sⱼ)。
# 如果每个分数都加上 100，概率会怎样？
#
# <details><summary>答案</summary>
#
# ```python
# four = session.run(scores, {picture: ship[None]})[0]
# by_hand = np.exp(four) / np.exp(four).sum()
# print(by_hand, ask(ship))
# print(session.run(probabilities, {scores: four[None] + 100}))
# ```
# 概率不变：分子、分母同时多出因子 exp(100)，约掉了。注意 `scores` 并不是占位符，照样可以送入值。
# </details>
#
# **2.** 网络只见过这四类东西。拿一张纯噪声、一张纯灰色的图去问它。它有多大把握？
# 概率高就可信吗？
#
# <details><summary>答案</summary>
#
# ```python
# noise = np.random.default_rng(5).uniform(0, 1, [32, 32, 3])
# for image in (noise, np.full([32, 32, 3], 0.5)):
#     answer = ask(image)
#     print(NAMES, answer, "sum", answer.sum())
# ```
# 图里明明四类都不是，总和还是 1，因为 softmax 只管分配。“船，0.9”的意思只是：
# 比起另外三类，它更像船。
# </details>
#
# **3.** 把平方误差换成交叉熵，也就是 −log（真实类别的概率），重新训练。哪一个学得更快？
#
# <details><summary>答案</summary>
#
# ```python
# with graph.as_default():
#     each = tf.nn.softmax_cross_entropy_with_logits(labels=target, logits=scores)
#     faster = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_mean(each))
# with tf.Session(graph=graph) as other:
#     with graph.as_default():
#         other.run(tf.global_variables_initializer())
#     answers2, wrong2 = learn(other, faster, steps=300)
# plt.plot(asked[:15], answers[:15, 2], label="squared error")
# plt.plot(asked[:15], answers2[:, 2], label="cross-entropy")
# plt.xlabel("step")
# plt.ylabel("probability of the ship")
# plt.legend()
# plt.show()
# ```
# 交叉熵更快。网络错得很有把握时，softmax 很平，平方误差的梯度几乎是 0；对数恰好把它补回来。
# </details>
