# %% [markdown] lang="en"
# # 9. Networks with a memory
#
# A picture is there all at once. A sentence comes one letter after the other, and what a letter
# means depends on what came before. A **recurrent network** reads such a sequence step by step. It
# keeps a **state**, a row of numbers in which it notes what it has read.
#
# The whole idea is one line:
#
# > new state = tanh( input · W + old state · U )
#
# The same W and the same U at every step. You will see this network unrolled, let it learn a
# nursery rhyme letter by letter, measure how it forgets, and meet a better one, the LSTM.

# %% [markdown] lang="zh"
# # 9. 有记忆的网络
#
# 一张图片是一下子全在眼前的。一句话却是一个字母接一个字母来的，而且每个字母的含义取决于前文。
# **循环神经网络**（recurrent neural network，RNN）一步一步地读这样的序列。
# 它有一个**状态**，也就是一列数，用来记下读过的内容。
#
# 全部的思想就是一行公式：
#
# > 新状态 = tanh（ 输入 · W + 旧状态 · U ）
#
# 每一步用的都是同一个 W、同一个 U。这一课先把它展开来看，再让它一个字母一个字母地学一首童谣，
# 然后测量它怎样遗忘，最后认识一种更好的网络：LSTM。

# %%
import matplotlib.pyplot as plt
import numpy as np

import flowgraph as tf

plt.rcParams["figure.dpi"] = 80
# These matrices are so small that one thread is quicker than two that wait for each other.
ONE_THREAD = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)

# %% [markdown] lang="en"
# ## Unrolled: one copy for each step
#
# Three letters, so three steps. Each box is the same small network. Look at the two outer lines: W
# and U go into every box. What goes from box to box is the state.

# %% [markdown] lang="zh"
# ## 展开：每一步一份
#
# 三个字母，三个时间步。每个方框都是同一个小网络。看两边的线：W 和 U 通进每一个方框。
# 从一个方框传到下一个方框的，就是状态。

# %%
with tf.Graph().as_default():
    W, U = tf.get_variable("W", [4, 3]), tf.get_variable("U", [3, 3])
    state = tf.zeros([1, 3], name="h0")
    for step in (1, 2, 3):
        letter = tf.placeholder(tf.float32, [1, 4], name=f"x{step}")
        with tf.name_scope(f"step{step}"):
            state = tf.tanh(tf.matmul(letter, W) + tf.matmul(state, U), name=f"h{step}")
state

# %% [markdown] lang="en"
# ## Rolled up: a loop in the graph
#
# Nobody wants to copy a box a thousand times. `tf.nn.dynamic_rnn` puts **one** loop operation into
# the graph. Its body is the box; it runs once for each letter, however many there are.

# %% [markdown] lang="zh"
# ## 卷起来：图里的一个循环
#
# 谁也不想把方框抄一千遍。`tf.nn.dynamic_rnn` 只往图里放**一个**循环运算。
# 循环体就是那个方框，来几个字母就执行几次。

# %%
with tf.Graph().as_default():
    letters = tf.placeholder(tf.float32, [None, None, 4], name="letters")
    cell = tf.nn.rnn_cell.BasicRNNCell(3)
    outputs, last = tf.nn.dynamic_rnn(cell, letters, dtype=tf.float32)
tf.viz.draw(last, fold="rnn/dynamic_rnn")

# %% [markdown] lang="en"
# All arrows meet in the loop at the bottom. Do both ways give the same numbers? And how large do
# the graphs get? Let us build both with the same weights, for longer and longer sequences.

# %% [markdown] lang="zh"
# 所有箭头都汇入最下面的循环。两种写法算出的数一样吗？图又有多大？
# 用同样的权重把两种都建出来，序列一次比一次长：


# %%
def both(length):
    """Builds the two networks; gives the sizes of their graphs and how much they differ."""
    sizes = []
    with tf.Graph().as_default() as graph, tf.Session(config=ONE_THREAD) as session:
        tf.set_random_seed(1)
        values = tf.constant(np.random.default_rng(0).normal(size=[1, length, 4]), tf.float32)
        cell = tf.nn.rnn_cell.BasicRNNCell(3)
        for build in (tf.nn.static_rnn, tf.nn.dynamic_rnn):
            before = len(graph.get_operations())
            steps = tf.unstack(values, axis=1) if build is tf.nn.static_rnn else values
            _, end = build(cell, steps, dtype=tf.float32)
            sizes.append((len(graph.get_operations()) - before, end))
        session.run(tf.global_variables_initializer())
        one, two = session.run([end for _, end in sizes])
    return [size for size, _ in sizes], np.abs(one - two).max()


for length in (3, 30, 300):
    (static, dynamic), difference = both(length)
    print(f"{length:4d} steps: unrolled {static:5d} operations, loop {dynamic:3d};", end=" ")
    print(f"greatest difference {difference:.0e}")

# %% [markdown] lang="en"
# The same numbers; one graph grows, the other does not.
#
# ## A network learns a nursery rhyme
#
# The task: read a text letter by letter, and at each step say what comes **next**. That is all. To
# do it well, the network must learn words, spaces and, in the end, how the verses are made.

# %% [markdown] lang="zh"
# 数值相同；一张图越来越大，另一张始终不变。
#
# ## 网络学童谣
#
# 任务是：一个字母一个字母地读一段文字，每一步都说出**下一个**字母是什么。仅此而已。
# 可是要做得好，网络就得学会单词、空格，最后还得学会每一节是怎样编出来的。

# %%
ANIMALS, DEEDS = ["malt", "rat", "cat"], ["lay in", "ate", "killed"]
TEXT = "This is the house that Jack built.\n"
for size in (1, 2, 3):
    middle = [f"the {ANIMALS[k]} that {DEEDS[k]} " for k in reversed(range(size))]
    TEXT += f"This is {''.join(middle)}the house that Jack built.\n"

LETTERS = sorted(set(TEXT))
codes = np.array([LETTERS.index(letter) for letter in TEXT])
print(TEXT)
print(f"{len(TEXT)} letters, {len(LETTERS)} different ones")


# %%
def build_writer(cell, seed=1):
    """A network that reads letters and gives the chances of each letter to be the next."""
    graph = tf.Graph()
    with graph.as_default():
        tf.set_random_seed(seed)
        read = tf.placeholder(tf.int32, [None, None], name="read")
        following = tf.placeholder(tf.int32, [None, None], name="following")
        start = cell.zero_state(tf.shape(read)[0], tf.float32)
        inputs = tf.one_hot(read, len(LETTERS))
        outputs, end = tf.nn.dynamic_rnn(cell, inputs, initial_state=start)
        scores = tf.layers.dense(outputs, len(LETTERS), name="scores")
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=following, logits=scores)
        loss = tf.reduce_mean(each, name="loss")
        return {
            "graph": graph,
            "read": read,
            "following": following,
            "start": start,
            "end": end,
            "chances": tf.nn.softmax(scores),
            "loss": loss,
            "step": tf.train.AdamOptimizer(0.01).minimize(loss),
            "initialize": tf.global_variables_initializer(),
        }


def write(session, net, count=72, seed=3):
    """Lets the network write: what it says next is what it reads next."""
    random = np.random.default_rng(seed)
    text, feed = "T", {net["read"]: [[LETTERS.index("T")]]}
    while len(text) < count:
        chances, state = session.run([net["chances"], net["end"]], feed)
        share = chances[0, -1].astype(float)
        letter = random.choice(len(LETTERS), p=share / share.sum())
        text += LETTERS[letter]
        feed = {net["read"]: [[letter]], net["start"]: state}
    return text.replace("\n", "/")


# %%
STEPS, BATCH, LENGTH = 150, 16, 40
writer = build_writer(tf.nn.rnn_cell.LSTMCell(64))
session = tf.Session(graph=writer["graph"], config=ONE_THREAD)
session.run(writer["initialize"])
random, losses = np.random.default_rng(0), []
for number in range(STEPS + 1):
    if number in (0, 10, 25, 50, 75, 150):
        print(f"after {number:3d} steps: {write(session, writer)}")
    places = random.integers(0, len(codes) - LENGTH - 1, BATCH)
    part = codes[places[:, None] + np.arange(LENGTH + 1)]
    feed = {writer["read"]: part[:, :-1], writer["following"]: part[:, 1:]}
    loss, _ = session.run([writer["loss"], writer["step"]], feed)
    losses.append(loss)

# %% [markdown] lang="en"
# (A line's end is shown as `/`.) First noise, then the frequent letters, then pieces of words, then
# words, then verses. It was told none of these: only which letter comes next.

# %% [markdown] lang="zh"
# （换行显示成 `/`。）先是乱码，然后是常见字母，再是单词的碎片，再是单词，最后是整句。
# 这些都没人教过它，它得到的只有一条信息：下一个字母是什么。

# %%
plt.figure(figsize=(7, 2.8))
plt.plot(losses)
plt.axhline(np.log(len(LETTERS)), color="0.5", linestyle="--")
plt.text(STEPS, np.log(len(LETTERS)), "pure guessing", ha="right", va="bottom", color="0.4")
plt.ylim(0, 3.8)
plt.xlabel("step")
plt.ylabel("loss")
plt.title("How surprised it is by the next letter")
plt.show()

# %% [markdown] lang="en"
# ## How far back does it learn?
#
# An easy task to state: the first letter is A, B, C or D. Then 49 letters of noise follow. Then
# say what the first one was.
#
# To learn this, the error at step 50 must reach back to step 1. On its way it goes through the
# matrix U and through tanh, 49 times. If each step shrinks it to 83 %, then 0.83⁴⁹ ≈ 0.0001 is
# left. That is the **vanishing gradient**. Let us measure it, before any training: how strongly
# does the loss at the end depend on the input at each step?

# %% [markdown] lang="zh"
# ## 它能从多远的过去学到东西？
#
# 一个说起来很简单的任务：第一个字母是 A、B、C、D 中的一个，后面跟着 49 个无关的字母，
# 最后要说出第一个字母是哪个。
#
# 要学会它，第 50 步的误差必须一路传回第 1 步。途中要 49 次经过矩阵 U 和 tanh。
# 假如每一步缩小到 83 %，最后只剩 0.83⁴⁹ ≈ 0.0001。这就是**梯度消失**（vanishing gradient）。
# 我们在训练之前就来测量：最后的损失对每一步的输入有多敏感？

# %%
LONG, KINDS = 50, 4


def examples(random, count=64):
    """Sequences of 50 letters, the first of 4 kinds, the others of 4 other kinds."""
    first = random.integers(0, KINDS, [count, 1])
    noise = KINDS + random.integers(0, KINDS, [count, LONG - 1])
    return np.concatenate([first, noise], axis=1), first[:, 0]


def build_memory(cell, seed=1):
    """A network that says at the end what came first."""
    graph = tf.Graph()
    with graph.as_default():
        tf.set_random_seed(seed)
        read = tf.placeholder(tf.int32, [None, LONG], name="read")
        first = tf.placeholder(tf.int32, [None], name="first")
        inputs = tf.one_hot(read, 2 * KINDS)
        outputs, _ = tf.nn.dynamic_rnn(cell, inputs, dtype=tf.float32)
        scores = tf.layers.dense(outputs[:, -1], KINDS, name="scores")
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=first, logits=scores)
        loss = tf.reduce_mean(each, name="loss")
        slopes = tf.gradients(loss, inputs)[0]
        guesses = tf.argmax(scores, axis=1, output_type=tf.int32)
        optimizer = tf.train.AdamOptimizer(0.002)
        gradients, variables = zip(*optimizer.compute_gradients(loss))
        gradients, _ = tf.clip_by_global_norm(gradients, 1.0)  # no step is wild
        return {
            "graph": graph,
            "read": read,
            "first": first,
            "slopes": tf.sqrt(tf.reduce_sum(slopes**2, axis=[0, 2])),
            "right": tf.reduce_mean(tf.cast(tf.equal(guesses, first), tf.float32)),
            "step": optimizer.apply_gradients(zip(gradients, variables)),
            "initialize": tf.global_variables_initializer(),
        }


CELLS = {
    "plain RNN": lambda: tf.nn.rnn_cell.BasicRNNCell(32),
    "LSTM": lambda: tf.nn.rnn_cell.LSTMCell(32, forget_bias=2.0),
}
COLORS = {"plain RNN": "#D55E00", "LSTM": "#0072B2"}


def run_memory(cell, steps):
    """Trains; gives the slopes before the first step, and the share of right answers."""
    net = build_memory(cell)
    random, right = np.random.default_rng(0), []
    with tf.Session(graph=net["graph"], config=ONE_THREAD) as session:
        session.run(net["initialize"])
        for number in range(steps):
            read, first = examples(random)
            feed = {net["read"]: read, net["first"]: first}
            if number == 0:
                slopes = session.run(net["slopes"], feed)
            right.append(session.run([net["right"], net["step"]], feed)[0])
    return slopes, np.array(right)


# %%
memories = {name: run_memory(make(), 180) for name, make in CELLS.items()}

plt.figure(figsize=(8, 3.4))
for name, (slopes, _) in memories.items():
    plt.semilogy(np.arange(1, LONG + 1), slopes, ".-", color=COLORS[name], label=name)
plt.xlabel("time step of the input")
plt.ylabel("size of the gradient")
plt.title("What of the error arrives at each step (the error is made at step 50)")
plt.grid(color="0.9")
plt.legend()
plt.show()
for name, (slopes, _) in memories.items():
    print(f"{name:9s}: step 1 gets 1/{slopes[-1] / slopes[0]:,.0f} of what step 50 gets")

# %% [markdown] lang="en"
# Read it from right to left, as the error travels. In the plain network each step costs the same
# *share*, so on this scale of powers of ten the line falls straight down. In the LSTM it hardly
# falls.
#
# ## Why the LSTM remembers
#
# The LSTM (Hochreiter and Schmidhuber, 1997) has a second row of numbers, the **cell** *c*, and
# three **gates**, numbers between 0 and 1 that it learns to open and to shut:
#
# > c ← **forget** · c + **input** · new<br>
# > state = **output** · tanh(c)
#
# While the forget gate is open (1), *c* stays as it is: it is added to, not multiplied through a
# matrix. The way back is as open: the error along *c* is multiplied by the forget gate and by
# nothing else. We began with gates that are nearly open, by `forget_bias=2.0`.
#
# Does that help in learning? The same task, the same steps:

# %% [markdown] lang="zh"
# 要从右往左看，误差就是这样传播的。普通 RNN 每一步都按同样的*比例*缩小，
# 所以在以十的幂为刻度的纵轴上是一条直线往下掉。LSTM 几乎不掉。
#
# ## LSTM 为什么记得住
#
# LSTM（长短期记忆，Hochreiter 和 Schmidhuber，1997 年）多了一列数，叫**细胞状态** *c*，
# 还有三个**门**。门是 0 到 1 之间的数，何时打开、何时关上，由它自己学会：
#
# > c ← **遗忘门** · c + **输入门** · 新内容<br>
# > 状态 = **输出门** · tanh(c)
#
# 遗忘门打开（等于 1）时，*c* 原样保留：新内容是加上去的，不必再乘矩阵。
# 回来的路同样畅通：误差沿着 *c* 往回传，每一步只乘以遗忘门，别的什么也不乘。
# 我们用 `forget_bias=2.0` 让门一开始就差不多是开着的。
#
# 这对学习有帮助吗？同样的任务，同样的步数：

# %%
plt.figure(figsize=(8, 3.2))
for name, (_, right) in memories.items():
    smooth = np.convolve(right, np.ones(10) / 10, mode="valid")
    plt.plot(np.arange(len(smooth)) + 9, 100 * smooth, color=COLORS[name], label=name)
plt.axhline(25, color="0.5", linestyle="--")
plt.text(179, 26, "pure guessing", ha="right", va="bottom", color="0.4")
plt.ylim(0, 105)
plt.xlabel("step")
plt.ylabel("right answers, %")
plt.title("Which letter was the first, 50 letters ago?")
plt.legend(loc="upper left")
plt.show()
for name, (_, right) in memories.items():
    print(f"{name:9s}: {right[-20:].mean():.0%} right in the last 20 steps")

# %% [markdown] lang="en"
# ## What to remember
#
# * A recurrent network uses the same weights at each step and passes a state on.
# * `static_rnn` copies the step, `dynamic_rnn` loops over it: same values, smaller graph.
# * Going back in time multiplies the gradient again and again. Below 1 it vanishes (above 1 it
#   explodes: then clip it).
# * The LSTM adds to its memory instead of multiplying it, so the gradient survives.
#
# ## Exercises
#
# **1.** Sequences of a batch are seldom of one length. `dynamic_rnn` takes a
# `sequence_length=[2, 5]`. What is the state of the first sequence after its end? What are its
# outputs there?
#
# <details><summary>Solution</summary>
#
# ```python
# with tf.Graph().as_default(), tf.Session() as sess:
#     cell = tf.nn.rnn_cell.BasicRNNCell(3)
#     outs, state = tf.nn.dynamic_rnn(cell, tf.ones([2, 5, 4]), [2, 5], dtype=tf.float32)
#     sess.run(tf.global_variables_initializer())
#     outs, state = sess.run([outs, state])
# print(outs[0].round(2))
# print(np.allclose(state[0], outs[0, 1]))
# ```
# The state stays what it was at step 2. The outputs after it are zeros.
# </details>
#
# **2.** Make the plain network's gradient vanish faster, and let it explode: start U as a multiple
# of an orthogonal matrix, which neither shrinks nor stretches. Draw the slopes for the factors 0.7,
# 1.0 and 1.3. (`BasicRNNCell` has one matrix for W and U; write the steps yourself.)
#
# <details><summary>Solution</summary>
#
# ```python
# for factor in (0.7, 1.0, 1.3):
#     with tf.Graph().as_default(), tf.Session(config=ONE_THREAD) as sess:
#         tf.set_random_seed(1)
#         start = tf.orthogonal_initializer(gain=factor)
#         U = tf.get_variable("U", [32, 32], initializer=start)
#         states = [tf.zeros([1, 32])]
#         for _ in range(50):
#             noise = tf.random_normal([1, 32], stddev=0.01)
#             states.append(tf.tanh(noise + tf.matmul(states[-1], U)))
#         slopes = tf.gradients(tf.reduce_sum(states[-1]), states[1:])
#         sess.run(tf.global_variables_initializer())
#         sizes = [np.linalg.norm(s) for s in sess.run(slopes)]
#     plt.semilogy(range(1, 51), sizes, label=f"factor {factor}")
# plt.legend()
# plt.show()
# ```
# 0.7 vanishes, 1.0 keeps its size as long as the states are near 0, 1.3 grows until tanh flattens.
# </details>
#
# **3.** Replace the LSTM of the memory task by a GRU, `tf.nn.rnn_cell.GRUCell(32)`. Does its
# gradient vanish? (20 steps of training are enough to see.)
#
# <details><summary>Solution</summary>
#
# ```python
# slopes, right = run_memory(tf.nn.rnn_cell.GRUCell(32), 20)
# print(f"step 1 gets 1/{slopes[-1] / slopes[0]:,.0f} of what step 50 gets")
# ```
# Yes, as it starts here. The GRU's gate plays the part of the forget gate, but its bias of 1 opens
# it only to 73 %: each step keeps about three quarters. So does an LSTM with `forget_bias=1.0`.
# </details>

# %% [markdown] lang="zh"
# ## 要点
#
# * 循环神经网络每一步用同样的权重，并把状态传给下一步。
# * `static_rnn` 把这一步抄很多份，`dynamic_rnn` 用循环：数值相同，图小得多。
# * 沿时间往回走，梯度要一次又一次地相乘。小于 1 就消失，大于 1 就爆炸（这时要做梯度裁剪）。
# * LSTM 的记忆靠相加，不靠相乘，所以梯度能留下来。
#
# ## 练习
#
# **1.** 一个批次里的序列往往长短不一。`dynamic_rnn` 有参数 `sequence_length=[2, 5]`。
# 第一个序列结束之后，它的状态是什么？那里的输出又是什么？
#
# <details><summary>答案</summary>
#
# ```python
# with tf.Graph().as_default(), tf.Session() as sess:
#     cell = tf.nn.rnn_cell.BasicRNNCell(3)
#     outs, state = tf.nn.dynamic_rnn(cell, tf.ones([2, 5, 4]), [2, 5], dtype=tf.float32)
#     sess.run(tf.global_variables_initializer())
#     outs, state = sess.run([outs, state])
# print(outs[0].round(2))
# print(np.allclose(state[0], outs[0, 1]))
# ```
# 状态停在第 2 步的值上，此后的输出全是零。
# </details>
#
# **2.** 让普通 RNN 的梯度消失得更快，再让它爆炸：把 U 初始化成正交矩阵的若干倍
# （正交矩阵既不放大也不缩小）。画出倍数为 0.7、1.0、1.3 时各步的梯度。
# （`BasicRNNCell` 把 W 和 U 合成了一个矩阵，所以要自己把每一步写出来。）
#
# <details><summary>答案</summary>
#
# ```python
# for factor in (0.7, 1.0, 1.3):
#     with tf.Graph().as_default(), tf.Session(config=ONE_THREAD) as sess:
#         tf.set_random_seed(1)
#         start = tf.orthogonal_initializer(gain=factor)
#         U = tf.get_variable("U", [32, 32], initializer=start)
#         states = [tf.zeros([1, 32])]
#         for _ in range(50):
#             noise = tf.random_normal([1, 32], stddev=0.01)
#             states.append(tf.tanh(noise + tf.matmul(states[-1], U)))
#         slopes = tf.gradients(tf.reduce_sum(states[-1]), states[1:])
#         sess.run(tf.global_variables_initializer())
#         sizes = [np.linalg.norm(s) for s in sess.run(slopes)]
#     plt.semilogy(range(1, 51), sizes, label=f"factor {factor}")
# plt.legend()
# plt.show()
# ```
# 0.7 时消失；1.0 时只要状态接近 0 就保持大小；1.3 时越来越大，直到 tanh 变平为止。
# </details>
#
# **3.** 把记忆任务里的 LSTM 换成 GRU：`tf.nn.rnn_cell.GRUCell(32)`。它的梯度会消失吗？
# （训练 20 步就看得出来。）
#
# <details><summary>答案</summary>
#
# ```python
# slopes, right = run_memory(tf.nn.rnn_cell.GRUCell(32), 20)
# print(f"step 1 gets 1/{slopes[-1] / slopes[0]:,.0f} of what step 50 gets")
# ```
# 照这样初始化，会消失。GRU 的更新门相当于遗忘门，但偏置为 1 时只开到 73 %，
# 每一步大约只留下四分之三。`forget_bias=1.0` 的 LSTM 也是如此。
# </details>
