# %% [markdown] lang="en"
# # 11. Old TF1 code
#
# Here is a script as thousands were written for TensorFlow 1: flags, placeholders, `tf.contrib`, a
# session. Today's TensorFlow cannot run it. flowgraph can, without a change.
#
# But the script is slow, and nobody knows why. You will run it, draw it, look at the **timeline**
# of one step, find what takes the time, remove it, and measure again.

# %% [markdown] lang="zh"
# # 11. TF1 的旧代码
#
# 下面这个脚本，是 TensorFlow 1 时代最常见的写法：命令行参数、占位符、`tf.contrib`、会话。
# 今天的 TensorFlow 已经跑不了它了；flowgraph 可以，一个字都不用改。
#
# 可是它很慢，谁也说不出为什么。这一课先让它跑起来，再把它画出来，看一步训练的**时间线**，
# 找出时间花在哪里，把它改掉，再量一遍。

# %%
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import flowgraph as tf
from flowgraph.examples import mnist

plt.rcParams["figure.dpi"] = 80

# %% [markdown] lang="en"
# ## The script
#
# A small convolutional network learns digits. Before each step, `jitter` moves every digit by up to
# two pixels, so that the network does not get used to one place.

# %% [markdown] lang="zh"
# ## 脚本
#
# 一个小卷积网络学习手写数字。每一步之前，`jitter` 把每个数字随机移动最多两个像素，
# 免得网络只认固定的位置。

# %%
SCRIPT = """\
# A small convolutional network on MNIST, with moved digits. TensorFlow 1.x.
from __future__ import print_function

import numpy as np
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

flags = tf.app.flags
flags.DEFINE_string("data_dir", "MNIST_data", "Where the digits are.")
flags.DEFINE_integer("steps", 40, "How many steps to train.")
flags.DEFINE_integer("batch", 64, "How many digits in a step.")
FLAGS = flags.FLAGS


def jitter(images):
    # Moves each digit by up to two pixels, so that the net does not care where it is.
    moved = np.zeros_like(images)
    for n in range(len(images)):
        dy, dx = np.random.randint(-2, 3, size=2)
        for row in range(28):
            for column in range(28):
                if 0 <= row + dy < 28 and 0 <= column + dx < 28:
                    moved[n, row, column] = images[n, row + dy, column + dx]
    return moved


def conv_layer(x, maps, name):
    with tf.variable_scope(name):
        weights = tf.get_variable("weights", [5, 5, x.get_shape()[3], maps])
        biases = tf.get_variable("biases", [maps], initializer=tf.zeros_initializer())
        conv = tf.nn.relu(tf.nn.conv2d(x, weights, [1, 1, 1, 1], padding="SAME") + biases)
        return tf.nn.max_pool(conv, [1, 2, 2, 1], [1, 2, 2, 1], padding="SAME")


def build(augment):
    x = tf.placeholder(tf.float32, [None, 784], name="x")
    y_ = tf.placeholder(tf.float32, [None, 10], name="y_")
    with tf.name_scope("augment"):
        images = augment(tf.reshape(x, [-1, 28, 28]))
        images = tf.reshape(images, [-1, 28, 28, 1])
    h = conv_layer(conv_layer(images, 8, "conv1"), 16, "conv2")
    flat = tf.contrib.layers.flatten(h)
    y = tf.contrib.layers.fully_connected(flat, 10, activation_fn=None, scope="output")
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y_, logits=y), name="loss")
    train_op = tf.train.AdamOptimizer(0.002).minimize(loss)
    return x, y_, loss, train_op


def in_python(images):
    return tf.py_func(jitter, [images], tf.float32, name="jitter")


def main(_):
    mnist = input_data.read_data_sets(FLAGS.data_dir, one_hot=True)
    x, y_, loss, train_op = build(in_python)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(FLAGS.steps):
            xs, ys = mnist.train.next_batch(FLAGS.batch)
            value, _ = sess.run([loss, train_op], feed_dict={x: xs, y_: ys})
            if step % 10 == 9:
                print("step %d, loss %.3f" % (step + 1, np.float(value)))


if __name__ == "__main__":
    tf.app.run()
"""

folder = Path(tempfile.mkdtemp())
_ = (folder / "train.py").write_text(SCRIPT)

# %% [markdown] lang="en"
# ## Does it run?
#
# `flowgraph check` reads a script, runs nothing, and says which symbols are missing. `flowgraph
# run` runs it: in that process, `import tensorflow` means flowgraph. The script even uses
# `np.float`, which numpy took away long ago; `run` puts it back.

# %% [markdown] lang="zh"
# ## 跑得起来吗？
#
# `flowgraph check` 只读脚本，不运行，告诉你缺哪些符号。`flowgraph run` 则运行它：
# 在这个进程里，`import tensorflow` 得到的就是 flowgraph。脚本里还用了 `np.float`，
# numpy 早就把它去掉了，`run` 会补回来。


# %%
def shell(*words):
    """Runs `flowgraph ...` in the script's folder, and shows what it says, without folders."""
    command = [sys.executable, "-m", "flowgraph", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    print("$ flowgraph", *words)
    print(re.sub(r"\S*/", "", done.stdout + done.stderr))


shell("check", "train.py")
shell("run", "train.py", "--steps", "20")

# %% [markdown] lang="en"
# ## What does it look like?
#
# In a notebook, `install_as_tensorflow()` does the same for this process. Then the script is a
# module like any other. Its function `build` makes the graph, and the graph draws itself:

# %% [markdown] lang="zh"
# ## 它长什么样？
#
# 在笔记本里，`install_as_tensorflow()` 对当前进程做同样的事。此后这个脚本就是一个普通的模块。
# 它的函数 `build` 构建计算图，图会把自己画出来：

# %%
tf.install_as_tensorflow()
sys.path.insert(0, str(folder))
import train

with tf.Graph().as_default() as old:
    x, y_, loss, train_op = train.build(train.in_python)
tf.viz.draw(old)

# %% [markdown] lang="en"
# Follow the arrows. (What leaves at a circled 1 goes on at the other.) The digits come in at `x`,
# are moved in `augment`, pass two convolutions and one dense layer, and meet the labels in the
# loss. At the end are the gradients and the Adam update, folded. Nothing looks wrong. A picture of
# the graph shows *what* is computed, not *how long* it takes.

# %% [markdown] lang="zh"
# 顺着箭头看（从圈码 1 出去的，在另一个圈码 1 接上）：数字从 `x` 进来，在 `augment` 里被移动，
# 经过两层卷积、一层全连接，在损失那里和标签相遇；最后是梯度和 Adam 更新，折叠着。
# 看不出什么毛病。
# 计算图画的是算*什么*，不是要算*多久*。

# %% [markdown] lang="en"
# ## The timeline
#
# One run with a **trace** keeps for each step of the plan when it began and when it ended. We make
# some runs to warm up, then take the quickest of a few traced ones.

# %% [markdown] lang="zh"
# ## 时间线
#
# 运行时打开**跟踪**（trace），计划里每一步何时开始、何时结束都会记下来。
# 先跑几次热身，再跟踪几次，取最快的一次。

# %%
digits = mnist.load()
PICTURES = digits.train_images[:64].reshape(64, 784) / np.float32(255)
LABELS = np.eye(10, dtype=np.float32)[digits.train_labels[:64]]
ONE_THREAD = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)


def measure(graph, tensors, runs=15):
    """Trains a little; gives the least time of a step in ms, and the trace of a quick one."""
    x, y_, loss, train_op = tensors
    full = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    feed, traces, times = {x: PICTURES, y_: LABELS}, {}, []
    with tf.Session(graph=graph, config=ONE_THREAD) as session:
        with graph.as_default():
            session.run(tf.global_variables_initializer())
        for _ in range(runs):
            began = time.perf_counter()
            session.run([loss, train_op], feed)
            times.append(time.perf_counter() - began)
        for _ in range(5):
            metadata = tf.RunMetadata()
            began = time.perf_counter()
            session.run([loss, train_op], feed, options=full, run_metadata=metadata)
            traces[time.perf_counter() - began] = metadata
    return 1000 * min(times), traces[min(traces)]


before, trace = measure(old, (x, y_, loss, train_op))
tf.viz.timeline(trace, title="One step of the old script")

# %% [markdown] lang="en"
# There it is, and no reading of the code was needed. One bar fills nearly all of the time:
# `augment/jitter`, a **PyFunc**. The two convolutions with their gradients, which we would have
# blamed, are the crumbs at the right. The same as a heat map of the upper part of the graph:

# %% [markdown] lang="zh"
# 找到了，连代码都不用读。有一条几乎占满了全部时间：`augment/jitter`，它是一个 **PyFunc**。
# 我们本来会怀疑的两层卷积和它们的梯度，只是右边的一点碎屑。
# 同样的事，用热力图画在计算图的上半部分上：

# %%
tf.viz.heat(trace, [old.get_tensor_by_name("conv2/MaxPool:0")])

# %% [markdown] lang="en"
# ## Why is it slow?
#
# `tf.py_func` calls a Python function from within the graph. This one visits 64 · 28 · 28 = 50,176
# pixels one by one. Python needs some hundred nanoseconds for each; a kernel needs less than one.
# And while Python is busy, no other Python runs: neither threads nor a GPU would help.
#
# ## Remove it
#
# The same as operations of the graph: draw two random shifts for each digit, and let
# `tf.contrib.image.translate` move them all at once.

# %% [markdown] lang="zh"
# ## 为什么慢？
#
# `tf.py_func` 从图里调用一个 Python 函数。这个函数把 64 · 28 · 28 = 50,176 个像素挨个走一遍。
# 每个像素 Python 要花几百纳秒，而内核连一纳秒都用不了。
# 而且它忙的时候，别的 Python 代码都得等着：多线程没用，换成 GPU 也没用。
#
# ## 把它改掉
#
# 换成图里的运算：给每个数字抽两个随机位移，再用 `tf.contrib.image.translate` 一次全部移动。


# %%
def in_graph(images):
    """What `jitter` does, as operations."""
    shifts = tf.random_uniform([tf.shape(images)[0], 2], -2, 3, dtype=tf.int32)
    return tf.contrib.image.translate(images[..., tf.newaxis], tf.cast(shifts, tf.float32))


with tf.Graph().as_default() as new:
    tensors = train.build(in_graph)
after, trace = measure(new, tensors, runs=60)
tf.viz.timeline(trace, title="One step, moved within the graph")

# %% [markdown] lang="en"
# Look at the time axis: it is another scale. Now the convolutions and their gradients take most of
# the time, as it should be. Does the new way move digits as the old one did?

# %% [markdown] lang="zh"
# 注意时间轴，刻度已经不同了。现在大部分时间花在卷积和它们的梯度上，这才正常。
# 新办法移动数字，和旧办法一样吗？

# %%
with tf.Graph().as_default(), tf.Session(config=ONE_THREAD) as session:
    tf.set_random_seed(1)
    np.random.seed(1)
    eight = PICTURES[:8].reshape(8, 28, 28)
    moved = session.run(in_graph(tf.constant(eight)))[..., 0]
rows = {"original": eight, "py_func": train.jitter(eight), "in the graph": moved}

figure, axes = plt.subplots(3, 9, figsize=(8, 2.9))
for row, (name, pictures) in zip(axes, rows.items()):
    row[0].text(1, 0.5, name, ha="right", va="center")
    for axis, picture in zip(row[1:], pictures):
        axis.imshow(picture, cmap="gray_r")
        axis.axhline(13.5, color="#D55E00", linewidth=0.5)
        axis.axvline(13.5, color="#D55E00", linewidth=0.5)
for axis in axes.flat:
    axis.axis("off")
figure.tight_layout()
plt.show()

# %% [markdown] lang="en"
# It does, with other random numbers. And no pixel is lost or changed in value. How much was won?

# %% [markdown] lang="zh"
# 一样，只是随机数不同；像素值也没有变化。到底快了多少？

# %%
plt.figure(figsize=(7, 1.8))
bars = plt.barh(["in Python", "in the graph"], [before, after], color=["#D55E00", "#0072B2"])
plt.bar_label(bars, fmt=" %.1f ms", label_type="edge")
plt.gca().invert_yaxis()
plt.xlim(0, before * 1.15)
plt.xlabel("one step of training, ms")
plt.tight_layout()
plt.show()
print(f"before: {before:.1f} ms   after: {after:.1f} ms   {before / after:.0f} times as fast")

# %% [markdown] lang="en"
# ## What to remember
#
# * `flowgraph check` tells what is missing; `flowgraph run` runs an old script as it is.
# * Do not guess where the time goes. Trace one run and look.
# * `py_func` in a training step is the first suspect. Then: feeds of Python lists, a graph that
#   grows, many tiny operations.
# * Change one thing, and measure again. Check that the values stayed right.
#
# ## Exercises
#
# **1.** The best-known mistake in TF1: a loop that builds. What is wrong with the loop below? Count
# the operations of the graph before and after it. Then call `graph.finalize()` before the loop.
#
# ```
# for _ in range(100):
#     sess.run(tf.assign(counter, counter + 1))
# ```
#
# <details><summary>Solution</summary>
#
# ```python
# with tf.Graph().as_default() as graph, tf.Session() as sess:
#     counter = tf.Variable(0)
#     sess.run(tf.global_variables_initializer())
#     sizes = [len(graph.get_operations())]
#     for _ in range(100):
#         sess.run(tf.assign(counter, counter + 1))
#     sizes.append(len(graph.get_operations()))
#     graph.finalize()
#     try:
#         tf.assign(counter, counter + 1)
#     except RuntimeError as error:
#         print(error)
# print(sizes)
# ```
# Each round adds operations, and each new fetch has to be compiled. flowgraph warns of it, and
# names the line; `finalize` makes it an error. Build `increment = tf.assign_add(counter, 1)` once,
# before the loop, and run that.
# </details>
#
# **2.** Write a script with the typing error `tf.nn.sofmax`, and let `flowgraph check` read it.
#
# <details><summary>Solution</summary>
#
# ```python
# (folder / "typo.py").write_text("import tensorflow as tf\n\ny = tf.nn.sofmax([1.0, 2.0])\n")
# shell("check", "typo.py")
# ```
# It names the line, and the symbol that was probably meant.
# </details>
#
# **3.** Feed the pictures as a list of lists, `PICTURES.tolist()`, instead of an array. How much
# longer does one run take?
#
# <details><summary>Solution</summary>
#
# ```python
# as_list = PICTURES.tolist()
# with tf.Session(graph=new, config=ONE_THREAD) as sess:
#     with new.as_default():
#         sess.run(tf.global_variables_initializer())
#     for name, values in (("array", PICTURES), ("list", as_list)):
#         times = []
#         for _ in range(20):
#             began = time.perf_counter()
#             sess.run(tensors[2], {tensors[0]: values, tensors[1]: LABELS})
#             times.append(time.perf_counter() - began)
#         print(f"{name:5s}: {1000 * min(times):.1f} ms")
# ```
# A millisecond or more, in which 50,176 Python numbers become an array. The trace does not show
# it: it begins when the feeds are there. So measure the whole call, too.
# </details>

# %% [markdown] lang="zh"
# ## 要点
#
# * `flowgraph check` 告诉你缺什么；`flowgraph run` 让旧脚本原样运行。
# * 时间花在哪里，不要猜。跟踪一次运行，看一看。
# * 训练步骤里的 `py_func` 是头号嫌疑；其次是：送入 Python 列表、越长越大的图、大量的小运算。
# * 一次只改一处，改完再量；别忘了检查数值是否仍然正确。
#
# ## 练习
#
# **1.** TF1 里最有名的错误：在循环里构图。下面的循环错在哪里？
# 数一数循环前后图里各有多少运算。然后在循环之前调用 `graph.finalize()` 试试。
#
# ```
# for _ in range(100):
#     sess.run(tf.assign(counter, counter + 1))
# ```
#
# <details><summary>答案</summary>
#
# ```python
# with tf.Graph().as_default() as graph, tf.Session() as sess:
#     counter = tf.Variable(0)
#     sess.run(tf.global_variables_initializer())
#     sizes = [len(graph.get_operations())]
#     for _ in range(100):
#         sess.run(tf.assign(counter, counter + 1))
#     sizes.append(len(graph.get_operations()))
#     graph.finalize()
#     try:
#         tf.assign(counter, counter + 1)
#     except RuntimeError as error:
#         print(error)
# print(sizes)
# ```
# 每一轮都给图添了运算，而每个新的取回目标都要重新编译。flowgraph 会发出警告，并指出是哪一行；
# `finalize` 之后再这样做就会报错。
# 应该在循环之前建好一个 `increment = tf.assign_add(counter, 1)`，循环里只运行它。
# </details>
#
# **2.** 写一个把名字拼错成 `tf.nn.sofmax` 的脚本，让 `flowgraph check` 读一读。
#
# <details><summary>答案</summary>
#
# ```python
# (folder / "typo.py").write_text("import tensorflow as tf\n\ny = tf.nn.sofmax([1.0, 2.0])\n")
# shell("check", "typo.py")
# ```
# 它会指出在哪一行，以及你多半想写的是哪个名字。
# </details>
#
# **3.** 不送数组，改送列表的列表 `PICTURES.tolist()`。一次运行要多花多少时间？
#
# <details><summary>答案</summary>
#
# ```python
# as_list = PICTURES.tolist()
# with tf.Session(graph=new, config=ONE_THREAD) as sess:
#     with new.as_default():
#         sess.run(tf.global_variables_initializer())
#     for name, values in (("array", PICTURES), ("list", as_list)):
#         times = []
#         for _ in range(20):
#             began = time.perf_counter()
#             sess.run(tensors[2], {tensors[0]: values, tensors[1]: LABELS})
#             times.append(time.perf_counter() - began)
#         print(f"{name:5s}: {1000 * min(times):.1f} ms")
# ```
# 多花一毫秒以上：50,176 个 Python 数要先变成数组。时间线上看不到这一段，
# 因为跟踪从送入的值准备好之后才开始。所以整个调用的时间也要量。
# </details>
