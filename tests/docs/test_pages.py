"""The code of the documentation's pages runs, and prints what they say."""

import importlib.util
from pathlib import Path

import pytest

import flowgraph as tf

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "quickstart.md", *sorted((DOCS / "howto").glob("*.md"))]


def site_module(name):
    """A module of docs/site, which is no package."""
    spec = importlib.util.spec_from_file_location(name, DOCS / "site" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


running = site_module("running")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.setenv("FLOWGRAPH_CACHE", str(tmp_path / "cache"))
    tf.reset_default_graph()
    running.run(page, tmp_path)


def test_a_page_that_says_what_is_not_so_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one\ntwo\n```\n")
    with pytest.raises(running.PageError, match="printed 'one"):
        running.run(page, tmp_path)
