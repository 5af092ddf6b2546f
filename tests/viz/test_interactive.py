"""The data and the page of the interactive view; how it looks is tested in a browser."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.viz import View, view
from flowgraph.viz.interactive import details, page, values
from flowgraph.viz.interactive.scene import CROWD, graph_pane

EVIL = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def graph():
    """A graph of its own for each test."""
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture
def session(graph):
    """A session of that graph."""
    with tf.Session() as session:
        yield session


def textbook():
    """a = (b + c) * (c + 2)."""
    b = tf.placeholder(tf.float32, [], name="b")
    c = tf.placeholder(tf.float32, [], name="c")
    return b, c, tf.multiply(tf.add(b, c, name="d"), tf.add(c, 2.0, name="e"), name="a")


def network(layers=3):
    """Dense layers with their loss, its gradients and an optimizer."""
    h = x = tf.placeholder(tf.float32, [None, 8], name="x")
    for index in range(layers):
        h = tf.layers.dense(h, 8, tf.nn.relu, name=f"layer{index}")
    with tf.name_scope("loss"):
        loss = tf.reduce_mean(tf.square(h))
    return x, loss, tf.train.AdamOptimizer().minimize(loss)


def told(pane, tensor):
    """What a pane tells of a tensor's value."""
    name, _, index = tensor.partition(":")
    return pane["values"].get(f"{pane['ops']['name'].index(name)}:{index}")


def scopes(tree):
    """All scopes of a pane's tree, by path."""
    found = {tree["path"]: tree}
    for child in tree["scopes"]:
        found |= scopes(child)
    return found


def nodes_in(tree):
    return [*tree["nodes"], *(node for child in tree["scopes"] for node in nodes_in(child))]


class TestScene:
    def test_has_each_operation_with_its_details(self, graph):
        textbook()
        pane = graph_pane(graph)
        ops = pane["ops"]
        assert ops["name"] == ["b", "c", "d", "e/y", "e", "a"]
        a = ops["name"].index("a")
        assert pane["types"][ops["type"][a]] == "Mul"
        assert ops["inputs"][a] == [ops["name"].index("d"), 0, ops["name"].index("e"), 0]
        assert [pane["specs"][k] for k in ops["outputs"][a]] == ["float32 scalar"]
        file, number, function, text = pane["lines"][ops["line"][a]]
        assert os.path.basename(file) == "test_interactive.py"
        assert (function, "tf.multiply(" in text) == ("textbook", True)
        assert number == pane["lines"][ops["line"][2]][1]
        constant = pane["attributes"][ops["attributes"][3]]
        assert ["value", "float32 scalar: 2.0"] in json.loads(json.dumps(constant))

    def test_edges_join_nodes_and_tell_shapes(self, graph):
        network()
        pane = graph_pane(graph)
        names = [pane["ops"]["name"][node["ops"][0]] for node in pane["nodes"]]
        found = {(names[a], names[b]): [pane["labels"][k] for k in labels]
                 for a, b, labels, *_ in pane["edges"]}  # fmt: skip
        assert found["layer0/Relu", "layer1/MatMul"] == ["?×8"]
        assert ("layer1/kernel", "layer1/MatMul") in found

    def test_every_node_lies_in_one_scope_and_machinery_is_folded(self, graph):
        network()
        pane = graph_pane(graph)
        assert sorted(nodes_in(pane["tree"])) == list(range(len(pane["nodes"])))
        found = scopes(pane["tree"])
        assert found["gradients"]["machinery"] == "gradients"
        assert found["Adam"]["machinery"] == "machinery"
        assert not found["gradients"]["open"] and not found["Adam"]["open"]
        assert "machinery" not in found["layer0"]

    def test_wishes_fold_and_unfold(self, graph):
        network(2)
        found = scopes(graph_pane(graph, fold=["layer0"], unfold=["gradients"])["tree"])
        assert (found["layer0"]["open"], found["gradients"]["open"]) == (False, True)
        assert "Adam" not in scopes(graph_pane(graph, hide=["Adam"])["tree"])
        with pytest.raises(ValueError, match="fold='nothing'"):
            graph_pane(graph, fold=["nothing"])

    def test_crowds_get_invented_scopes_that_are_folded(self, graph):
        h = tf.placeholder(tf.float32, [4], name="x")
        for _ in range(3000):
            h = tf.negative(h)
        tree = graph_pane(graph)["tree"]
        for scope in scopes(tree).values():
            assert len(scope["nodes"]) + len(scope["scopes"]) <= CROWD
            assert scope["open"] == (" … " not in scope["path"])
        assert len(nodes_in(tree)) == 3001

    def test_a_graph_def_tells_attributes_and_no_line(self):
        message = tf.GraphDef()
        node = message.node.add(name="odd", op="OpOfAnotherLibrary")
        node.attr["T"].type = 1
        node.attr["size"].i = 7
        node.attr["words"].s = b"x"
        node.attr["value"].tensor.tensor_shape.dim.add().size = 3
        pane = graph_pane(message)
        assert dict(pane["attributes"][0]) == {
            "T": "float32", "size": "7", "words": "x", "value": "a tensor, 3"
        }  # fmt: skip
        assert pane["lines"] == [None]

    def test_a_cycle_is_an_error(self):
        message = tf.GraphDef()
        message.node.add(name="p", op="Identity", input=["q"])
        message.node.add(name="q", op="Identity", input=["p"])
        with pytest.raises(ValueError, match="cycle: "):
            view(message)


class TestDetails:
    @pytest.mark.parametrize(
        "value, text",
        [
            (tf.float32, "float32"), (True, "True"), (b"SAME", "SAME"), ([1, 2], "[1, 2]"),
            (list(range(20)), "[0, 1, 2, 3, 4, 5, 6, 7, …]"), (tf.TensorShape([None, 3]), "?×3"),
            (np.arange(4.0), "float64 4: [0. 1. 2. 3.]"), ("x" * 400, "x" * 159 + "…"),
        ],
    )  # fmt: skip
    def test_attributes_in_words(self, value, text):
        assert details.attribute_text(value) == text

    def test_a_files_path_tells_of_no_home(self, tmp_path):
        assert details._shown("/home/somebody/code/net/train.py") == "…/net/train.py"
        assert details._shown(os.path.abspath("train.py")) == "train.py"
        assert details._shown("/tmp/ipykernel_71/123.py") == "a notebook cell"


class TestValues:
    def test_one_run_tells_all_on_the_way(self, session):
        b, c, a = textbook()
        made = view(a, {b: 2.0, c: 3.0}, session)
        pane = made.panes[0]
        assert {n: told(pane, n + ":0")["text"] for n in "abcde"} == {
            "a": "25", "b": "2", "c": "3", "d": "5", "e": "5"
        }  # fmt: skip
        assert told(pane, "a:0")["when"] == "in this run"
        assert "= 5" in pane["labels"]
        assert "= 5" in made.picture

    def test_the_run_is_one_run(self, session):
        counter = tf.get_variable("counter", [], tf.int32, tf.zeros_initializer())
        session.run(counter.initializer)
        noise = tf.random_uniform([50])
        bump = tf.assign_add(counter, 1)
        pane = view(
            [bump, tf.identity(noise, "n1"), tf.identity(noise, "n2")], session=session
        ).panes[0]
        assert told(pane, "n1:0")["statistics"] == told(pane, "n2:0")["statistics"]
        assert session.run(counter) == 1

    def test_what_is_fed_in_the_middle_cuts_the_way(self, session):
        x = tf.placeholder(tf.float32, [], name="x")
        y = tf.negative(x, name="y")
        pane = view(tf.exp(y, name="z"), {y: 0.0}, session).panes[0]
        assert told(pane, "z:0")["text"] == "1"
        assert told(pane, "y:0")["text"] == "0"
        assert told(pane, "x:0") is None

    def test_an_operation_is_run_too(self, session):
        v = tf.get_variable("v", initializer=1.0)
        session.run(v.initializer)
        view(tf.group(tf.assign(v, 5.0)), session=session)
        assert session.run(v) == 5.0

    def test_variables_tell_what_the_session_holds(self, session):
        tf.get_variable("w", initializer=np.float32([1, 2]), use_resource=False)
        tf.get_variable("r", initializer=np.float32([3, 4]), use_resource=True)
        tf.get_variable("late", initializer=1.0)
        session.run([v.initializer for v in tf.global_variables()[:2]])
        before = session.graph.version
        pane = view().panes[0]
        assert told(pane, "w:0")["text"] == "[1, 2]"
        assert told(pane, "w:0")["when"] == "in the session now"
        assert told(pane, "r:0")["text"] == "[3, 4]"
        assert told(pane, "late:0")["text"] == "not initialized"
        assert session.graph.version == before

    def test_nothing_runs_unless_it_is_asked_for(self, session):
        v = tf.get_variable("v", initializer=1.0)
        session.run(v.initializer)
        view(tf.assign(v, 5.0))
        tf.assign(v, 6.0)._repr_mimebundle_()
        assert session.run(v) == 1.0

    @pytest.mark.parametrize("use_resource", [False, True])
    def test_a_variable_is_read_and_never_initialized(self, session, use_resource):
        v = tf.get_variable("v", initializer=1.0, use_resource=use_resource)
        session.run(v.initializer)
        session.run(tf.assign(v, 5.0))
        pane = view(v, session=session).panes[0]
        assert told(pane, "v:0")["text"] == "5"
        assert pane["ops"]["name"][pane["chosen"]] == "v"
        assert session.run(v) == 5.0

    def test_errors_of_the_run_are_the_sessions(self, session):
        _, _, a = textbook()
        with pytest.raises(tf.errors.InvalidArgumentError, match="must feed"):
            view(a, {}, session)
        with (
            pytest.raises(ValueError, match="different from"),
            tf.Session(graph=tf.Graph()) as other,
        ):
            view(a, {}, other)

    def test_statistics(self):
        found = values.summary(np.float32([0.0] * 60 + [1.0] * 39 + [np.nan]))
        assert dict(found["statistics"])["zeros"] == "60.0%"
        assert dict(found["statistics"])["not finite"] == "1"
        assert sum(found["bars"]) == 99
        assert found["range"] == ["0", "1"]
        assert values.summary(np.full(100, np.inf))["text"] == "no finite number"
        assert values.summary(np.array([b"caf\xc3\xa9"], object))["items"] == "['café']"

    @pytest.mark.parametrize("big", [3e38, -3e38])
    def test_numbers_at_the_edge(self, big):
        json.dumps(values.summary(np.float32([big, -big] * 50)), allow_nan=False)
        json.dumps(values.summary(np.float64([1.7e308, -1.7e308] * 50)), allow_nan=False)

    @pytest.mark.parametrize(
        "shape, size",
        [((2, 28, 28, 1), (28, 28)), ((300, 400, 3), (60, 80)), ((1, 12, 12, 6), (25, 51)),
         ((1, 12, 12, 64), (51, 51)), ((5, 5, 1, 6), None), ((28, 28), None), ((9, 9, 9), None)],
    )  # fmt: skip
    def test_images_and_feature_maps_as_thumbnails(self, shape, size, session):
        url = values.thumbnail(np.random.RandomState(0).rand(*shape).astype(np.float32))
        if size is None:
            assert url is None
            return
        import base64

        data = base64.b64decode(url.partition(",")[2])
        assert session.run(tf.image.decode_png(data)).shape[:2] == size


class TestNotebook:
    def bundle(self, value):
        from IPython.core.formatters import DisplayFormatter

        return DisplayFormatter().format(value)[0]

    @pytest.mark.parametrize(
        "kind", ["graph", "tensor", "operation", "variable", "resource", "dataset"]
    )
    def test_values_of_cells_show_themselves(self, graph, kind):
        _, _, a = textbook()
        made = {
            "graph": graph, "tensor": a, "operation": a.op,
            "variable": tf.get_variable("v", [2], use_resource=False),
            "resource": tf.get_variable("r", [2], use_resource=True),
            "dataset": tf.data.Dataset.range(9).map(lambda x: x + 1).batch(2),
        }[kind]  # fmt: skip
        bundle = self.bundle(made)
        assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
        assert bundle["text/plain"].startswith("<flowgraph." if kind == "graph" else repr(made))
        root = ElementTree.fromstring(bundle["image/svg+xml"])
        assert root.tag.endswith("svg")
        assert "no picture" not in bundle["image/svg+xml"]

    def test_runs_and_plans_show_themselves(self, session):
        b, c, a = textbook()
        run = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        session.run(a, {b: 1.0, c: 2.0}, options, run)
        plan = tf.viz.explain(a)
        for value, kinds in ((run, ["picture"]), (plan, ["picture", "graph", "words"])):
            assert [pane["kind"] for pane in view(value).panes] == kinds
            assert set(self.bundle(value)) == {"text/html", "image/svg+xml", "text/plain"}

    def test_a_plan_is_a_graph_of_steps_with_their_kernels(self, session):
        _, _, train = network()
        pane = view(tf.viz.explain(train)).panes[1]
        names, types = pane["ops"]["name"], pane["types"]
        kinds = {name: types[kind] for name, kind in zip(names, pane["ops"]["type"])}
        assert kinds["layer0/kernel"] == "VariableV2" and kinds["x"] == "Placeholder"
        assert "layer0/kernel/Assign" not in names
        step = next(name for name in names if name.startswith("layer1") and "Relu" in kinds[name])
        told = dict(pane["attributes"][pane["ops"]["attributes"][names.index(step)]])
        assert told["kernel of"] and told["why"] and told["moves"].endswith("B·n")

    def test_a_dataset_shows_its_stages(self, graph):
        data = tf.data.Dataset.range(9).map(lambda x: x + 1).batch(2)
        types = view(data).panes[0]["types"]
        assert {"RangeDataset", "MapDataset"} <= set(types)
        assert any(name.startswith("Batch") for name in types)

    def test_a_failure_is_told_in_the_cell(self):
        bundle = self.bundle(tf.RunMetadata())
        assert "no picture: run_metadata holds no trace" in bundle["image/svg+xml"]
        assert "no picture: run_metadata holds no trace" in bundle["text/html"]

    def test_the_environment_asks_for_pictures_alone(self, graph, monkeypatch):
        monkeypatch.setenv("FLOWGRAPH_DISPLAY", "picture")
        a = textbook()[2]
        for value in (a, graph, tf.viz.explain(a), tf.data.Dataset.range(3)):
            bundle = self.bundle(value)
            assert not {"text/html"} & set(bundle) or hasattr(value, "_repr_html_")
            assert "no picture" not in bundle["image/svg+xml"]
        assert "text/html" in self.bundle(view(a))

    def test_a_huge_graph_is_a_picture_alone(self, graph, monkeypatch):
        monkeypatch.setattr("flowgraph.viz.interactive.views.MOST_IN_CELL", 5)
        assert set(self.bundle(textbook()[2])) == {"image/svg+xml", "text/plain"}

    def test_without_scripts_the_picture_is_there(self, graph):
        html = self.bundle(textbook()[2])["text/html"]
        still = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
        assert re.search(r'<img alt="a:0" [^>]*src="data:image/svg\+xml;base64,[\w+/=]+">', still)
        assert "<svg" not in still

    def test_cells_do_not_clash(self, graph):
        a = textbook()[2]
        names = {
            re.search(r'data-flowgraph="([^"]+)"', self.bundle(a)["text/html"])[1] for _ in "12"
        }
        assert len(names) == 2


class TestPage:
    def evil(self):
        message = tf.GraphDef()
        node = message.node.add(name=f"scope/{EVIL}", op=f"Odd{EVIL}")
        node.attr[EVIL].s = EVIL.encode()
        message.node.add(name="scope/<!--<script>\u2028", op="Odd", input=[node.name])
        return message

    def test_names_cannot_end_the_script(self, tmp_path):
        path = view(self.evil(), path=tmp_path / "evil.html") and tmp_path / "evil.html"
        text = path.read_text(encoding="utf-8")
        assert text.count("<script") == text.count("</script>") == 1
        script = text.partition("<script")[2].partition("</script>")[0]
        assert "onerror" in script and "\\u003cimg" in script  # as JSON
        assert "<img" not in text and "<!--" not in script and "\u2028" not in script

    def test_a_piece_is_whole_and_offline(self, graph):
        html = page.piece(view(textbook()[2]).panes, "t", "<svg/>")
        assert not re.findall(r"""(?:src|href)\s*=\s*["']?\w+:(?!image)""", html)
        assert not re.findall(r"https?://(?!www\.w3\.org/|opensource\.org/)", html)
        assert "@import" not in html and "url(" not in html
        assert "Copyright (c) 2012-2014 Chris Pettitt" in html

    def test_the_assets_are_in_the_package(self):
        for name in (*page.SCRIPTS, page.LIBRARY, *page.STYLES, "dagre.LICENSE.txt"):
            assert page.asset(name)
        assert "Permission is hereby granted" in page.asset("dagre.LICENSE.txt")

    def test_data_round_trips(self):
        data = {"name": EVIL + "&amp; é \u2029 \ud800"}
        literal = page.embedded(data)
        assert json.loads(literal) == data
        assert not set("<>&\u2029") & set(literal)

    def test_saving(self, graph, tmp_path):
        made = view(textbook()[2], title="My <graph>")
        assert made.save(tmp_path / "page.html") == str(tmp_path / "page.html")
        assert "<title>My &lt;graph&gt;</title>" in (tmp_path / "page.html").read_text("utf-8")
        with pytest.raises(ValueError, match="must end in .html"):
            made.save(tmp_path / "page.svg")
        with pytest.raises(OSError):
            made.save(tmp_path / "no folder" / "page.html")

    def test_what_is_no_graph_is_refused(self, graph):
        textbook()
        with pytest.raises(TypeError):
            view(3.5)
        with pytest.raises(ValueError, match="nothing"):
            view("nothing")
        assert isinstance(view("a:0"), View)
        assert repr(view(["b", "c:0"])) == "<view of b, c:0>"
