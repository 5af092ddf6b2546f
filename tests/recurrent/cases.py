"""Networks that are built for TensorFlow and for flowgraph by the same functions.

`python record.py` writes what TensorFlow gives to values.json; test_against_tensorflow.py compares.
"""

import numpy as np

BATCH, TIME, DEPTH, UNITS = 2, 4, 3, 2
LENGTHS = [4, 2]
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def inputs(tf):
    data = np.sin(np.arange(BATCH * TIME * DEPTH)).reshape(BATCH, TIME, DEPTH)
    return tf.constant(data.astype(np.float32))


def steps(tf):
    return tf.unstack(inputs(tf), axis=1)


def flat(value):
    if isinstance(value, (list, tuple)):
        return [leaf for part in value for leaf in flat(part)]
    return [value]


def dynamic(tf, cell, **more):
    more.setdefault("dtype", tf.float32)
    return flat(tf.nn.dynamic_rnn(cell, inputs(tf), **more))


@case
def basic_rnn(tf):
    return dynamic(tf, tf.nn.rnn_cell.BasicRNNCell(UNITS))


@case
def basic_rnn_relu_by_name(tf):
    return dynamic(tf, tf.nn.rnn_cell.BasicRNNCell(UNITS, activation="relu"))


@case
def gru_with_lengths(tf):
    return dynamic(tf, tf.nn.rnn_cell.GRUCell(UNITS), sequence_length=LENGTHS)


@case
def basic_lstm(tf):
    return dynamic(tf, tf.nn.rnn_cell.BasicLSTMCell(UNITS, forget_bias=0.5))


@case
def basic_lstm_joined_state(tf):
    cell = tf.nn.rnn_cell.BasicLSTMCell(UNITS, state_is_tuple=False)
    return dynamic(tf, cell, sequence_length=LENGTHS)


@case
def lstm_with_everything(tf):
    cell = tf.nn.rnn_cell.LSTMCell(
        UNITS, use_peepholes=True, cell_clip=0.6, num_proj=3, proj_clip=0.4, forget_bias=0.3
    )
    return dynamic(tf, cell, sequence_length=LENGTHS)


@case
def lstm_joined_state(tf):
    cell = tf.nn.rnn_cell.LSTMCell(UNITS, num_proj=3, state_is_tuple=False)
    return dynamic(tf, cell)


@case
def layers_of_cells(tf):
    cells = [tf.nn.rnn_cell.BasicLSTMCell(UNITS), tf.nn.rnn_cell.GRUCell(3)]
    return dynamic(tf, tf.nn.rnn_cell.MultiRNNCell(cells), sequence_length=LENGTHS)


@case
def layers_of_cells_joined_state(tf):
    cells = [tf.nn.rnn_cell.GRUCell(UNITS), tf.nn.rnn_cell.GRUCell(3)]
    return dynamic(tf, tf.nn.rnn_cell.MultiRNNCell(cells, state_is_tuple=False))


@case
def residual(tf):
    cell = tf.nn.rnn_cell.ResidualWrapper(tf.nn.rnn_cell.GRUCell(DEPTH))
    return dynamic(tf, tf.nn.rnn_cell.DropoutWrapper(cell))


@case
def time_major_with_state_and_scope(tf):
    cell = tf.nn.rnn_cell.GRUCell(UNITS)
    data = tf.transpose(inputs(tf), [1, 0, 2])
    state = tf.fill([BATCH, UNITS], 0.25)
    return flat(tf.nn.dynamic_rnn(cell, data, initial_state=state, time_major=True, scope="mine"))


@case
def static(tf):
    cell = tf.nn.rnn_cell.BasicLSTMCell(UNITS)
    return flat(tf.nn.static_rnn(cell, steps(tf), dtype=tf.float32))


@case
def static_with_lengths(tf):
    cell = tf.nn.rnn_cell.GRUCell(UNITS)
    return flat(tf.nn.static_rnn(cell, steps(tf), dtype=tf.float32, sequence_length=LENGTHS))


@case
def both_ways(tf):
    cells = [tf.nn.rnn_cell.GRUCell(UNITS), tf.nn.rnn_cell.BasicRNNCell(3)]
    return flat(
        tf.nn.bidirectional_dynamic_rnn(
            *cells, inputs(tf), sequence_length=LENGTHS, dtype=tf.float32
        )
    )


@case
def both_ways_time_major(tf):
    cells = [tf.nn.rnn_cell.GRUCell(UNITS), tf.nn.rnn_cell.GRUCell(UNITS)]
    data = tf.transpose(inputs(tf), [1, 0, 2])
    return flat(tf.nn.bidirectional_dynamic_rnn(*cells, data, dtype=tf.float32, time_major=True))


@case
def static_both_ways(tf):
    cells = [tf.nn.rnn_cell.GRUCell(UNITS), tf.nn.rnn_cell.BasicLSTMCell(UNITS)]
    return flat(
        tf.nn.static_bidirectional_rnn(*cells, steps(tf), dtype=tf.float32, sequence_length=LENGTHS)
    )


@case
def two_networks_in_scopes(tf):
    with tf.variable_scope("outer"):
        first = dynamic(tf, tf.nn.rnn_cell.GRUCell(UNITS, name="named"))
        with tf.variable_scope("inner"):
            return first + dynamic(tf, tf.nn.rnn_cell.BasicRNNCell(UNITS))


@case
def raw(tf):
    data = tf.TensorArray(tf.float32, TIME).unstack(tf.transpose(inputs(tf), [1, 0, 2]))
    cell = tf.nn.rnn_cell.GRUCell(UNITS)

    def loop(time, output, state, loop_state):
        emit = output  # None before the first step
        state = cell.zero_state(BATCH, tf.float32) if output is None else state
        finished = time >= LENGTHS
        over = tf.reduce_all(finished)
        given = tf.cond(over, lambda: tf.zeros([BATCH, DEPTH]), lambda: data.read(time))
        given.set_shape([BATCH, DEPTH])
        return finished, given, state, emit, None

    emitted, state, _ = tf.nn.raw_rnn(cell, loop)
    return [emitted.stack(), state]


def evaluate(tf, name):
    """{"variables": {name: shape}, "values": arrays, "gradients": arrays} of a case."""
    with tf.Graph().as_default():
        values = CASES[name](tf)
        variables = sorted(tf.trainable_variables(), key=lambda v: v.name)
        loss = tf.add_n([tf.reduce_sum(tf.square(value)) for value in values])
        gradients = tf.gradients(loss, variables)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for number, variable in enumerate(variables):
                size = variable.shape.num_elements()
                start = np.cos(np.arange(size) + number).reshape(variable.shape.as_list())
                session.run(tf.assign(variable, start.astype(np.float32)))
            found = session.run([values, gradients])
    return {
        "variables": {v.name: v.shape.as_list() for v in variables},
        "values": [np.asarray(value).tolist() for value in found[0]],
        "gradients": [np.asarray(gradient).tolist() for gradient in found[1]],
    }
