"""Cases of the optimizers' update ops, of mutable tensors and of resource variables.

The first inputs of a case become variables; its outputs are the variables after the update. (Those
of the oldest updates of mutable tensors are in cases_state.py.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from golden.case import Build, Draw, Family, given, real

family = Family("training_ops")

RATES = {
    "lr": 0.1, "alpha": 0.1, "rho": 0.9, "momentum": 0.8, "epsilon": 1e-3, "beta1": 0.9,
    "beta2": 0.99, "beta1_power": 0.81, "beta2_power": 0.98, "l1": 0.05, "l2": 0.1,
    "l2_shrinkage": 0.2, "lr_power": -0.5, "logbase": 1.0, "sign_decay": 0.7, "beta": 0.9,
}  # fmt: skip
# Slots that hold squares.
POSITIVE = ("accum", "accum_update", "ms", "v", "vhat", "gradient_squared_accumulator")


def updated(op_type: str, names: list[str], count: int, resource: bool, **attrs: Any) -> Build:
    def build(tf: Any, *inputs: Any) -> Any:
        variables = [tf.Variable(x, use_resource=resource) for x in inputs[:count]]
        states = [v.handle for v in variables] if resource else variables
        arguments = dict(zip(names, [*states, *inputs[count:]], strict=True))
        done = getattr(tf.raw_ops, op_type)(**arguments, **attrs)
        with tf.control_dependencies([done]):
            return [tf.identity(v.read_value()) for v in variables]

    return build


def draws_of(states: list[str], others: list[str], rates: dict[str, float]) -> list[Draw]:
    draws = [real(4, 2, low=0.5) if s in POSITIVE else real(4, 2) for s in states]
    if "mg" in states:  # its square is not greater than ms
        draws[1] = real(4, 2, low=-0.3, high=0.3)
    for other in others:
        if other == "indices":
            draws.append(given([3, 1], "int64" if "mg" in states else "int32"))
        elif other == "global_step":
            draws.append(given(5, "int64"))
        elif other in ("grad", "delta"):
            draws.append(real(2, 2) if "indices" in others else real(4, 2))
        else:
            draws.append(given(rates[other]))
    return draws


def case(text: str, op_type: str, states: str, others: str, also: Any = ("float32",),
         rates: dict[str, float] | None = None, draws: list[Draw] | None = None,
         **attrs: Any) -> None:  # fmt: skip
    owned, rest = states.split(), others.split()
    build = updated(op_type, owned + rest, len(owned), op_type.startswith("Resource"), **attrs)
    family.add(
        text or op_type, build, *(draws or draws_of(owned, rest, {**RATES, **(rates or {})})),
        also=also, gradient=False, numeric=False, second=False, nodes=False, variants=("known",),
    )  # fmt: skip


DENSE = {
    "GradientDescent": ("var", "alpha delta"),
    "Momentum": ("var accum", "lr grad momentum"),
    "KerasMomentum": ("var accum", "lr grad momentum"),
    "Adagrad": ("var accum", "lr grad"),
    "AdagradV2": ("var accum", "lr epsilon grad"),
    "AdagradDA": (
        "var gradient_accumulator gradient_squared_accumulator", "grad lr l1 l2 global_step",
    ),
    "Adadelta": ("var accum accum_update", "lr rho epsilon grad"),
    "Adam": ("var m v", "beta1_power beta2_power lr beta1 beta2 epsilon grad"),
    "AdamWithAmsgrad": ("var m v vhat", "beta1_power beta2_power lr beta1 beta2 epsilon grad"),
    "AdaMax": ("var m v", "beta1_power lr beta1 beta2 epsilon grad"),
    "RMSProp": ("var ms mom", "lr rho momentum epsilon grad"),
    "CenteredRMSProp": ("var mg ms mom", "lr rho momentum epsilon grad"),
    "Ftrl": ("var accum linear", "grad lr l1 l2 lr_power"),
    "FtrlV2": ("var accum linear", "grad lr l1 l2 l2_shrinkage lr_power"),
    "AddSign": ("var m", "lr alpha sign_decay beta grad"),
    "PowerSign": ("var m", "lr logbase sign_decay beta grad"),
    "ProximalAdagrad": ("var accum", "lr l1 l2 grad"),
    "ProximalGradientDescent": ("var", "alpha l1 l2 delta"),
}  # fmt: skip
SPARSE = {
    "Momentum": ("var accum", "lr grad indices momentum"),
    "KerasMomentum": ("var accum", "lr grad indices momentum"),
    "Adagrad": ("var accum", "lr grad indices"),
    "AdagradV2": ("var accum", "lr epsilon grad indices"),
    "AdagradDA": (
        "var gradient_accumulator gradient_squared_accumulator",
        "grad indices lr l1 l2 global_step",
    ),
    "Adadelta": ("var accum accum_update", "lr rho epsilon grad indices"),
    "RMSProp": ("var ms mom", "lr rho momentum epsilon grad indices"),
    "CenteredRMSProp": ("var mg ms mom", "lr rho momentum epsilon grad indices"),
    "Ftrl": ("var accum linear", "grad indices lr l1 l2 lr_power"),
    "FtrlV2": ("var accum linear", "grad indices lr l1 l2 l2_shrinkage lr_power"),
    "ProximalAdagrad": ("var accum", "lr l1 l2 grad indices"),
    "ProximalGradientDescent": ("var", "alpha l1 l2 grad indices"),
}  # fmt: skip
NEW = ("AdagradV2", "AdagradDA", "AdaMax", "AddSign", "PowerSign", "ProximalAdagrad")
SINGLE = ("float32",)


def kinds(name: str) -> tuple[str, ...]:
    """The dtypes that TensorFlow has a kernel for, besides float64."""
    if name == "AdagradDA" or name.startswith("Proximal"):
        return SINGLE
    return ("float32", "float16") if name == "AdaMax" else ("float32", "float16", "bfloat16")


for name, (states, others) in DENSE.items():
    case("", f"ResourceApply{name}", states, others, kinds(name))
    if name in NEW:
        case("", f"Apply{name}", states, others, kinds(name))
for name, (states, others) in SPARSE.items():
    case("", f"ResourceSparseApply{name}", states, others)
    if name in NEW:
        case("", f"SparseApply{name}", states, others)

# --- attributes, and numbers that choose a branch -------------------------------------------------
for kind, table in (("", DENSE), ("Sparse", SPARSE)):
    for name in ("Momentum", "KerasMomentum"):
        states, others = table[name]
        case(f"Resource{kind}Apply{name} by Nesterov", f"Resource{kind}Apply{name}", states, others,
             use_nesterov=True)  # fmt: skip
    for name in ("Adagrad", "AdagradV2"):
        states, others = table[name]
        case(f"Resource{kind}Apply{name} without slots", f"Resource{kind}Apply{name}", states,
             others, update_slots=False)  # fmt: skip
    for name in ("AdagradDA", "ProximalAdagrad", "ProximalGradientDescent", "Ftrl", "FtrlV2"):
        states, others = table[name]
        case(f"Resource{kind}Apply{name} without l1", f"Resource{kind}Apply{name}", states, others,
             rates={"l1": 0.0})  # fmt: skip
        case(f"Resource{kind}Apply{name} with much l1", f"Resource{kind}Apply{name}", states,
             others, rates={"l1": 3.0})  # fmt: skip
    for name in ("Ftrl", "FtrlV2"):
        states, others = table[name]
        case(f"Resource{kind}Apply{name} by another power", f"Resource{kind}Apply{name}", states,
             others, rates={"lr_power": -0.7})  # fmt: skip
case("ResourceApplyAdam by Nesterov", "ResourceApplyAdam", *DENSE["Adam"], use_nesterov=True)
case("ResourceApplyMomentum with locks", "ResourceApplyMomentum", *DENSE["Momentum"],
     use_locking=True)  # fmt: skip

# --- sizes, and rows that are named twice ---------------------------------------------------------
NOTHING = np.zeros((0, 2))
case("ResourceApplyMomentum of nothing", "ResourceApplyMomentum", *DENSE["Momentum"],
     draws=[given(NOTHING), given(NOTHING), given(0.1), given(NOTHING), given(0.9)])  # fmt: skip
case("ResourceApplyAdam of a scalar", "ResourceApplyAdam", *DENSE["Adam"],
     draws=[given(1.0), given(0.2), given(0.3),
            *[given(RATES[n]) for n in DENSE["Adam"][1].split()[:-1]], given(0.5)])  # fmt: skip
case("ResourceSparseApplyAdagrad without rows", "ResourceSparseApplyAdagrad", *SPARSE["Adagrad"],
     draws=[real(3, 2), real(3, 2, low=0.5), given(0.1), given(NOTHING),
            given([], "int32")])  # fmt: skip
for name in ("Momentum", "Adagrad"):
    states, others = SPARSE[name]
    draws = draws_of(states.split(), others.split(), RATES)
    draws[3], draws[4] = real(4, 2), given([1, 3, 1, 1], "int32")
    case(f"ResourceSparseApply{name} of a row named thrice", f"ResourceSparseApply{name}", states,
         others, draws=draws)  # fmt: skip


# --- the optimizers -------------------------------------------------------------------------------
def trained(make: Any, sparse: bool, resource: bool) -> Build:
    """Three steps; what is learnt, and the slots."""

    def build(tf: Any, x: Any, y: Any) -> Any:
        w = tf.Variable(x, use_resource=resource, name="w")
        step = tf.Variable(np.int64(0), trainable=False, use_resource=resource, name="step")
        optimizer = make(tf.train, step)
        done = None
        for _ in range(3):
            with tf.control_dependencies([] if done is None else [done]):
                used = tf.gather(w, [2, 0, 2]) if sparse else w.read_value()
                loss = tf.reduce_sum(used * y * used)
                done = optimizer.minimize(loss, step, [w])
        with tf.control_dependencies([done]):
            slots = [optimizer.get_slot(w, n) for n in optimizer.get_slot_names()]
            return [v.read_value() for v in (w, step, *slots)]

    return build


OPTIMIZERS = {
    "GradientDescent": lambda t, n: t.GradientDescentOptimizer(0.1),
    "Momentum": lambda t, n: t.MomentumOptimizer(0.1, 0.9),
    "Adam": lambda t, n: t.AdamOptimizer(0.1),
    "RMSProp": lambda t, n: t.RMSPropOptimizer(0.1, momentum=0.5),
    "centered RMSProp": lambda t, n: t.RMSPropOptimizer(0.1, centered=True),
    "Adagrad": lambda t, n: t.AdagradOptimizer(0.1),
    "Adadelta": lambda t, n: t.AdadeltaOptimizer(1.0),
    "Ftrl": lambda t, n: t.FtrlOptimizer(0.1, l1_regularization_strength=0.01),
    "ProximalGradientDescent": lambda t, n: t.ProximalGradientDescentOptimizer(0.1, 0.01, 0.02),
    "ProximalAdagrad": lambda t, n: t.ProximalAdagradOptimizer(0.1, 0.2, 0.01, 0.02),
    "AdagradDA": lambda t, n: t.AdagradDAOptimizer(0.1, n, 0.2, 0.01, 0.02),
}
for name, make in OPTIMIZERS.items():
    for sparse in (False, True):
        for resource in (False, True) if name in ("ProximalAdagrad", "AdagradDA") else (True,):
            text = f"{name}Optimizer{' of rows' if sparse else ''}{'' if resource else ', by ref'}"
            family.add(text, trained(make, sparse, resource), real(3, 2, dtype="float32"),
                       real(3, 2, low=0.5, dtype="float32"), gradient=False, numeric=False,
                       second=False, nodes=False, variants=("known",), rtol=1e-4)  # fmt: skip
