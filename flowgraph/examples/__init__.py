"""Runnable examples that are installed with flowgraph.

`flowgraph.examples.lenet` is the main job: LeNet-5 on the digits which `flowgraph.examples.mnist`
reads. Nothing in the library imports from here.
"""
