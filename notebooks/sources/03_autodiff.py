# %% [markdown] lang="en"
# # 3. Autodiff: the graph that computes slopes
#
# To learn is to make an error smaller. So the question is always the same: if this weight grows a
# little, does the error rise or fall, and how fast? The answer is a slope, ∂E/∂w; the slopes by all
# weights together are the **gradient**.
#
# Here is the error of a single neuron, drawn over its weight w, with the slope in four places.
# Where the slope is negative, w must grow; where it is steep, it is worth a longer step.

# %% [markdown] lang="zh"
# # 3. 自动微分：计算斜率的图
#
# 学习，就是让误差变小。所以要问的总是同一个问题：这个权重增大一点点，误差是升还是降？有多快？
# 答案是一个斜率，即导数 ∂E/∂w；对所有权重的斜率合在一起，就是**梯度**（gradient）。
#
# 下面画的是一个神经元的误差随权重 w 的变化，并在四处标出斜率。斜率为负的地方，w 应当增大；
# 斜率陡的地方，步子可以迈大些。

# %%
import matplotlib.pyplot as plt
import numpy as np

import flowgraph as tf

PINK, BLUE, ORANGE = "#A34B7D", "#0072B2", "#D55E00"

with tf.Graph().as_default(), tf.Session() as session:
    weights = tf.placeholder(tf.float32, [None])
    errors = 0.5 * tf.square(1.0 - tf.sigmoid(2.0 * weights))
    (slopes,) = tf.gradients(errors, weights)
    curve = np.linspace(-3, 3, 200)
    heights = session.run(errors, {weights: curve})
    places = np.array([-2.0, -0.7, 0.5, 2.0])
    at, steep = session.run([errors, slopes], {weights: places})

plt.figure(figsize=(7, 3.2))
plt.plot(curve, heights, color=BLUE)
for place, height, slope in zip(places, at, steep):
    plt.plot(place + np.array([-0.6, 0.6]), height + slope * np.array([-0.6, 0.6]), color=PINK)
    plt.plot(place, height, "o", color=PINK)
    plt.annotate(f"slope {slope:.3f}", (place, height), (6, 8), textcoords="offset points")
plt.xlabel("w")
plt.ylabel("E")
plt.ylim(-0.08, 0.6)
plt.title("E = ½ (1 − sigmoid(2w))²")
plt.show()

# %% [markdown] lang="en"
# ## One neuron and its error
#
# A neuron weighs its input, adds a bias and squashes the sum: out = sigmoid(w·x + b). The error is
# half of the squared distance from the target, E = ½ (target − out)². This is its graph:

# %% [markdown] lang="zh"
# ## 一个神经元和它的误差
#
# 神经元给输入加权、加上偏置，再把总和压到 0 与 1 之间：out = sigmoid(w·x + b)。
# 误差是它与目标之差的平方的一半：E = ½ (target − out)²。计算图如下：

# %%
x = tf.placeholder(tf.float32, [], name="x")
target = tf.placeholder(tf.float32, [], name="target")
w = tf.Variable(0.5, name="w")
b = tf.Variable(0.0, name="b")
with tf.name_scope("neuron"):
    net = tf.add(w * x, b, name="net")
    out = tf.sigmoid(net, name="out")
E = tf.multiply(0.5, tf.square(target - out), name="E")
tf.viz.draw(E)

# %% [markdown] lang="en"
# ## The gradient graph beside the forward one
#
# `tf.gradients` computes no number. It walks the graph backwards from E, and for each operation on
# the way it adds the operations that compute its slope. The result is a second graph, beside the
# first. Here are both, with the numbers that flow for x = 2 and target = 1:

# %% [markdown] lang="zh"
# ## 前向图旁边的梯度图
#
# `tf.gradients` 并不算出数来。它从 E 出发，沿着图往回走，每遇到一个运算，就添上计算其斜率的运算。
# 结果是紧挨着第一张图的第二张图。下面把两张图画在一起，并写上 x = 2、target = 1 时流过的数：

# %%
dE_dw, dE_db = tf.gradients(E, [w, b])

sess = tf.Session()
sess.run(tf.global_variables_initializer())
example = {x: 2.0, target: 1.0}


def all_behind(*tensors):
    """The tensors, and all that they depend on."""
    found, waiting = {}, list(tensors)
    while waiting:
        tensor = waiting.pop()
        found[tensor] = tensor
        waiting += [t for t in tensor.op.inputs if t not in found]
    return found


flow = sess.run(all_behind(dE_dw, dE_db), example)
tf.viz.draw([dE_dw, dE_db], values=flow, shapes=False)

# %% [markdown] lang="en"
# Left, in white, is the forward graph. Right, in the pink box, is what `tf.gradients` added. Two
# things to see:
#
# * It runs the other way. It starts with 1, the slope of E by itself. Then it passes the square,
#   the difference and the sigmoid, and ends at w and b (thick outlines).
# * It needs values of the forward pass: `out` for the sigmoid's slope, `x` for the product's. These
#   are the long arrows from left to right.
#
# ## The chain rule, node by node
#
# The **chain rule** says: the slope of E by a node is the slope of E by the *next* node, times the
# slope of the next node by this one. Let us walk. On each arrow is the factor, worked out with a
# pencil; below each node is what `tf.gradients` says.

# %% [markdown] lang="zh"
# 左边白色的是前向图。右边粉色框里的，是 `tf.gradients` 添上的。有两点要看：
#
# * 它的方向相反：从 1（E 对自己的斜率）出发，经过平方、差和 sigmoid，到 w 和 b 为止（粗边框）。
# * 它需要前向计算的值：sigmoid 的斜率要用 `out`，乘法的斜率要用 `x`。这就是从左到右的那些长箭头。
#
# ## 链式法则，一个节点一个节点地走
#
# **链式法则**（chain rule）说：E 对某个节点的斜率，等于 E 对**下一个**节点的斜率，
# 乘以下一个节点对这个节点的斜率。我们来走一遍。箭头上是用纸笔算出的因子，
# 节点下方是 `tf.gradients` 给出的结果。


# %%
def walk(nodes, factors, size, title):
    """Draws nodes {name: (x, y, value, slope)} and factors {(node, next one): words}."""
    axis = plt.figure(figsize=size).add_subplot()
    for name, (across, up, value, slope) in nodes.items():
        box = {"boxstyle": "round,pad=0.5", "facecolor": "white"}
        axis.text(across, up, f"{name}\n{value:.3f}", ha="center", va="center", bbox=box)
        words = f"∂E/∂{name}\n{slope:.4f}"
        axis.text(across, up - 0.55, words, ha="center", va="center", color=PINK)
    for (near, far), words in factors.items():
        (x0, y0), (x1, y1) = nodes[near][:2], nodes[far][:2]
        between = [(x0 + 0.25 * (x1 - x0), y0 + 0.25 * (y1 - y0))]
        between.append((x0 + 0.75 * (x1 - x0), y0 + 0.75 * (y1 - y0)))
        axis.annotate("", *between, arrowprops={"arrowstyle": "->", "color": PINK, "lw": 1.5})
        middle = ((x0 + x1) / 2, (y0 + y1) / 2 + 0.28)
        axis.text(*middle, words, ha="center", va="center", fontsize=9)
    ups = [node[1] for node in nodes.values()]
    axis.set(xlim=(-0.4, max(n[0] for n in nodes.values()) + 0.4))
    axis.set(ylim=(min(ups) - 0.85, max(ups) + 0.6), title=title)
    axis.axis("off")
    plt.show()


chain = {"w": w, "wx": net.op.inputs[0], "net": net, "out": out, "E": E}
values, slopes = sess.run([chain, tf.gradients(E, list(chain.values()))], example)
o = values["out"]
factors = {
    ("w", "wx"): ("x", 2.0),
    ("wx", "net"): ("1", 1.0),
    ("net", "out"): ("out (1 − out)", o * (1 - o)),
    ("out", "E"): ("−(target − out)", -(1.0 - o)),
}
nodes = {
    name: (place, 0, values[name], slope) for place, (name, slope) in enumerate(zip(chain, slopes))
}
words = {arrow: f"× {name}\n= {factor:.3f}" for arrow, (name, factor) in factors.items()}
walk(nodes, words, (10, 2.6), "Backwards, from E to w")

# %% [markdown] lang="en"
# Read it from right to left: start with 1 at E, and multiply by the factor at each arrow. The
# product of all four must be ∂E/∂w:

# %% [markdown] lang="zh"
# 从右往左读：从 E 处的 1 开始，每经过一支箭头就乘以它的因子。四个因子的乘积应当就是 ∂E/∂w：

# %%
by_hand = np.prod([factor for _, factor in factors.values()])
print(f"by hand {by_hand:.6f}, by tf.gradients {sess.run(dE_dw, example):.6f}")

# %% [markdown] lang="en"
# ## Where the way splits
#
# Most values are used more than once. In the next network the answer of a hidden neuron h goes to
# *two* output neurons, and the error counts both: E = ½ Σ (target − out)². If h moves, E changes by
# way of out₁ and by way of out₂. The rule: **walk every way, and add**.

# %% [markdown] lang="zh"
# ## 路分岔的地方
#
# 大多数值不止用一次。在下面的网络里，隐藏神经元的输出 h 送给**两个**输出神经元，
# 总误差把两个都算上：E = ½ Σ (target − out)²。h 一动，E 既通过 out₁ 变，也通过 out₂ 变。
# 规则是：**每条路都走一遍，再相加**。

# %%
with tf.Graph().as_default():
    w0 = tf.constant(0.8, name="w")
    u = tf.constant([1.5, -1.0], name="u")
    targets = tf.constant([1.0, 0.0], name="targets")
    h = tf.sigmoid(w0 * 1.0, name="h")
    outs = tf.sigmoid(u * h, name="outs")
    total_error = tf.multiply(0.5, tf.reduce_sum(tf.square(targets - outs)), name="E")
    asked = [w0, h, outs, total_error]
    with tf.Session() as session:
        now, slope = session.run([asked, tf.gradients(total_error, asked)])

(w_value, h_value, (out1, out2), e_value), (w_slope, h_slope, out_slopes, e_slope) = now, slope
nodes = {
    "w": (0, 0.9, w_value, w_slope),
    "h": (1, 0.9, h_value, h_slope),
    "out1": (2.3, 1.8, out1, out_slopes[0]),
    "out2": (2.3, 0, out2, out_slopes[1]),
    "E": (3.6, 0.9, e_value, e_slope),
}
first, second = 1.5 * out1 * (1 - out1), -1.0 * out2 * (1 - out2)
words = {
    ("w", "h"): f"× {h_value * (1 - h_value):.3f}",
    ("h", "out1"): f"× {first:.3f}",
    ("h", "out2"): f"× {second:.3f}",
    ("out1", "E"): f"× {out1 - 1:.3f}",
    ("out2", "E"): f"× {out2 - 0:.3f}",
}
walk(nodes, words, (8.5, 3.9), "Two ways from E to h")
print(f"by way of out1: {(out1 - 1) * first:.4f}")
print(f"by way of out2: {(out2 - 0) * second:.4f}")
print(f"their sum:      {(out1 - 1) * first + (out2 - 0) * second:.4f}")

# %% [markdown] lang="en"
# The sum is what stands below h. From h to w there is one way again. However many weights there
# are, each arrow is walked **once**: this is **back-propagation**, and why it is cheap.
#
# ## Is it really the slope?
#
# A slope is the limit of difference quotients, so we can try: go a small step to each side, and
# divide the difference of the two values by the distance. How small must the step be? Here for the
# slope of the sigmoid at 2, in float64:

# %% [markdown] lang="zh"
# 两者之和，正是写在 h 下面的那个数。从 h 到 w 又只有一条路。不管有多少权重，每支箭头只走**一次**：
# 这就是**反向传播**（back-propagation），它便宜的道理也在这里。
#
# ## 它真的是斜率吗？
#
# 斜率是差商的极限，所以可以试一试：向两边各走一小步，用两个值之差除以距离。步子该多小？
# 以 sigmoid 在 2 处的斜率为例，用 float64 计算：

# %%
with tf.Graph().as_default(), tf.Session() as other:
    point = tf.placeholder(tf.float64, [None])
    y = tf.sigmoid(point)
    (slope,) = tf.gradients(y, point)
    steps = 10.0 ** -np.arange(1, 14)
    exact = other.run(slope, {point: [2.0]})
    below, here, above = (other.run(y, {point: 2.0 + k * steps}) for k in (-1, 0, 1))

plt.figure(figsize=(6.5, 3))
plt.loglog(steps, np.abs((above - here) / steps - exact), "o-", label="one-sided")
plt.loglog(steps, np.abs((above - below) / (2 * steps) - exact), "s-", label="central")
plt.xlabel("step")
plt.ylabel("distance from tf.gradients")
plt.title("Difference quotients come near, and fall back")
plt.legend()
plt.show()

# %% [markdown] lang="en"
# Down to a point, smaller steps come nearer to what `tf.gradients` says: to ten digits with the
# central quotient. Then rounding takes over, because two nearly equal numbers are subtracted.
# `tf.gradients` takes no step at all, so it has no such trouble. And quotients need two runs for
# *each* weight, where one backward pass gives the slopes by *all* weights.
#
# ## Descent by hand
#
# The rule is
#
# > w ← w − α · ∂E/∂w
#
# with the learning rate α. Let five points teach the neuron: out is to be near 0 for the three on
# the left, and near 1 for the two on the right. We keep the weights outside of the graph and feed
# them: `w.value()` is the tensor that reads the variable, and any tensor can be fed.

# %% [markdown] lang="zh"
# 起初，步子越小，差商越接近 `tf.gradients` 的结果：用中心差商能对上十位。再小，舍入误差就占了上风，
# 因为那是两个几乎相等的数相减。`tf.gradients` 根本不迈步，没有这个麻烦。
# 而且用差商，**每个**权重都要运行两次；反向传播走一趟，就得到对**所有**权重的斜率。
#
# ## 手工下降
#
# 规则是
#
# > w ← w − α · ∂E/∂w
#
# 其中 α 是学习率。用五个点来教这个神经元：左边三个点，out 应接近 0；右边两个点，out 应接近 1。
# 我们把权重放在图外，再送进去：`w.value()` 是读取变量的那个张量，而任何张量都可以送入。

# %%
xs = np.array([-2.0, -1.0, 0.0, 2.0, 3.0])
wanted = np.array([0.0, 0.0, 0.0, 1.0, 1.0])
alpha, rounds = 0.5, 60

weight, bias, path, hand_errors = 0.5, 0.0, [], []
for _ in range(rounds):
    total = 0.0
    path.append((weight, bias))
    for one_x, one_target in zip(xs, wanted):
        feed = {x: one_x, target: one_target, w.value(): weight, b.value(): bias}
        error, grad_w, grad_b = sess.run([E, dE_dw, dE_db], feed)
        weight, bias = weight - alpha * grad_w, bias - alpha * grad_b
        total += error
    hand_errors.append(total)
print(f"w = {weight:.4f}, b = {bias:.4f}")

# %% [markdown] lang="en"
# The total error is a landscape over the plane of w and b. Each round is a step downhill:

# %% [markdown] lang="zh"
# 总误差是 w、b 平面上的一片地形。每一轮是向山下迈的一步：

# %%
w_axis, b_axis = np.meshgrid(np.linspace(0, 3, 80), np.linspace(-2.5, 1, 80))
everywhere = 1 / (1 + np.exp(-(w_axis[..., None] * xs + b_axis[..., None])))
landscape = (0.5 * (wanted - everywhere) ** 2).sum(axis=-1)

plt.figure(figsize=(6.5, 3.8))
plt.contourf(w_axis, b_axis, landscape, levels=20, cmap="Blues")
plt.colorbar(label="total error")
plt.plot(*np.transpose(path), ".-", color=ORANGE, markersize=4)
plt.xlabel("w")
plt.ylabel("b")
plt.title("60 rounds downhill")
plt.show()

# %% [markdown] lang="en"
# ## The same with an optimizer
#
# An optimizer is nothing but operations that do this update to the variables. `minimize` calls
# `tf.gradients`, and adds one update for each variable.

# %% [markdown] lang="zh"
# ## 交给优化器
#
# 优化器不过是一些对变量做这种更新的运算。`minimize` 调用 `tf.gradients`，再为每个变量添上一个更新。

# %%
train = tf.train.GradientDescentOptimizer(alpha).minimize(E)
sess.run(tf.global_variables_initializer())
optimizer_errors = []
for _ in range(rounds):
    total = 0.0
    for one_x, one_target in zip(xs, wanted):
        error, _ = sess.run([E, train], {x: one_x, target: one_target})
        total += error
    optimizer_errors.append(total)
w_now, b_now = sess.run([w, b])
print(f"w = {w_now:.4f}, b = {b_now:.4f}")
print("same weights as by hand:", np.allclose([w_now, b_now], [weight, bias], atol=1e-5))

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2), layout="constrained")
left.plot(hand_errors, label="by hand", linewidth=5, alpha=0.4)
left.plot(optimizer_errors, label="by the optimizer", color="black", linewidth=1)
left.set(xlabel="round", ylabel="total error", title="Both descend the same way")
left.legend()
line = np.linspace(-3, 4, 100)
right.plot(line, 1 / (1 + np.exp(-(w_now * line + b_now))))
right.scatter(xs, wanted, color=ORANGE, zorder=3)
right.set(xlabel="x", ylabel="out", title="What the neuron has learned")
plt.show()

# %% [markdown] lang="en"
# ## Slopes of slopes
#
# The gradient is a graph, so it has a gradient, too. Here are the sigmoid, its slope and the slope
# of its slope, in one run:

# %% [markdown] lang="zh"
# ## 斜率的斜率
#
# 梯度也是一张图，所以它自己也有梯度。一次运行，算出 sigmoid、它的斜率，以及斜率的斜率：

# %%
with tf.Graph().as_default(), tf.Session() as other:
    z = tf.placeholder(tf.float64, [None])
    y = tf.sigmoid(z)
    (once,) = tf.gradients(y, z)
    (twice,) = tf.gradients(once, z)
    grid = np.linspace(-6, 6, 200)
    curves = other.run({"y": y, "y'": once, "y''": twice}, {z: grid})

plt.figure(figsize=(6.5, 3))
for (name, curve), style in zip(curves.items(), ("-", "--", ":")):
    plt.plot(grid, curve, style, label=name)
plt.title("The sigmoid and its first two derivatives")
plt.legend()
plt.show()

# %% [markdown] lang="en"
# Far from 0 every slope vanishes: a neuron that is very sure learns very slowly, even when it is
# wrong. The next notebook is about that.
#
# ## What has no gradient
#
# `tf.gradients` gives `None` where y does not depend on x at all. And `stop_gradient` makes a
# tensor count as a constant:

# %% [markdown] lang="zh"
# 离 0 远的地方，斜率都趋于消失：一个十分确信的神经元学得非常慢，哪怕它错了。下一课专讲这件事。
#
# ## 没有梯度的情形
#
# y 根本不依赖 x 时，`tf.gradients` 给出 `None`。而 `stop_gradient` 让一个张量被当作常数：

# %%
with tf.Graph().as_default():
    p, q = tf.constant(2.0), tf.constant(3.0)
    print("unconnected:", tf.gradients(p * 2.0, [q]))
    (through,) = tf.gradients(p * tf.stop_gradient(p), p)
    with tf.Session() as other:
        print("d(p * constant p)/dp at 2:", other.run(through))
sess.close()

# %% [markdown] lang="en"
# ## What to remember
#
# * The derivative of a graph is a graph, which `tf.gradients` adds beside it.
# * Along a way slopes are multiplied; where ways meet, they are added.
# * An optimizer adds updates w ← w − α · ∂E/∂w as operations.
#
# ## Exercises
#
# **1.** Compute the derivative of `tanh` at 0.5 with `tf.gradients` and by the formula 1 − tanh².
#
# <details><summary>Solution</summary>
#
# ```python
# z = tf.placeholder(tf.float32, [])
# (slope,) = tf.gradients(tf.tanh(z), z)
# with tf.Session() as sess:
#     print(sess.run(slope, {z: 0.5}), 1 - np.tanh(0.5) ** 2)  # 0.7864477 0.7864477...
# ```
# </details>
#
# **2.** Use `tf.train.MomentumOptimizer(0.1, 0.9)` instead of plain descent. Does the error fall
# faster?
#
# <details><summary>Solution</summary>
#
# ```python
# train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(E)
# with tf.Session() as sess:
#     sess.run(tf.global_variables_initializer())
#     for _ in range(rounds):
#         pairs = zip(xs, wanted)
#         total = sum(sess.run([E, train], {x: p, target: t})[0] for p, t in pairs)
# print(f"{total:.4f} with momentum, {hand_errors[-1]:.4f} without")
# ```
# Yes: it ends at half the error. Run the initializer again first, because the optimizer has made a
# variable of its own for each weight (`w/Momentum`). Steps in the same direction add up, to 0.1 /
# (1 − 0.9) = 1, twice the rate of before.
# </details>
#
# **3.** What does `tf.gradients(E, [net])` give? Compute it by hand from the factors above.
#
# <details><summary>Solution</summary>
#
# ```python
# (slope,) = tf.gradients(E, [net])
# with tf.Session() as sess:
#     sess.run(tf.global_variables_initializer())
#     print(sess.run(slope, example), factors["net", "out"][1] * factors["out", "E"][1])
# ```
# It is ∂E/∂net, the factor that ∂E/∂w and ∂E/∂b share; the graph computes it once. In the picture
# of the gradient graph it is the node `out_grad/SigmoidGrad`.
# </details>

# %% [markdown] lang="zh"
# ## 要点
#
# * 图的导数还是一张图，`tf.gradients` 把它添在旁边。
# * 沿着一条路，斜率相乘；几条路汇合处，斜率相加。
# * 优化器把更新 w ← w − α · ∂E/∂w 作为运算添进图里。
#
# ## 练习
#
# **1.** 分别用 `tf.gradients` 和公式 1 − tanh² 计算 `tanh` 在 0.5 处的导数。
#
# <details><summary>答案</summary>
#
# ```python
# z = tf.placeholder(tf.float32, [])
# (slope,) = tf.gradients(tf.tanh(z), z)
# with tf.Session() as sess:
#     print(sess.run(slope, {z: 0.5}), 1 - np.tanh(0.5) ** 2)  # 0.7864477 0.7864477...
# ```
# </details>
#
# **2.** 把普通的梯度下降换成 `tf.train.MomentumOptimizer(0.1, 0.9)`。误差降得更快吗？
#
# <details><summary>答案</summary>
#
# ```python
# train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(E)
# with tf.Session() as sess:
#     sess.run(tf.global_variables_initializer())
#     for _ in range(rounds):
#         pairs = zip(xs, wanted)
#         total = sum(sess.run([E, train], {x: p, target: t})[0] for p, t in pairs)
# print(f"{total:.4f} with momentum, {hand_errors[-1]:.4f} without")
# ```
# 是的，最后的误差只有原来的一半。要先重新运行初始化，因为优化器给每个权重都添了一个自己的变量
# （`w/Momentum`）。方向相同的步子会累加起来，达到 0.1 / (1 − 0.9) = 1，是原来学习率的两倍。
# </details>
#
# **3.** `tf.gradients(E, [net])` 给出什么？用上面的因子手工算一算。
#
# <details><summary>答案</summary>
#
# ```python
# (slope,) = tf.gradients(E, [net])
# with tf.Session() as sess:
#     sess.run(tf.global_variables_initializer())
#     print(sess.run(slope, example), factors["net", "out"][1] * factors["out", "E"][1])
# ```
# 它是 ∂E/∂net，也就是 ∂E/∂w 和 ∂E/∂b 共有的因子，图里只算一次。
# 在梯度图中，它就是节点 `out_grad/SigmoidGrad`。
# </details>
