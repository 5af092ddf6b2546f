import sys
from types import ModuleType

import pytest

from flowgraph.scripts import all_util, decorators, inspection, views


@pytest.fixture
def package(monkeypatch):
    module = ModuleType("a_package", "A package.\n\n@@shown\n@@absent\n")
    vars(module).update(shown=1, allowed=2, other=3, _inner=4)
    monkeypatch.setitem(sys.modules, "a_package", module)
    return module


def public(module):
    return {name for name in vars(module) if not name.startswith("__")}


def test_only_what_is_documented_or_allowed_stays(package):
    assert all_util.make_all("a_package") == ["shown"]
    all_util.remove_undocumented("a_package", ["allowed"])
    assert public(package) == {"shown", "allowed", "_inner"}
    all_util.reveal_undocumented("a_package.other")
    assert package.other == 3
    with pytest.raises(LookupError, match="a_package.nothing"):
        all_util.reveal_undocumented("a_package.nothing")


def test_docstrings_of_other_modules_count(package):
    more = ModuleType("more", "@@other")
    all_util.remove_undocumented("a_package", doc_string_modules=[more])
    assert public(package) == {"other", "_inner"}


class _Layer:
    def __init__(self, units, rate=0.5, *rest, **more):
        pass

    def __call__(self, x, training=False):
        pass


def test_getargspec_of_what_can_be_called():
    asked = inspection.getargspec
    assert asked(_Layer) == (["self", "units", "rate"], "rest", "more", (0.5,))
    assert asked(_Layer(1)) == (["self", "x", "training"], None, None, (False,))
    assert asked(lambda a, b=1: a).args == ["a", "b"]
    with pytest.raises(TypeError, match="called"):
        asked(3)
    with pytest.raises(ValueError, match="keyword only"):
        asked(lambda *, a: a)


def test_a_decorated_function_tells_of_itself_and_is_unwrapped():
    def twice(x):
        """Doubles."""
        return 2 * x

    def call(*args):
        return twice(*args) + 1

    decorated = decorators.make_decorator(twice, call, "plus_one")
    assert decorated(2) == 5 and decorated.__name__ == "twice" and decorated.__doc__ == "Doubles."
    found, target = decorators.unwrap(decorated)
    assert target is twice and [d.decorator_name for d in found] == ["plus_one"]
    assert decorators.unwrap(twice) == ([], twice)


@pytest.mark.parametrize(
    "path, names",
    [
        ("python.util.all_util", "remove_undocumented make_all"),
        ("python.util.tf_inspect", "getargspec ArgSpec getfullargspec isclass"),
        ("python.ops.control_flow_ops", "with_dependencies cond switch merge group no_op"),
        ("python.util.tf_contextlib", "contextmanager"),
        ("python.util.tf_decorator", "make_decorator unwrap"),
        ("python.client.session", "register_session_run_conversion_functions BaseSession Session"),
        ("python.pywrap_tensorflow", "EventsWriter NewCheckpointReader"),
        ("python.ops.constant_op", "constant"),
    ],
)
def test_inner_modules_have_what_libraries_take_from_them(path, names):
    module = views.find(path)
    for name in names.split():
        assert getattr(module, name)
