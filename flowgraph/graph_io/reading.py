"""Messages in files: binary, or protobuf's text."""

from __future__ import annotations

import os
from typing import Any

from flowgraph.platform import file_io


def read_message(path: Any, cls: Any) -> Any:
    """The message in a file, binary or text.

    Raises:
      OSError: there is no such file, or it holds no message of this class.
    """
    from google.protobuf import message, text_format

    path = os.fsdecode(path)
    if not file_io.file_exists(path):
        raise OSError(f"File {path} does not exist.")
    content = file_io.read_file_to_string(path, True)
    try:
        return cls.FromString(content)
    except message.DecodeError:
        pass
    try:
        return text_format.Merge(content.decode(), cls())
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise OSError(f"Cannot parse file {path} as {cls.__name__}: {error}.") from None


def write_message(path: Any, message: Any, as_text: bool = False) -> None:
    """Writes a message to a file; its directory is made when it is missing."""
    from google.protobuf import text_format

    path = os.fsdecode(path)
    folder = os.path.dirname(path)
    if folder and not file_io.is_directory(folder):
        file_io.recursive_create_dir(folder)
    content: Any = message.SerializeToString()
    if as_text:
        content = text_format.MessageToString(message)
    file_io.atomic_write_string_to_file(path, content)
