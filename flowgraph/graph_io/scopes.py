"""Names of nodes below a name scope, and without it (TF's strip_name_scope and its like)."""

from __future__ import annotations

import re


def strip_name_scope(name: str, export_scope: str | None) -> str:
    """A node's name without a scope in front; of "^a/x" and "loc:@a/x" too."""
    if not export_scope:
        return name
    scope = re.escape(export_scope.rstrip("/"))
    return re.sub(rf"^(\^|loc:@|){scope}/", r"\1", name)


def prepend_name_scope(name: str, import_scope: str | None) -> str:
    """A node's name below a scope; of "^x" and "loc:@x" too."""
    if not import_scope:
        return name
    return re.sub(r"^(\^|loc:@|)", lambda m: f"{m[0]}{import_scope.rstrip('/')}/", name, count=1)
