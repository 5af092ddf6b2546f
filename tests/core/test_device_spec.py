import pytest

import flowgraph as tf


def test_parts_and_strings():
    spec = tf.DeviceSpec(job="ps", task=1, device_type="CPU", device_index=0)
    assert spec.to_string() == "/job:ps/task:1/device:CPU:0"
    again = tf.DeviceSpec.from_string("/job:ps/task:1/cpu:0")
    assert (again.job, again.task, again.device_type, again.device_index) == ("ps", 1, "CPU", 0)
    assert spec == again
    assert len({spec, again}) == 1
    assert tf.DeviceSpec(device_type="GPU").to_string() == "/device:GPU:*"
    assert tf.DeviceSpec().to_string() == ""


def test_the_others_parts_win():
    spec = tf.DeviceSpec(job="worker", replica=2)
    spec.merge_from(tf.DeviceSpec(job="ps", device_type="CPU", device_index=1))
    assert spec.to_string() == "/job:ps/replica:2/device:CPU:1"
    other = spec.make_merged_spec(tf.DeviceSpec(task=3))
    assert other.to_string() == "/job:ps/replica:2/task:3/device:CPU:1"
    assert other.replace(job="chief", replica=None).to_string() == "/job:chief/task:3/device:CPU:1"
    assert spec.task is None


def test_a_device_scope_takes_it():
    with tf.Graph().as_default(), tf.device(tf.DeviceSpec(device_type="CPU", device_index=0)):
        assert tf.constant(1).device == "/device:CPU:0"


def test_a_part_that_is_not_known():
    with pytest.raises(ValueError, match="Unknown attribute: 'jop'"):
        tf.DeviceSpec.from_string("/jop:ps")


def test_parts_of_shapes():
    assert tf.dimension_value(tf.Dimension(3)) == tf.dimension_value(3) == 3
    assert tf.dimension_value(tf.Dimension(None)) is None
    assert tf.dimension_at_index(tf.TensorShape([2, 3]), 1).value == 3
    assert tf.dimension_at_index(tf.TensorShape(None), 1).value is None
