# %% [markdown] lang="en"
# # 1. The first graph: a = (b + c) · (c + 2)
#
# A formula can be drawn. Every operation becomes a box, and every value becomes an arrow from the
# box that makes it to the box that needs it. Such a drawing is a **dataflow graph**.
#
# flowgraph, like TensorFlow 1, works on the drawing instead of on the numbers. A program has two
# halves:
#
# 1. it **builds a graph**, which computes nothing yet;
# 2. it **runs** a part of that graph in a **session**.
#
# This notebook does both, with the smallest graph that is worth looking at.

# %% [markdown] lang="zh"
# # 1. 第一张计算图：a = (b + c) · (c + 2)
#
# 公式可以画成图：每个运算画成一个方框，每个值画成一支箭头，从算出它的方框指向要用它的方框。
# 这样的图叫做**计算图**（dataflow graph，也叫数据流图）。
#
# flowgraph 和 TensorFlow 1 一样，先处理这张图，再处理数字。一个程序分为两半：
#
# 1. **构建计算图**，这一步什么也不计算；
# 2. 在**会话**（session）里**运行**图中的一部分。
#
# 这一课用一张最小的、但已经值得细看的图，把这两步各做一遍。

# %%
import timeit

import numpy as np

import flowgraph as tf

# %% [markdown] lang="en"
# ## Building
#
# `b` and `c` are **placeholders**: their values will come from outside, later. `d`, `e` and `a` are
# computed from them. Each line adds one box to the graph.

# %% [markdown] lang="zh"
# ## 构建
#
# `b` 和 `c` 是**占位符**（placeholder）：它们的值以后才从外面送进来。`d`、`e`、`a` 由它们算出。
# 下面每一行代码给图添上一个方框。

# %%
b = tf.placeholder(tf.float32, shape=[], name="b")
c = tf.placeholder(tf.float32, shape=[], name="c")
d = tf.add(b, c, name="d")
e = tf.add(c, 2.0, name="e")
a = tf.multiply(d, e, name="a")
a

# %% [markdown] lang="en"
# The picture *is* the value of the cell. Follow the arrows: `b` and `c` flow into `d`, `c` and the
# constant 2 flow into `e`, and `d` and `e` flow into `a`. No arrow leads from `d` to `e` or back.
# Remember that; it will matter at the end.
#
# Two words for what you see:
#
# * A box, whatever its outline, is an **operation**: something that gives or computes a value.
# * An arrow is a **tensor**: a number, a row of numbers, a table of numbers, or more.
#
# Printed, a tensor tells its name, shape and type. It tells no value, because it has none:

# %% [markdown] lang="zh"
# 单元格的值**就是**这张图。顺着箭头看：`b` 和 `c` 流入 `d`，`c` 和常数 2 流入 `e`，`d` 和 `e`
# 再流入 `a`。`d` 与 `e` 之间没有箭头相连。请记住这一点，到最后会用上。
#
# 图里有两样东西：
#
# * 方框（不论什么外形）是**运算**（operation），负责给出或算出一个值；
# * 箭头是**张量**（tensor）：一个数、一列数、一张数表，或者更高维的数组。
#
# 打印一个张量，只能看到它的名字、形状和类型，看不到值，因为它现在还没有值：

# %%
print(a)
print("made by:", a.op.type, "| its inputs:", [t.name for t in a.op.inputs])
print("who uses c:", [op.name for op in c.consumers()])

# %% [markdown] lang="en"
# ## Running
#
# A **session** computes. Tell it what you want, the **fetches**, and what you give, the **feeds**:

# %% [markdown] lang="zh"
# ## 运行
#
# 真正做计算的是**会话**。告诉它两件事：想要什么（**fetch**，取回），给它什么（**feed**，送入）：

# %%
sess = tf.Session()
sess.run(a, feed_dict={b: 3.0, c: 1.0})

# %% [markdown] lang="en"
# (3 + 1) · (1 + 2) = 12. Where did each number go? Fetch all of them, and write each on its arrow:

# %% [markdown] lang="zh"
# (3 + 1) · (1 + 2) = 12。中间的数各走了哪条路？把它们全取回来，写在各自的箭头上：

# %%
flow = sess.run({t: t for t in (b, c, d, e, a)}, feed_dict={b: 3.0, c: 1.0})
tf.viz.draw(a, values=flow)

# %% [markdown] lang="en"
# Fetches can be nested in lists, tuples and dictionaries. The answer has the same form:

# %% [markdown] lang="zh"
# 要取回的东西可以放进列表、元组、字典，怎么嵌套都行。结果的结构与之相同：

# %%
sess.run({"a": a, "both sums": [d, e]}, feed_dict={b: 3.0, c: 1.0})

# %% [markdown] lang="en"
# ## Only what is needed
#
# Who wants only `d` needs neither `e` nor `a`. The session leaves them out: it **prunes** the graph
# to what the fetches depend on. Draw `d`, and you see that part:

# %% [markdown] lang="zh"
# ## 只算需要的
#
# 只要 `d` 的人，用不着 `e`，也用不着 `a`。会话会把它们剪掉：它只保留取回的张量所依赖的那部分，
# 这叫**剪枝**（prune）。画一画 `d`，看到的就是这一部分：

# %%
tf.viz.draw(d)

# %% [markdown] lang="en"
# Feeds cut the graph, too. Any tensor can be fed, not only a placeholder. Give `d`, and nobody
# needs `b` any more, so `b` may stay without a value. Here 10 · (1 + 2):

# %% [markdown] lang="zh"
# 送入的值也会切断图。不只是占位符，任何张量都可以送入。给了 `d`，就没有人再需要 `b`，
# 所以 `b` 可以不给值。下面算的是 10 · (1 + 2)：

# %%
sess.run(a, feed_dict={d: 10.0, c: 1.0})

# %% [markdown] lang="en"
# If something that is needed is missing, the message names it:

# %% [markdown] lang="zh"
# 如果缺了需要的东西，错误信息会指名道姓：

# %%
try:
    sess.run(a, feed_dict={c: 1.0})
except tf.errors.InvalidArgumentError as error:
    print(str(error).split(", created at")[0])

# %% [markdown] lang="en"
# ## Tables of numbers, and boxes in boxes
#
# Real graphs carry larger tensors, and have many more boxes. A `name_scope` puts those that belong
# together into one frame. `tf.viz.view` is what a graph shows of itself in a running notebook: drag
# it, zoom it, click on a frame's title to fold it, click on a box to learn more about it.

# %% [markdown] lang="zh"
# ## 数表，以及成组的运算
#
# 真实的计算图里，流动的是大得多的张量，方框也多得多。`name_scope`（名字作用域）把属于一起的运算
# 围进同一个框。`tf.viz.view` 就是计算图在运行着的笔记本里的样子：
# 可以拖动、缩放，点一下框的标题就折叠或展开，点一下方框就看到它的详情。

# %%
with tf.Graph().as_default() as boxed:
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    with tf.name_scope("layer"):
        hidden = tf.nn.relu(tf.matmul(x, tf.ones([4, 3])) + 0.5, name="hidden")
    with tf.name_scope("score"):
        score = tf.sqrt(tf.reduce_sum(hidden, axis=1), name="score")
tf.viz.view(boxed)

# %% [markdown] lang="en"
# The small numbers are **shapes**: `?×4` is a table with 4 columns, whose number of rows only the
# fed value will tell. All other shapes follow from it, before anything runs:

# %% [markdown] lang="zh"
# 图中的小字是**形状**（shape）：`?×4` 是一张 4 列的数表，行数要等送入数据时才知道。
# 其余的形状都由它推出，而这时还什么都没有运行：

# %%
score.shape, hidden.shape.as_list()

# %% [markdown] lang="en"
# ## d and e at the same time
#
# No arrow joins `d` and `e`. So neither has to wait for the other, and two threads can compute them
# side by side. With two numbers that would be silly: waking a thread takes longer than an addition.
# So here is the same graph with ten million numbers in `b` and in `c`.
#
# `RunOptions` asks for a **trace**: a record of every step, when it began, when it ended, and on
# which thread. `tf.viz.timeline` draws it. Each thread is a lane, each step is a bar.

# %% [markdown] lang="zh"
# ## d 和 e 同时进行
#
# `d` 和 `e` 之间没有箭头，谁也不必等谁，两个线程可以同时各算一个。只有两个数时这样做很傻：
# 唤醒一个线程比做一次加法还慢。所以下面给同一张图送入大数组，`b` 和 `c` 里各有一千万个数。
#
# `RunOptions` 要求记录**轨迹**（trace）：每一步何时开始、何时结束、在哪个线程上。
# `tf.viz.timeline` 把它画成时间线：一个线程一条泳道，一步一根横条。

# %%
with tf.Graph().as_default() as big:
    b2 = tf.placeholder(tf.float32, [None], name="b")
    c2 = tf.placeholder(tf.float32, [None], name="c")
    d2 = tf.add(b2, c2, name="d")
    e2 = tf.add(c2, 2.0, name="e")
    a2 = tf.multiply(d2, e2, name="a")

feeds = {b2: np.ones(10_000_000, np.float32), c2: np.ones(10_000_000, np.float32)}
config = tf.ConfigProto(inter_op_parallelism_threads=2, intra_op_parallelism_threads=1)


def trace(graph, fetch, feeds):
    """The trace of the last of five runs: the first ones compile the plan and warm the memory."""
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    with tf.Session(graph=graph, config=config) as session:
        for _ in range(5):
            metadata = tf.RunMetadata()
            session.run(fetch, feeds, options=options, run_metadata=metadata)
    return metadata


tf.viz.timeline(trace(big, a2, feeds), title="Ten million numbers: d and e side by side")

# %% [markdown] lang="en"
# `d` and `e` overlap on two threads. `a` begins when both have ended: it needs both, so it waits.
# Nobody told the session to do that. It read it off the graph.
#
# And two plain numbers? The caller's own thread does it all, in less time than it takes to wake
# another:

# %% [markdown] lang="zh"
# `d` 和 `e` 在两个线程上重叠着进行；`a` 两个都要用，所以等它们都结束才开始。
# 没有人吩咐会话这样做，它是从图上看出来的。
#
# 那么只有两个数呢？调用者自己的线程把事情全做了，用时比唤醒另一个线程还短：

# %%
tf.viz.timeline(trace(b.graph, a, {b: 3.0, c: 1.0}), title="Two numbers: one thread")

# %% [markdown] lang="en"
# Keeping a trace costs time. Without one, `run` remembers the plan that it made for these fetches
# and feeds, and only follows it:

# %% [markdown] lang="zh"
# 记录轨迹要花时间。不记录时，`run` 记得为这组 fetch 和 feed 制定过的执行计划，只需照着做：

# %%
feed = {b: 3.0, c: 1.0}
seconds = min(timeit.repeat(lambda: sess.run(a, feed), number=2000, repeat=5)) / 2000
sess.close()
print(f"one run: {seconds * 1e6:.1f} microseconds")

# %% [markdown] lang="en"
# ## What to remember
#
# * Functions of `tf` draw; a session computes.
# * Fetches and feeds cut out the part of the graph that is needed.
# * What is not joined by arrows may run at the same time.
#
# ## Exercises
#
# **1.** Build `f = (x + y) / (x - y)`. Fetch the sum, the difference and `f` in one run, for x = 5
# and y = 3.
#
# <details><summary>Solution</summary>
#
# ```python
# x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
# total, difference = x + y, x - y
# f = total / difference
# with tf.Session() as sess:
#     print(sess.run([total, difference, f], {x: 5.0, y: 3.0}))  # [8.0, 2.0, 4.0]
# ```
# </details>
#
# **2.** In the first graph, feed `d` and `e` and fetch `a`. Which placeholders need a value? Why?
#
# <details><summary>Solution</summary>
#
# ```python
# with tf.Session() as sess:
#     print(sess.run(a, {d: 2.0, e: 3.0}))  # 6.0
# ```
# None: the graph is cut at the feeds, and behind `d` and `e` nothing is needed any more.
# </details>
#
# **3.** Change the large graph so that `e` needs `d`, for example `tf.add(c2, d2)`, and draw the
# timeline again. What has changed?
#
# <details><summary>Solution</summary>
#
# ```python
# with big.as_default():
#     chained = tf.multiply(d2, tf.add(c2, d2, name="e"), name="a")
# tf.viz.timeline(trace(big, chained, feeds), title="A chain")
# ```
# `d` and `e` now form a chain. They cannot overlap any more: the bars follow each other, and the
# second thread has nothing to do.
# </details>

# %% [markdown] lang="zh"
# ## 要点
#
# * `tf` 的函数只画图，会话才计算。
# * fetch 和 feed 从图中裁出需要的那一部分。
# * 没有箭头先后相连的运算，可以同时进行。
#
# ## 练习
#
# **1.** 构建 `f = (x + y) / (x - y)`。取 x = 5、y = 3，一次运行就取回和、差与 `f`。
#
# <details><summary>答案</summary>
#
# ```python
# x, y = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
# total, difference = x + y, x - y
# f = total / difference
# with tf.Session() as sess:
#     print(sess.run([total, difference, f], {x: 5.0, y: 3.0}))  # [8.0, 2.0, 4.0]
# ```
# </details>
#
# **2.** 在第一张图里，送入 `d` 和 `e`，取回 `a`。哪些占位符还需要值？为什么？
#
# <details><summary>答案</summary>
#
# ```python
# with tf.Session() as sess:
#     print(sess.run(a, {d: 2.0, e: 3.0}))  # 6.0
# ```
# 都不需要：图在送入值的地方被切断，`d` 和 `e` 背后的一切都用不着了。
# </details>
#
# **3.** 把大数组的那张图改一改，让 `e` 依赖 `d`（例如 `tf.add(c2, d2)`），再画一次时间线。
# 有什么变化？
#
# <details><summary>答案</summary>
#
# ```python
# with big.as_default():
#     chained = tf.multiply(d2, tf.add(c2, d2, name="e"), name="a")
# tf.viz.timeline(trace(big, chained, feeds), title="A chain")
# ```
# 现在 `d` 和 `e` 连成了一条链，不能再重叠：横条一根接一根，第二个线程无事可做。
# </details>
