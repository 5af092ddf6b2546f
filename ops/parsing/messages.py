"""`tf.train.Example`, `SequenceExample` and their parts as protocol buffer messages."""

from __future__ import annotations

from typing import Any

from flowgraph.core.errors import InvalidArgumentError
from flowgraph.core.messages import Schema

_TABLE = """
file core/example/feature
BytesList
  1 *bytes value
FloatList
  1 *float value
Int64List
  1 *int64 value
Feature
  1 BytesList bytes_list kind
  2 FloatList float_list kind
  3 Int64List int64_list kind
Features
  1 {string}Feature feature
FeatureList
  1 *Feature feature
FeatureLists
  1 {string}FeatureList feature_list
file core/example/example
Example
  1 Features features
SequenceExample
  1 Features context
  2 FeatureLists feature_lists
"""
SCHEMA = Schema("example", _TABLE)
NAMES = SCHEMA.names


def message(name: str) -> Any:
    """The class of a message; AttributeError when there is none of that name."""
    return SCHEMA.get(name)


def example_of_json(text: bytes) -> bytes:
    """The serialised Example that JSON describes; InvalidArgumentError when it describes none."""
    from google.protobuf import json_format

    example = message("Example")()
    try:
        json_format.Parse(text, example)
    except (json_format.ParseError, UnicodeDecodeError) as error:
        raise InvalidArgumentError(f"Error while parsing JSON: {error}") from None
    return example.SerializeToString(deterministic=True)  # type: ignore[no-any-return]
