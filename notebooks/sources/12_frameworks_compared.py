# %% [markdown] lang="en"
# # 12. Frameworks compared
#
# You have learnt one way to write a network: build a graph, then run it. There were and are others.
# This notebook lines them up: who came when, how each one says the same thing, what each can do.
# At the end the same step of LeNet-5 runs on those that are installed where you are.

# %% [markdown] lang="zh"
# # 12. 框架比较
#
# 你已经学会了一种写网络的办法：先构建计算图，再运行它。办法从来不止一种。
# 这一课把各个框架排在一起看：谁先谁后，同一件事各自怎么写，各自能做什么。
# 最后，让同一步 LeNet-5 训练在你机器上装着的框架里都跑一遍。

# %%
import importlib.util
import time

import matplotlib.pyplot as plt
import numpy as np

import flowgraph as tf
from flowgraph.examples import mnist

plt.rcParams["figure.dpi"] = 80

# %% [markdown] lang="en"
# ## Who came when
#
# A bar goes from the first public version to the last one, or to today. The colour tells what the
# user builds:
#
# * **layers**: a list of ready parts, each with its own backward;
# * **a graph** first, which is run later, as in this course;
# * **nothing**: the program just computes, and a tape remembers what was done (*define by run*);
# * **functions**, which the framework traces, differentiates and compiles.

# %% [markdown] lang="zh"
# ## 谁先谁后
#
# 横条从第一个公开版本画到最后一个版本，或者画到今天。颜色表示用户构建的是什么：
#
# * **层**：由现成的部件排成，每个部件自带反向计算；
# * **图**：先建好，以后再运行，这门课用的就是它；
# * **什么也不建**：程序直接计算，用一条带子记下做过什么（*define by run*，边运行边定义）；
# * **函数**：由框架来追踪、求导、编译。

# %%
STYLES = {
    "layers": "#E69F00",
    "a graph": "#0072B2",
    "a graph, or nothing": "#56B4E9",
    "nothing: a tape": "#D55E00",
    "functions": "#009E73",
}
TODAY = 2026
HISTORY = [  # name, what the user builds, first year, last year
    ("Torch 7", "layers", 2011, 2017),
    ("Theano", "a graph", 2008, 2017),
    ("Caffe", "layers", 2013, 2017),
    ("Neon", "layers", 2015, 2018),
    ("CNTK", "a graph", 2016, 2019),
    ("MXNet", "a graph, or nothing", 2015, 2023),
    ("TensorFlow 1", "a graph", 2015, 2021),
    ("TensorFlow 2", "a graph, or nothing", 2019, TODAY),
    ("PyTorch", "nothing: a tape", 2017, TODAY),
    ("JAX", "functions", 2018, TODAY),
]

figure, axes = plt.subplots(figsize=(9, 4))
for row, (name, style, first, last) in enumerate(HISTORY):
    width = max(last - first, 0.4)
    axes.barh(row, width, left=first, height=0.62, color=STYLES[style])
    axes.text(first - 0.15, row, name, ha="right", va="center")
    if last == TODAY:
        axes.text(TODAY + 0.1, row, "→", va="center", fontsize=14)
axes.legend(
    [plt.Rectangle((0, 0), 1, 1, color=color) for color in STYLES.values()],
    [f"builds {style}" for style in STYLES],
    loc="lower left",
    fontsize=9,
)
axes.set(xlim=(2003.5, 2027), yticks=[], xticks=range(2008, 2027, 2))
axes.invert_yaxis()
axes.grid(axis="x", color="0.9")
axes.set_axisbelow(True)
axes.spines[["top", "right", "left"]].set_visible(False)
plt.show()

# %% [markdown] lang="en"
# ## What each has
#
# Where from, in which languages, and what the user builds:
#
# | | first public, by | languages | the graph |
# | --- | --- | --- | --- |
# | **Torch 7** | 2011 (Torch: 2002), Idiap, NYU, NEC | Lua, C | layers |
# | **Theano** | about 2008, Montréal | Python | static, compiled to C and CUDA |
# | **Caffe** | 2013, Berkeley | C++, Python, MATLAB | layers, in a text file |
# | **Neon** | 2015, Nervana, later Intel | Python | layers |
# | **CNTK** | 2016, Microsoft | C++, BrainScript, Python, C# | static |
# | **MXNet** | 2015, DMLC, later Apache | Python, Scala, R, Julia, C++, … | static, or none |
# | **TensorFlow 1** | 2015, Google | Python, C++, … | static |
# | **TensorFlow 2** | 2019, Google | Python, C++, … | none, or traced by `tf.function` |
# | **PyTorch** | 2017, Facebook, now a foundation | Python, C++ | none, or `torch.compile` |
# | **JAX** | 2018, Google | Python | traced from functions, for XLA |
# | **flowgraph** | this one | Python | static, as in TensorFlow 1 |
#
# What it can do, and what became of it:
#
# | | autodiff | CNN, RNN | many GPUs | today |
# | --- | --- | --- | --- | --- |
# | **Torch 7** | each layer's own backward | RNN by packages | yes | ended; PyTorch is its heir |
# | **Theano** | symbolic | both (`scan`) | late, experimental | ended 2017; heir: PyTensor |
# | **Caffe** | each layer's own backward | RNN came late | yes | ended 2017 |
# | **Neon** | each layer's own backward | both | in Nervana's cloud | ended |
# | **CNTK** | symbolic | both | yes, many machines | ended 2019 |
# | **MXNet** | symbolic, tape | both | yes, many machines | retired 2023 |
# | **TensorFlow 1** | symbolic | both | yes, many machines | lives on as `compat.v1` |
# | **TensorFlow 2** | tape | both | yes, many machines | maintained |
# | **PyTorch** | tape | both | yes, many machines | maintained, much used in research |
# | **JAX** | of functions | both, by libraries | yes, also TPUs | maintained |
# | **flowgraph** | symbolic | both | none, CPU only | you are using it |
#
# The years are those of the first public version; some had users in-house long before. Where the
# table says "ended", the code is still there to read, but may not build on a new system.

# %% [markdown] lang="zh"
# ## 各有什么
#
# 从哪里来，用什么语言，用户构建的是什么：
#
# | | 首次公开 | 语言 | 图 |
# | --- | --- | --- | --- |
# | **Torch 7** | 2011，Idiap、纽约大学、NEC（Torch：2002） | Lua、C | 层 |
# | **Theano** | 约 2008，蒙特利尔大学 | Python | 静态图，编译成 C 和 CUDA |
# | **Caffe** | 2013，伯克利 | C++、Python、MATLAB | 层，写在文本文件里 |
# | **Neon** | 2015，Nervana，后归 Intel | Python | 层 |
# | **CNTK** | 2016，微软 | C++、BrainScript、Python、C# | 静态图 |
# | **MXNet** | 2015，DMLC，后归 Apache | Python、Scala、R、C++ 等 | 静态图，或不建图 |
# | **TensorFlow 1** | 2015，Google | Python、C++ 等 | 静态图 |
# | **TensorFlow 2** | 2019，Google | Python、C++ 等 | 不建图，或由 `tf.function` 追踪 |
# | **PyTorch** | 2017，Facebook，现归基金会 | Python、C++ | 不建图，或 `torch.compile` |
# | **JAX** | 2018，Google | Python | 由函数追踪而来，交给 XLA |
# | **flowgraph** | 就是它 | Python | 静态图，同 TensorFlow 1 |
#
# 能做什么，后来怎样：
#
# | | 自动求导 | CNN、RNN | 多 GPU | 现状 |
# | --- | --- | --- | --- | --- |
# | **Torch 7** | 每层自带反向 | RNN 靠扩展包 | 有 | 已停止，后继是 PyTorch |
# | **Theano** | 符号求导 | 都有（`scan`） | 后期，实验性 | 2017 年停止，后继 PyTensor |
# | **Caffe** | 每层自带反向 | RNN 出现得晚 | 有 | 2017 年停止 |
# | **Neon** | 每层自带反向 | 都有 | 在 Nervana 云上 | 已停止 |
# | **CNTK** | 符号求导 | 都有 | 有，支持多机 | 2019 年停止 |
# | **MXNet** | 符号求导、磁带 | 都有 | 有，支持多机 | 2023 年退役 |
# | **TensorFlow 1** | 符号求导 | 都有 | 有，支持多机 | 留在 `compat.v1` 里 |
# | **TensorFlow 2** | 磁带 | 都有 | 有，支持多机 | 仍在维护 |
# | **PyTorch** | 磁带 | 都有 | 有，支持多机 | 仍在维护，研究中用得很多 |
# | **JAX** | 对函数求导 | 都有，靠库 | 有，还支持 TPU | 仍在维护 |
# | **flowgraph** | 符号求导 | 都有 | 没有，只用 CPU | 你正在用 |
#
# 年份指第一个公开版本；有些框架在内部早已用了很久。
# 表里写“已停止”的，代码仍然可以读，但在新系统上不一定编译得过。

# %% [markdown] lang="en"
# ## One layer, nine ways to say it
#
# y = tanh(x · w), three neurons over four inputs, and where possible the gradient.
#
# **Caffe**: a text file, no program.
# ```
# layer { name: "ip"   type: "InnerProduct" bottom: "x"  top: "ip"
#         inner_product_param { num_output: 3 } }
# layer { name: "tanh" type: "TanH"         bottom: "ip" top: "y" }
# ```
# **Torch 7** (Lua): parts that know their own backward.
# ```
# net = nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh())
# y = net:forward(x);  net:backward(x, dy)
# ```
# **Neon**
# ```
# model = Model(layers=[Affine(nout=3, init=Gaussian(scale=0.1), activation=Tanh())])
# ```
# **Theano**: a graph of symbols, compiled to a function.
# ```
# x, w = T.matrix(), theano.shared(start);  y = T.tanh(T.dot(x, w))
# f = theano.function([x], [y, T.grad(y.sum(), w)])
# ```
# **CNTK**
# ```
# x = C.input_variable(4);  y = C.layers.Dense(3, activation=C.tanh)(x)
# ```
# **MXNet**
# ```
# y = mx.sym.Activation(mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=3),
#                       act_type="tanh")
# ```
# **TensorFlow 1**, flowgraph: a graph, run by a session.
# ```
# x = tf.placeholder(tf.float32, [None, 4]);  w = tf.Variable(start)
# y = tf.tanh(tf.matmul(x, w));  g = tf.gradients(y, w)
# sess.run([y, g], {x: values})
# ```
# **PyTorch**: it computes at once; the tape runs backward.
# ```
# w = torch.tensor(start, requires_grad=True)
# y = torch.tanh(x @ w);  y.sum().backward();  w.grad
# ```
# **JAX**: the gradient of a function is a function.
# ```
# f = lambda w: jnp.tanh(x @ w).sum()
# jax.jit(jax.grad(f))(w)
# ```
# What a graph gives: it can be looked at, saved, pruned and compiled as a whole, before anything
# runs. What it costs: an `if` or a loop must be an operation, and an error shows up later than the
# line that made it. (flowgraph names that line.)

# %% [markdown] lang="zh"
# ## 同一层，九种写法
#
# y = tanh(x · w)，四个输入，三个神经元；能求梯度的也写上梯度。
#
# **Caffe**：一个文本文件，不是程序。
# ```
# layer { name: "ip"   type: "InnerProduct" bottom: "x"  top: "ip"
#         inner_product_param { num_output: 3 } }
# layer { name: "tanh" type: "TanH"         bottom: "ip" top: "y" }
# ```
# **Torch 7**（Lua）：部件自己知道怎样反向。
# ```
# net = nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh())
# y = net:forward(x);  net:backward(x, dy)
# ```
# **Neon**
# ```
# model = Model(layers=[Affine(nout=3, init=Gaussian(scale=0.1), activation=Tanh())])
# ```
# **Theano**：一张符号图，编译成函数。
# ```
# x, w = T.matrix(), theano.shared(start);  y = T.tanh(T.dot(x, w))
# f = theano.function([x], [y, T.grad(y.sum(), w)])
# ```
# **CNTK**
# ```
# x = C.input_variable(4);  y = C.layers.Dense(3, activation=C.tanh)(x)
# ```
# **MXNet**
# ```
# y = mx.sym.Activation(mx.sym.FullyConnected(mx.sym.Variable("x"), num_hidden=3),
#                       act_type="tanh")
# ```
# **TensorFlow 1** 和 flowgraph：一张图，由会话运行。
# ```
# x = tf.placeholder(tf.float32, [None, 4]);  w = tf.Variable(start)
# y = tf.tanh(tf.matmul(x, w));  g = tf.gradients(y, w)
# sess.run([y, g], {x: values})
# ```
# **PyTorch**：立刻就算；反向时把磁带倒着放一遍。
# ```
# w = torch.tensor(start, requires_grad=True)
# y = torch.tanh(x @ w);  y.sum().backward();  w.grad
# ```
# **JAX**：函数的梯度还是函数。
# ```
# f = lambda w: jnp.tanh(x @ w).sum()
# jax.jit(jax.grad(f))(w)
# ```
# 图的好处：什么都还没运行，就能整个地看、存、剪枝、编译。图的代价：`if` 和循环也得写成运算，
# 而且错误要等到运行时才冒出来，不在写错的那一行。（flowgraph 会指出是哪一行。）

# %% [markdown] lang="en"
# ## The same step on each
#
# LeNet-5 with a batch of 32: forward, backward, update with momentum. All start with the same
# weights and see the same digits, so all must give **the same losses**. Only then is it fair to
# compare the time.

# %% [markdown] lang="zh"
# ## 同一步，各跑一遍
#
# LeNet-5，一批 32 张：前向、反向、用动量法更新。大家从同样的权重出发，看同样的数字，
# 所以**损失必须一样**。只有这样，比较时间才算公平。

# %%
digits = mnist.load()
IMAGES = (digits.train_images[:32, :, :, None] / 255).astype(np.float32)
LABELS = digits.train_labels[:32].astype(np.int32)
SHAPES = [(5, 5, 1, 6), (5, 5, 6, 16), (400, 120), (120, 84), (84, 10)]
RATE, MOMENTUM = 0.01, 0.9


def start_weights():
    """The same numbers for everybody; filters as [height, width, inputs, outputs]."""
    random = np.random.default_rng(0)
    deviations = [1 / np.sqrt(np.prod(shape[:-1])) for shape in SHAPES]
    return [random.normal(0, d, s).astype(np.float32) for d, s in zip(deviations, SHAPES)]


def with_graph(tf):
    """The step in flowgraph, or in TensorFlow's compat.v1: the same lines."""
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 28, 28, 1], name="x")
        labels = tf.placeholder(tf.int32, [None], name="labels")
        h = x
        for number, start in enumerate(start_weights()):
            w = tf.Variable(start, name=f"w{number}")
            b = tf.Variable(np.zeros(start.shape[-1], np.float32), name=f"b{number}")
            if number < 2:
                padding = "SAME" if number == 0 else "VALID"
                h = tf.nn.conv2d(h, w, strides=[1, 1, 1, 1], padding=padding)
                h = tf.tanh(tf.nn.bias_add(h, b))
                h = tf.nn.avg_pool(h, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
                continue
            h = tf.nn.bias_add(tf.matmul(tf.reshape(h, [-1, start.shape[0]]), w), b)
            h = tf.tanh(h) if number < 4 else h
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=h)
        loss = tf.reduce_mean(each)
        train = tf.train.MomentumOptimizer(RATE, MOMENTUM).minimize(loss)
        session = tf.Session(graph=graph)
        session.run(tf.global_variables_initializer())
    return lambda: session.run([loss, train], {x: IMAGES, labels: LABELS})[0], h


def with_torch():
    """The step in PyTorch. It wants channels first: [outputs, inputs, height, width]."""
    import torch
    from torch import nn

    weights = start_weights()
    weights[2] = weights[2].reshape(5, 5, 16, 120).transpose(2, 0, 1, 3).reshape(400, 120)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip
    layers = [layer for layer in model if hasattr(layer, "weight")]
    with torch.no_grad():
        for layer, w in zip(layers, weights):
            layer.weight.copy_(torch.tensor(w.transpose(3, 2, 0, 1) if w.ndim == 4 else w.T))
            layer.bias.zero_()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    images = torch.tensor(IMAGES.transpose(0, 3, 1, 2))
    labels = torch.tensor(LABELS.astype(np.int64))

    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def with_jax():
    """The step in JAX: a function of weights, differentiated and compiled."""
    import jax
    import jax.numpy as jnp

    def forward(weights, h):
        for number, (w, b) in enumerate(weights):
            if number < 2:
                padding, layout = ("SAME", "VALID")[number], ("NHWC", "HWIO", "NHWC")
                h = jax.lax.conv_general_dilated(h, w, (1, 1), padding, dimension_numbers=layout)
                n, height, width, maps = h.shape
                h = jnp.tanh(h + b).reshape(n, height // 2, 2, width // 2, 2, maps).mean((2, 4))
                continue
            h = h.reshape(len(h), -1) @ w + b
            h = jnp.tanh(h) if number < 4 else h
        return h

    def loss_of(weights):
        logs = jax.nn.log_softmax(forward(weights, IMAGES))
        return -logs[jnp.arange(len(LABELS)), LABELS].mean()

    @jax.jit
    def update(weights, speeds):
        loss, slopes = jax.value_and_grad(loss_of)(weights)
        speeds = jax.tree.map(lambda v, g: MOMENTUM * v + g, speeds, slopes)
        return loss, jax.tree.map(lambda w, v: w - RATE * v, weights, speeds), speeds

    weights = [(jnp.array(w), jnp.zeros(w.shape[-1])) for w in start_weights()]
    state = [weights, jax.tree.map(jnp.zeros_like, weights)]

    def step():
        loss, *state[:] = update(*state)
        return float(loss)

    return step


# %% [markdown] lang="en"
# What flowgraph runs, up to the ten scores:

# %% [markdown] lang="zh"
# flowgraph 运行的图，到十个分数为止：

# %%
flowgraph_step, scores = with_graph(tf)
tf.viz.draw(scores)

# %% [markdown] lang="en"
# Now everybody who is there. A framework that is not installed is left out; nothing has to be.

# %% [markdown] lang="zh"
# 现在让在场的都来跑。没装的框架就跳过，一个都不装也没关系。


# %%
def tensorflow_step():
    """TensorFlow 2, asked to be TensorFlow 1."""
    import tensorflow

    return with_graph(tensorflow.compat.v1)[0]


def measure(step, seconds=1.5):
    """The losses of the first three steps, and the least time of a step in ms."""
    losses = [float(step()) for _ in range(3)]
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 50:
        began = time.perf_counter()
        step()
        times.append(time.perf_counter() - began)
    return losses, 1000 * min(times)


FRAMEWORKS = {
    "flowgraph": ("flowgraph", lambda: flowgraph_step),
    "TensorFlow": ("tensorflow", tensorflow_step),
    "PyTorch": ("torch", with_torch),
    "JAX": ("jax", with_jax),
}
here = {}
for name, (module, make) in FRAMEWORKS.items():
    if importlib.util.find_spec(module):
        here[name] = measure(make())
reference = here["flowgraph"][0]
print("losses of the first three steps:", np.round(reference, 4))
print("all agree:", all(np.allclose(losses, reference, atol=1e-4) for losses, _ in here.values()))

# %% [markdown] lang="en"
# Beside your own measurement stands one that was made with all four installed, turn by turn in
# fresh processes on a quiet machine: `python -m benchmarks lenet-5`, AMD EPYC, 2 cores, two threads
# each, flowgraph 0.1.0, TensorFlow 2.21.0, PyTorch 2.13.0, JAX 0.10.2. With the steps above, too,
# all four gave these losses, to five digits.

# %% [markdown] lang="zh"
# 下图把你自己测的，和一次四个框架都装着时测的并排画出。后者是在一台空闲的机器上、
# 每次都用新进程、轮流测得的：`python -m benchmarks lenet-5`，AMD EPYC，2 核，各用两个线程，
# flowgraph 0.1.0、TensorFlow 2.21.0、PyTorch 2.13.0、JAX 0.10.2。
# 上面的代码在四个框架里也都跑过，损失的前五位数字全部相同。

# %%
KEPT = {"flowgraph": 0.919, "TensorFlow": 1.67, "PyTorch": 2.15, "JAX": 1.90}

figure, axes = plt.subplots(1, 2, figsize=(10, 2.4), sharey=True)
measured = {name: here[name][1] if name in here else None for name in FRAMEWORKS}
for axis, times, title in zip(axes, (KEPT, measured), ("all four, kept", "where this ran")):
    widths = [value or 0 for value in times.values()]
    colors = ["#0072B2"] + ["0.65"] * 3
    axis.barh(list(times), widths, color=colors)
    for row, value in enumerate(times.values()):
        text = f" {value:.2f} ms" if value else " not installed"
        axis.text(value or 0, row, text, va="center", color="black" if value else "0.5")
    axis.set(title=title, xlabel="one LeNet-5 step, ms", xlim=(0, 1.35 * max(widths)))
    axis.spines[["top", "right"]].set_visible(False)
axes[0].invert_yaxis()
figure.tight_layout()
plt.show()

# %% [markdown] lang="en"
# Read such numbers with care. LeNet-5 is small: most of what is measured here is what a framework
# adds to each operation, and a compiled graph adds least. With large networks all of them spend
# their time in the same libraries for matrices, and come close to each other; on a GPU the picture
# is another one, and flowgraph has none. More workloads, the floor of what the machine can do, and
# the memory of each: README.md.

# %% [markdown] lang="zh"
# 看这种数字要小心。LeNet-5 很小，这里量到的主要是框架在每个运算上附加的开销，
# 而编译好的图附加得最少。网络一大，大家的时间都花在同样的矩阵库里，差距就小了；
# 换到 GPU 上又是另一番景象，而 flowgraph 没有 GPU 版。
# 更多的任务、机器性能的下限、各自占用的内存，见 README.md。

# %% [markdown] lang="en"
# ## What to remember
#
# * Layers, graphs, tapes, functions: four ways to get the same gradient.
# * A graph is known before it runs. So it can be drawn, saved, compiled.
# * Compare times only after the results agree.
#
# ## Exercises
#
# **1.** In a graph a loop is an operation. Double a number until it passes 1,000, once in Python as
# in a define-by-run framework, once with `tf.while_loop`.
#
# <details><summary>Solution</summary>
#
# ```python
# number = 3.0
# while number <= 1000:
#     number *= 2
# with tf.Graph().as_default(), tf.Session() as sess:
#     begin = tf.placeholder(tf.float32, [])
#     end = tf.while_loop(lambda v: v <= 1000, lambda v: v * 2, [begin])
#     print(number, sess.run(end, {begin: 3.0}))  # 1536.0 1536.0
# ```
# </details>
#
# **2.** The heart of a define-by-run framework fits on a page. Write a class `Var` that remembers
# how it was made, with `+`, `*` and `backward()`. Check it with `tf.gradients` on
# (b + c) · (c + 2).
#
# <details><summary>Solution</summary>
#
# ```python
# class Var:
#     def __init__(self, value, parents=()):
#         self.value, self.parents, self.grad = value, parents, 0.0
#
#     def __add__(self, other):
#         return Var(self.value + other.value, [(self, 1.0), (other, 1.0)])
#
#     def __mul__(self, other):
#         return Var(self.value * other.value, [(self, other.value), (other, self.value)])
#
#     def backward(self, grad=1.0):
#         self.grad += grad
#         for parent, slope in self.parents:
#             parent.backward(grad * slope)
#
#
# b, c = Var(3.0), Var(1.0)
# ((b + c) * (c + Var(2.0))).backward()
# with tf.Graph().as_default(), tf.Session() as sess:
#     tb, tc = tf.constant(3.0), tf.constant(1.0)
#     print(b.grad, c.grad, sess.run(tf.gradients((tb + tc) * (tc + 2.0), [tb, tc])))
# ```
# 3 and 7, both ways. (A real one visits each node once, in reverse order, so that shared parts are
# not walked again and again.)
# </details>
#
# **3.** A framework's fixed costs show with small batches. Time flowgraph's step for batches of 1,
# 8 and 32, and divide by the batch.
#
# <details><summary>Solution</summary>
#
# ```python
# pictures, labels = IMAGES, LABELS
# for batch in (1, 8, 32):
#     IMAGES, LABELS = pictures[:batch], labels[:batch]
#     _, took = measure(with_graph(tf)[0], seconds=0.5)
#     print(f"batch {batch:2d}: {took:.2f} ms, {1000 * took / batch:.0f} microseconds a digit")
# ```
# A batch of 1 costs much more for each digit: the weights are updated as often for one digit as for
# 32.
# </details>

# %% [markdown] lang="zh"
# ## 要点
#
# * 层、图、磁带、函数：四种办法，得到同一个梯度。
# * 图在运行之前就是已知的，所以能画、能存、能编译。
# * 先确认结果一致，再比较时间。
#
# ## 练习
#
# **1.** 在图里，循环也是一个运算。把一个数不断加倍，直到超过 1000：
# 一次用 Python 写，就像边运行边定义的框架那样；一次用 `tf.while_loop`。
#
# <details><summary>答案</summary>
#
# ```python
# number = 3.0
# while number <= 1000:
#     number *= 2
# with tf.Graph().as_default(), tf.Session() as sess:
#     begin = tf.placeholder(tf.float32, [])
#     end = tf.while_loop(lambda v: v <= 1000, lambda v: v * 2, [begin])
#     print(number, sess.run(end, {begin: 3.0}))  # 1536.0 1536.0
# ```
# </details>
#
# **2.** “边运行边定义”的框架，核心一页纸就写得下。写一个类 `Var`，它记得自己是怎样算出来的，
# 支持 `+`、`*` 和 `backward()`。用 (b + c) · (c + 2) 与 `tf.gradients` 核对。
#
# <details><summary>答案</summary>
#
# ```python
# class Var:
#     def __init__(self, value, parents=()):
#         self.value, self.parents, self.grad = value, parents, 0.0
#
#     def __add__(self, other):
#         return Var(self.value + other.value, [(self, 1.0), (other, 1.0)])
#
#     def __mul__(self, other):
#         return Var(self.value * other.value, [(self, other.value), (other, self.value)])
#
#     def backward(self, grad=1.0):
#         self.grad += grad
#         for parent, slope in self.parents:
#             parent.backward(grad * slope)
#
#
# b, c = Var(3.0), Var(1.0)
# ((b + c) * (c + Var(2.0))).backward()
# with tf.Graph().as_default(), tf.Session() as sess:
#     tb, tc = tf.constant(3.0), tf.constant(1.0)
#     print(b.grad, c.grad, sess.run(tf.gradients((tb + tc) * (tc + 2.0), [tb, tc])))
# ```
# 两种办法都得 3 和 7。（真正的框架按逆序把每个结点只走一次，公用的部分不会反复走。）
# </details>
#
# **3.** 批次越小，框架的固定开销越明显。分别用 1、8、32 的批次测 flowgraph 的一步，
# 再除以批次大小。
#
# <details><summary>答案</summary>
#
# ```python
# pictures, labels = IMAGES, LABELS
# for batch in (1, 8, 32):
#     IMAGES, LABELS = pictures[:batch], labels[:batch]
#     _, took = measure(with_graph(tf)[0], seconds=0.5)
#     print(f"batch {batch:2d}: {took:.2f} ms, {1000 * took / batch:.0f} microseconds a digit")
# ```
# 批次为 1 时，每个数字的代价高得多：更新一次权重，为一个数字和为 32 个数字，花的时间一样多。
# </details>
