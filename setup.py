"""Maps the two source trees to one package; everything else is in pyproject.toml."""

from setuptools import find_packages, setup

packages = find_packages(include=["flowgraph", "flowgraph.*"])
packages += ["flowgraph.ops"] + [f"flowgraph.ops.{name}" for name in find_packages("ops")]

setup(packages=packages, package_dir={"flowgraph": "flowgraph", "flowgraph.ops": "ops"})
