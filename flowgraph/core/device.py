"""Device strings: "/job:worker/task:1/device:GPU:0", parsed, merged and written canonically.

There is one CPU here; the strings are kept so that graphs carry what the user asked for.
"""

from __future__ import annotations

_PARTS = ("job", "replica", "task")


def parse(text: str) -> dict[str, str]:
    """Reads a device string; ValueError when a part is not known."""
    spec: dict[str, str] = {}
    for part in (p for p in text.split("/") if p):
        key, _, value = part.partition(":")
        if key in _PARTS:
            spec[key] = value
        elif key == "device":
            kind, _, index = value.partition(":")
            spec["device"] = f"{kind.upper()}:{index or '*'}"
        elif key.lower() in ("cpu", "gpu", "tpu", "xla_cpu", "xla_gpu"):
            spec["device"] = f"{key.upper()}:{value or '*'}"
        else:
            raise ValueError(f"Unknown attribute: '{key}' in '{text}'")
    return spec


def merge(outer: str, inner: str | None) -> str:
    """The inner string's parts over the outer's; None asks for no device at all."""
    if inner is None:
        return ""
    return to_string({**parse(outer), **parse(inner)})


def to_string(spec: dict[str, str]) -> str:
    """Writes the parts in TensorFlow's order."""
    text = "".join(f"/{key}:{spec[key]}" for key in _PARTS if key in spec)
    return text + (f"/device:{spec['device']}" if "device" in spec else "")
