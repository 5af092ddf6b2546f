"""Builds the documentation site: `python docs/make_site.py` writes build/site/index.html.

It needs the extra `docs` (`pip install -e ".[docs]"`) and no network. A warning is an error.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "site"))


def main(arguments: list[str] | None = None) -> int:
    """Builds the site; the exit code is 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE.parent / "build" / "site")
    parser.add_argument("--jobs", default="2", help="processes that read and write pages")
    given = parser.parse_args(arguments)
    if given.out.exists() and not (given.out / ".buildinfo").exists():
        parser.error(f"{given.out} is there and is no site: name another folder")
    try:
        from sphinx.cmd.build import build_main
    except ImportError:
        parser.error('Sphinx is not installed: pip install -e ".[docs]"')
    import gather
    import links
    import reference
    import sources

    with tempfile.TemporaryDirectory(prefix="flowgraph-site-") as scratch:
        pages = Path(scratch, "pages")
        gather.gather(pages)
        reference.write(pages / "api")
        code = build_main([
            "--quiet", "--fail-on-warning", "--jobs", given.jobs, "--conf-dir", str(HERE / "site"),
            "--doctree-dir", str(Path(scratch, "doctrees")), str(pages), str(Path(scratch, "site")),
        ])  # fmt: skip
        if code == 0:
            sources.write(Path(scratch, "site", "source"))
            faults = links.faults(Path(scratch, "site"))
            print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
            code = 1 if faults else 0
        if code == 0:
            shutil.rmtree(given.out, ignore_errors=True)
            shutil.copytree(Path(scratch, "site"), given.out)
            print(given.out / "index.html")
    return code


if __name__ == "__main__":
    sys.exit(main())
