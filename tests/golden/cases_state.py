"""Cases of variables: assignments, scatters, and the updates of the optimizers.

The first inputs of a case become variables; its outputs are what the op gives and the variables
after it. The formulas stand in their own words in ops/training: here are TensorFlow's numbers.
"""

from __future__ import annotations

from typing import Any

from golden.case import Build, Draw, Family, apart, given, ints, real

family = Family("state")


def case(name: str, build: Build, *draws: Draw, **flags: Any) -> None:
    given_flags = {"gradient": False, "numeric": False, "second": False, "variants": ("known",)}
    family.add(name, build, *draws, **{**given_flags, **flags})


def after(tf: Any, result: Any, *variables: Any) -> list[Any]:
    """What an update gives, and the variables once it is done."""
    with tf.control_dependencies([result]):
        return [tf.identity(result), *[tf.identity(v) for v in variables]]


# --- assignments ----------------------------------------------------------------------------------
def assigned(op: str) -> Build:
    def build(tf: Any, x: Any, y: Any) -> Any:
        v = tf.Variable(x, name="v")
        return after(tf, getattr(tf, op)(v, y), v)

    return build


for op in ("assign", "assign_add", "assign_sub"):
    case(op, assigned(op), real(2, 3), real(2, 3), also=("float32", "float16"))
    case(f"{op} of int32", assigned(op), ints(3), ints(3))
    case(f"{op} by method", lambda tf, x, y, op=op: getattr(tf.Variable(x), op)(y) + 0.0,
         real(3), real(3))  # fmt: skip
case("read", lambda tf, x: [tf.Variable(x) * 2.0, tf.Variable(x, name="named").read_value()],
     real(3))  # fmt: skip
case("initialized_value", lambda tf, x: tf.Variable(x).initialized_value() + 1.0, real(2),
     nodes=False)  # fmt: skip
case("is_variable_initialized", lambda tf, x: tf.is_variable_initialized(tf.Variable(x)), real(2))
case("count_up_to", lambda tf, n: tf.count_up_to(tf.Variable(n), 9), given(7, "int32"))
case("assign to a slice", lambda tf, x, y: tf.Variable(x)[1:3].assign(y) * 1.0, real(4, 2),
     real(2, 2), nodes=False)  # fmt: skip
case("get_variable", lambda tf, x: tf.get_variable("v", initializer=x) * 1.0, real(2))

# --- scatters -------------------------------------------------------------------------------------
SCATTERS = ("update", "add", "sub", "mul", "div", "min", "max")


def scattered(op: str) -> Build:
    def build(tf: Any, x: Any, i: Any, y: Any) -> Any:
        v = tf.Variable(x)
        return after(tf, getattr(tf, op)(v, i, y), v)

    return build


for op in SCATTERS:
    case(f"scatter_{op}", scattered(f"scatter_{op}"), apart(4, 2), given([2, 0], "int32"),
         apart(2, 2, low=0.5), also=("float32",))  # fmt: skip
    case(f"scatter_{op} by a matrix", scattered(f"scatter_{op}"), apart(4),
         given([[2, 0]], "int64"), apart(1, 2, low=0.5))  # fmt: skip
    case(f"scatter_{op} of int32", scattered(f"scatter_{op}"), ints(4), given([2, 0], "int32"),
         given([2, 3], "int32"))  # fmt: skip
    case(f"scatter_{op} of one row", scattered(f"scatter_{op}"), apart(4, 2), given(1, "int32"),
         apart(2, low=0.5))  # fmt: skip
for op in ("add", "sub", "mul"):
    case(f"scatter_{op} of one row twice", scattered(f"scatter_{op}"), apart(4),
         given([1, 1], "int32"), apart(2, low=0.5))  # fmt: skip
for op in ("update", "add", "sub"):
    case(f"scatter_nd_{op}", scattered(f"scatter_nd_{op}"), apart(3, 2),
         given([[2, 1], [0, 0]], "int32"), apart(2))  # fmt: skip
    case(f"scatter_nd_{op} of rows", scattered(f"scatter_nd_{op}"), apart(3, 2),
         given([[2], [0]], "int32"), apart(2, 2))  # fmt: skip


# --- the optimizers' updates ----------------------------------------------------------------------
def updated(op_type: str, states: str, others: str, named: bool, **attrs: Any) -> Build:
    """An update; TensorFlow's tf.raw_ops takes arguments by name, ours by place."""
    count = len(states.split())

    def build(tf: Any, *inputs: Any) -> Any:
        variables = [tf.Variable(x) for x in inputs[:count]]
        arguments = [*variables, *inputs[count:]]
        op = getattr(tf.raw_ops, op_type)
        if named:
            names = f"{states} {others}".split()
            return after(tf, op(**dict(zip(names, arguments, strict=True)), **attrs), *variables)
        return after(tf, op(*arguments, **attrs), *variables)

    return build


RATES = {
    "lr": 0.1, "alpha": 0.1, "rho": 0.9, "momentum": 0.8, "epsilon": 1e-3, "beta1": 0.9,
    "beta2": 0.99, "beta1_power": 0.81, "beta2_power": 0.98, "l1": 0.05, "l2": 0.1,
    "l2_shrinkage": 0.2, "lr_power": -0.5,
}  # fmt: skip
POSITIVE = ("accum", "accum_update", "ms", "v")  # slots that hold squares


def update_case(name: str, op_type: str, states: str, others: str, **attrs: Any) -> None:
    draws = [real(4, 2, low=0.5) if s in POSITIVE else real(4, 2) for s in states.split()]
    if "mg" in states.split():  # its square is not greater than ms
        draws[1] = real(4, 2, low=-0.3, high=0.3)
    for other in others.split():
        if other == "indices":
            draws.append(given([3, 1], "int32"))
        elif other in ("grad", "delta"):
            draws.append(real(2, 2) if "indices" in others else real(4, 2))
        else:
            draws.append(given(RATES[other]))
    case(name, updated(op_type, states, others, False, **attrs), *draws, also=("float32",),
         golden_build=updated(op_type, states, others, True, **attrs))  # fmt: skip


DENSE = {
    "GradientDescent": ("var", "alpha delta"),
    "Momentum": ("var accum", "lr grad momentum"),
    "Adam": ("var m v", "beta1_power beta2_power lr beta1 beta2 epsilon grad"),
    "RMSProp": ("var ms mom", "lr rho momentum epsilon grad"),
    "CenteredRMSProp": ("var mg ms mom", "lr rho momentum epsilon grad"),
    "Adagrad": ("var accum", "lr grad"),
    "Adadelta": ("var accum accum_update", "lr rho epsilon grad"),
    "Ftrl": ("var accum linear", "grad lr l1 l2 lr_power"),
    "FtrlV2": ("var accum linear", "grad lr l1 l2 l2_shrinkage lr_power"),
    "ProximalGradientDescent": ("var", "alpha l1 l2 delta"),
}
SPARSE = {
    "Momentum": ("var accum", "lr grad indices momentum"),
    "RMSProp": ("var ms mom", "lr rho momentum epsilon grad indices"),
    "CenteredRMSProp": ("var mg ms mom", "lr rho momentum epsilon grad indices"),
    "Adagrad": ("var accum", "lr grad indices"),
    "Adadelta": ("var accum accum_update", "lr rho epsilon grad indices"),
    "Ftrl": ("var accum linear", "grad indices lr l1 l2 lr_power"),
    "FtrlV2": ("var accum linear", "grad indices lr l1 l2 l2_shrinkage lr_power"),
    "ProximalGradientDescent": ("var", "alpha l1 l2 grad indices"),
}
for prefix, table in (("Apply", DENSE), ("SparseApply", SPARSE)):
    for op, (states, others) in table.items():
        update_case(f"{prefix}{op}", f"{prefix}{op}", states, others)
    update_case(f"{prefix}Momentum of Nesterov", f"{prefix}Momentum", *table["Momentum"],
                use_nesterov=True)  # fmt: skip
    update_case(f"{prefix}Adagrad without slots", f"{prefix}Adagrad", *table["Adagrad"],
                update_slots=False)  # fmt: skip
update_case("ApplyAdam of Nesterov", "ApplyAdam", *DENSE["Adam"], use_nesterov=True)

# --- whole steps of the optimizers ----------------------------------------------------------------
OPTIMIZERS: dict[str, Any] = {
    "GradientDescent": lambda t: t.GradientDescentOptimizer(0.1),
    "Momentum": lambda t: t.MomentumOptimizer(0.1, 0.9),
    "Momentum of Nesterov": lambda t: t.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "Adam": lambda t: t.AdamOptimizer(0.1),
    "RMSProp": lambda t: t.RMSPropOptimizer(0.1, momentum=0.5),
    "RMSProp, centred": lambda t: t.RMSPropOptimizer(0.1, centered=True),
    "Adagrad": lambda t: t.AdagradOptimizer(0.1),
    "Adadelta": lambda t: t.AdadeltaOptimizer(0.5),
    "Ftrl": lambda t: t.FtrlOptimizer(0.1, l1_regularization_strength=0.01),
    "ProximalGradientDescent": lambda t: t.ProximalGradientDescentOptimizer(
        0.1, l1_regularization_strength=0.01
    ),
}


def stepped(make: Any, loss: Any) -> Build:
    """The variable after one step of an optimizer."""

    def build(tf: Any, x: Any, *rest: Any) -> Any:
        v = tf.Variable(x, name="v")
        step = make(tf.train).minimize(loss(tf, v, *rest))
        with tf.control_dependencies([step]):
            return tf.identity(v)

    return build


for text, make in OPTIMIZERS.items():
    case(f"a step of {text}", stepped(make, lambda tf, v: tf.reduce_sum(tf.sin(v))),
         real(3, dtype="float32"), nodes=False)  # fmt: skip
    case(f"a sparse step of {text}", stepped(make, lambda tf, v, i: tf.reduce_sum(
         tf.square(tf.gather(v, i)))), real(4, 2, dtype="float32"), given([3, 1, 3], "int32"),
         nodes=False)  # fmt: skip
case("ExponentialMovingAverage", lambda tf, x: averaged(tf, x), real(3, dtype="float32"),
     nodes=False)  # fmt: skip


def averaged(tf: Any, x: Any) -> Any:
    v = tf.Variable(x)
    average = tf.train.ExponentialMovingAverage(0.9)
    with tf.control_dependencies([v.assign_add(tf.ones_like(v))]):
        maintain = average.apply([v])
    with tf.control_dependencies([maintain]):
        return tf.identity(average.average(v))


STEPS = (0, 3, 9, 10, 25)
DECAYS: dict[str, Any] = {
    "exponential_decay": lambda t, n: t.exponential_decay(0.1, n, 10, 0.9),
    "exponential_decay in stairs": lambda t, n: t.exponential_decay(0.1, n, 10, 0.9, True),
    "natural_exp_decay": lambda t, n: t.natural_exp_decay(0.1, n, 10, 0.9),
    "inverse_time_decay": lambda t, n: t.inverse_time_decay(0.1, n, 10, 0.9),
    "polynomial_decay": lambda t, n: t.polynomial_decay(0.1, n, 20, 0.01, 2.0),
    "polynomial_decay in cycles": lambda t, n: t.polynomial_decay(0.1, n, 20, 0.01, cycle=True),
    "piecewise_constant": lambda t, n: t.piecewise_constant(n, [3, 10], [0.1, 0.05, 0.01]),
    "cosine_decay": lambda t, n: t.cosine_decay(0.1, n, 20, 0.1),
    "cosine_decay_restarts": lambda t, n: t.cosine_decay_restarts(0.1, n, 4),
    "linear_cosine_decay": lambda t, n: t.linear_cosine_decay(0.1, n, 20),
}
for text, decay in DECAYS.items():
    for step in STEPS:
        case(f"{text} at {step}", lambda tf, n, d=decay: tf.convert_to_tensor(d(tf.train, n)),
             given(step, "int32"), nodes=False, rtol=1e-5)  # fmt: skip
