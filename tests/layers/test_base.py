"""`tf.layers.Layer`: scopes, reuse, updates, losses, checks of inputs, copies."""

import copy

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.layers.utils import get_reachable_from_inputs, layer_function


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


class Scale(tf.layers.Layer):
    def build(self, input_shape):
        self.scale = self.add_weight("scale", [input_shape[-1]], initializer="ones")

    def call(self, inputs):
        return inputs * self.scale


def test_scopes_are_numbered_and_a_layer_keeps_its_own():
    x = tf.zeros([2, 3])
    first, second, named = Scale(), Scale(), Scale(name="mine")
    for layer in (first, second, named):
        layer(x)
    assert [layer.scope_name for layer in (first, second, named)] == ["scale", "scale_1", "mine"]
    assert [layer.name for layer in (first, second, named)] == ["scale_1", "scale_2", "mine"]
    again = first(x)
    assert len(tf.global_variables()) == 3
    assert again.op.name == "scale/mul_1"
    with tf.variable_scope("outer"):
        inside = Scale()
        inside(x)
    assert inside.scale.name == "outer/scale/scale:0"


def test_variables_are_shared_by_name_only_when_asked():
    x = tf.zeros([2, 3])
    one = tf.layers.dense(x, 4, name="d")
    two = tf.layers.dense(x, 4, name="d", reuse=True)
    assert one is not two and len(tf.global_variables()) == 2
    with pytest.raises(ValueError, match="d/kernel already exists, disallowed"):
        tf.layers.dense(x, 4, name="d")
    with pytest.raises(ValueError, match="e/kernel does not exist"):
        tf.layers.dense(x, 4, name="e", reuse=True)
    with tf.variable_scope("auto", reuse=tf.AUTO_REUSE):
        tf.layers.dense(x, 4, name="d")
        tf.layers.dense(x, 4, name="d")
    assert len(tf.global_variables()) == 4


def test_what_is_not_trainable_is_not_trained_nor_updated():
    x = tf.ones([4, 3])
    layer = tf.layers.BatchNormalization(trainable=False)
    layer(x, training=True)
    assert layer.trainable_weights == [] and len(layer.non_trainable_weights) == 4
    assert layer.updates == [] and tf.trainable_variables() == []
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == []
    layer.trainable = True  # its variables were made as ones that are not trained
    assert layer.trainable_weights == [] and len(layer.updates) == 2
    assert layer.weights == layer.variables and layer.count_params() == 12


def test_updates_and_losses_know_what_they_depend_on():
    class Watched(tf.layers.Layer):
        def build(self, input_shape):
            self.count = self.add_variable("count", [], trainable=False)
            self.add_update(tf.assign_add(self.count, 1.0))
            self.add_loss(self.count)

        def call(self, inputs):
            self.add_update(tf.assign_add(self.count, tf.reduce_sum(inputs)), inputs=True)
            self.add_loss(tf.reduce_sum(inputs), inputs=True)
            return inputs + 1

    layer, x = Watched(), tf.placeholder(tf.float32, [2])
    y = layer(x * 2)
    assert len(layer.updates) == 2 and len(layer.losses) == 2
    assert len(layer.get_updates_for(None)) == len(layer.get_updates_for(x)) == 1
    assert layer.get_updates_for(y) == [] == layer.get_losses_for(y)
    assert len(layer.get_losses_for(None)) == len(layer.get_losses_for([x])) == 1
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == layer.updates
    assert tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES) == layer.losses
    other = tf.placeholder(tf.float32, [2])
    layer(other)
    assert len(layer.get_updates_for(other)) == 1 and len(layer.updates) == 3


@pytest.mark.parametrize(
    ("spec", "shape", "message"),
    [
        ({"ndim": 2}, [3], r"expected ndim=2, found ndim=1"),
        ({"min_ndim": 2}, [3], r"expected min_ndim=2, found ndim=1"),
        ({"max_ndim": 2}, [3, 3, 3], r"expected max_ndim=2, found ndim=3"),
        ({"ndim": 2}, None, r"its rank is undefined"),
        ({"dtype": "int32"}, [3], r"expected dtype=int32"),
        ({"axes": {-1: 2}}, [3], r"expected axis -1 of input shape to have value 2"),
        ({"shape": (None, 3)}, [2, 4], r"expected shape=\(None, 3\), found shape=\[2, 4\]"),
    ],
)
def test_inputs_are_checked_against_the_spec(spec, shape, message):
    class Picky(tf.layers.Layer):
        def __init__(self):
            super().__init__(name="picky")
            self.input_spec = tf.layers.InputSpec(**spec)

    with pytest.raises(
        ValueError, match=f"of layer picky is incompatible with the layer: {message}"
    ):
        Picky()(tf.placeholder(tf.float32, shape))


def test_specs_are_checked_themselves():
    with pytest.raises(TypeError, match="keys in axes must be integers"):
        tf.layers.InputSpec(axes={"a": 1})
    with pytest.raises(ValueError, match="Axis 3 is greater than the maximum allowed value: 1"):
        tf.layers.InputSpec(ndim=2, axes={3: 1})
    with pytest.raises(TypeError, match="must be an instance of InputSpec"):
        tf.layers.Layer().input_spec = 3
    spec = tf.layers.InputSpec(ndim=2, axes={-1: 3})
    assert tf.layers.InputSpec.from_config(spec.get_config()).axes == {-1: 3}


def test_mistakes_end_in_tensorflows_errors():
    with pytest.raises(TypeError, match="Keyword argument not understood"):
        tf.layers.Dense(3, colour="red")
    with pytest.raises(ValueError, match=r"None \(layer: "):

        class Nothing(tf.layers.Layer):
            def call(self, inputs):
                return None

        Nothing()(tf.zeros([1]))
    with pytest.raises(ValueError, match="has not been used yet"):
        _ = Scale().scope_name
    with pytest.raises(ValueError, match="isn't built"):
        Scale().count_params()
    with pytest.raises(NotImplementedError):
        tf.layers.Layer().compute_output_shape([2])
    with pytest.raises(ValueError, match="ON_READ only for non-trainable"):
        tf.layers.Layer().add_weight(
            "v", [2], trainable=True, synchronization=tf.VariableSynchronization.ON_READ
        )
    with pytest.raises(ValueError, match="Unknown activation function: curl"):
        tf.layers.dense(tf.zeros([2, 2]), 3, activation="curl")


def test_the_dtype_is_that_of_the_first_input():
    y = tf.layers.dense(tf.zeros([2, 2], tf.float64), 3)
    assert y.dtype == tf.float64 and tf.global_variables()[0].dtype.base_dtype == tf.float64
    layer = Scale(dtype="float16")
    assert layer.dtype == "float16"


def test_weights_are_read_and_set_in_the_default_session():
    layer = tf.layers.Dense(2)
    y = layer(tf.ones([1, 3]))
    with pytest.raises(ValueError, match="no default session"):
        layer.get_weights()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        layer.set_weights([np.ones([3, 2]), np.array([1.0, 2.0])])
        np.testing.assert_array_equal(session.run(y), [[4.0, 5.0]])
        assert [w.shape for w in layer.get_weights()] == [(3, 2), (2,)]
        with pytest.raises(ValueError, match="expecting 2 weights"):
            layer.set_weights([np.ones([3, 2])])
        with pytest.raises(ValueError, match="not compatible"):
            layer.set_weights([np.ones([2, 3]), np.ones(2)])


def test_a_copy_has_the_same_variables():
    layer = Scale()
    layer(tf.zeros([2, 3]))
    copied = copy.deepcopy(layer)
    assert copied.scope_name == layer.scope_name and copied.scale is layer.scale


def test_regularizers_of_partitioned_variables_count_once_for_each_piece():
    partitioner = tf.fixed_size_partitioner(2)
    for reuse in (False, True):
        with tf.variable_scope("s", partitioner=partitioner, reuse=reuse):
            tf.layers.dense(
                tf.zeros([1, 4]), 3, kernel_regularizer=tf.reduce_sum, name="d", use_bias=False
            )
    assert len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == 2


def test_inner_layers_take_over_training():
    class Outer(tf.layers.Layer):
        def call(self, inputs, training=False):
            return tf.layers.Dropout(0.5)(inputs)

    x = tf.ones([100])
    with tf.Session() as session:
        assert (session.run(Outer()(x, training=True)) == 0).any()
        assert (session.run(Outer()(x)) == 1).all()


def test_keras_style_names_variables_by_the_name_scope():
    with tf.layers.experimental.keras_style_scope():
        layer = Scale(name="s")
        with pytest.raises(ValueError, match="reuse argument not allowed"):
            Scale(_reuse=True)
    layer(tf.zeros([1, 2]))
    assert layer.scale.name == "s/scale:0"


def test_custom_getters_decide_what_is_trained():
    def frozen(getter, name, **kwargs):
        return getter(name, **{**kwargs, "trainable": False})

    layer = tf.layers.Dense(2)
    with tf.variable_scope("s", custom_getter=frozen):
        layer(tf.zeros([1, 2]))
    assert layer.trainable_weights == [] and len(layer.non_trainable_weights) == 2


def test_functions_have_the_signature_of_tensorflow():
    import inspect

    names = list(inspect.signature(tf.layers.batch_normalization).parameters)
    assert names[:3] == ["inputs", "axis", "momentum"] and names[14:17] == [
        "training",
        "trainable",
        "name",
    ]
    assert list(inspect.signature(tf.layers.dense).parameters)[-3:] == [
        "trainable",
        "name",
        "reuse",
    ]
    with pytest.raises(TypeError, match="units"):
        tf.layers.dense(tf.zeros([1, 2]))
    assert layer_function(tf.layers.Flatten, "f", "doc").__doc__ == "doc"


def test_what_is_reachable():
    a, b = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    c = a + b
    d = b * 2
    assert get_reachable_from_inputs([a]) == {a, c} and d in get_reachable_from_inputs([b])
