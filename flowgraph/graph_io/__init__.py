"""Graphs as files: protocol buffer messages, and GraphDef to and from graphs."""
