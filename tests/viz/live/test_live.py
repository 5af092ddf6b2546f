"""The bar, the curve and the hook: what they show, where they are silent, and what they cost."""

from __future__ import annotations

import io
import re
import sys
import time
import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.viz import LiveCurve, ProgressHook, progress
from flowgraph.viz.live import bar as bar_module
from flowgraph.viz.live import curve as curve_module
from flowgraph.viz.live.cell import Cell, Pace, find_cell

SVG = "{http://www.w3.org/2000/svg}"


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    stream = Terminal()  # pytest puts its own stderr in place when the test begins
    monkeypatch.setattr(bar_module, "sys", SimpleNamespace(stderr=stream))
    return stream


class Shown(Cell):
    """A cell that keeps what it was told to show."""

    def __init__(self):
        super().__init__()
        self.html = []

    def show(self, html, text):
        self.html.append(html)


@pytest.fixture
def cells(monkeypatch):
    """A notebook's cells: those of the bars and curves that are made."""
    made = []

    def make():
        made.append(Shown())
        return made[-1]

    for module in (bar_module, curve_module):
        monkeypatch.setattr(module, "find_cell", make)
    return made


class TestBar:
    def test_a_terminal_shows_words_speed_and_loss(self, terminal):
        losses = []
        for step in progress(range(20), "epoch 1", loss=losses, every=0.0):
            losses.append(1.0 + step)

        last = terminal.getvalue().split("\r")[-1]
        assert last.startswith("epoch 1: 100%") and "20/20" in last and "steps/s" in last
        assert "loss 10.5" in last  # the mean of 1 to 20

    def test_a_log_file_stays_empty(self, capsys):
        assert list(progress(range(3), "quiet", loss=[1.0])) == [0, 1, 2]
        with progress(total=2) as bar:
            bar.update(1, loss=0.5)
            bar.loss(0.25)
        captured = capsys.readouterr()
        assert captured.out == captured.err == ""

    def test_the_loss_can_be_a_function_or_told(self, terminal):
        list(progress(range(2), loss=lambda: 0.125, every=0.0))
        assert "loss 0.125" in terminal.getvalue()
        with progress(total=10, unit="image", start=4, every=0.0) as bar:
            bar.update(3, loss=np.float32(0.75))
        last = terminal.getvalue().split("\r")[-1]
        assert "7/10" in last and "loss 0.75" in last and "images/s" in last

    def test_it_draws_a_few_times_a_second_and_costs_little(self, cells):
        losses = []
        began = time.perf_counter()
        for step in progress(range(200_000), loss=losses, every=0.2):
            losses.append(step)
        seconds = time.perf_counter() - began

        assert len(cells[0].html) <= 3 + seconds / 0.2

    def test_a_notebook_shows_html_in_place(self, cells):
        losses = []
        for step in progress(range(4), "<b>evil</b>", loss=losses, every=0.0):
            losses.append(step / 2)
        html = cells[0].html

        assert "0 of 4" in html[0] and "4 of 4 · loss 0.75" in html[-1]
        assert "width:100.0%" in html[-1] and "steps/s" in html[-1]
        assert "&lt;b&gt;evil" in html[-1] and "<b>" not in html[-1]

    def test_a_curve_below_the_bar(self, cells):
        losses = []
        for step in progress(range(30), loss=losses, curve=True, every=0.0):
            losses.append(30.0 - step)

        assert cells[1].html[-1].startswith("<svg") and "loss 1" in cells[1].html[-1]

    def test_a_loop_that_ends_early_leaves_its_place(self, cells):
        for step in progress(range(10), "stops", every=0.0):
            if step == 4:
                break
        assert "4 of 10" in cells[0].html[-1]
        list(progress(range(2), leave=False))
        assert cells[1].html[-1] == ""

    def test_mistakes(self):
        with pytest.raises(TypeError, match=re.escape("a function or a list of losses, got 3.0")):
            progress(range(3), loss=3.0)
        with pytest.raises(ValueError, match="every must be 0 seconds or more, got -1"):
            progress(range(3), every=-1)


class TestPace:
    def test_what_takes_long_is_done_seldom(self):
        pace = Pace(0.0)
        assert pace.is_due()
        pace.drawn(time.perf_counter() - 1.0)  # it took a second: twenty are paid for it
        assert not pace.is_due()
        assert pace._due - time.perf_counter() == pytest.approx(20.0, abs=0.5)


class TestCurve:
    def test_without_a_notebook_it_only_keeps_values(self, capsys):
        with LiveCurve("quiet") as curve:
            curve.add(2.0)
            curve.add(1.0, accuracy=0.5)
            curve.add(accuracy=0.75, step=10)
            curve.extend([np.float32(0.5), 0.5])
        assert capsys.readouterr().out == ""
        np.testing.assert_array_equal(curve.values["loss"], [[1, 2], [2, 1], [3, 0.5], [4, 0.5]])
        np.testing.assert_array_equal(curve.values["accuracy"], [[1, 0.5], [10, 0.75]])
        assert set(curve.plot().values) == {"loss", "accuracy"}

    def test_it_is_a_small_svg_in_place(self, cells):
        curve = LiveCurve("training <1>", every=0.0)
        for step in range(5000):
            curve.note(np.exp(-step / 1000))
        curve.close()

        (html,) = cells[0].html
        root = ElementTree.fromstring(html)
        words = [t.text for t in root.iter(f"{SVG}text")]
        assert "training <1>" in words and "loss 0.006745" in words
        assert {"0.01", "0.1", "1,000", "4,000"} <= set(words)  # round numbers on both axes
        assert len(html) < 12_000  # 5,000 points were thinned

    def test_the_line_is_where_the_values_are(self, cells):
        curve = LiveCurve(log=False)
        for value in (0.0, 10.0, 5.0):
            curve.note(value)
        curve.close()
        lines = [
            t.get("points") for t in ElementTree.fromstring(cells[0].html[0]).iter(f"{SVG}polyline")
            if t.get("stroke") == curve_module.COLORS[0]
        ]  # fmt: skip
        ((x1, y1), (x2, y2), (x3, y3)) = [
            tuple(map(float, p.split(","))) for p in lines[0].split()
        ]  # fmt: skip
        assert x2 - x1 == pytest.approx(x3 - x2)
        assert y3 - y2 == pytest.approx((y1 - y2) / 2)

    @pytest.mark.parametrize("values", [[np.nan], [np.inf, 1.0], [0.0, 0.0], [1.0], [-1.0, 3.0]])
    def test_values_that_are_no_curve(self, cells, values):
        curve = LiveCurve()
        for value in values:
            curve.add(value)
        curve.close()
        ElementTree.fromstring(cells[0].html[-1])

    def test_a_negative_interval(self):
        with pytest.raises(ValueError, match="interval must be 0 seconds or more"):
            LiveCurve(every=-1)


@pytest.fixture
def training():
    """A graph whose loss is 8, 4, 2 2/3, ...; its train op and loss."""
    with tf.Graph().as_default():
        step = tf.train.get_or_create_global_step()
        loss = tf.identity(8.0 / tf.cast(tf.assign_add(step, 1), tf.float32), name="loss")
        train = tf.group(loss)
        yield train, loss


def run(train, hook, last):
    hooks = [hook, tf.train.StopAtStepHook(last)]
    with tf.train.MonitoredTrainingSession(hooks=hooks) as session:
        while not session.should_stop():
            session.run(train)


class TestHook:
    @pytest.mark.parametrize("by_name", [False, True])
    def test_a_monitored_session(self, training, terminal, by_name):
        train, loss = training
        run(train, ProgressHook(4, "loss" if by_name else loss, every=0.0), 4)

        text = terminal.getvalue()
        assert "training: 100%" in text and "4/4" in text
        assert all(f"loss {told}" in text for told in ("8", "4", "2.667", "2"))

    def test_an_estimator_goes_on_where_it_was(self, terminal, tmp_path):
        def model(features, labels, mode):
            weight = tf.get_variable("w", initializer=2.0)
            loss = tf.square(weight, name="cost")
            step = tf.train.get_global_step()
            train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)
            return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train)

        def data():
            return tf.data.Dataset.from_tensors({"x": [1.0]}).repeat()

        estimator = tf.estimator.Estimator(model, str(tmp_path))
        estimator.train(data, steps=3, hooks=[ProgressHook(3, "cost", every=0.0)])
        assert "3/3" in terminal.getvalue() and "loss 4" in terminal.getvalue()
        terminal.truncate(0)
        estimator.train(data, steps=2, hooks=[ProgressHook(5, "cost", every=0.0)])
        assert "| 3/5" in terminal.getvalue() and "5/5" in terminal.getvalue()

    def test_a_curve_in_a_notebook(self, training, cells):
        train, loss = training
        curve = LiveCurve()
        run(train, ProgressHook(4, loss, curve=curve), 4)

        np.testing.assert_allclose(curve.values["loss"], [[1, 8], [2, 4], [3, 8 / 3], [4, 2]], 1e-6)
        assert any("<svg" in html for cell in cells for html in cell.html)

    def test_mistakes_are_told_when_the_training_begins(self, training):
        train, loss = training
        with tf.Graph().as_default():
            other = tf.constant(1.0, name="other")
        for given, words in [
            ("nope", "no tensor 'nope' to show as the loss"),
            (other, "the loss 'other:0' is of another graph"),
            (3.0, "must be a tensor or its name, got 3.0"),
            (tf.stack([loss, loss], name="two"), "the loss 'two:0' must be a scalar"),
        ]:
            with pytest.raises(ValueError, match=words):
                run(train, ProgressHook(3, given), 3)


def test_nobody_imports_ipython_for_it():
    import subprocess

    program = (
        "import sys, flowgraph as tf; list(tf.viz.progress(range(3))); tf.viz.LiveCurve().add(1.0);"
        "print(sorted({'IPython', 'matplotlib', 'ipywidgets'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert find_cell() is None


def test_in_a_real_notebook(tmp_path):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    source = """
import flowgraph as tf
losses = []
for step in tf.viz.progress(range(50), "training", loss=losses, curve=True, every=0.0):
    losses.append(50.0 - step)
tf.viz.loss_curve(losses)
"""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbclient.NotebookClient(book, timeout=60).execute(cwd=str(tmp_path))

    bar, curve, plot = book.cells[0].outputs  # each once, as it was at the end
    assert "50 of 50 · loss" in bar["data"]["text/html"]
    assert curve["data"]["text/html"].startswith("<svg")
    assert "image/png" in plot["data"] and plot["metadata"]["image/png"]["width"] == 560
