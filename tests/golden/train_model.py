"""What optimizers, decays and moving averages do: variables' values, names of slots and of nodes.

One function for both sides: the recorder calls it with TensorFlow, the test with flowgraph.
"""

import numpy as np

STEPS = 4
OPTIMIZERS = {
    "descent": ("GradientDescentOptimizer", (0.1,), {}),
    "momentum": ("MomentumOptimizer", (0.1, 0.9), {}),
    "nesterov": ("MomentumOptimizer", (0.1, 0.9), {"use_nesterov": True}),
    "adam": ("AdamOptimizer", (0.1,), {}),
    "adam_options": ("AdamOptimizer", (0.05, 0.8, 0.95, 1e-3), {"name": "Mine"}),
    "rmsprop": ("RMSPropOptimizer", (0.1,), {}),
    "rmsprop_momentum": ("RMSPropOptimizer", (0.05, 0.8, 0.5, 1e-3), {}),
    "rmsprop_centered": ("RMSPropOptimizer", (0.05, 0.8, 0.5, 1e-3), {"centered": True}),
    "adagrad": ("AdagradOptimizer", (0.1,), {"initial_accumulator_value": 0.2}),
    "adadelta": ("AdadeltaOptimizer", (1.0, 0.9, 1e-3), {}),
    "ftrl": ("FtrlOptimizer", (0.1,), {}),
    "ftrl_options": (
        "FtrlOptimizer",
        (0.2, -0.3, 0.3),
        {"l1_regularization_strength": 0.02, "l2_regularization_strength": 0.1},
    ),
    "ftrl_shrinkage": ("FtrlOptimizer", (0.1,), {"l2_shrinkage_regularization_strength": 0.1}),
    "proximal": (
        "ProximalGradientDescentOptimizer",
        (0.1,),
        {"l1_regularization_strength": 0.1, "l2_regularization_strength": 0.2},
    ),
}
DTYPES = {"descent": ["float16", "float64"], "momentum": ["float16"], "adam": ["float64"]}
CASES = [(name, "float32") for name in OPTIMIZERS] + [
    (name, dtype) for name, dtypes in DTYPES.items() for dtype in dtypes
]


def flat(values):
    """The numbers in a row, with ten digits."""
    return [float(f"{x:.10g}") for x in np.asarray(values, np.float64).ravel()]


def optimizer(tf, name, dtype):
    """The history of a matrix (dense gradient) and a table (sparse, an index twice) and slots."""
    kind, args, options = OPTIMIZERS[name]
    with tf.Graph().as_default() as graph, tf.Session() as session:
        start = np.linspace(-1, 1, 6).reshape(3, 2).astype(dtype)
        with tf.variable_scope("net"):
            w = tf.Variable(start, name="w")
            table = tf.get_variable("table", initializer=tf.constant(start[:, ::-1] * 2))
        rows = tf.gather(table, [0, 2, 0])
        loss = tf.reduce_sum(tf.square(w - 0.25)) + tf.reduce_sum(tf.square(rows + 0.5))
        step = tf.train.get_or_create_global_step()
        chosen = getattr(tf.train, kind)(*args, **options)
        pairs = chosen.compute_gradients(loss)
        before = len(graph.get_operations())
        train = chosen.apply_gradients(pairs, global_step=step)
        nodes = sorted(f"{op.name} {op.type}" for op in graph.get_operations()[before:])
        session.run(tf.global_variables_initializer())
        values = []
        for _ in range(STEPS):
            session.run(train)
            values.append(session.run(tf.global_variables()))
        return {
            "variables": [v.name for v in tf.global_variables()],
            "trainable": [v.name for v in tf.trainable_variables()],
            "slots": {
                slot: [chosen.get_slot(v, slot).name for v in (w, table)]
                for slot in chosen.get_slot_names()
            },
            "own": [v.name for v in chosen.variables()],
            "train": train.name,
            # TensorFlow 2 added a number to Ftrl's, which 1.15 does not have
            "nodes": [] if name.startswith("ftrl") else nodes,
            "values": [[flat(v) for v in values[i]] for i in (0, STEPS - 1)],
        }


DECAYS = {
    "exponential_decay": (0.5, "step", 10, 0.9),
    "exponential_decay staircase": (0.5, "step", 10, 0.9, True),
    "natural_exp_decay": (0.5, "step", 10, 0.9),
    "natural_exp_decay staircase": (0.5, "step", 10, 0.9, True),
    "inverse_time_decay": (0.5, "step", 10, 0.9),
    "inverse_time_decay staircase": (0.5, "step", 10, 0.9, True),
    "polynomial_decay": (0.5, "step", 10, 0.01, 2.0),
    "polynomial_decay cycle": (0.5, "step", 10, 0.01, 2.0, True),
    "piecewise_constant": ("step", [5, 12], [0.5, 0.2, 0.1]),
    "piecewise_constant_decay": ("step", [3], [1.0, 2.0]),
    "cosine_decay": (0.5, "step", 20, 0.1),
    "cosine_decay_restarts": (0.5, "step", 6, 2.0, 0.5, 0.1),
    "cosine_decay_restarts even": (0.5, "step", 6, 1.0),
    "linear_cosine_decay": (0.5, "step", 20),
    "linear_cosine_decay options": (0.5, "step", 20, 1.5, 0.1, 0.01),
}
AT = [0, 1, 5, 10, 12, 13, 25]


def decay(tf, name):
    """The rate at some steps, and the result's name."""
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.Variable(0, name="step", dtype=tf.int64)
        args = [step if a == "step" else a for a in DECAYS[name]]
        rate = getattr(tf.train, name.split()[0])(*args)
        feeds = [{step: at} for at in AT]
        values = flat([session.run(rate, feed) for feed in feeds])
        # of a piecewise constant, TensorFlow makes conditionals
        name = "" if name.startswith("piecewise") else rate.name
        return {"name": name, "dtype": rate.dtype.name, "values": values}


def averages(tf, zero_debias, num_updates):
    """The history of averages of two variables and a tensor."""
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable([1.0, 2.0], name="v")
        u = tf.Variable(3.0, name="u", trainable=False)
        doubled = tf.multiply(v, 2.0, name="doubled")
        count = tf.Variable(0, name="count") if num_updates else None
        ema = tf.train.ExponentialMovingAverage(0.9, count, zero_debias=zero_debias)
        update = ema.apply([v, u, doubled])
        session.run(tf.global_variables_initializer())
        move = [v.assign_add([1.0, -1.0]), u.assign(5.0)]
        move += [count.assign_add(1)] if num_updates else []
        history = []
        for _ in range(3):
            session.run(move)
            session.run(update)
            history.append(session.run([ema.average(x) for x in (v, u, doubled)]))
        return {
            "names": [ema.average_name(x) for x in (v, u, doubled)],
            "variables": [x.name for x in tf.global_variables()],
            "averaged": [x.name for x in tf.moving_average_variables()],
            "restore": {k: x.name for k, x in ema.variables_to_restore([v]).items()},
            "update": update.name,
            "values": [[flat(x) for x in values] for values in history],
        }


AVERAGES = [(False, False), (True, False), (False, True), (True, True)]


def facts(tf):
    """Everything, as json takes it."""
    return {
        "optimizers": {f"{n} {d}": optimizer(tf, n, d) for n, d in CASES},
        "decays": {name: decay(tf, name) for name in DECAYS},
        "averages": {f"{a} {b}": averages(tf, a, b) for a, b in AVERAGES},
    }
