import pytest

import flowgraph as tf


def test_one_cpu_and_no_gpu():
    experimental = tf.config.experimental
    (cpu,) = experimental.list_physical_devices()
    assert cpu.device_type == "CPU"
    assert experimental.list_physical_devices("GPU") == []
    assert experimental.list_logical_devices("CPU")[0].name == "/device:CPU:0"
    for gpu in experimental.list_physical_devices("GPU"):  # as scripts write it
        experimental.set_memory_growth(gpu, True)
    experimental.set_visible_devices([], "GPU")
    experimental.set_visible_devices(cpu)
    assert experimental.get_visible_devices() == [cpu]
    with pytest.raises(ValueError, match="it is no GPU"):
        experimental.set_memory_growth(cpu, True)
    with pytest.raises(ValueError, match="Unrecognized device"):
        experimental.set_visible_devices(["/gpu:0"])
    experimental.set_virtual_device_configuration(
        cpu, [experimental.VirtualDeviceConfiguration()] * 2
    )
    assert len(experimental.get_virtual_device_configuration(cpu)) == 2


def test_settings_are_kept():
    tf.config.set_soft_device_placement(True)
    tf.config.threading.set_inter_op_parallelism_threads(3)
    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.optimizer.set_jit(True)
    tf.config.optimizer.set_experimental_options({"remapping": False})
    tf.config.experimental.set_device_policy("warn")
    tf.config.experimental.set_synchronous_execution(False)
    assert tf.config.get_soft_device_placement()
    assert tf.config.threading.get_inter_op_parallelism_threads() == 3
    assert tf.config.threading.get_intra_op_parallelism_threads() == 2
    assert tf.config.optimizer.get_jit()
    assert tf.config.optimizer.get_experimental_options() == {"remapping": False}
    assert tf.config.experimental.get_device_policy() == "warn"
    assert not tf.config.experimental.get_synchronous_execution()
    assert tf.config.experimental_list_devices()[0].endswith("CPU:0")
    tf.config.experimental_run_functions_eagerly(True)


def test_what_there_is_not():
    with pytest.raises(tf.errors.UnimplementedError, match="one process"):
        tf.config.experimental_connect_to_cluster("grpc://somewhere")
    with pytest.raises(ValueError, match="Not a valid device policy"):
        tf.config.experimental.set_device_policy("loud")
    with pytest.raises(AttributeError, match="TensorFlow 1.15 has no"):
        tf.config.list_gpus  # noqa: B018


def test_the_log_of_devices_is_kept():
    assert not tf.debugging.get_log_device_placement()
    tf.debugging.set_log_device_placement(True)
    assert tf.debugging.get_log_device_placement()
    tf.debugging.set_log_device_placement(False)
