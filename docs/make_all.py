"""Writes all that is made from the code: the ops' index, the stubs, the pages of ops and API.

`python docs/make_all.py`, after ops or public names were added.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPTS = ("make_ops_index.py", "make_stubs.py", "make_ops_page.py", "make_api_page.py")


def main() -> None:
    """Runs each script; a failure ends it."""
    for script in SCRIPTS:
        subprocess.run([sys.executable, str(Path(__file__).parent / script)], check=True)


if __name__ == "__main__":
    main()
