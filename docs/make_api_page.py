"""Writes docs/api.md and docs/api.svg: each public symbol of TensorFlow 1.15, there and tested?

`python docs/make_api_page.py`. The yardsticks are flowgraph/core/tf1_symbols.txt (written by
gather_tf1_api.py) and docs/tf1_usage.tsv, what 1,151 public scripts of 2015 to 2020 use.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api_picture import picture

from flowgraph.core.missing_names import tf1_symbols
from flowgraph.scripts import judge
from flowgraph.scripts.uses import read as read_uses

HERE = Path(__file__).parent
PAGE, PICTURE, USAGE = HERE / "api.md", HERE / "api.svg", HERE / "tf1_usage.tsv"
TESTS = [HERE.parent / "tests", HERE.parent / "examples"]
ELSEWHERE = ("tf.raw_ops", "tf.python")  # ops.md has the ops; the rest is not public

HEAD = """# The API

Made by `docs/make_api_page.py`: do not edit. Of the {known:,} public symbols of TensorFlow 1.15
({modules} modules, `tf.contrib` included, raw ops left out: see [ops.md](ops.md)), flowgraph has
{there:,} ({share:.0%}); tests mention {tested:,} of them.

What counts for a script is what scripts use. In [tf1_usage.tsv](tf1_usage.tsv) are the symbols that
1,151 public scripts for TensorFlow 1 use, with the number of uses: **{uses:.1%} of the uses are
there**. Of the {common} symbols that two or more repositories use, {common_there} are there.

![Each family: symbols that are tested, there, missing; share of uses covered](api.svg)

| family | symbols | there | tested | uses | uses there |
| --- | ---: | ---: | ---: | ---: | ---: |
"""
USED = """
## Used, and missing

What two or more repositories use and flowgraph has not:

| symbol | repositories | uses |
| --- | ---: | ---: |
"""
SYMBOLS = """
## Symbol by symbol

Names in **bold** are there and mentioned by a test, plain ones are there, ~~struck~~ ones missing.

"""


@dataclass
class Family:
    """What is counted of a family, such as tf.nn with all its modules."""

    name: str
    known: int = 0
    there: int = 0
    tested: int = 0
    uses: int = 0
    uses_there: int = 0
    lines: list[str] = field(default_factory=list)


class Families(dict[str, Family]):
    """The families by name, each made when it is first counted."""

    def __missing__(self, name: str) -> Family:
        self[name] = Family(name)
        return self[name]


def resolve(symbol: str) -> Any:
    """What a symbol is in flowgraph, or None."""
    path = symbol.removeprefix("tf").removeprefix(".").removesuffix(".*")
    found = judge.resolve(path, False)
    return None if isinstance(found, judge.Absent) else found


def family_of(symbol: str) -> str:
    """`tf.nn` for tf.nn.rnn_cell.LSTMCell, `tf` for tf.add, `tf.contrib.rnn` for what is there."""
    parts = symbol.split(".")
    if parts[1:2] == ["contrib"]:
        return ".".join(parts[:3])
    modules = {m for m in tf1_symbols() if m.count(".") == 1} | {"tf.python"}
    head = ".".join(parts[:2])
    return head if head in modules else "tf"


def mentions() -> set[Any]:
    """What tests mention as `tf.name`: the names, and the identities of functions and classes."""
    found: set[Any] = set()
    pattern = re.compile(r"\btf((?:\.[A-Za-z_]\w*)+)")
    for folder in TESTS:
        for file in folder.rglob("*.py"):
            text = file.read_text()
            paths = set(pattern.findall(text))
            paths |= {f".{use.path}" for use in read_uses(text, str(file)) if use.path}
            for path in paths:
                found |= set(_chain(f"tf{path}"))
    return found


def _chain(symbol: str) -> Iterator[str | int]:
    """What each part of a dotted name is: a method's class is mentioned with it."""
    parts = symbol.split(".")
    for i in range(2, len(parts) + 1):
        value = resolve(".".join(parts[:i]))
        if value is None:
            return
        yield ".".join(parts[:i])
        if callable(value):
            yield id(value)


def count_symbols(families: Families) -> None:
    """Counts the public symbols, and writes the line of each module."""
    tested = mentions()
    for module, names in sorted(tf1_symbols().items()):
        if module.startswith(ELSEWHERE) and module != "tf.python_io":
            continue
        family = families[family_of(f"{module}.") if module != "tf.contrib" else module]
        words = []
        for name in names:
            value = resolve(f"{module}.{name}")
            is_tested = value is not None and bool({id(value), f"{module}.{name}"} & tested)
            family.known += 1
            family.there += value is not None
            family.tested += is_tested
            words.append(
                f"**{name}**" if is_tested else name if value is not None else f"~~{name}~~"
            )
        family.lines.append(f"- `{module}`: {', '.join(words)}")


def count_uses(families: Families) -> list[tuple[str, int, int, bool]]:
    """Counts the uses; gives (symbol, repositories, uses, whether it is there)."""
    rows = []
    for line in USAGE.read_text().splitlines()[1:]:
        symbol, repositories, uses = line.split("\t")
        is_there = resolve(symbol) is not None
        family = families[family_of(symbol)]
        family.uses += int(uses)
        family.uses_there += int(uses) * is_there
        rows.append((symbol, int(repositories), int(uses), is_there))
    return rows


def page(families: list[Family], rows: list[tuple[str, int, int, bool]]) -> str:
    """The page's text."""
    common = [is_there for _, repositories, _, is_there in rows if repositories > 1]
    known, there = sum(f.known for f in families), sum(f.there for f in families)
    text = HEAD.format(
        known=known, there=there, share=there / known, tested=sum(f.tested for f in families),
        modules=sum(len(f.lines) for f in families), common=len(common), common_there=sum(common),
        uses=sum(f.uses_there for f in families) / sum(f.uses for f in families),
    )  # fmt: skip
    for f in families:
        share = f"{f.uses_there / f.uses:.1%}" if f.uses else ""
        text += f"| {f.name} | {f.known} | {f.there} | {f.tested} | {f.uses or ''} | {share} |\n"
    text += USED
    for symbol, repositories, uses, is_there in rows:
        if repositories > 1 and not is_there:
            text += f"| {symbol} | {repositories} | {uses} |\n"
    return text + SYMBOLS + "\n".join(line for f in families for line in f.lines) + "\n"


def main() -> None:
    """Writes the page and its picture."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    families = Families()
    count_symbols(families)
    rows = count_uses(families)
    listed = sorted(families.values(), key=lambda f: (-f.uses, f.name))
    PAGE.write_text(page(listed, rows))
    PICTURE.write_text(picture([f for f in listed if f.uses and f.known]))
    share = sum(f.uses_there for f in listed) / sum(f.uses for f in listed)
    print(f"{PAGE}: {sum(f.there for f in listed)} of {sum(f.known for f in listed)} symbols, "
          f"{share:.2%} of uses")  # fmt: skip


if __name__ == "__main__":
    main()
