"""The interactive view in a real browser: what is seen, clicked, typed; skipped without one."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.viz import view
from flowgraph.viz.interactive import page

EVIL = "</script><img src=x onerror=document.title='hacked'>"
ENTER, ESCAPE, DOWN = "\ue007", "\ue00c", "\ue015"


class Shown:
    """A view in the browser, as its reader has it."""

    def __init__(self, browser, index=0):
        self.browser = browser
        find = "return document.querySelectorAll('[data-flowgraph]')[arguments[0]].shadowRoot"
        self.root = browser.execute_script(find, index)

    def all(self, selector):
        return self.root.find_elements("css selector", selector)

    def one(self, selector):
        return self.root.find_element("css selector", selector)

    def labels(self):
        """The words of what is drawn."""
        script = "return [...arguments[0].querySelectorAll('.item')].map(e => e.ariaLabel)"
        return self.browser.execute_script(script, self.root)

    def item(self, label):
        """What is drawn with words that begin so; a folded scope's begin with its name, too."""
        for element in self.all(".item"):
            if element.get_attribute("aria-label").removeprefix("folded scope ").startswith(label):
                return element
        raise AssertionError(f"{label!r} is not among {self.labels()}")

    def click(self, label):
        self.item(label).click()

    def button(self, text):
        buttons = self.all(".tools button")
        next(b for b in buttons if text in (b.text, b.get_attribute("aria-label"))).click()

    def panel(self):
        return self.one(".panel").text

    def place(self):
        """(x, y, scale) of the drawing."""
        text = self.one(".stage > g").get_attribute("transform")
        return [float(number) for number in re.findall(r"-?[\d.]+", text)]

    def scroll(self, amount, control=False):
        script = """arguments[0].dispatchEvent(new WheelEvent("wheel", {deltaY: arguments[1],
            ctrlKey: arguments[2], clientX: 300, clientY: 300, bubbles: true, cancelable: true}))"""
        self.browser.execute_script(script, self.one(".stage"), amount, control)

    def key(self, letters, selector=".stage"):
        self.one(selector).send_keys(letters)


def opened(browser, made, tmp_path):
    """A view as a page of its own."""
    browser.get("file://" + made.save(tmp_path / "view.html"))
    return Shown(browser)


def cells(browser, pieces, tmp_path, attributes=""):
    """Pieces as a notebook's page has them, in a style that must not reach them."""
    style = "<style>svg, button, div {display: none !important} text {font-size: 40px}</style>"
    rows = "".join(f"<section>{piece}</section>" for piece in pieces)
    path = tmp_path / "notebook.html"
    text = f'<!doctype html><meta charset="utf-8"><body {attributes}>{rows}'
    path.write_text(text.replace("<body", style.replace("div ", "aside ") + "<body"), "utf-8")
    browser.get(f"file://{path}")


def errors(browser):
    return [entry["message"] for entry in browser.get_log("browser")]


@pytest.fixture
def net():
    """A network with its optimizer, in a graph of its own, and its session."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 8, 8, 1], name="images")
        h = tf.layers.conv2d(x, 4, 3, activation=tf.nn.relu, name="conv1")
        h = tf.layers.conv2d(h, 4, 3, activation=tf.nn.relu, name="conv2")
        h = tf.layers.conv2d(h, 4, 3, activation=tf.nn.relu, name="conv3")
        logits = tf.layers.dense(tf.layers.flatten(h), 3, name="logits")
        with tf.name_scope("loss"):
            loss = tf.reduce_mean(tf.square(logits))
        train = tf.train.AdamOptimizer().minimize(loss)
        session.run(tf.global_variables_initializer())
        yield graph, session, x, loss, train


class TestScopes:
    def test_opens_folded_and_unfolds_on_a_click(self, browser, net, tmp_path):
        shown = opened(browser, view(net[0]), tmp_path)
        assert "folded scope conv1 33 operations, 2 variables" in shown.labels()
        assert not any(label.startswith("Conv2D") for label in shown.labels())
        shown.click("conv1")
        assert "Conv2D" in shown.labels() and "kernel 3×3×1×4 + Adam, Adam_1" in shown.labels()
        assert not any("scope conv1" in label for label in shown.labels())
        assert "name scope: 33 operations, 2 variables" in shown.panel()
        assert errors(browser) == []

    def test_folds_on_its_title(self, browser, net, tmp_path):
        shown = opened(browser, view(net[0]), tmp_path)
        before = set(shown.labels())
        shown.click("conv1")
        shown.one(".bar").click()
        assert set(shown.labels()) == before

    def test_what_was_made_first_stands_at_the_left(self, browser, tmp_path):
        with tf.Graph().as_default() as graph:
            b, c = (tf.placeholder(tf.float32, name=name) for name in "bc")
            tf.multiply(tf.add(b, c, name="d"), tf.add(c, 2.0, name="e"), name="a")
        shown = opened(browser, view(graph), tmp_path)
        script = """return [...arguments[0].querySelectorAll('.item')].map(e => [
            e.textContent, e.getBoundingClientRect().left])"""
        found = dict(browser.execute_script(script, shown.root))
        b, c, d, e = (next(found[t] for t in found if t.startswith(letter)) for letter in "bcde")
        assert b < c and d < e

    def test_what_is_drawn_does_not_overlap(self, browser, net, tmp_path):
        shown = opened(browser, view(net[0]), tmp_path)
        shown.button("unfold")
        script = """return [...arguments[0].querySelectorAll('.item > .shape')].map(e => {
            const b = e.getBoundingClientRect(); return [b.left, b.right, b.top, b.bottom]})"""
        boxes = browser.execute_script(script, shown.root)
        assert len(boxes) > 40
        for k, (left, right, top, bottom) in enumerate(boxes):
            for other in boxes[k + 1 :]:
                apart = other[0] >= right or other[1] <= left or other[2] >= bottom
                assert apart or other[3] <= top
        shown.button("fold")
        assert "folded scope gradients" in " ".join(shown.labels())

    def test_a_crowded_picture_with_many_boxes(self, browser, tmp_path):
        with tf.Graph().as_default() as graph:
            h = first = tf.placeholder(tf.float32, [4], name="x")
            for index in range(30):
                with tf.name_scope(f"block{index}"):
                    one = tf.exp(h)
                    with tf.name_scope("inner"):
                        h = tf.add(tf.negative(one), tf.tanh(first) if index % 3 else one)
                    h = tf.maximum(h, one)
        shown = opened(browser, view(graph, depth=9, unfold=["block*"]), tmp_path)
        assert len(shown.labels()) > 120
        assert errors(browser) == []

    def test_edges_into_machinery_appear_when_it_is_chosen(self, browser, net, tmp_path):
        shown = opened(browser, view(net[0]), tmp_path)
        assert shown.all(".hint") == []
        shown.click("conv1")
        shown.click("kernel 3×3×1×4")
        assert len(shown.all(".hint")) >= 1
        assert "reads" in shown.item("Adam").get_attribute("aria-label")

    def test_keys_fold_and_unfold(self, browser, net, tmp_path):
        shown = opened(browser, view(net[0]), tmp_path)
        shown.item("conv1").send_keys(ENTER)
        assert "Conv2D" in shown.labels()
        shown.one(".bar").send_keys(" ")
        assert "Conv2D" not in shown.labels()
        shown.key(ESCAPE)
        assert not shown.one(".panel").is_displayed()


class TestPanel:
    def test_tells_all_of_an_operation(self, browser, net, tmp_path):
        _, session, x, loss, _ = net
        images = np.random.RandomState(0).rand(2, 8, 8, 1)
        shown = opened(browser, view(loss, {x: images}, session), tmp_path)
        shown.click("Conv2D")
        told = shown.panel()
        for words in (
            "conv1/Conv2D", "test_interactive_browser.py, line", "in net", "tf.layers.conv2d(x, 4",
            "float32 2×6×6×4 in this run", "deviation", "images float32 ?×8×8×1",
            "conv1/kernel/read float32 3×3×1×4", ":0 float32 ?×6×6×4", "to conv1/BiasAdd",
            "strides\n[1, 1, 1, 1]", "padding\nVALID",
        ):  # fmt: skip
            assert words in told, (words, told)
        assert len(shown.all(".histogram rect")) == 24
        shown.click("images")
        loaded = "return arguments[0].querySelector('.thumb').naturalWidth"
        assert browser.execute_script(loaded, shown.root) == 8

    def test_links_lead_on(self, browser, net, tmp_path):
        shown = opened(browser, view(net[0]), tmp_path)
        shown.click("conv1")
        shown.click("Conv2D")
        next(link for link in shown.all(".panel .link") if "kernel" in link.text).click()
        assert shown.panel().startswith("×\nconv1/kernel/read\nIdentity\ndrawn within conv1/kernel")
        assert "chosen" in shown.item("kernel").get_attribute("class")

    def test_an_edge_tells_its_tensors_and_their_values(self, browser, tmp_path):
        with tf.Graph().as_default(), tf.Session() as session:
            b = tf.placeholder(tf.float32, [3], name="b")
            shown = opened(browser, view(tf.exp(b, name="y"), {b: [1, 2, 3]}, session), tmp_path)
        script = "arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))"
        browser.execute_script(script, shown.one(".edge .reach"))
        assert "1 tensor\n" in shown.panel()
        assert "b float32 3\n= [1, 2, 3]" in shown.panel()
        assert shown.one(".label").text == "= [1, 2, 3]"

    def test_a_function_opens_as_a_tab(self, browser, tmp_path):
        with tf.Graph().as_default():
            start = tf.constant(1.0, name="start")
            end = tf.while_loop(lambda a: a < 9.0, lambda a: tf.exp(a, name="grow"), [start])
            shown = opened(browser, view(end), tmp_path)
        shown.click("while/Exit")
        next(k for k in shown.all(".panel .link") if k.text == "a function of 2 operations").click()
        tabs = [tab.text for tab in shown.all(".tabs button")]
        assert tabs[0] == "Graph" and tabs[1].startswith("while/Exit: ")
        assert any(label.startswith("grow") for label in shown.labels())
        shown.button("Graph")
        assert any(label.startswith("start") for label in shown.labels())


class TestSearch:
    def test_finds_by_name_and_type_and_opens_what_is_around(self, browser, net, tmp_path):
        shown = opened(browser, view(net[0]), tmp_path)
        shown.key("/")
        shown.key("conv2 variablev2 kernel", "input")
        assert shown.one(".found").text.startswith("conv2/kernel")
        shown.key(ENTER, "input")
        assert shown.panel().startswith("×\nconv2/kernel\nVariableV2")
        assert "chosen" in shown.item("kernel 3×3×4×4").get_attribute("class")
        assert any(label.startswith("folded scope conv1") for label in shown.labels())

    def test_arrows_choose_and_nothing_is_said(self, browser, net, tmp_path):
        shown = opened(browser, view(net[0]), tmp_path)
        shown.key("relu", "input")
        shown.key(DOWN + DOWN + ENTER, "input")
        assert shown.panel().split("\n")[1] == "conv2/Relu"
        shown.one("input").clear()
        shown.key("zebra", "input")
        assert shown.one(".found").text == "nothing found"

    def test_ten_thousand_operations_open_at_once_and_are_found(self, browser, tmp_path):
        with tf.Graph().as_default() as graph:
            h = tf.placeholder(tf.float32, [4], name="x")
            for index in range(10_000):
                h = tf.negative(h, name=f"step{index}")
            start = time.process_time()
            made = view(graph)
            assert time.process_time() - start < 5
        shown = opened(browser, made, tmp_path)
        assert 10 < len(shown.labels()) < 60
        shown.key("step7531", "input")
        shown.key(ENTER, "input")
        assert "step7531 Neg" in shown.labels()
        assert len(shown.labels()) < 100
        assert shown.item("step7531").is_displayed()


class TestZoom:
    def test_wheel_buttons_keys_and_dragging(self, browser, net, tmp_path):
        from selenium.webdriver import ActionChains

        shown = opened(browser, view(net[0]), tmp_path)
        fitted = shown.place()
        shown.scroll(-200)
        assert shown.place()[2] > fitted[2]
        shown.button("−")
        shown.button("−")
        assert shown.place()[2] < fitted[2]
        shown.key("0")
        whole = shown.place()
        shown.key("+")
        assert shown.place()[2] == pytest.approx(whole[2] * 1.25, rel=1e-3)
        x, y, _ = shown.place()
        ActionChains(browser).move_to_element_with_offset(
            shown.one(".stage"), -400, 200
        ).click_and_hold().move_by_offset(40, -30).release().perform()
        assert shown.place()[:2] == pytest.approx([x + 40, y - 30], abs=1)

    def test_in_a_notebook_the_wheel_scrolls_until_the_view_is_used(self, browser, net, tmp_path):
        cells(browser, [net[0]._repr_mimebundle_()["text/html"]], tmp_path)
        shown = Shown(browser)
        fitted = shown.place()
        shown.scroll(-200)
        assert shown.place() == fitted
        shown.scroll(-200, control=True)
        assert shown.place()[2] > fitted[2]
        shown.click("conv1")
        before = shown.place()[2]
        shown.scroll(-200)
        assert shown.place()[2] > before


class TestNotebook:
    def test_many_cells_and_the_same_output_twice(self, browser, net, tmp_path):
        with tf.Graph().as_default() as other:
            tf.exp(tf.placeholder(tf.float32, name="alone"))
        first, second = (g._repr_mimebundle_()["text/html"] for g in (net[0], other))
        cells(browser, [first, second, first], tmp_path)
        assert errors(browser) == []
        one, two, three = (Shown(browser, k) for k in range(3))
        assert one.labels() == three.labels() != two.labels()
        one.click("conv1")
        assert "Conv2D" in one.labels() and "Conv2D" not in three.labels()
        assert one.one(".item").is_displayed()
        size = "return getComputedStyle(arguments[0].querySelector('.item text')).fontSize"
        assert browser.execute_script(size, one.root) == "11px"
        assert (
            set(browser.execute_script("return Object.keys(window)")) & {"dagre", "mount"} == set()
        )

    def test_without_scripts_the_picture_is_seen(self, browser, net, tmp_path):
        piece = net[0]._repr_mimebundle_()["text/html"]
        cells(browser, [re.sub("<script>.*</script>", "", piece, flags=re.DOTALL)], tmp_path)
        image = browser.find_element("css selector", "img")
        script = "return arguments[0].decode().then(() => arguments[0].naturalWidth)"
        assert browser.execute_script(script, image) > 100

    @pytest.mark.parametrize(
        "attributes, theme",
        [("", "light"), ('data-jp-theme-light="false"', "dark"),
         ('data-md-color-scheme="slate"', "dark"), ('data-vscode-theme-kind="v-dark"', "dark")],
    )  # fmt: skip
    def test_wears_the_pages_theme(self, browser, net, tmp_path, attributes, theme):
        cells(browser, [net[0]._repr_mimebundle_()["text/html"]], tmp_path, attributes)
        host = browser.find_element("css selector", "[data-flowgraph]")
        assert host.get_attribute("data-theme") == theme

    def test_follows_the_system_and_a_button(self, browser, net, tmp_path):
        media = [{"name": "prefers-color-scheme", "value": "dark"}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
        shown = opened(browser, view(net[0]), tmp_path)
        paper = "return getComputedStyle(arguments[0].querySelector('.view')).backgroundColor"
        assert browser.execute_script(paper, shown.root) == "rgb(20, 24, 28)"
        shown.button("light or dark")
        assert browser.execute_script(paper, shown.root) == "rgb(255, 255, 255)"


class TestPictures:
    def test_a_run_is_searched_and_clicked(self, browser, net, tmp_path):
        _, session, x, _, train = net
        run, options = tf.RunMetadata(), tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        session.run(train, {x: np.ones([1, 8, 8, 1])}, options, run)
        shown = opened(browser, view(run), tmp_path)
        shown.key("logits", "input")
        shown.key(ENTER, "input")
        assert shown.panel().startswith("×\n") and "logits" in shown.panel()
        assert "µs" in shown.panel() or "ms" in shown.panel()
        assert len(shown.all(".picked")) == 1

    def test_a_plan_has_its_passes_and_its_words(self, browser, net, tmp_path):
        shown = opened(browser, view(tf.viz.explain(net[3])), tmp_path)
        assert "From graph to plan" in shown.one(".stage").text
        shown.button("In words")
        assert "fold constants" in shown.one(".sheet pre").text
        assert errors(browser) == []


class TestSafety:
    def graph_def(self):
        message = tf.GraphDef()
        node = message.node.add(name=f"scope/{EVIL}", op=f"Odd{EVIL}")
        node.attr[EVIL].s = EVIL.encode()
        message.node.add(name=f"scope/user{EVIL}", op="Odd", input=[node.name])
        return message

    def test_no_script_runs_from_a_name(self, browser, tmp_path):
        made = view(self.graph_def(), title=EVIL)
        shown = opened(browser, made, tmp_path)
        shown.click(EVIL)
        assert EVIL in shown.panel()
        shown.key("user", "input")
        shown.key(ENTER, "input")
        time.sleep(0.1)
        assert browser.title == EVIL
        assert browser.execute_script("return document.querySelectorAll('img').length") == 0
        assert shown.all("img") == []

    def test_nor_from_a_finished_picture(self, browser, tmp_path):
        picture = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 90" onload="document.title=1">'
            "<script>document.title = 2</script><g onclick='document.title = 3'><title>t</title>"
            '<a href="javascript:document.title=4"><rect width="90" height="90"/></a></g></svg>'
        )
        text = page.whole([{"kind": "picture", "title": "p", "svg": picture}], "safe")
        (tmp_path / "p.html").write_text(text, "utf-8")
        browser.get(f"file://{tmp_path / 'p.html'}")
        Shown(browser).one("rect").click()
        assert Shown(browser).panel() == "×\nt"
        assert browser.title == "safe"

    def test_a_view_that_fails_leaves_the_picture(self, browser, tmp_path):
        piece = page.piece([{"kind": "graph", "title": "broken"}], "t", "<svg/>")
        cells(browser, [piece], tmp_path)
        assert browser.find_element("css selector", "img").get_attribute("alt") == "t"
        shown = "return document.querySelector('img').assignedSlot !== null"
        assert browser.execute_script(shown)
        assert "flowgraph's view failed" in errors(browser)[0]
