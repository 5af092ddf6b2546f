# %% [markdown] lang="en"
# # 7. LeNet-5 reads handwriting
#
# In 1998 LeCun, Bottou, Bengio and Haffner published a network that read the digits on cheques:
# **LeNet-5**. It is made of what you know from the last two notebooks, convolution and pooling, put
# together in a row. Nearly every network for pictures since then is its descendant.
#
# Here it learns 60,000 handwritten digits in front of you (MNIST; they come with flowgraph). Then
# you open it, and look through its layers: first it sees edges, then parts, then digits.

# %% [markdown] lang="zh"
# # 7. LeNet-5 认手写数字
#
# 1998 年，LeCun、Bottou、Bengio 和 Haffner 发表了一个能读支票数字的网络：**LeNet-5**。
# 它的零件你在前两课都见过了，就是卷积和池化，一个接一个串起来。
# 此后几乎所有处理图像的网络，都是它的后代。
#
# 这一课让它当着你的面学习六万个手写数字（MNIST 数据集，随 flowgraph 附带）。
# 然后打开它，一层一层往里看：先看见边缘，再看见部件，最后看见数字。

# %%
import matplotlib.pyplot as plt
import numpy as np

import flowgraph as tf
from flowgraph.examples import lenet_model, mnist

plt.rcParams["figure.dpi"] = 80
digits = mnist.load()
print("training:", digits.train_images.shape, " test:", digits.test_images.shape)

figure, axes = plt.subplots(2, 12, figsize=(10, 2.1))
for axis, image, label in zip(axes.flat, digits.train_images, digits.train_labels):
    axis.imshow(image, cmap="gray_r")
    axis.set_title(label, fontsize=9)
    axis.axis("off")
figure.tight_layout()
plt.show()

# %% [markdown] lang="en"
# ## The network in one picture
#
# This is how the paper drew it. From left to right the pictures get **smaller** and **more
# numerous**: less is known about *where*, more about *what*. The letters are the paper's: C for
# convolution, S for subsampling (pooling), F for full connection.

# %% [markdown] lang="zh"
# ## 一张图看懂整个网络
#
# 论文里就是这样画的。从左到右，图越来越**小**，也越来越**多**：“在哪里”知道得越来越少，
# “是什么”知道得越来越多。字母是论文的记法：C 是卷积，S 是下采样（池化），F 是全连接。

# %%
BATCH, STEPS = 64, 500
net = lenet_model.build(seed=1, steps_per_epoch=STEPS)
tf.viz.architecture(net.graph)

# %% [markdown] lang="en"
# * **C1**: six filters of 5×5 slide over the picture. The digit is framed by two pixels of paper,
#   so that strokes at its border are seen whole.
# * **S2**: the mean of each 2×2 square. A stroke that moves by a pixel now changes little.
# * **C3**: sixteen filters look at all six maps at once. They see strokes that *meet*.
# * **S4**: pooling again.
# * **C5**: its filters are as large as what is left, 5×5. So each of its 120 numbers has seen the
#   whole digit.
# * **F6** and the **output** weigh those 120 numbers. Ten scores; the greatest is the answer.
#
# How many numbers does it learn?

# %% [markdown] lang="zh"
# * **C1**：六个 5×5 的卷积核滑过图片。数字四周先加两个像素的白边，这样边上的笔画也能看全。
# * **S2**：每个 2×2 方格取平均。笔画挪动一个像素，结果变化不大。
# * **C3**：十六个卷积核，同时看六张特征图，看的是*相遇*的笔画。
# * **S4**：再池化一次。
# * **C5**：卷积核和剩下的图一样大，也是 5×5。所以它的 120 个数，每一个都看过了整个数字。
# * **F6** 和**输出层**权衡这 120 个数，给出十个分数；分数最高的就是答案。
#
# 它要学习多少个数？

# %%
print(tf.viz.summary(net.graph))

# %% [markdown] lang="en"
# Look at the last two columns. C1 and C3 do most of the **work**, with few **parameters**: a filter
# is used at every place. C5 has most of the parameters, each used once.
#
# (The original differs in details: its pooling had weights to learn, C3 saw only chosen maps, and
# the output measured distances to drawn digits. It had about 60,000 parameters, too.)
#
# ## Training
#
# One step: take 64 digits, compute the loss, and let descent with momentum change the weights. 500
# steps see 32,000 digits, each once. `flowgraph lenet` makes eight rounds over all 60,000, and ends
# below 1 % error.

# %% [markdown] lang="zh"
# 看最后两列。C1 和 C3 **参数**很少，**计算量**却最大：一个卷积核要用在每一个位置上。
# C5 的参数最多，但每个只用一次。
#
# （原版在细节上有所不同：池化层有自己的权重要学，C3 只看选定的几张特征图，
# 输出层量的是与标准字形的距离。参数也是六万个左右。）
#
# ## 训练
#
# 一步就是：取 64 个数字，算出损失，用带动量的梯度下降调整权重。500 步看了 32,000 个数字，
# 每个只看一遍。`flowgraph lenet` 把六万个全部看八遍，错误率可以降到 1 % 以下。

# %%
order = np.random.default_rng(0).permutation(len(digits.train_labels))


def train(session, net, steps=STEPS):
    """Makes some steps; gives the loss of each."""
    losses = []
    for step in range(steps):
        chosen = order[step * BATCH : (step + 1) * BATCH]
        feed = {
            net.digits: digits.train_images[chosen],
            net.labels: digits.train_labels[chosen].astype(np.int32),
        }
        loss, _ = session.run([net.loss, net.train], feed)
        losses.append(loss)
    return losses


session = tf.Session(graph=net.graph)
session.run(net.initialize)
first_filters = session.run(net.filters)
losses = train(session, net)
tf.viz.loss_curve(losses, title="The loss falls")

# %% [markdown] lang="en"
# ## Test error and mistakes
#
# The test digits were written by other people; the network has never seen them. In the **confusion
# matrix** a row is what the digit was, a column what the network read. Right answers are grey, so
# that the mistakes have the colours to themselves.

# %% [markdown] lang="zh"
# ## 测试错误率与错例
#
# 测试用的数字是另一些人写的，网络从没见过。在**混淆矩阵**里，行是真正的数字，列是网络读成的数字。
# 答对的用灰色，颜色全留给错误。

# %%
guesses = np.concatenate(
    [
        session.run(net.guesses, {net.digits: digits.test_images[i : i + 1000]})
        for i in range(0, 10_000, 1000)
    ]
)
wrong = np.mean(guesses != digits.test_labels)
print(f"test error: {wrong:.2%}")
tf.viz.confusion(digits.test_labels, guesses, images=digits.test_images, most=24)

# %% [markdown] lang="en"
# Would you have read all of those on the right? The matrix is as human as they are: 7 and 9, 7 and
# 2, 6 and 5 are neighbours.
#
# ## What each layer sees: edges
#
# Below are the six filters of C1, as they began (random) and as they are after training. Purple
# wants ink, orange wants paper. A filter that is purple on one side and orange on the other answers
# to an **edge** in that direction.

# %% [markdown] lang="zh"
# 右边那些，你都认得出来吗？混淆矩阵也很有人情味：7 和 9、7 和 2、6 和 5 都是近邻。
#
# ## 每一层看见什么：边缘
#
# 下面是 C1 的六个卷积核：上排是随机的初始值，下排是训练之后。紫色处想要墨迹，橙色处想要白纸。
# 一边紫、一边橙的卷积核，遇到那个方向的**边缘**就会响应。

# %%
both = np.concatenate([first_filters, session.run(net.filters)], axis=3)
names = [f"{kind} {k}" for kind in ("at first", "trained") for k in range(1, 7)]
tf.viz.filters(both, columns=6, names=names)

# %% [markdown] lang="en"
# What do they answer to a digit? Each answer is a **feature map**. Follow this seven through the
# layers. In C1 you still read it, drawn by its edges. In C3 you see pieces, in S4 hardly anything,
# and after that the seven is 120, then 84 numbers between −1 and 1.

# %% [markdown] lang="zh"
# 它们对一个数字怎样响应？每份响应是一张**特征图**。跟着这个 7 一层层往里走：
# 在 C1 还认得出，是用边缘画的 7；到 C3 只剩碎片；到 S4 几乎什么也看不出了；
# 再往后，这个 7 就是 120 个、然后 84 个 −1 到 1 之间的数。

# %%
seven = digits.test_images[np.flatnonzero(digits.test_labels == 7)[0]]
layers = [net.c1, "C3/Tanh:0", "S4:0", "C5/flat:0", "F6/Tanh:0"]
tf.viz.feature_maps(session, layers, {net.digits: seven[None]}, picture=seven)

# %% [markdown] lang="en"
# ## From edges to parts to digits
#
# You cannot read 120 numbers. But you can ask each one: **what do you like best?** Go through 3,000
# test digits, and for each map cut out the eight pieces that excite it most. A value in C1 has seen
# 5×5 pixels, one in C3 14×14, one in C5 the whole 32×32. That is its *receptive field*.

# %% [markdown] lang="zh"
# ## 从边缘到部件，再到数字
#
# 120 个数没法读，但可以逐个问它们：**你最喜欢什么？** 把 3000 个测试数字过一遍，
# 对每张特征图，剪下最能让它兴奋的八块。C1 的一个值看过 5×5 个像素，C3 的一个值看过 14×14，
# C5 的一个值看过整张 32×32。这个范围叫做它的*感受野*。


# %%
def favourites(tensor, size, stride, maps, count=8):
    """For some maps, the pieces of test digits that excite each most: [maps, 8, size, size]."""
    framed = np.pad(digits.test_images[:3000], [(0, 0), (2, 2), (2, 2)])
    feeds = [digits.test_images[i : i + 500] for i in range(0, 3000, 500)]
    values = np.concatenate([session.run(tensor, {net.digits: part}) for part in feeds])
    side = values.shape[2]
    pieces = np.zeros([len(maps), count, size, size])
    for row, number in enumerate(maps):
        answers = values[..., number].reshape(3000, -1)
        best = np.argsort(-answers.max(axis=1), kind="stable")[:count]
        for column, picture in enumerate(best):
            y, x = np.array(divmod(answers[picture].argmax(), side)) * stride
            pieces[row, column] = framed[picture, y : y + size, x : x + size]
    return pieces


def tiled(pieces):
    """One picture of many small ones, with a line between them."""
    lined = np.pad(pieces, [(0, 0), (0, 0), (0, 1), (0, 1)], constant_values=100)
    rows, columns, height, width = lined.shape
    return lined.transpose(0, 2, 1, 3).reshape(rows * height, columns * width)


found = {
    "C1: edges (5×5)": favourites("C1/BiasAdd:0", 5, 1, range(6)),
    "C3: parts (14×14)": favourites("C3/BiasAdd:0", 14, 2, [0, 2, 4, 8, 11, 13]),
    "C5: digits (32×32)": favourites("C5/BiasAdd:0", 32, 1, [0, 5, 10, 20, 30, 40]),
}
figure, axes = plt.subplots(1, 3, figsize=(12, 3.4))
for axis, (title, pieces) in zip(axes, found.items()):
    axis.imshow(tiled(pieces), cmap="gray_r", interpolation="nearest")
    axis.set(xticks=[], yticks=[], title=title, ylabel="one map a row")
figure.tight_layout()
plt.show()

# %% [markdown] lang="en"
# Read the rows. In **C1** a row is a kind of edge: ink above and paper below, or a slope. In **C3**
# a row is a kind of part: an arch, a hook, a slope, two strokes that meet. In **C5** a row is whole
# digits, of one kind or of two that share a shape, like 5 and 3, 4 and 9, 2 and 7. Nobody told the
# network to do this.
#
# And the output? Here we ask the other way: let a picture *grow* out of noise, along the gradient
# of one score, until the network is sure. It is what it imagines when it hears "three":

# %% [markdown] lang="zh"
# 一行一行地看。**C1** 的一行是一种边缘：上面是墨、下面是纸，或者一条斜边。**C3** 的一行是一种部件：
# 一个拱，一个弯钩，一条斜线，两笔的交汇。**C5** 的一行是整个的数字：或者是同一个数字，
# 或者是形状相近的两个，比如 5 和 3、4 和 9、2 和 7。没有谁教网络这样做。
#
# 那输出层呢？换个方向来问：从噪声出发，沿着某个分数的梯度，让一张图慢慢*长*出来，
# 直到网络确信为止。这就是它听到“三”的时候，心里想到的样子：

# %%
prepared = net.graph.get_tensor_by_name("input/mul:0")
scores = net.graph.get_tensor_by_name("output/Identity:0")
tf.viz.excite(session, scores, prepared, channels=[0, 2, 3, 4, 5, 6])

# %% [markdown] lang="en"
# Ghosts of digits: strokes in the right places, white where ink should be, black where it must not
# be. The number above each is its score.
#
# ## What does it look at?
#
# Two ways to ask. **Saliency**: where would a little more or less ink change the score? That is a
# gradient, once more. **Occlusion**: cover a patch of 9×9 pixels, at each place in turn; by how
# much does the lead of the right answer shrink?

# %% [markdown] lang="zh"
# 是数字的幽灵：笔画都在该在的地方，白色表示该有墨，黑色表示不许有墨。上面的数是得分。
#
# ## 它在看哪里？
#
# 有两种问法。**显著图**：哪里的墨多一点或少一点，会改变分数？这又是一个梯度。
# **遮挡**：用 9×9 的小块逐处遮住图片，正确答案的领先优势会缩小多少？

# %%
right = [np.flatnonzero((digits.test_labels == k) & (guesses == k))[0] for k in (7, 2, 4, 5)]
some = {net.digits: digits.test_images[right]}
tf.viz.saliency(session, scores, prepared, some, method="smooth")

# %%
feed = {net.digits: seven[None]}
tf.viz.occlusion(session, scores, net.digits, feed, patch=9, stride=1, measure="lead")

# %% [markdown] lang="en"
# Purple: covered there, the seven loses most. It is the stroke below the corner: without it, other
# digits come near. Orange: covered there, the network is even surer.
#
# ## What to remember
#
# * LeNet-5 is convolution, pooling, convolution, pooling, convolution, and two full connections.
# * Smaller and more numerous: from *where* to *what*.
# * Edges, then parts, then digits; learnt, not programmed.
# * Everything you saw inside is a fetch. Any tensor of the graph can be asked for.
#
# ## Exercises
#
# **1.** How many weights would a full connection from the 32×32 picture to the 28×28×6 values of C1
# need? Compare with C1's filters.
#
# <details><summary>Solution</summary>
#
# ```python
# inputs, outputs = 32 * 32, 28 * 28 * 6
# print(f"{inputs * outputs + outputs:,} against {5 * 5 * 1 * 6 + 6}")
# ```
# 1,024 · 4,704 + 4,704 = 4,821,600, against 156: a filter is shared by all places.
# </details>
#
# **2.** Turn the test digits upside down (`[:, ::-1, ::-1]`). What is the error then? Which digits
# does the network still read, and what does it make of a 6?
#
# <details><summary>Solution</summary>
#
# ```python
# turned = digits.test_images[:1000, ::-1, ::-1]
# labels, read = digits.test_labels[:1000], session.run(net.guesses, {net.digits: turned})
# print(f"error {np.mean(read != labels):.0%}")
# print("still right:", [f"{k}: {np.mean(read[labels == k] == k):.0%}" for k in range(10)])
# print("a 6 is read as", np.bincount(read[labels == 6], minlength=10).argmax())
# ```
# Only what looks much the same upside down survives: 0, 1, most of 5, half of 8. A 6 becomes a 9.
# Pooling forgives a small shift, not a turn.
# </details>
#
# **3.** What happens when the starting learning rate is ten times as high? Change
# `lenet_model.START_RATE` before building, and make 200 steps.
#
# <details><summary>Solution</summary>
#
# ```python
# lenet_model.START_RATE = 0.5
# fast = lenet_model.build(seed=1, steps_per_epoch=STEPS)
# lenet_model.START_RATE = 0.05
# with tf.Session(graph=fast.graph) as other:
#     other.run(fast.initialize)
#     curves = {"rate 0.05": losses[:200], "rate 0.5": train(other, fast, steps=200)}
# tf.viz.loss_curve(curves)
# ```
# Each step is so long that it overshoots: the loss jumps about and stays high.
# </details>

# %% [markdown] lang="zh"
# 紫色：遮住这里，7 的优势丢得最多。那是拐角下面的一笔：没有它，别的数字就追上来了。
# 橙色：遮住这里，网络反而更有把握。
#
# ## 要点
#
# * LeNet-5 就是：卷积、池化、卷积、池化、卷积，再加两层全连接。
# * 图越来越小、越来越多：从“在哪里”到“是什么”。
# * 先是边缘，再是部件，最后是数字；这些是学会的，不是编好的。
# * 在里面看到的一切都是取回来的。图里的任何一个张量都可以取回。
#
# ## 练习
#
# **1.** 假如从 32×32 的图片到 C1 的 28×28×6 个值用全连接，需要多少个权重？和 C1 的卷积核比一比。
#
# <details><summary>答案</summary>
#
# ```python
# inputs, outputs = 32 * 32, 28 * 28 * 6
# print(f"{inputs * outputs + outputs:,} against {5 * 5 * 1 * 6 + 6}")
# ```
# 1,024 · 4,704 + 4,704 = 4,821,600，而卷积只要 156：所有位置共用同一个卷积核。
# </details>
#
# **2.** 把测试数字倒过来（`[:, ::-1, ::-1]`）。错误率变成多少？
# 哪些数字网络还认得？它把 6 认成什么？
#
# <details><summary>答案</summary>
#
# ```python
# turned = digits.test_images[:1000, ::-1, ::-1]
# labels, read = digits.test_labels[:1000], session.run(net.guesses, {net.digits: turned})
# print(f"error {np.mean(read != labels):.0%}")
# print("still right:", [f"{k}: {np.mean(read[labels == k] == k):.0%}" for k in range(10)])
# print("a 6 is read as", np.bincount(read[labels == 6], minlength=10).argmax())
# ```
# 只有倒过来样子差不多的还认得：0、1，大部分 5，半数 8。6 变成了 9。
# 池化能容忍小的平移，容忍不了旋转。
# </details>
#
# **3.** 初始学习率放大到十倍会怎样？构图之前改 `lenet_model.START_RATE`，走 200 步看看。
#
# <details><summary>答案</summary>
#
# ```python
# lenet_model.START_RATE = 0.5
# fast = lenet_model.build(seed=1, steps_per_epoch=STEPS)
# lenet_model.START_RATE = 0.05
# with tf.Session(graph=fast.graph) as other:
#     other.run(fast.initialize)
#     curves = {"rate 0.05": losses[:200], "rate 0.5": train(other, fast, steps=200)}
# tf.viz.loss_curve(curves)
# ```
# 每一步都迈得太大，总是越过谷底：损失跳来跳去，降不下来。
# </details>
