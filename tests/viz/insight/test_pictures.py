"""Weights, maps, mistakes, curves and ridges: the numbers that are drawn, and what is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest
from matplotlib.image import imread

import flowgraph as tf
from flowgraph.viz import (
    Plot,
    activation_histograms,
    confusion,
    feature_maps,
    filters,
    loss_curve,
)

RANDOM = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as fresh:
        yield fresh


def panels(plot):
    """The images that a figure shows, as arrays."""
    return [image.get_array() for axes in plot.figure.axes for image in axes.images]


def titles(plot):
    return [axes.get_title() for axes in plot.figure.axes if axes.get_title()]


class TestPlot:
    def test_it_is_a_pair_that_shows_and_saves_itself(self, tmp_path):
        plot = filters(RANDOM.normal(size=[5, 5, 1, 6]), path=tmp_path / "first.png")
        figure, values = plot

        assert isinstance(plot, Plot) and figure is plot.figure and values.shape == (5, 5, 1, 6)
        assert repr(plot) == "<plot of float64 [5, 5, 1, 6]>"
        data, shown = plot._repr_png_()
        assert data.startswith(b"\x89PNG") and 100 < shown["width"] < 2000
        for ending in ("svg", "pdf"):
            assert plot.save(tmp_path / f"again.{ending}") == str(tmp_path / f"again.{ending}")
        assert imread(tmp_path / "first.png").std() > 0.02

    @pytest.mark.parametrize("backend", [None, "TkAgg"])
    def test_no_window_is_needed(self, monkeypatch, tmp_path, backend):
        monkeypatch.delenv("DISPLAY", raising=False)
        monkeypatch.delenv("MPLBACKEND", raising=False)
        if backend:
            monkeypatch.setenv("MPLBACKEND", backend)
        loss_curve([2.0, 1.0], path=tmp_path / "loss.png")

        assert (tmp_path / "loss.png").exists()

    def test_paths_are_checked_before_anything_is_computed(self, tmp_path):
        with pytest.raises(ValueError, match=re.escape("must be one of .png, .svg, .pdf")):
            loss_curve([1.0], path=tmp_path / "loss.bmp")
        with pytest.raises(FileNotFoundError, match="there is no directory .*nowhere"):
            feature_maps(None, "not even looked at", path=tmp_path / "nowhere" / "maps.png")
        (tmp_path / "folder.png").mkdir()
        with pytest.raises(IsADirectoryError, match=re.escape("folder.png")):
            loss_curve([1.0], path=tmp_path / "folder.png")


class TestFilters:
    def test_one_scale_for_all(self):
        weights = RANDOM.normal(size=[3, 3, 1, 4])
        plot = filters(weights, names="abcd")

        assert titles(plot) == ["a", "b", "c", "d"]
        np.testing.assert_array_equal(panels(plot)[2], weights[:, :, 0, 2])
        limits = {im.get_clim() for axes in plot.figure.axes for im in axes.images}
        assert limits == {(-abs(weights).max(), abs(weights).max())}

    def test_variables_names_and_layers(self):
        kernel = tf.get_variable("kernel", initializer=np.ones([3, 3, 3, 2], np.float32))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for source in (kernel, "kernel", "kernel:0", kernel.value()):
                assert filters(source).values.shape == (3, 3, 3, 2)  # the default session
            assert filters(kernel, session).values.sum() == 54

    def test_a_keras_layer(self):
        layer = tf.keras.layers.Conv2D(2, 3)
        layer.build((None, 8, 8, 1))

        assert filters(layer).values.shape == (3, 3, 1, 2)

    def test_colours_and_many_maps(self):
        assert panels(filters(np.ones([5, 5, 3, 2])))[0].shape == (5, 5, 3)
        many = filters(RANDOM.normal(size=[5, 5, 6, 16]))
        assert len(panels(many)) == 6 * 16

    def test_dense_units_as_pictures(self):
        weights = RANDOM.normal(size=[12, 5])
        plot = filters(weights, shape=[3, 4])

        assert plot.values.shape == (3, 4, 1, 5)
        np.testing.assert_array_equal(panels(plot)[1], weights[:, 1].reshape(3, 4))

    def test_more_than_can_be_seen(self):
        plot = filters(RANDOM.normal(size=[3, 3, 1, 100]), most=10)

        assert len(panels(plot)) == 10 and plot.values.shape[-1] == 100
        assert plot.figure.get_suptitle() == "the first 10 of 100 filters"

    def test_mistakes(self):
        with pytest.raises(ValueError, match=re.escape("[12, 5], as a dense layer's weights")):
            filters(np.ones([12, 5]))
        with pytest.raises(
            ValueError, match=re.escape("12 inputs, which are no picture of [5, 5]")
        ):
            filters(np.ones([12, 5]), shape=[5, 5])
        with pytest.raises(ValueError, match=re.escape("'weights' must have rank 4")):
            filters(np.ones([3]))
        with pytest.raises(ValueError, match="no session: give one"):
            filters(tf.get_variable("w", [3, 3, 1, 2]))
        with pytest.raises(ValueError, match="expected 2 names, got 1"):
            filters(np.ones([3, 3, 1, 2]), names=["one"])

    def test_uninitialised_weights_are_named(self):
        kernel = tf.get_variable("conv/kernel", [3, 3, 1, 2])
        with tf.Session() as session:
            with pytest.raises(tf.errors.FailedPreconditionError, match="conv/kernel"):
                filters(kernel, session)

    def test_weights_of_another_graph(self):
        kernel = tf.get_variable("kernel", [3, 3, 1, 2])
        with tf.Session(graph=tf.Graph()) as session:
            with pytest.raises(ValueError, match="weights: 'kernel:0' is of another graph"):
                filters(kernel, session)


class TestFeatureMaps:
    def net(self):
        x = tf.placeholder(tf.float32, [None, 6, 6, 1], name="x")
        kernel = tf.constant(np.array([[1, -1]], np.float32).reshape(1, 2, 1, 1))
        edges = tf.nn.conv2d(x, kernel, [1, 1, 1, 1], "VALID", name="edges")
        sums = tf.reduce_sum(edges, [1, 2], name="sums")
        return x, edges, sums

    def test_values_are_what_the_run_gives(self):
        x, edges, sums = self.net()
        pictures = RANDOM.normal(size=[3, 6, 6, 1]).astype(np.float32)
        with tf.Session() as session:
            plot = feature_maps(session, edges, {x: pictures}, example=2)
            both = feature_maps(session, ["edges", sums], {x: pictures}, picture=x, example=1)

        np.testing.assert_allclose(plot.values, pictures[2, :, :-1] - pictures[2, :, 1:], 1e-5)
        np.testing.assert_array_equal(panels(plot)[0], plot.values[..., 0])
        assert [v.shape for v in both.values] == [(6, 5, 1), (1,)]
        np.testing.assert_array_equal(panels(both)[0], pictures[1, ..., 0].astype(np.float64))
        assert titles(both) == ["the input, 6×6", "edges 1", "sums, 1 units"]

    def test_mistakes(self):
        x, edges, _ = self.net()
        feed = {x: np.zeros([2, 6, 6, 1], np.float32)}
        with tf.Session() as session:
            with pytest.raises(ValueError, match=re.escape("example must be in [0, 2) for 'edges")):
                feature_maps(session, edges, feed, example=2)
            with pytest.raises(ValueError, match="'Sum:0' must have rank 2 or 4"):
                feature_maps(session, tf.reduce_sum(edges), feed)
            with pytest.raises(
                ValueError, match="tensors: the session's graph has no tensor 'nope'"
            ):
                feature_maps(session, "nope", feed)
            with pytest.raises(TypeError, match="tensors must be a tensor, a variable or a name"):
                feature_maps(session, 3, feed)
            with pytest.raises(ValueError, match="no tensors to draw"):
                feature_maps(session, [], feed)
            with pytest.raises(tf.errors.InvalidArgumentError, match="placeholder tensor 'x'"):
                feature_maps(session, edges)
        with pytest.raises(TypeError, match="expected a session, got 'session'"):
            feature_maps("session", edges, feed)


class TestConfusion:
    def test_counts(self):
        true, guessed = RANDOM.integers(0, 4, 200), RANDOM.integers(0, 4, 200)
        plot = confusion(true, guessed)

        by_hand = [[np.sum((true == i) & (guessed == j)) for j in range(4)] for i in range(4)]
        np.testing.assert_array_equal(plot.values, by_hand)
        with tf.Session() as session:
            counted = session.run(tf.math.confusion_matrix(true, guessed))
        np.testing.assert_array_equal(plot.values, counted)

    def test_scores_one_hot_labels_and_images(self):
        labels = np.eye(3)[[0, 1, 2, 2]]
        scores = np.eye(3)[[0, 2, 2, 1]] * 5
        images = RANDOM.uniform(size=[4, 8, 8])
        plot = confusion(labels, scores, ["cat", "dog", "ship"], images=images)

        assert plot.values.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 1]]
        words = [t.get_text() for axes in plot.figure.axes for t in axes.texts]
        assert {"dog → ship", "ship → dog"} <= set(words)
        np.testing.assert_array_equal(panels(plot)[1:], images[[1, 3]])
        assert titles(plot) == ["50.00% of 4 right"]

    def test_more_classes_than_numbers_fit(self):
        plot = confusion(np.arange(100), np.arange(100)[::-1])

        assert plot.values.sum() == 100
        assert not any(axes.texts for axes in plot.figure.axes)

    def test_none_wrong_and_nothing_at_all(self):
        images = np.zeros([2, 4, 4])
        assert confusion([0, 1], [0, 1], images=images).values.tolist() == [[1, 0], [0, 1]]
        assert confusion([], [], ["a", "b"]).values.sum() == 0

    def test_mistakes(self):
        with pytest.raises(ValueError, match="2 labels but 3 predictions"):
            confusion([0, 1], [0, 1, 1])
        with pytest.raises(ValueError, match="2 labels but 1 images"):
            confusion([0, 1], [0, 1], images=np.zeros([1, 4, 4]))
        with pytest.raises(ValueError, match="class 2 has no name: there are 2 class_names"):
            confusion([0, 2], [0, 1], ["a", "b"])
        with pytest.raises(TypeError, match="predictions must be whole numbers"):
            confusion([0, 1], [0.2, 0.9])
        with pytest.raises(ValueError, match="labels must be classes from 0 on, got -1"):
            confusion([-1], [0])
        with pytest.raises(ValueError, match=re.escape("labels must have shape [n] or")):
            confusion(np.zeros([2, 2, 2]), [0, 1])


def event_file(folder, steps=5):
    """Losses and a histogram, as a script's writer leaves them."""
    with tf.Graph().as_default(), tf.Session() as session:
        values = tf.placeholder(tf.float32, [None])
        tf.summary.scalar("loss", tf.reduce_mean(values))
        tf.summary.histogram("h", values)
        merged = tf.summary.merge_all()
        writer = tf.summary.FileWriter(str(folder))
        for step in range(steps):
            text = session.run(merged, {values: step + np.linspace(-1, 1, 201)})
            writer.add_summary(text, 10 * step)
        writer.close()


class TestLossCurve:
    def test_running_means(self):
        values = loss_curve([4.0, 2.0, 3.0, 1.0], smooth=2).values["loss"]

        np.testing.assert_array_equal(values[:, 0], [1, 2, 3, 4])
        np.testing.assert_array_equal(values[:, 2], [np.nan, 3.0, 2.5, 2.0])

    def test_several_curves_and_a_keras_history(self):
        model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
        model.compile("sgd", "mse")
        data = np.ones([8, 2], np.float32), np.ones([8, 1], np.float32)
        history = model.fit(*data, epochs=3, validation_data=data, verbose=0)

        plot = loss_curve(history)

        assert set(plot.values) == {"loss", "val_loss"}
        np.testing.assert_array_equal(plot.values["loss"][:, 1], history.history["loss"])
        labels = [t.get_text() for t in plot.figure.axes[0].get_legend().get_texts()]
        assert set(labels) == {"loss", "val_loss"}

    def test_event_files_and_directories(self, tmp_path):
        event_file(tmp_path)
        event_file(tmp_path / "eval", steps=3)
        (file,) = (p for p in tmp_path.iterdir() if p.is_file())

        values = loss_curve(tmp_path).values
        assert set(values) == {"loss", "eval/loss"}
        np.testing.assert_array_equal(values["loss"][:, 0], [0, 10, 20, 30, 40])
        np.testing.assert_allclose(values["loss"][:, 1], range(5), atol=1e-6)
        assert set(loss_curve(file).values) == {"loss"}
        assert set(loss_curve(tmp_path, tag="eval/loss").values) == {"eval/loss"}

    def test_a_file_that_is_still_being_written(self, tmp_path):
        event_file(tmp_path)
        (file,) = tmp_path.iterdir()
        file.write_bytes(file.read_bytes()[:-7])

        assert len(loss_curve(file).values["loss"]) >= 4

    def test_errors_by_epoch(self):
        plot = loss_curve(np.linspace(2, 1, 20), errors=[0.5, 0.25], steps_per_epoch=10)
        below = plot.figure.axes[1].lines[-1]

        np.testing.assert_array_equal(below.get_xdata(), [1, 2])
        np.testing.assert_array_equal(below.get_ydata(), [50, 25])

    def test_the_axis_is_logarithmic_when_losses_fall_far(self):
        assert loss_curve([100.0, 1.0]).figure.axes[0].get_yscale() == "log"
        assert loss_curve([2.0, 1.0]).figure.axes[0].get_yscale() == "linear"
        assert loss_curve([2.0, -1.0, 0.0]).figure.axes[0].get_yscale() == "linear"

    def test_where_it_was_lost_is_told(self):
        plot = loss_curve([1.0, 2.0, np.nan, np.inf])

        assert "not finite from step 3 on" in plot.figure.axes[0].texts[0].get_text()

    def test_mistakes(self, tmp_path):
        with pytest.raises(ValueError, match="no losses to draw"):
            loss_curve([])
        with pytest.raises(ValueError, match=re.escape("no curve 'nope': there are ['loss']")):
            loss_curve([1.0], tag="nope")
        with pytest.raises(ValueError, match="tell steps_per_epoch"):
            loss_curve([1.0], errors=[0.1])
        with pytest.raises(ValueError, match="smooth must be 1 or more, got 0"):
            loss_curve([1.0], smooth=0)
        with pytest.raises(TypeError, match="losses 'loss' must be numbers"):
            loss_curve(["one"])
        with pytest.raises(FileNotFoundError, match="no event file or directory .*nowhere"):
            loss_curve(tmp_path / "nowhere")
        with pytest.raises(ValueError, match="no event files in"):
            loss_curve(tmp_path)


class TestRidges:
    def test_densities(self):
        recorded = {10 * k: RANDOM.normal(k, 1, 5000) for k in range(4)}
        values = activation_histograms(recorded, bins=50).values

        widths = np.diff(values["edges"])
        np.testing.assert_allclose(values["density"] @ widths, 1.0)
        middles = (values["edges"][1:] + values["edges"][:-1]) / 2
        np.testing.assert_allclose(values["density"] * widths @ middles, range(4), atol=0.05)
        np.testing.assert_array_equal(values["steps"], [0, 10, 20, 30])

    def test_lists_pairs_and_thinning(self):
        plot = activation_histograms([RANDOM.normal(size=20) for _ in range(100)], most=5)
        assert len(plot.figure.axes[0].lines) == 5 and len(plot.values["steps"]) == 100
        assert activation_histograms([(7, [1.0]), (3, [2.0])]).values["steps"].tolist() == [3, 7]

    def test_histograms_of_event_files_agree_with_the_arrays(self, tmp_path):
        event_file(tmp_path)
        from_file = activation_histograms(tmp_path, tag="h", bins=12).values
        arrays = {10.0 * s: s + np.linspace(-1, 1, 201) for s in range(5)}
        direct = activation_histograms(arrays, bins=12).values

        np.testing.assert_array_equal(from_file["steps"], direct["steps"])
        np.testing.assert_allclose(from_file["edges"], direct["edges"], atol=1e-6)
        widths = np.diff(from_file["edges"])
        np.testing.assert_allclose(from_file["density"] @ widths, 1, 1e-5)
        np.testing.assert_allclose(from_file["density"], direct["density"], atol=0.12)

    def test_constants_and_what_is_not_finite(self):
        assert activation_histograms({1: [2.0, 2.0]}).values["density"].max() > 0
        values = activation_histograms({1: [np.nan, 1.0, 2.0], 2: [np.inf]}).values
        assert values["steps"].tolist() == [1]

    def test_mistakes(self, tmp_path):
        with pytest.raises(ValueError, match="nothing was recorded"):
            activation_histograms({})
        with pytest.raises(ValueError, match="bins and most must be 1 or more"):
            activation_histograms({1: [1.0]}, bins=0)
        event_file(tmp_path)
        with pytest.raises(ValueError, match=re.escape("no histogram 'nope'") + ".*'h'"):
            activation_histograms(tmp_path, tag="nope")
