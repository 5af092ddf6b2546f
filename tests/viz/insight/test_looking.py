"""Saliency against differences, occlusion where the answer is known, and gradient ascent."""

from __future__ import annotations

import re

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.viz import excite, occlusion, saliency

RANDOM = np.random.default_rng(1)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as fresh:
        yield fresh


@pytest.fixture
def net():
    """A small convolutional net in float64: input [n, 6, 5, 2], three scores."""
    x = tf.placeholder(tf.float64, [None, 6, 5, 2], name="x")
    kernel = tf.constant(RANDOM.normal(size=[3, 3, 2, 4]))
    maps = tf.nn.tanh(tf.nn.conv2d(x, kernel, [1, 1, 1, 1], "SAME"), name="maps")
    weights = tf.constant(RANDOM.normal(size=[120, 3]))
    scores = tf.matmul(tf.reshape(maps, [-1, 120]), weights, name="scores")
    with tf.Session() as session:
        yield session, x, maps, scores


def differences(session, scores, x, pictures, classes, step=1e-5):
    """The slope of each example's class score along each of its numbers."""
    slopes = np.zeros_like(pictures)
    for at in np.ndindex(pictures.shape[1:]):
        up, down = pictures.copy(), pictures.copy()
        up[(slice(None), *at)] += step
        down[(slice(None), *at)] -= step
        high, low = session.run(scores, {x: up}), session.run(scores, {x: down})
        rows = np.arange(len(pictures))
        slopes[(slice(None), *at)] = (high - low)[rows, classes] / (2 * step)
    return slopes


class TestSaliency:
    def test_it_is_the_slope_of_the_class_s_score(self, net):
        session, x, _, scores = net
        pictures = RANDOM.normal(size=[3, 6, 5, 2])
        classes = [2, 0, 1]

        found = saliency(session, scores, x, {x: pictures}, class_index=classes).values

        expected = differences(session, scores, x, pictures, classes)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)

    def test_the_best_class_is_taken_unless_one_is_told(self, net):
        session, x, _, scores = net
        pictures = RANDOM.normal(size=[4, 6, 5, 2])
        best = session.run(scores, {x: pictures}).argmax(1)

        chosen = saliency(session, "scores", "x", {x: pictures}).values
        told = saliency(session, scores, x, {x: pictures}, class_index=best).values
        np.testing.assert_array_equal(chosen, told)

    def test_times_input(self, net):
        session, x, _, scores = net
        pictures = RANDOM.normal(size=[2, 6, 5, 2])
        plain = saliency(session, scores, x, {x: pictures}, class_index=1).values
        shares = saliency(session, scores, x, {x: pictures}, class_index=1, method="input").values

        np.testing.assert_allclose(shares, plain * pictures)

    def test_shares_of_a_linear_net_add_up_to_its_score(self):
        x = tf.placeholder(tf.float32, [None, 7], name="x")
        scores = tf.matmul(x, tf.constant(RANDOM.normal(size=[7, 3]).astype(np.float32)))
        values = RANDOM.normal(size=[5, 7]).astype(np.float32)
        with tf.Session() as session:
            shares = saliency(session, scores, x, {x: values}, method="input").values
            best = session.run(scores, {x: values}).max(1)

        np.testing.assert_allclose(shares.sum(1), best, rtol=1e-4)

    def test_smoothgrad_is_the_mean_gradient_of_noisy_inputs(self, net):
        session, x, _, scores = net
        picture = RANDOM.normal(size=[1, 6, 5, 2])
        found = saliency(
            session, scores, x, {x: picture}, class_index=0, method="smooth", samples=3,
            noise=0.2, seed=5,
        ).values  # fmt: skip

        random = np.random.default_rng(5)
        noise = 0.2 * (picture.max() - picture.min())
        noisy = [picture + random.normal(0, noise, picture.shape) for _ in range(3)]
        expected = np.mean([differences(session, scores, x, p, [0]) for p in noisy], axis=0)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)

    def test_a_tensor_made_of_the_input(self):
        pixels = tf.placeholder(tf.uint8, [None, 4, 4], name="pixels")
        prepared = tf.multiply(tf.cast(pixels, tf.float32), 2.0, name="prepared")
        score = tf.reduce_sum(tf.square(prepared), [1, 2])
        picture = RANDOM.integers(0, 9, [1, 4, 4], dtype=np.uint8)
        with tf.Session() as session:
            for method in ("gradient", "smooth"):
                found = saliency(
                    session, score, prepared, {pixels: picture}, method=method, noise=0.0
                ).values
                np.testing.assert_allclose(found, 4.0 * picture, rtol=1e-6)

    def test_drawing_again_adds_nothing_to_the_graph(self, net, graph):
        session, x, _, scores = net
        feed = {x: RANDOM.normal(size=[1, 6, 5, 2])}
        saliency(session, scores, x, feed)
        count = len(graph.get_operations())
        graph.finalize()
        saliency(session, scores, x, feed, method="smooth")

        assert len(graph.get_operations()) == count

    def test_mistakes(self, net, graph):
        session, x, maps, scores = net
        feed = {x: RANDOM.normal(size=[2, 6, 5, 2])}
        lone = tf.placeholder(tf.float64, [None, 4], name="lone")
        whole = tf.placeholder(tf.int32, [None, 4], name="whole")
        tf.cast(whole, tf.float32, name="made")
        with pytest.raises(ValueError, match="'scores:0' does not depend on 'lone:0'"):
            saliency(session, scores, lone, feed)
        with pytest.raises(TypeError, match="'whole:0' is int32.*give 'made:0', which is made of"):
            saliency(session, scores, whole, feed)
        with pytest.raises(ValueError, match=re.escape("class_index must be in [0, 3) for 'sco")):
            saliency(session, scores, x, feed, class_index=3)
        with pytest.raises(ValueError, match=re.escape("one number or 2, got shape [3]")):
            saliency(session, scores, x, feed, class_index=[0, 1, 2])
        with pytest.raises(ValueError, match="method must be one of gradient, input, smooth"):
            saliency(session, scores, x, feed, method="guided")
        with pytest.raises(ValueError, match=re.escape("'maps:0' must have rank 1 or 2")):
            saliency(session, maps, x, feed)
        with tf.Graph().as_default():
            other = tf.placeholder(tf.float32, [None], name="other")
        with pytest.raises(ValueError, match="input: 'other:0' is of another graph"):
            saliency(session, scores, other, feed)
        graph.finalize()
        with pytest.raises(RuntimeError, match="graph, which is finalized"):
            saliency(session, scores, maps, feed)


class TestOcclusion:
    def net(self):
        """Scores: the sum of the upper left 2x2 pixels, and that of all; known everywhere."""
        x = tf.placeholder(tf.float32, [None, 6, 8], name="x")
        corner = tf.reduce_sum(x[:, :2, :2], [1, 2])
        return x, tf.stack([10.0 * corner, tf.reduce_sum(x, [1, 2])], 1, name="scores")

    def test_the_drop_is_what_the_patch_hid(self):
        x, scores = self.net()
        picture = RANDOM.uniform(1, 2, [1, 6, 8]).astype(np.float32)
        with tf.Session() as session:
            for index in (0, 1):
                found = occlusion(
                    session, scores, x, {x: picture}, class_index=index, patch=(2, 3), stride=1,
                    batch=7,
                ).values  # fmt: skip
                hidden = np.zeros([5, 6])
                for row, column in np.ndindex(5, 6):
                    seen = picture[0].copy()
                    seen[row : row + 2, column : column + 3] = 0
                    lost = picture[0] - seen
                    hidden[row, column] = lost.sum() if index else 10 * lost[:2, :2].sum()
                np.testing.assert_allclose(found, hidden, rtol=1e-4, atol=1e-4)

    def test_only_what_the_score_sees_counts(self):
        x, scores = self.net()
        with tf.Session() as session:
            found = occlusion(
                session, scores, x, {x: np.ones([2, 6, 8], np.float32)}, class_index=0, example=1,
                patch=2, stride=2,
            ).values  # fmt: skip

        assert found.shape == (3, 4)
        assert found[0, 0] == 40 and np.count_nonzero(found) == 1

    def test_the_lead_over_the_best_other_class(self):
        x, scores = self.net()
        with tf.Session() as session:
            lead = occlusion(
                session, scores, x, {x: np.ones([1, 6, 8], np.float32)}, class_index=1, patch=2,
                stride=2, measure="lead",
            ).values  # fmt: skip

        # Whole: 48 - 40. Without the corner: 44 - 0, a gain; elsewhere 44 - 40, a loss.
        assert lead[0, 0] == 8 - 44 and lead[1, 1] == 8 - 4

    def test_fill_and_defaults(self):
        x, scores = self.net()
        with tf.Session() as session:
            same = occlusion(
                session, scores, x, {x: np.ones([1, 6, 8], np.float32)}, fill=1.0
            ).values

        assert same.shape == (6, 7) and not same.any()  # a patch of 1x2 by steps of 1

    def test_mistakes(self):
        x, scores = self.net()
        feed = {x: np.ones([2, 6, 8], np.float32)}
        with tf.Session() as session:
            with pytest.raises(ValueError, match="a patch of 7×7 does not fit a picture of 6×8"):
                occlusion(session, scores, x, feed, patch=7)
            with pytest.raises(ValueError, match=re.escape("example must be in [0, 2), got 2")):
                occlusion(session, scores, x, feed, example=2)
            with pytest.raises(ValueError, match="measure must be one of score, lead"):
                occlusion(session, scores, x, feed, measure="probability")
            with pytest.raises(ValueError, match="a lead needs two classes"):
                occlusion(session, scores[:, 0], x, feed, measure="lead")
            with pytest.raises(ValueError, match="stride must be 1 or more, got -1"):
                occlusion(session, scores, x, feed, stride=-1)
            flat = tf.placeholder_with_default(np.ones([2, 4], np.float32), [None, 4], name="flat")
            with pytest.raises(ValueError, match=re.escape("'flat:0' must have rank 3 or 4")):
                occlusion(session, flat + 1.0, flat, {})
            pooled = tf.reshape(tf.reduce_sum(x), [1], name="pooled")
            with pytest.raises(ValueError, match="'pooled:0' gave 1 scores for 48 pictures"):
                occlusion(session, pooled, x, feed, patch=1)


class TestExcite:
    def net(self):
        """Two maps that look for a bright pixel right of a dark one, and the other way round."""
        x = tf.placeholder(tf.float32, [None, 8, 8, 1], name="x")
        edge = np.array([[-1.0, 1.0]], np.float32).reshape(1, 2, 1, 1)
        kernel = tf.constant(np.concatenate([edge, -edge], 3))
        return x, tf.nn.conv2d(x, kernel, [1, 1, 1, 1], "VALID", name="edges")

    def test_answers_rise_and_the_input_is_what_the_filter_looks_for(self):
        x, edges = self.net()
        with tf.Session() as session:
            values = excite(session, edges, x, steps=30, blur=0, jitter=0).values

        answers, inputs = values["answers"], values["inputs"]
        assert answers.shape == (31, 2) and inputs.shape == (2, 8, 8, 1)
        assert (answers[-1] > answers[0] + 0.1).all()
        # The mean over places of x[right] - x[left] grows only at both ends of the rows.
        assert (inputs[0, :, -1] > inputs[0, :, 0]).all()
        assert (inputs[1, :, -1] < inputs[1, :, 0]).all()

    def test_a_step_goes_along_the_gradient_of_the_mean(self):
        x, edges = self.net()
        with tf.Session() as session:
            values = excite(
                session, edges, x, channels=[1], steps=1, rate=0.5, decay=0.0, blur=0, jitter=0,
                seed=3,
            ).values  # fmt: skip
            start = np.random.default_rng(3).normal(0, 0.1, [1, 8, 8, 1]).astype(np.float32)
            (slope,) = session.run(tf.gradients(tf.reduce_mean(edges[..., 1]), x), {x: start})
        size = np.sqrt(np.mean(np.square(slope)))
        np.testing.assert_allclose(values["inputs"], start + 0.5 * slope / size, rtol=1e-5)

    def test_units_and_a_size_that_is_not_known(self):
        x = tf.placeholder(tf.float32, [None, None, None, 1], name="x")
        units = tf.stack([tf.reduce_sum(x, [1, 2, 3]), -tf.reduce_sum(x, [1, 2, 3])], 1)
        with tf.Session() as session:
            values = excite(session, units, x, channels=1, steps=5, shape=[4, 5, 1]).values

        assert values["inputs"].shape == (1, 4, 5, 1) and values["inputs"].mean() < 0

    def test_the_same_seed_gives_the_same_inputs(self):
        x, edges = self.net()
        with tf.Session() as session:
            one, two = (excite(session, edges, x, steps=9, seed=4).values for _ in range(2))

        np.testing.assert_array_equal(one["inputs"], two["inputs"])

    def test_mistakes(self):
        x, edges = self.net()
        with tf.Session() as session:
            with pytest.raises(
                ValueError, match=re.escape("channels must be in [0, 2) for 'edges")
            ):
                excite(session, edges, x, channels=[0, 2])
            with pytest.raises(ValueError, match="steps must be 0 or more, got -1"):
                excite(session, edges, x, steps=-1)
            with pytest.raises(ValueError, match="'Sum:0' must have rank 2 or 4"):
                excite(session, tf.reduce_sum(edges), x)
            free = tf.placeholder(tf.float32, [None, None, None, 1], name="free")
            with pytest.raises(ValueError, match="'free:0' must be .* of known size.*tell shape"):
                excite(session, tf.reduce_sum(free, [1, 2]), free)
