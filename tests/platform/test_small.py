"""tf.compat, tf.resource_loader, tf.sysconfig and device_lib."""

from pathlib import Path

import pytest

import flowgraph as tf
from flowgraph.platform import device_lib


def test_strings():
    assert tf.compat.as_bytes("ö") == tf.compat.as_bytes(bytearray("ö".encode())) == b"\xc3\xb6"
    assert tf.compat.as_text(b"\xc3\xb6") == tf.compat.as_str("ö") == "ö"
    assert tf.compat.as_bytes("ö", "latin-1") == b"\xf6"
    assert tf.compat.as_str_any(b"a") == "a" and tf.compat.as_str_any(3) == "3"
    assert tf.compat.path_to_str(Path("a") / "b") == "a/b"
    for function in (tf.compat.as_bytes, tf.compat.as_text):
        with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
            function(3)


def test_versions():
    assert tf.compat.v1 is tf
    with pytest.raises(AttributeError, match="TensorFlow 1's model"):
        _ = tf.compat.v2
    assert tf.compat.forward_compatible(2019, 1, 1)
    assert not tf.compat.forward_compatible(2030, 1, 1)
    with tf.compat.forward_compatibility_horizon(2031, 1, 1):
        assert tf.compat.forward_compatible(2030, 1, 1)


def test_files_beside_a_script():
    here = str(Path(__file__).parent)
    assert tf.resource_loader.get_data_files_path() == here
    assert tf.resource_loader.get_path_to_datafile("x") == f"{here}/x"
    assert tf.resource_loader.get_root_dir_with_all_resources() == here
    assert tf.resource_loader.readahead_file_path("x") == "x"
    assert b"flowgraph" in tf.resource_loader.load_resource("__init__.py")
    with pytest.raises(OSError):
        tf.resource_loader.load_resource("no such file")


def test_the_machine():
    (device,) = device_lib.list_local_devices()
    assert (device.name, device.device_type) == ("/device:CPU:0", "CPU")
    assert tf.sysconfig.get_compile_flags()[0].startswith("-I")
    assert tf.sysconfig.get_link_flags() == [f"-L{tf.sysconfig.get_lib()}"]
