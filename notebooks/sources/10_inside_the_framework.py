# %% [markdown] lang="en"
# # 10. Inside the framework
#
# You write a **graph**. What runs is a **plan**: a list of steps, each with the piece of machine
# code that does it, its **kernel**. Between the two stands a **compiler**. It throws away, computes
# beforehand, merges and joins, and must never change a value.
#
# In this notebook you look over its shoulder. Then you add an operation of your own to the
# framework: declared in one place, with its gradient and its test.

# %% [markdown] lang="zh"
# # 10. 走进框架内部
#
# 你写的是一张**计算图**，真正运行的却是一份**执行计划**：一串步骤，每一步配有一段完成它的机器代码，
# 叫做**内核**（kernel）。两者之间是**编译器**。它会删去、预先算好、合并、拼接，
# 但绝不能改变任何一个数值。
#
# 这一课先站在编译器背后看它怎么做，然后给框架添一个自己的运算：
# 只在一个地方声明，连同它的梯度和测试。

# %%
import math
import timeit

import matplotlib.pyplot as plt
import numpy as np

import flowgraph as tf
from flowgraph.core import dtypes
from flowgraph.core.op_def import Trait, define, like
from flowgraph.viz.explanation import PASSES

plt.rcParams["figure.dpi"] = 80

# %% [markdown] lang="en"
# ## A wasteful graph
#
# A layer, then a smooth step of its output: 3s² − 2s³ with s = hidden / 6. It is written as people
# write in a hurry:
#
# * 1 / 6 is a quotient of two constants, computed anew at each run;
# * `hidden * sixth` is written twice;
# * `* 1.0` does nothing;
# * `unused` is never asked for.
#
# Can you find all four in the picture?

# %% [markdown] lang="zh"
# ## 一张浪费的图
#
# 先是一层神经元，再让输出走一个平滑的台阶：3s² − 2s³，其中 s = hidden / 6。
# 代码写得很匆忙，人们常常这样写：
#
# * 1 / 6 是两个常数的商，每次运行都要重算；
# * `hidden * sixth` 写了两遍；
# * `* 1.0` 什么也没做；
# * `unused` 从来没人要。
#
# 你能在图里把这四处都找出来吗？

# %%
graph = tf.Graph()
with graph.as_default():
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [1000, 64], name="x")
    with tf.name_scope("layer"):
        weights = tf.get_variable("weights", [64, 128])
        biases = tf.get_variable("biases", [128], initializer=tf.zeros_initializer())
        hidden = tf.nn.relu(tf.matmul(x, weights) + biases)
    with tf.name_scope("step"):
        sixth = tf.constant(1.0) / tf.constant(6.0)
        square = tf.square(hidden * sixth)
        smooth = tf.multiply(square * (3.0 - 2.0 * (hidden * sixth)), 1.0, name="smooth")
    unused = tf.exp(hidden, name="unused")
    initialize = tf.global_variables_initializer()
tf.viz.draw([smooth, unused])

# %% [markdown] lang="en"
# ## From graph to plan
#
# `tf.viz.explain` compiles the graph as a session would, and keeps a picture of each **pass**. What
# goes is orange and dashed; what comes or changes is green. Read from top to bottom, on the left
# before, on the right after. Take your time: this is the whole compiler.

# %% [markdown] lang="zh"
# ## 从图到计划
#
# `tf.viz.explain` 像会话那样编译这张图，并把每一**趟**（pass）都画下来。将要消失的是橙色虚线框，
# 新出现的、有变化的是绿色。从上往下读，左边是之前，右边是之后。
# 不妨慢慢看：这就是整个编译器。

# %%
explanation = tf.viz.explain(smooth, hot=True)
explanation

# %% [markdown] lang="en"
# In words:
#
# | pass | what it does | here |
# | --- | --- | --- |
# | prune | keeps what the fetches need | `unused` and the initializers go |
# | fold constants | computes once what is the same in every run | 1 / 6 is 0.167 |
# | merge common | computes once what is written twice | one `hidden * sixth` |
# | simplify | takes a shorter way to the same values | `* 1.0` is spared |
# | fuse chains | one kernel for a chain that a library knows | product and bias |
# | choose kernels | asks each library who is fastest for a step | oneDNN multiplies matrices |
# | fuse elementwise | one loop over a cluster of small operations | see the green boxes |
# | reuse memory | writes a result over an input that nobody reads again | less memory |
#
# The last two are for a **hot** plan: flowgraph makes it when the same call has come often enough
# to be worth compiling machine code. How many steps are left after each pass?

# %% [markdown] lang="zh"
# 用文字再说一遍：
#
# | 趟 | 做什么 | 在这里 |
# | --- | --- | --- |
# | 剪枝 prune | 只留下要取回的值所需要的 | `unused` 和初始化运算消失 |
# | 常量折叠 fold constants | 每次都一样的，只算一遍 | 1 / 6 变成 0.167 |
# | 公共子表达式合并 merge common | 写了两遍的，只算一遍 | 只剩一个 `hidden * sixth` |
# | 化简 simplify | 走近路，值不变 | 省去 `* 1.0` |
# | 融合链 fuse chains | 某个库会的一串运算，用一个内核 | 矩阵乘法加偏置 |
# | 选内核 choose kernels | 逐个问各个库，谁做这一步最快 | 矩阵乘法交给 oneDNN |
# | 逐元素融合 fuse elementwise | 一簇小运算并成一个循环 | 看绿色方框 |
# | 复用内存 reuse memory | 输入没人再读了，就把结果写在它上面 | 省内存 |
#
# 最后两趟属于**热**计划：同一个调用出现得够多，值得编译成机器码了，flowgraph 才制定它。
# 每一趟之后还剩几步？

# %%
passes = [change for change in explanation.changes if change.name in PASSES]
names = ["the graph", *(PASSES[change.name][0] for change in passes)]
counts = [len(explanation.graph.steps), *(len(change.after.steps) for change in passes)]

plt.figure(figsize=(8, 3))
bars = plt.bar(names, counts, color=["0.6"] + ["#0072B2"] * (len(names) - 1))
plt.bar_label(bars)
plt.xticks(rotation=40, ha="right")
plt.ylabel("steps")
plt.title("What is left to do")
plt.gca().spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] lang="en"
# ## The same values, sooner
#
# A compiler may do what it likes, as long as nobody can tell. So let us try to tell. We run the
# graph as it was written, then compiled but without loops of machine code, then with all of it.

# %% [markdown] lang="zh"
# ## 数值相同，时间更短
#
# 只要谁也看不出差别，编译器爱怎么做都行。那我们就来找一找差别：一次让图保持原样，
# 一次编译但不生成机器码循环，一次全都用上。

# %%
L0, L1, OFF = (getattr(tf.OptimizerOptions, name) for name in ("L0", "L1", "OFF"))
LEVELS = {
    "as written": tf.OptimizerOptions(opt_level=L0, global_jit_level=OFF),
    "compiled, but no loops": tf.OptimizerOptions(opt_level=L1, global_jit_level=OFF),
    "compiled": tf.OptimizerOptions(opt_level=L1),
}
feed = {x: np.random.default_rng(0).normal(size=[1000, 64]).astype(np.float32)}
found, seconds = [], []
for level in LEVELS.values():
    options = tf.GraphOptions(optimizer_options=level)
    one_thread = tf.ConfigProto(
        graph_options=options, intra_op_parallelism_threads=1, inter_op_parallelism_threads=1
    )
    with tf.Session(graph=graph, config=one_thread) as session:
        session.run(initialize)
        for _ in range(300):  # until the plan is hot, and its loops are compiled
            value = session.run(smooth, feed)
        times = timeit.repeat(lambda: session.run(smooth, feed), number=20, repeat=15)
        found.append(value)
        seconds.append(min(times) / 20)

for name, took in zip(LEVELS, seconds):
    print(f"{name:22s}: {took * 1e6:6.0f} microseconds")
print(f"greatest difference of the values: {np.abs(found[0] - found[2]).max():.0e}")

# %% [markdown] lang="en"
# (The last digit may differ, since a fused loop rounds in other places.)
#
# ## An operation of your own
#
# Suppose you miss one: log(cosh(*x*)). As a loss it is gentle. Near 0 it is like *x*²/2, far away
# like |*x*|, so a few wild measurements cannot pull at it with all their might.
#
# In flowgraph an operation is **one block**, in one place. Four parts:
#
# 1. the **declaration**: name, inputs, outputs, dtypes, the rule for the shape;
# 2. the **kernel**, which computes with arrays;
# 3. the **gradient**, which builds a graph: d/d*x* log(cosh *x*) = tanh *x*;
# 4. the **function** that users call.

# %% [markdown] lang="zh"
# （最后一位可能不同：融合后的循环在别的地方舍入。）
#
# ## 添一个自己的运算
#
# 假设你缺一个运算：log(cosh(*x*))。拿它做损失函数很温和：在 0 附近像 *x*²/2，在远处像 |*x*|，
# 所以几个离谱的测量值没法使劲把它拉偏。
#
# 在 flowgraph 里，一个运算就是**一段代码**，写在一个地方，分四部分：
#
# 1. **声明**：名字、输入、输出、数据类型，以及推断形状的规则；
# 2. **内核**：用数组计算；
# 3. **梯度**：搭出求导用的图，d/d*x* log(cosh *x*) = tanh *x*；
# 4. 给用户调用的**函数**。

# %%
# 1. The declaration. The output has the dtype T and the shape of the input.
op = define(
    "LessonLogCosh",
    inputs="x: T",
    outputs="y: T",
    attrs={"T": dtypes.FLOATING},
    shape=like("x"),
    traits=Trait.ELEMENTWISE,
)


# 2. The kernel. What does not depend on the arrays is done once, outside of the inner function.
#    cosh itself would overflow from x = 89 on, so |x| is taken out first.
@op.kernel
def _(ctx):
    xp, log_two = ctx.xp, ctx.dtype.type(math.log(2))

    def kernel(x):
        size = xp.abs(x)
        return size + xp.log1p(xp.exp(-2 * size)) - log_two

    return kernel


# 3. The gradient: operations out of operations, so it can be differentiated again.
@op.gradient
def _(operation, grad):
    return grad * tf.tanh(operation.inputs[0])


# 4. The function.
def log_cosh(x, name=None):
    """log(cosh(x)), elementwise."""
    return op(x, name=name)


# %% [markdown] lang="en"
# That is all. It builds, runs, differentiates and draws like all others:

# %% [markdown] lang="zh"
# 这就够了。它和别的运算一样，能构图、能运行、能求导、能画出来：

# %%
with tf.Graph().as_default():
    u = tf.placeholder(tf.float64, [None], name="u")
    v = log_cosh(u, name="v")
    slope = tf.gradients(v, u)[0]
    with tf.Session() as session:
        at = np.linspace(-4, 4, 81)
        height, tilt = session.run([v, slope], {u: at})
picture = tf.viz.draw(slope)

plt.figure(figsize=(7, 3))
plt.plot(at, at**2 / 2, color="0.75", label="x²/2")
plt.plot(at, height, color="#0072B2", label="log cosh x")
plt.plot(at, tilt, color="#D55E00", label="its gradient, tanh x")
plt.ylim(-1.5, 4)
plt.legend(loc="lower right")
plt.grid(color="0.9")
plt.show()
picture

# %% [markdown] lang="en"
# ## Its test
#
# Never trust a gradient that was written by hand. `tf.test.compute_gradient_error` compares it with
# small differences, (f(x + δ) − f(x − δ)) / 2δ, for every input. Here for the first derivative and
# for the second, and the values against numpy:

# %% [markdown] lang="zh"
# ## 它的测试
#
# 手写的梯度，永远不要轻信。`tf.test.compute_gradient_error` 对每个输入，把它和差商
# (f(x + δ) − f(x − δ)) / 2δ 比较。下面检查一阶导数和二阶导数，再拿数值和 numpy 对照：


# %%
def test_log_cosh():
    """Values, shape, and two derivatives."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float64, [5], name="x")
        y = log_cosh(x)
        at = np.array([-100.0, -1.0, 0.0, 0.5, 3.0])
        np.testing.assert_allclose(session.run(y, {x: at})[1:], np.log(np.cosh(at[1:])), atol=1e-12)
        assert y.shape == [5] and np.isfinite(session.run(y, {x: at})).all()
        first = tf.gradients(y, x)[0]
        errors = [
            tf.test.compute_gradient_error(x, [5], tensor, [5], at, delta=1e-5)
            for tensor in (y, first)
        ]
        assert max(errors) < 1e-6, errors
        return errors


print("errors of the two derivatives: {:.0e}, {:.0e}".format(*test_log_cosh()))

# %% [markdown] lang="en"
# ## The compiler knows it already
#
# Nobody told the compiler about `LessonLogCosh`. But the declaration says `ELEMENTWISE`, and the
# kernel is written with `ctx.xp` instead of numpy. So the compiler can ask the kernel for its
# formula, and put it into one loop with its neighbours:

# %% [markdown] lang="zh"
# ## 编译器已经认识它了
#
# 没有人向编译器介绍过 `LessonLogCosh`。但声明里写着 `ELEMENTWISE`（逐元素），内核用的是 `ctx.xp`
# 而不是 numpy，所以编译器可以从内核里问出公式，把它和前后的运算放进同一个循环：

# %%
with tf.Graph().as_default():
    u = tf.placeholder(tf.float32, [1000], name="u")
    loss = log_cosh(3.0 * u + 1.0, name="log_cosh") * 0.5
    step = tf.viz.explain(loss, hot=True).steps[-1]
print("one step of the plan:", step.kind)
print("made by the library: ", step.library)
print("because:             ", step.why)

# %% [markdown] lang="en"
# ## And it is good for something
#
# Forty measurements on a line; five went wrong. Fit a line with the squared error and with ours:

# %% [markdown] lang="zh"
# ## 它真的有用
#
# 一条直线上有四十个测量点，其中五个出了错。分别用平方误差和我们的损失来拟合：

# %%
random = np.random.default_rng(3)
place = np.linspace(0, 10, 40)
measured = 0.7 * place + 1 + random.normal(0, 0.3, 40)
measured[[30, 33, 35, 37, 39]] = random.uniform(-8, -4, 5)


def fit(loss):
    """The slope and the height of the line for which the loss is least."""
    with tf.Graph().as_default(), tf.Session() as session:
        line = tf.Variable([0.0, 0.0], dtype=tf.float64)
        total = tf.reduce_mean(loss(line[0] * place + line[1] - measured))
        step = tf.train.AdamOptimizer(0.05).minimize(total)
        session.run(tf.global_variables_initializer())
        for _ in range(500):
            session.run(step)
        return session.run(line)


plt.figure(figsize=(7, 3.4))
plt.plot(place, measured, "o", color="0.4", markersize=4)
for name, loss in (("squared error", tf.square), ("log cosh", log_cosh)):
    tilt, height = fit(loss)
    plt.plot(place, tilt * place + height, label=f"{name}: slope {tilt:.2f}")
plt.title("The true slope is 0.70")
plt.legend(loc="lower left")
plt.show()

# %% [markdown] lang="en"
# ## What to remember
#
# * A session compiles a graph into a plan, once for each set of fetches and feeds, and keeps it.
# * Each pass does one thing, and none may change a value.
# * An operation is one block: declaration, kernel, gradient, function. Write its test with it.
#
# The same operation as a file, with types: `flowgraph/examples/adding_an_op.py`.
#
# ## Exercises
#
# **1.** Feeds cut the graph. Explain `smooth` when `hidden` is fed. How many steps are left in the
# plan, and what has become of the matrix product?
#
# <details><summary>Solution</summary>
#
# ```python
# cut = tf.viz.explain(smooth, feeds=[hidden])
# print(len(cut.plan.steps), "steps:", [step.kind for step in cut.steps])
# ```
# The product is pruned: who gives `hidden` does not need what makes it.
# </details>
#
# **2.** Write the operation (x + √(x² + 4)) / 2, a smooth ReLU, with its gradient, and check it.
# Hint: its gradient is (1 + x / √(x² + 4)) / 2.
#
# <details><summary>Solution</summary>
#
# ```python
# smooth_op = define("LessonSmooth", inputs="x: T", outputs="y: T",
#                    attrs={"T": dtypes.FLOATING}, shape=like("x"), traits=Trait.ELEMENTWISE)
#
#
# @smooth_op.kernel
# def _(ctx):
#     return lambda x: (x + ctx.xp.sqrt(x * x + 4)) * ctx.dtype.type(0.5)
#
#
# @smooth_op.gradient
# def _(operation, grad):
#     x = operation.inputs[0]
#     return grad * 0.5 * (1 + x / tf.sqrt(x * x + 4))
#
#
# with tf.Graph().as_default(), tf.Session():
#     x = tf.placeholder(tf.float64, [3])
#     y = smooth_op(x)
#     at = np.array([-2.0, 0.0, 3.0])
#     print(tf.test.compute_gradient_error(x, [3], y, [3], at, delta=1e-5))
# ```
# </details>
#
# **3.** Make a mistake on purpose: a kernel for x³ with the gradient 2x² instead of 3x². What does
# the gradient's test say? Would training have failed with an error?
#
# <details><summary>Solution</summary>
#
# ```python
# wrong_op = define("LessonCube", inputs="x: T", outputs="y: T",
#                   attrs={"T": dtypes.FLOATING}, shape=like("x"))
#
#
# @wrong_op.kernel
# def _(ctx):
#     return lambda x: x * x * x
#
#
# @wrong_op.gradient
# def _(operation, grad):
#     return grad * 2 * operation.inputs[0] ** 2
#
#
# with tf.Graph().as_default(), tf.Session():
#     x = tf.placeholder(tf.float64, [2])
#     y = wrong_op(x)
#     at = np.array([1.0, 2.0])
#     print(tf.test.compute_gradient_error(x, [2], y, [2], at, delta=1e-5))
# ```
# It says 4: at x = 2 the slope is 12, not 8. Training would not have failed. It would have gone on,
# only worse. That is why a gradient needs a test.
# </details>

# %% [markdown] lang="zh"
# ## 要点
#
# * 会话把图编译成执行计划：每一组“取回 + 送入”编译一次，然后留着用。
# * 每一趟只做一件事，哪一趟都不许改变数值。
# * 一个运算就是一段代码：声明、内核、梯度、函数。测试要和它一起写。
#
# 同样内容的独立文件，带类型标注：`flowgraph/examples/adding_an_op.py`。
#
# ## 练习
#
# **1.** 送入会切断图。假如送入 `hidden`，再解释 `smooth`：计划里还剩几步？矩阵乘法到哪里去了？
#
# <details><summary>答案</summary>
#
# ```python
# cut = tf.viz.explain(smooth, feeds=[hidden])
# print(len(cut.plan.steps), "steps:", [step.kind for step in cut.steps])
# ```
# 乘法被剪掉了：`hidden` 已经给出，算出它的那些运算就用不着了。
# </details>
#
# **2.** 写一个运算 (x + √(x² + 4)) / 2，它是光滑的 ReLU；连同梯度一起写，并检查它。
# 提示：梯度是 (1 + x / √(x² + 4)) / 2。
#
# <details><summary>答案</summary>
#
# ```python
# smooth_op = define("LessonSmooth", inputs="x: T", outputs="y: T",
#                    attrs={"T": dtypes.FLOATING}, shape=like("x"), traits=Trait.ELEMENTWISE)
#
#
# @smooth_op.kernel
# def _(ctx):
#     return lambda x: (x + ctx.xp.sqrt(x * x + 4)) * ctx.dtype.type(0.5)
#
#
# @smooth_op.gradient
# def _(operation, grad):
#     x = operation.inputs[0]
#     return grad * 0.5 * (1 + x / tf.sqrt(x * x + 4))
#
#
# with tf.Graph().as_default(), tf.Session():
#     x = tf.placeholder(tf.float64, [3])
#     y = smooth_op(x)
#     at = np.array([-2.0, 0.0, 3.0])
#     print(tf.test.compute_gradient_error(x, [3], y, [3], at, delta=1e-5))
# ```
# </details>
#
# **3.** 故意犯个错：内核算 x³，梯度却写成 2x²，而不是 3x²。梯度测试会怎么说？
# 训练时会报错吗？
#
# <details><summary>答案</summary>
#
# ```python
# wrong_op = define("LessonCube", inputs="x: T", outputs="y: T",
#                   attrs={"T": dtypes.FLOATING}, shape=like("x"))
#
#
# @wrong_op.kernel
# def _(ctx):
#     return lambda x: x * x * x
#
#
# @wrong_op.gradient
# def _(operation, grad):
#     return grad * 2 * operation.inputs[0] ** 2
#
#
# with tf.Graph().as_default(), tf.Session():
#     x = tf.placeholder(tf.float64, [2])
#     y = wrong_op(x)
#     at = np.array([1.0, 2.0])
#     print(tf.test.compute_gradient_error(x, [2], y, [2], at, delta=1e-5))
# ```
# 它说误差是 4：在 x = 2 处斜率应为 12，而不是 8。训练并不会报错，它会照样跑下去，
# 只是学得更差。所以梯度一定要有测试。
# </details>
