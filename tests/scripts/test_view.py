"""`flowgraph view`: what it shows of each kind of path, and who may read it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.scripts import view, view_server, view_sources
from flowgraph.viz.interactive import logs
from flowgraph.viz.interactive.views import View

SCRIPT = """
import sys
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 4], name="x")
y = tf.layers.dense(x, 2, name="layer")
if "--scale" in sys.argv:
    y = tf.multiply(y, 2.0, name="scaled")
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    session.run(tf.assign(tf.trainable_variables()[0], [[1., 2.]] * 4))
    print("ran to the end")
"""


@pytest.fixture
def graph():
    """A graph of its own for each test, with a variable and two scopes."""
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        tf.layers.dense(tf.layers.dense(x, 3, name="one"), 2, name="two")
        yield graph


def save(path, save=""):
    """The command with --save, which serves nothing; gives (exit code, the page)."""
    page = Path(path).parent / "page.html"
    code = view.main(["--save", str(page), str(path)])
    return code, page.read_text("utf-8") if page.exists() else ""


def panes(path, *arguments, whole=False):
    return view_sources.source_of(Path(path), arguments, whole)().panes


def names(pane):
    return pane["ops"]["name"]


def told(pane, tensor):
    return pane["values"][f"{names(pane).index(tensor)}:0"]["text"]


class TestFiles:
    @pytest.mark.parametrize("name, text", [("g.pb", False), ("g.pbtxt", True), ("g2.pb", True)])
    def test_a_graph_def_binary_or_text(self, graph, tmp_path, name, text):
        tf.train.write_graph(graph, str(tmp_path), name, as_text=text)
        code, page = save(tmp_path / name)
        assert code == 0 and "two/kernel" in page
        (pane,) = panes(tmp_path / name)
        assert set(names(pane)) == {op.name for op in graph.get_operations()}

    def test_a_meta_graph_and_the_checkpoint_beside_it(self, graph, tmp_path):
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(tf.assign(tf.global_variables()[1], [1.0, 2.0, 3.0]))
            prefix = tf.train.Saver().save(session, str(tmp_path / "model"), 7)
        (pane,) = panes(prefix + ".meta")
        assert told(pane, "one/bias") == "[1, 2, 3]"
        assert pane["lines"] == [None]
        for path in tmp_path.glob("model-7.[di]*"):
            path.unlink()
        (alone,) = panes(prefix + ".meta")
        assert alone["values"] == {} and "one/bias" in names(alone)

    def test_a_saved_model_with_its_variables(self, graph, tmp_path):
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run(tf.assign(tf.global_variables()[3], [4.0, 5.0]))
            x, y = (graph.get_tensor_by_name(name) for name in ("x:0", "two/BiasAdd:0"))
            tf.saved_model.simple_save(session, str(tmp_path / "saved"), {"x": x}, {"y": y})
        (pane,) = panes(tmp_path / "saved")
        assert (pane["title"], told(pane, "two/bias")) == ("serve", "[4, 5]")
        (of_file,) = panes(tmp_path / "saved" / "saved_model.pb")
        assert "two/bias" in names(of_file)

    def test_ops_of_another_library(self, tmp_path):
        (tmp_path / "g.pbtxt").write_text('node { name: "a" op: "TheirOp" }')
        assert names(panes(tmp_path / "g.pbtxt")[0]) == ["a"]


class TestLogs:
    def write(self, folder, graph, steps=5, value=1.0):
        with tf.summary.FileWriter(str(folder), graph) as writer:
            for step in range(steps):
                summary = tf.Summary()
                summary.value.add(tag="loss", simple_value=value / (step + 1))
                image = tf.Summary.Image(encoded_image_string=b"\x89PNG\r\n" + bytes([step]))
                summary.value.add(tag="digit", image=image)
                writer.add_summary(summary, step)

    def test_graph_scalars_and_images_of_all_runs(self, graph, tmp_path):
        self.write(tmp_path / "a", graph)
        self.write(tmp_path / "deep" / "b", graph, value=float("nan"))
        graph_pane, scalars, images = panes(tmp_path)
        assert (graph_pane["title"], scalars["title"], images["title"]) == (
            "Graph", "Scalars", "Images"
        )  # fmt: skip
        (tag,) = scalars["tags"]
        assert tag["tag"] == "loss"
        assert [run["run"] for run in tag["runs"]] == ["a", "deep/b"]
        assert tag["runs"][0]["points"][:2] == [[0, 1.0], [1, 0.5]]
        assert tag["runs"][1]["points"][0] == [0, None]
        assert [(i["tag"], i["run"], len(i["images"])) for i in images["tags"]] == [
            ("digit", "a", 5), ("digit", "deep/b", 5)
        ]  # fmt: skip

    def test_different_graphs_are_told_apart(self, graph, tmp_path):
        self.write(tmp_path / "a", graph)
        with tf.Graph().as_default() as other:
            tf.constant(1.0)
        self.write(tmp_path / "b", other)
        assert [pane["title"] for pane in panes(tmp_path)[:2]] == ["Graph of a", "Graph of b"]

    def test_a_traced_run(self, graph, tmp_path):
        run, options = tf.RunMetadata(), tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            feeds = {"x:0": np.ones([2, 4])}
            session.run("two/BiasAdd:0", feeds, options, run)
            with tf.summary.FileWriter(str(tmp_path)) as writer:
                writer.add_run_metadata(run, "step 3")
        (pane,) = panes(tmp_path)
        assert (pane["kind"], pane["title"]) == ("picture", "Run step 3")
        assert "one/MatMul" in pane["svg"]

    def test_a_file_that_is_being_written(self, graph, tmp_path):
        self.write(tmp_path, graph)
        (path,) = logs.event_files(tmp_path)
        path.write_bytes(path.read_bytes()[:-7])
        assert len(panes(tmp_path)[1]["tags"][0]["runs"][0]["points"]) == 4

    def test_long_curves_keep_their_end(self):
        points = logs._points([(step, float(step)) for step in range(100_001)])
        assert len(points) <= logs.MOST_POINTS + 1
        assert (points[0], points[-1]) == ([0, 0.0], [100_000, 100_000.0])


class TestScripts:
    def script(self, tmp_path, text=SCRIPT):
        (tmp_path / "train.py").write_text(text)
        return tmp_path / "train.py"

    def run(self, path, *arguments):
        """In a process of its own: a script changes what `tensorflow` and `__main__` mean."""
        page = path.parent / "page.html"
        done = subprocess.run(
            [sys.executable, "-m", "flowgraph", "view", "--save", str(page), str(path), *arguments],
            capture_output=True, text=True, cwd=path.parent, check=False,
        )  # fmt: skip
        return done, page.read_text("utf-8") if page.exists() else ""

    def test_stops_at_its_first_run(self, tmp_path):
        done, page = self.run(self.script(tmp_path), "--scale", "2")
        assert done.returncode == 0, done.stderr
        assert "ran to the end" not in done.stdout
        assert "stopped at its first Session.run; --run runs it to its end" in done.stdout
        assert "layer/kernel" in page and '"scaled"' in page
        assert "tf.layers.dense(x, 2, name=" in page

    def test_runs_to_its_end(self, tmp_path):
        done, page = self.run(self.script(tmp_path), "--run")
        assert done.returncode == 0, done.stderr
        assert "ran to the end" in done.stdout
        assert "when the script ended" in page and '"scaled"' not in page
        assert "1 \\u2026 2, mean 1.5" in page

    def test_a_graph_that_no_session_runs(self, tmp_path):
        text = "import tensorflow as tf\nwith tf.Graph().as_default() as mine:\n  tf.constant(1.)"
        done, page = self.run(self.script(tmp_path, text))
        assert done.returncode == 0 and '"Const"' in page

    def test_its_error_is_its_traceback(self, tmp_path):
        path = self.script(tmp_path, "import tensorflow as tf\ntf.matmul(1, 2)\n")
        done, _ = self.run(path)
        assert done.returncode == 1
        assert done.stderr.startswith("Traceback") and "train.py" in done.stderr
        assert "view_sources" not in done.stderr

    def test_one_that_builds_nothing(self, tmp_path):
        done, _ = self.run(self.script(tmp_path, "print('hi')\n"))
        assert (done.returncode, done.stderr) == (
            2, f"flowgraph view: {tmp_path}/train.py: the script builds no graph\n"
        )  # fmt: skip


class TestMistakes:
    CYCLE = (
        'node { name: "p" op: "Identity" input: "q" } node { name: "q" op: "Identity" input: "p" }'
    )

    @pytest.mark.parametrize(
        "name, content, said",
        [
            ("none.pb", None, "none.pb: No such file or directory"),
            ("bad.pb", b"\xff\xfe no graph", "bad.pb: no graph can be read from it: it is no Gr"),
            ("empty.pb", b"", "empty.pb: no graph can be read from it: it holds no node"),
            ("loop.pbtxt", CYCLE.encode(), "loop.pbtxt: the GraphDef has a cycle: p <- q <- p"),
            ("net.h5", b"x", "net.h5: unknown format; there are .pb, .pbtxt, .meta, .py, and"),
            ("x.tfevents.1", b"x", "x.tfevents.1: a file of events; give its directory"),
            ("folder/", b"", "folder: neither a SavedModel (saved_model.pb) nor files of events"),
            ("logs/x.tfevents.1", b"", "logs: its files of events hold no graph, no scalar and"),
        ],
    )  # fmt: skip
    def test_each_is_one_line_and_exit_code_2(self, tmp_path, capsys, name, content, said):
        path = tmp_path / name
        if name.endswith("/"):
            path.mkdir()
        elif content is not None:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        shown = path.parent if name.startswith("logs") else path
        assert view.main([str(shown), "--no-browser"]) == 2
        error = capsys.readouterr().err
        assert error.startswith(f"flowgraph view: {shown.parent}/{said}"), error
        assert error.count("\n") == 1

    @pytest.mark.parametrize("arguments", [[], ["g.pb", "--what"], ["g.pb", "--port", "99999"]])
    def test_wrong_usage(self, arguments, capsys):
        assert view.main(arguments) == 2
        assert "usage: flowgraph view" in capsys.readouterr().err

    def test_help(self, capsys):
        assert view.main(["--help"]) == 0
        assert "graph.pbtxt" in capsys.readouterr().out

    def test_a_port_that_is_taken(self, graph, tmp_path, capsys):
        tf.train.write_graph(graph, str(tmp_path), "g.pb", as_text=False)
        with view_server.Server(lambda: None) as server:
            port = server.server_address[1]
            assert view.main([str(tmp_path / "g.pb"), "--no-browser", "--port", str(port)]) == 2
        assert re.fullmatch(rf"flowgraph view: port {port}: .+\n", capsys.readouterr().err)

    def test_a_page_that_cannot_be_written(self, graph, tmp_path, capsys):
        tf.train.write_graph(graph, str(tmp_path), "g.pb", as_text=False)
        assert view.main([str(tmp_path / "g.pb"), "--save", str(tmp_path / "no" / "p.html")]) == 2
        assert "No such file or directory" in capsys.readouterr().err


@pytest.fixture
def server():
    """A server of a small view, and the number of times that the view was made."""
    made = []

    def make():
        made.append(1)
        if len(made) > 2:
            raise OSError("the file is gone")
        return View("words", [{"kind": "words", "title": "w", "text": f"made {len(made)}"}], str)

    with view_server.Server(make) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server, path="/", host=None, method="GET", headers=()):
    port = server.server_address[1]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host=True)
    for value in [f"127.0.0.1:{port}"] if host is None else host:
        connection.putheader("Host", value)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body.decode("utf-8")


class TestServer:
    def test_is_on_loopback_only(self, server):
        assert server.server_address[0] == "127.0.0.1"
        assert server.url == f"http://127.0.0.1:{server.server_address[1]}/"

    def test_serves_one_page_that_a_reload_makes_anew(self, server):
        assert "made 1" in ask(server)[1]
        answer, body = ask(server, "/?x=1")
        assert answer.status == 200 and "made 2" in body
        answer, body = ask(server)
        assert (answer.status, body) == (500, "no view: the file is gone\n")

    def test_scripts_are_ours_alone(self, server):
        answer, body = ask(server)
        policy = answer.getheader("Content-Security-Policy")
        nonce = re.search("script-src 'nonce-([^']+)'", policy)[1]
        assert f'<script nonce="{nonce}">' in body
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert answer.getheader("X-Frame-Options") == "DENY"
        assert answer.getheader("Cross-Origin-Resource-Policy") == "same-origin"
        assert nonce not in ask(server)[1]

    @pytest.mark.parametrize(
        "host", [["evil.example"], ["evil.example:{port}"], ["127.0.0.1"], ["127.0.0.1:1"], [],
                 [""], ["127.0.0.1:{port}", "evil.example"], ["127.0.0.1:{port}.evil.example"]],
    )  # fmt: skip
    def test_refuses_other_hosts(self, server, host):
        port = server.server_address[1]
        answer, body = ask(server, host=[name.format(port=port) for name in host])
        assert answer.status == 403 and "words" not in body

    def test_answers_to_localhost(self, server):
        assert ask(server, host=[f"localhost:{server.server_address[1]}"])[0].status == 200

    @pytest.mark.parametrize(
        "path", ["/etc/passwd", "/../../etc/passwd", "/%2e%2e/", "http://evil.example/", "*",
                 "/index.html", "/\\..\\"],
    )  # fmt: skip
    def test_there_is_nothing_else(self, server, path):
        answer, body = ask(server, path)
        assert (answer.status, body) == (404, "there is nothing but /\n")

    def test_other_methods(self, server):
        assert ask(server, method="POST")[0].status == 501
        answer, body = ask(server, method="HEAD")
        assert (answer.status, body) == (200, "")

    def test_ends_by_control_c(self, tmp_path, graph):
        tf.train.write_graph(graph, str(tmp_path), "g.pb", as_text=False)
        process = subprocess.Popen(
            [sys.executable, "-m", "flowgraph", "view", "g.pb", "--no-browser"], cwd=tmp_path,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            # who runs the tests in the background has interrupts ignored
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        line = process.stdout.readline()
        port = int(re.fullmatch(r"http://127\.0\.0\.1:(\d+)/ \(Ctrl-C ends\)\n", line)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/")
        assert "two/kernel" in connection.getresponse().read().decode("utf-8")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr.read() == ""

    def test_opens_a_browser(self, server, monkeypatch, capsys):
        opened = threading.Event()
        monkeypatch.setattr(view_server.webbrowser, "open", lambda url: opened.set())
        monkeypatch.setattr(server, "serve_forever", lambda **_: opened.wait(10))
        view_server.serve(server, True)
        assert opened.is_set()
        assert capsys.readouterr().out == f"{server.url} (Ctrl-C ends)\n"
        monkeypatch.undo()


class TestInABrowser:
    def test_logs_are_seen_under_the_servers_policy(self, browser, graph, tmp_path):
        TestLogs().write(tmp_path, graph)
        with view_server.Server(view_sources.source_of(tmp_path)) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            browser.get(server.url)
            find = "return document.querySelector('[data-flowgraph]').shadowRoot"
            root = browser.execute_script(find)
            tabs = root.find_elements("css selector", ".tabs button")
            assert [tab.text for tab in tabs] == ["Graph", "Scalars", "Images"]
            assert len(root.find_elements("css selector", ".item")) > 2
            tabs[1].click()
            card = root.find_element("css selector", ".card")
            assert card.text.startswith("loss") and "0.2 at step 4" in card.text
            assert card.find_element("css selector", ".curve").get_attribute("d").count("L") == 4
            messages = [
                e["message"] for e in browser.get_log("browser") if "favicon" not in e["message"]
            ]
            browser.get("about:blank")
            server.shutdown()
            thread.join()
        assert messages == []
