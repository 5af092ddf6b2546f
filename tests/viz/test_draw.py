"""Pictures of graphs: what is drawn, what is folded away, and that files really show it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import flowgraph as tf
from flowgraph.viz import RenderError, draw, render, repr_svg, svg_for_notebook
from flowgraph.viz.dot import to_dot
from flowgraph.viz.model import Edge, Kind, Picture, build_picture
from flowgraph.viz.notes import value_text
from flowgraph.viz.palette import DARK

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def graph():
    """A graph of its own for each test."""
    with tf.Graph().as_default() as graph:
        yield graph


def textbook():
    """a = (b + c) * (c + 2)."""
    b = tf.placeholder(tf.float32, [], name="b")
    c = tf.placeholder(tf.float32, [], name="c")
    d = tf.add(b, c, name="d")
    e = tf.add(c, tf.constant(2.0), name="e")
    return tf.multiply(d, e, name="a")


def dense(x, name, inputs, outputs):
    """A layer in a variable scope of its own."""
    with tf.variable_scope(name):
        weights = tf.get_variable("weights", [inputs, outputs])
        biases = tf.get_variable("biases", [outputs], initializer=tf.zeros_initializer())
        return tf.nn.relu(tf.nn.bias_add(tf.matmul(x, weights), biases))


def network(layers=3):
    """A chain of dense layers, 8 wide, with a squared loss."""
    h = tf.placeholder(tf.float32, [None, 8], name="x")
    for index in range(layers):
        h = dense(h, f"layer{index}", 8, 8)
    with tf.name_scope("loss"):
        return tf.reduce_mean(tf.square(h))


def names(picture: Picture) -> set[str]:
    return {node.name for node in picture.nodes}


def pairs(picture: Picture) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in picture.edges}


def edge(picture: Picture, source: str, target: str) -> Edge:
    return next(e for e in picture.edges if (e.source, e.target) == (source, target))


def texts(svg: str) -> str:
    """All words that an SVG shows."""
    return " ".join(item.text or "" for item in ElementTree.fromstring(svg).iter(f"{SVG}text"))


class TestTextbook:
    def test_shows_the_textbooks_nodes_and_edges(self, graph):
        picture = build_picture(textbook())
        assert names(picture) == {"a", "b", "c", "d", "e", "Const"}
        assert pairs(picture) == {
            ("b", "d"), ("c", "d"), ("c", "e"), ("Const", "e"), ("d", "a"), ("e", "a"),
        }  # fmt: skip
        assert picture.clusters == ()

    def test_tells_kinds_formulas_and_values(self, graph):
        picture = build_picture(textbook())
        assert picture.node("b").kind is Kind.PLACEHOLDER
        assert picture.node("Const").kind is Kind.CONSTANT
        assert picture.node("Const").title == "2"
        assert (picture.node("e").kind, picture.node("e").detail) == (Kind.OPERATION, "c + 2")
        assert [node.name for node in picture.nodes if node.target] == ["a"]

    def test_a_constant_that_was_named_tells_its_name_and_value(self, graph):
        b, c = tf.constant(2.0, name="b"), tf.constant(1.0, name="c")
        picture = build_picture(tf.add(b, c, name="d"))
        assert (picture.node("b").title, picture.node("b").detail) == ("b", "2")
        assert picture.node("d").detail == "b + c"

    def test_a_name_of_one_letter_is_not_the_types(self):
        with tf.Graph().as_default() as graph:
            tf.summary.histogram("h", tf.placeholder(tf.float32, [4], name="x"))
        assert build_picture(graph).node("h").detail == "HistogramSummary"

    def test_a_tensor_shows_only_what_it_depends_on(self, graph):
        textbook()
        assert names(build_picture(graph.get_tensor_by_name("d:0"))) == {"b", "c", "d"}

    def test_a_list_shows_what_any_of_them_depends_on(self, graph):
        textbook()
        wanted = [graph.get_tensor_by_name("d:0"), graph.get_operation_by_name("e")]
        assert names(build_picture(wanted)) == {"b", "c", "d", "e", "Const"}

    def test_an_operators_constant_needs_no_box(self, graph):
        a = (tf.placeholder(tf.float32, [], name="c") + 2.0) * 3.0
        assert build_picture(a).clusters == ()


class TestLabels:
    def test_edges_tell_shapes(self, graph):
        x = tf.placeholder(tf.float32, [None, 28, 28, 1], name="x")
        tf.identity(tf.nn.relu(x, name="r"), name="y")
        picture = build_picture(graph)
        assert edge(picture, "r", "y").labels == ("?×28×28×1",)
        assert picture.node("x").detail == "?×28×28×1"
        assert edge(picture, "x", "r").labels == ()

    def test_a_dtype_is_told_unless_it_is_float32(self, graph):
        tf.identity(tf.cast(tf.placeholder(tf.float32, [3]), tf.int64, name="i"), name="y")
        assert edge(build_picture(graph), "i", "y").labels == ("int64 3",)

    def test_an_unknown_rank_is_said(self, graph):
        tf.placeholder(tf.float32, name="x")
        assert build_picture(graph).node("x").detail == "any shape"

    def test_several_tensors_between_two_nodes_are_one_edge(self, graph):
        parts = tf.split(tf.placeholder(tf.float32, [4, 6]), 3, axis=1, name="parts")
        tf.concat(parts[:2], 0, name="joined")
        found = edge(build_picture(graph), "parts", "joined")
        assert (found.tensors, found.labels) == (2, ("4×2",))

    def test_shapes_can_be_left_out(self, graph):
        network()
        assert "8×8" not in to_dot(build_picture(graph, shapes=False))

    def test_control_dependencies_are_dashed(self, graph):
        x = tf.placeholder(tf.float32, [], name="x")
        first = tf.identity(x, name="first")
        with tf.control_dependencies([first]):
            tf.negative(x, name="second")
        picture = build_picture(graph)
        assert edge(picture, "first", "second").control
        assert "first -> second [arrowhead=vee" in to_dot(picture)
        assert "style=dashed" in to_dot(picture)


class TestBoilerplate:
    def test_a_variable_is_one_node_with_its_shape(self, graph):
        tf.get_variable("weights", [5, 5, 1, 6])
        picture = build_picture(graph)
        assert names(picture) == {"weights"}
        node = picture.node("weights")
        assert (node.kind, node.detail) == (Kind.VARIABLE, "5×5×1×6")
        assert "weights/Assign" in node.operations

    def test_an_initial_values_operations_belong_to_the_variable(self, graph):
        tf.Variable(tf.random_normal([3, 2], stddev=0.1), name="w")
        assert names(build_picture(graph)) == {"w"}

    def test_the_initializers_group_is_not_drawn(self, graph):
        tf.Variable(1.0, name="v")
        tf.Variable(2.0, name="w")
        tf.global_variables_initializer()
        assert names(build_picture(graph)) == {"v", "w"}

    def test_what_is_asked_for_is_drawn(self, graph):
        tf.Variable(1.0, name="v")
        tf.Variable(2.0, name="w")
        init = tf.global_variables_initializer()
        assert init.name in names(build_picture(init))

    def test_a_losss_checks_and_counts_are_folded_away(self, graph):
        h = tf.placeholder(tf.float32, [4, 8], name="x")
        for index in range(3):
            h = dense(h, f"layer{index}", 8, 8)
        loss = tf.losses.mean_squared_error(tf.zeros([4, 8]), h, weights=0.5)
        tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
        picture = build_picture(graph)
        assert not any("check_success" in node.name for node in picture.nodes)
        assert picture.node("mean_squared_error/num_present").folded

    def test_shape_constants_belong_to_their_operation(self, graph):
        tf.reshape(tf.placeholder(tf.float32, [None, 4], name="x"), [-1, 2, 2], name="r")
        assert names(build_picture(graph)) == {"x", "r"}

    def test_an_optimizers_slot_is_told_in_its_variable(self, graph):
        tf.train.MomentumOptimizer(0.1, 0.9).minimize(network(1))
        assert "+ Momentum" in build_picture(graph).node("layer0/weights").detail


class TestScopes:
    def test_a_name_scope_is_a_box(self, graph):
        network(2)
        assert {"layer0", "layer1", "loss"} <= {c.path for c in build_picture(graph).clusters}

    def test_nested_scopes_are_nested_boxes(self, graph):
        x = tf.placeholder(tf.float32, [], name="x")
        with tf.name_scope("outer"):
            y = tf.sin(tf.cos(x))
            with tf.name_scope("inner"):
                tf.sin(tf.cos(y))
        (outer,) = build_picture(graph).root.clusters
        assert [c.path for c in outer.clusters] == ["outer/inner"]

    def test_a_scope_of_one_operation_is_a_part_of_its_title(self, graph):
        with tf.name_scope("alone"):
            tf.sin(tf.placeholder(tf.float32, [], name="x"), name="s")
        picture = build_picture(graph.get_tensor_by_name("alone/s:0"))
        assert {c.path for c in picture.clusters} == {"alone"}
        with tf.name_scope("single"):
            tf.sin(graph.get_tensor_by_name("alone/s:0"), name="t")
        assert build_picture(graph).node("single/t").title == "single/t"

    def test_depth_folds_scopes_into_a_node_with_a_count(self, graph):
        network(2)
        picture = build_picture(graph, depth=0)
        layer = picture.node("layer0")
        inside = [op for op in graph.get_operations() if op.name.startswith("layer0/")]
        assert layer.folded == len(inside)
        assert "2 variables" in layer.detail
        assert edge(picture, "layer0", "layer1").labels == ("?×8",)
        assert picture.clusters == ()

    def test_a_large_graph_is_folded_until_it_is_readable(self, graph):
        h = tf.placeholder(tf.float32, [None, 8], name="x")
        for index in range(40):
            with tf.name_scope(f"layer{index}"):
                h = tf.sin(tf.cos(tf.concat([h, h[:, :1]], 1)))  # each is wider than the last
        assert 40 <= len(build_picture(graph).nodes) <= 60

    def test_repeated_layers_are_shown_once_with_a_count(self, graph):
        network(40)
        picture = build_picture(graph)
        assert {"layer0"} <= {c.path for c in picture.clusters}
        node = picture.node("layer1 … layer39")
        assert node.detail.startswith("39 × like layer0\n")
        assert ("layer0/Relu", node.name) in pairs(picture)
        assert (node.name, "loss/Square") in pairs(picture)

    def test_layers_of_other_sizes_are_no_repetition(self, graph):
        h = tf.placeholder(tf.float32, [None, 8], name="x")
        for index in range(40):
            h = dense(h, f"layer{index}", 8 + index, 9 + index)
        assert not any("×" in n.detail and "like" in n.detail for n in build_picture(graph).nodes)

    def test_a_crowd_without_scopes_is_bunched(self, graph):
        h = tf.placeholder(tf.float32, [], name="x")
        for _ in range(200):
            h = tf.sin(h)
        assert len(build_picture(graph).nodes) <= 60

    def test_gradients_and_optimizer_of_a_large_graph_are_folded(self, graph):
        tf.train.MomentumOptimizer(0.1, 0.9).minimize(network(4))
        picture = build_picture(graph)
        assert picture.node("gradients").kind is Kind.GRADIENT
        assert picture.node("gradients").folded > 0
        assert "updates 8 variables" in picture.node("Momentum").detail
        assert ("gradients", "Momentum") in pairs(picture)

    def test_a_small_graphs_gradients_are_shown(self, graph):
        x = tf.placeholder(tf.float32, [], name="x")
        picture = build_picture(tf.gradients(tf.square(x, name="y"), [x]))
        assert any(node.kind is Kind.GRADIENT and not node.folded for node in picture.nodes)

    def test_a_run_of_operations_is_stacked_in_a_large_graph(self, graph):
        network(6)
        node = build_picture(graph).node("layer3/MatMul")
        assert [row.name for row in node.rows] == ["layer3/BiasAdd", "layer3/Relu"]


class TestChoice:
    """What the user wants folded, open, hidden."""

    def test_a_scope_is_folded_on_demand(self, graph):
        network(2)
        picture = build_picture(graph, fold=("layer1",))
        assert picture.node("layer1").folded
        assert {"layer0", "loss"} == {c.path for c in picture.clusters}

    def test_patterns_name_many_scopes(self, graph):
        network(3)
        assert {c.path for c in build_picture(graph, fold=("layer*",)).clusters} == {"loss"}

    def test_a_scope_is_open_on_demand(self, graph):
        tf.train.MomentumOptimizer(0.1, 0.9).minimize(network(4))
        assert build_picture(graph).node("Momentum").folded
        picture = build_picture(graph, unfold=("Momentum",))
        assert "Momentum" in {c.path for c in picture.clusters}

    def test_the_main_scopes_are_open_and_all_others_folded(self, graph):
        tf.train.MomentumOptimizer(0.1, 0.9).minimize(network(4))
        picture = build_picture(graph, main=("layer2",))
        assert [c.path for c in picture.clusters] == ["layer2"]
        assert picture.node("layer1").folded and picture.node("gradients").folded

    def test_a_folded_scope_around_gradients_has_one_edge_from_the_layers(self, graph):
        loss = network(4)
        with tf.name_scope("training"):
            rate = tf.multiply(tf.placeholder(tf.float32, [], name="rate"), 0.5)
            tf.train.MomentumOptimizer(rate, 0.9).minimize(loss)
        picture = build_picture(graph, fold=("training",))
        into = [e for e in picture.edges if e.target == "training" and not e.background]
        assert {e.source.split("/")[0] for e in into} == {"loss"}
        assert "reads" in picture.node("training").detail

    def test_a_folded_net_with_its_gradients_keeps_its_inputs(self, graph):
        x = tf.placeholder(tf.float32, [4, 8], name="x")
        with tf.name_scope("model"):
            loss = tf.reduce_sum(tf.square(dense(x, "layer", 8, 8)))
            tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
        picture = build_picture(graph, fold=("model",))
        assert not edge(picture, "x", "model").background

    def test_boilerplate_is_hidden_by_a_pattern(self, graph):
        network(1)
        with tf.name_scope("layer0/kernel/Regularizer"):
            tf.reduce_sum(tf.square(graph.get_tensor_by_name("layer0/weights:0")))
        assert any("Regularizer" in n.name for n in build_picture(graph).nodes)
        picture = build_picture(graph, hide=("*Regularizer*",))
        assert not any("Regularizer" in name for n in picture.nodes for name in n.operations)

    def test_gradients_are_hidden_opened_or_folded(self, graph):
        x = tf.placeholder(tf.float32, [], name="x")
        wanted = [tf.square(tf.sin(x), name="y")]
        wanted += tf.gradients(wanted[0], [x])

        def found(choice):
            nodes = build_picture(graph, gradients=choice).nodes
            return [bool(n.folded) for n in nodes if n.kind is Kind.GRADIENT]

        assert found("hide") == []
        assert found("fold") == [True]
        assert len(found("show")) > 1 and not any(found("show"))

    def test_gradients_are_a_layer_of_the_svg(self, graph):
        x = tf.placeholder(tf.float32, [], name="x")
        tf.gradients(tf.square(tf.sin(x), name="y"), [x])
        svg = draw(graph, gradients="show")
        assert 'class="node gradient"' in svg and 'class="node operation"' in svg

    @pytest.mark.parametrize("word", ["fold", "unfold", "main"])
    def test_a_scope_that_is_not_there_is_an_error(self, graph, word):
        network(2)
        with pytest.raises(ValueError, match=f"{word}='leyer1' matches no scope.*layer1"):
            draw(graph, **{word: "leyer1"})

    def test_hiding_nothing_is_an_error(self, graph):
        textbook()
        with pytest.raises(ValueError, match="hide='zz' matches no operation"):
            draw(graph, hide="zz")

    def test_an_unknown_word_for_gradients_is_refused(self, graph):
        with pytest.raises(ValueError, match="gradients must be one of"):
            draw(textbook(), gradients="no")


class TestValues:
    def test_values_stand_on_edges(self, graph):
        a = textbook()
        with tf.Session() as session:
            feeds = {"b:0": 1.0, "c:0": 2.5}
            d = session.run("d:0", feeds)
        picture = build_picture(a, values={"d:0": d, "c": 2.5})
        assert edge(picture, "d", "a").labels == ("= 3.5",)
        assert edge(picture, "c", "e").labels == ("= 2.5",)
        assert "= 3.5" in texts(draw(a, values={graph.get_tensor_by_name("d:0"): d}))

    @pytest.mark.parametrize(
        "value, text",
        [
            ([1, 2], "[1, 2]"),
            ([[0.0, 1.0], [2.0, 5.0]], "0 … 5, mean 2"),
            ([[7.0] * 9], "all 7"),
            ([float("nan")] * 9, "no finite number"),
            ([1.0, 2.0, 3.0, 2.0, float("inf")], "1 … 3, mean 2, 1 not finite"),
            (b"<b>", "<b>"),
            ([b"x"] * 9, "9 bytes8"),
        ],
    )
    def test_large_values_are_summed_up(self, value, text):
        assert value_text(value) == text

    def test_a_value_of_nothing_drawn_is_an_error(self, graph):
        with pytest.raises(ValueError, match="'z:0', which is no tensor of this picture"):
            draw(textbook(), values={"z": 1.0})

    def test_values_must_be_a_mapping(self, graph):
        with pytest.raises(TypeError, match="got list"):
            draw(textbook(), values=[1.0])


class TestThemes:
    def test_an_svg_follows_its_reader(self, graph):
        svg = draw(textbook())
        assert "prefers-color-scheme:dark" in svg
        assert ".flowgraph-picture [" in svg  # rules hold within the picture only
        ElementTree.fromstring(svg)

    def test_dark_has_no_light_colour(self, graph):
        svg = draw(textbook(), theme="dark").lower()
        assert "prefers-color-scheme" not in svg
        assert not [color for color in DARK if color.lower() in svg]

    def test_a_dark_png_is_dark(self, graph, tmp_path):
        image = pytest.importorskip("matplotlib.image")
        pixels = image.imread(draw(textbook(), tmp_path / "a.png", theme="dark"))
        assert pixels[2, 2, :3].max() < 0.2

    def test_an_unknown_theme_is_refused(self, graph):
        with pytest.raises(ValueError, match="theme must be one of auto, light, dark"):
            draw(textbook(), theme="sepia")

    def test_no_two_colours_turn_into_one(self):
        assert len(set(DARK.values())) >= len(DARK) - 1  # a title's halo is as dark as the paper


class TestFiles:
    def test_without_a_path_the_svg_is_returned(self, graph):
        svg = draw(textbook())
        assert svg.startswith("<svg")
        for word in ("a", "b", "c", "d", "e", "2"):
            assert word in texts(svg).split()

    def test_svg_names_scopes_and_shapes(self, graph):
        network(2)
        shown = texts(draw(graph, title="Two layers"))
        for word in ("Two layers", "layer1", "weights", "8×8", "?×8", "MatMul"):
            assert word in shown

    def test_a_scopes_title_is_above_the_edges_and_not_lost(self, graph):
        network(2)
        svg = draw(graph)
        assert svg.count(">layer1</text>") == 2  # itself and its halo
        assert svg.index(">layer1</text>") > svg.rindex('class="edge"')
        ElementTree.fromstring(svg)

    def test_png_is_not_blank(self, graph, tmp_path):
        image = pytest.importorskip("matplotlib.image")
        path = draw(textbook(), tmp_path / "a.png")
        pixels = image.imread(path)[..., :3]
        assert pixels.shape[0] > 200 and pixels.shape[1] > 200
        assert (pixels < 0.5).any(axis=-1).mean() > 0.005

    def test_dot_is_graphviz_source(self, graph, tmp_path):
        source = Path(draw(textbook(), tmp_path / "a.dot")).read_text(encoding="utf-8")
        assert source.startswith("digraph")
        assert "d -> a" in source

    def test_the_path_is_returned_as_text(self, graph, tmp_path):
        assert draw(textbook(), tmp_path / "a.svg") == str(tmp_path / "a.svg")

    def test_drawing_is_quiet(self, graph, capfd):
        network(2)
        draw(graph, title="Größe × Слой")
        assert capfd.readouterr() == ("", "")

    def test_an_empty_graph_is_an_empty_picture(self, graph):
        ElementTree.fromstring(draw(graph))

    def test_a_notebook_shows_the_same(self, graph):
        a = textbook()
        assert svg_for_notebook(a) == repr_svg(a) == draw(a)

    def test_no_markup_gets_out_of_a_title(self, graph):
        textbook()
        svg = draw(graph, title="<script>alert(1)</script> & \x07")
        assert "<script" not in svg
        assert "<script>alert(1)</script>" in texts(svg)

    def test_a_notebook_without_pictures_gets_a_line_and_not_the_whole_svg(self, graph):
        class Printer:
            def text(self, words):
                self.words = words

        printer, svg = Printer(), draw(textbook())
        svg._repr_pretty_(printer, cycle=False)
        assert svg._repr_svg_() == svg
        assert printer.words == f"<SVG of {len(svg):,} characters>"


class TestMistakes:
    def test_an_unknown_suffix_names_those_that_are_known(self, graph):
        with pytest.raises(ValueError, match=r"\.svg, \.png, \.dot, \.pdf"):
            draw(textbook(), "graph.bmp")

    def test_something_else_than_a_graph_is_refused(self):
        with pytest.raises(TypeError, match="takes a Graph, a GraphDef, a Tensor, an Operation"):
            draw(3)

    def test_a_negative_depth_is_refused(self, graph):
        with pytest.raises(ValueError, match="depth must be 0 or more, got -1"):
            draw(textbook(), depth=-1)

    def test_a_missing_layout_program_says_what_to_install(self, graph, monkeypatch):
        monkeypatch.setattr(render.shutil, "which", lambda name: None)
        monkeypatch.setattr(render, "_from_wheel", lambda: None)
        render.layout_program.cache_clear()
        with pytest.raises(RenderError, match="pip install graphviz-pure"):
            draw(textbook())
        assert "pip install graphviz-pure" in repr_svg(graph)

    def test_pdf_without_dot_says_what_it_needs(self, graph, monkeypatch, tmp_path):
        monkeypatch.setattr(render, "layout_program", lambda: "/somewhere/graphviz-pure")
        with pytest.raises(RenderError, match="PDF needs the system's dot"):
            draw(textbook(), tmp_path / "a.pdf")

    def test_a_folder_that_is_not_there_is_an_oserror(self, graph, tmp_path):
        with pytest.raises(OSError, match="missing"):
            draw(textbook(), tmp_path / "missing" / "a.svg")

    def test_a_path_that_cannot_be_written_is_an_oserror(self, graph, tmp_path):
        (tmp_path / "a.svg").mkdir()
        with pytest.raises(OSError, match=r"a\.svg"):
            draw(textbook(), tmp_path / "a.svg")

    def test_markup_in_a_scopes_name_stays_text(self):
        name = "<script>alert(1)<_script>"
        svg = draw(fake_graph_def(("Sin", name, []), ("Cos", "y", [name])))
        assert "<script" not in svg
        assert "<script>" in texts(svg)

    def test_a_failed_drawing_is_told_in_its_place(self, graph, monkeypatch):
        def fail(*args, **kwargs):
            raise KeyError("<b>")

        monkeypatch.setattr(render, "build_picture", fail)
        assert "no picture: &#x27;&lt;b&gt;&#x27;" in repr_svg(graph)


class FakeNode:
    """A node of a GraphDef that no importer would take."""

    def __init__(self, op, name, inputs):
        self.op, self.name, self.input, self.attr = op, name, inputs, {}


class FakeGraphDef:
    def __init__(self, nodes):
        self.node, self.versions = nodes, None


def fake_graph_def(*nodes):
    return FakeGraphDef([FakeNode(*node) for node in nodes])


class TestGraphDef:
    def test_a_graph_def_is_drawn_like_its_graph(self, graph):
        network(2)
        found, expected = build_picture(graph.as_graph_def()), build_picture(graph)
        assert names(found) == names(expected) and pairs(found) == pairs(expected)
        assert edge(found, "layer0/MatMul", "layer0/BiasAdd").labels == ("?×8",)

    def test_ops_that_nobody_knows_are_drawn(self):
        picture = build_picture(fake_graph_def(("Alien", "x", []), ("Probe", "y", ["x:1", "^x"])))
        assert pairs(picture) == {("x", "y")}

    def test_a_cycle_is_told(self):
        source = fake_graph_def(("Sin", "x", ["z"]), ("Cos", "y", ["x"]), ("Tan", "z", ["y"]))
        with pytest.raises(ValueError, match="cycle: x <- z <- y <- x"):
            draw(source)

    def test_a_loop_of_tensorflow_is_no_mistake(self):
        source = fake_graph_def(
            ("Placeholder", "x", []), ("Merge", "m", ["x", "n"]), ("NextIteration", "n", ["m"])
        )
        assert ("n", "m") in pairs(build_picture(source))

    def test_a_missing_input_is_told(self):
        with pytest.raises(ValueError, match="node 'y' takes '\\^x', which the GraphDef has not"):
            draw(fake_graph_def(("Cos", "y", ["^x"])))

    def test_a_name_that_is_there_twice_is_told(self):
        with pytest.raises(ValueError, match="two nodes that are called 'x'"):
            draw(fake_graph_def(("Sin", "x", []), ("Cos", "x", [])))

    def test_ten_thousand_operations_are_folded(self):
        chain = [("Sin", f"s{k}", [f"s{k - 1}"] if k else []) for k in range(10_000)]
        assert len(build_picture(fake_graph_def(*chain)).nodes) <= 60
