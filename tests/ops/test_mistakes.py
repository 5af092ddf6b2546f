"""Bad input made of the golden cases: it ends as in TensorFlow, and is told at the same time.

The ways in which input is changed, and the letters for how it ends, stand in golden/mistakes.py.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path

import pytest

import flowgraph as tf
from flowgraph.core.errors import OpError

sys.path.insert(0, str(Path(__file__).parents[1]))

from golden.cases import FAMILIES
from golden.mistakes import BUILDING, NOT_COMPARED, Mistake, chosen, mistakes, outcome
from golden.recorded import Reader

FOLDER = Path(__file__).parents[1] / "golden/mistakes"
RECORDED: dict[str, str] = {}
for _path in (FOLDER / f"{family}.json" for family in FAMILIES):
    RECORDED |= json.loads(_path.read_text())
CASES = {case.name: case for family in FAMILIES for case in chosen(family)}

# Where flowgraph knows sooner, or where TensorFlow calls it a bug of its own: (theirs, ours).
AS_GOOD = {"iV", "iT", "eV", "ei", "ui", "uo", "eo", "IV", "Ii", "VI", "uT", "uV"}

# Where it ends otherwise on purpose: the case and the mistake, and why.
DIFFERS = {
    r"audio/encode_wav.* empty": "1.15 refuses sound of no frames",
    r"binary/div_no_nan": "1.15 converts y to x's dtype: a ValueError; 2.21 says TypeError",
    r"classes/(max_pool_with_argmax).* empty": "TensorFlow 2 refuses an empty batch",
    r"classes/(nce_loss|sampled_softmax).*: input [01] of": "the weights' dtype is not mended",
    r"colour/.*: input 0 (longer|empty)": "2.21 says FailedPrecondition, 1.15 InvalidArgument",
    r"control/while_loop of a sum": "TensorFlow loses the loop's value without a word of why",
    r"control/map_fn of two": "TensorFlow reads past the end of the shorter one, as zeros",
    r"(conv\w*/|image/|nn_rest/conv).* empty": "TensorFlow 2 refuses a filter of no elements",
    r"(conv\w*/|image/|nn_rest/conv).*input [01] of (high|low)er": "2 takes batches of any rank",
    r"ctc/ctc_loss_v2(?! of sparse)": "TensorFlow's loop looks at no length and no label",
    r"framing/resize_image_with_pad.* of strings": "an image of that size is passed on as it is",
    r"image/conv2d with bias and relu": "TensorFlow's fused kernel does not look at the bias",
    r"(array/matrix_|matrices/)diag.* of strings": "V3 of TensorFlow 2 cannot pad strings",
    r"matrices/expm of one: input 0 of lower": "a vector is no matrix",
    r"nn/softmax_cross_entropy.* of a vector": "TensorFlow cannot reshape a scalar",
    r"nn/softmax_cross_entropy.* of large logits: input 1 empty": "1 broadcasts to 0 as elsewhere",
    r"nn/sparse_softmax.* of a vector": "TensorFlow does not see that the ranks differ",
    r"nn/zero_fraction of integers: input 0 of strings": "a string is no zero",
    r"nn_rest/MaxPoolV2.*input [12] of higher": "TensorFlow flattens sizes",
    r"nn_rest/the gradient of argmax.* empty": "TensorFlow 2 refuses an empty batch",
    r"parsing/parse_example.*input 0 of lower": "ParseExample of 1.15 takes a vector alone",
    r"patches/fractional_.* empty": "TensorFlow 2 refuses an empty batch",
    r"quantize/requantize by channel": "TensorFlow reads past the end of the ranges",
    r"ragged/gather of strings by none": "TensorFlow looks at no splits where nothing is gathered",
    r"recurrent/LSTMBlockCell.*input [456] (longer|empty)": "TensorFlow reads past the end of them",
    r"recurrent/BlockLSTM.*gradient.*longer": "TensorFlow does not look at the gradients' sizes",
    r"resource/by handle.* of strings": "the op's own dtypes are looked at before the variable's",
    r"resource/assign to": "TensorFlow forgets the value where the slice is empty",
    r"resource/ResourceGather in batches": "TensorFlow does not compare the batches",
    r"rest/matrix_triangular_solve": "TensorFlow 2 broadcasts the batches",
    r"sets/(SetSize unchecked|cross).*: input \d (negative|far)": "we look at indices all the same",
    r"signal/.*: input 0 empty, known": "TensorFlow refuses an empty batch of known size alone",
    r"signal/mel of float64: input 0 of higher": "TensorFlow takes [1] for a scalar",
    r"sparse/reduce_(sum|max).*: input 0": "TensorFlow takes indices out of range as they are",
    r"sparse/(slice|softmax|squares).*: input 2 negative": "a negative size is not looked for",
    r"sparse/embedding_lookup.* of another number type": "TensorFlow casts integer weights",
    r"sparse/safe_embedding_lookup": "TensorFlow checks the rows by their numbers",
    r"sparse/by a(.* of)|sparse/by integers": "integers are divided as they are in tf.truediv",
    r"spectral/.*: input 0 empty, known": "TensorFlow refuses an empty batch of known size alone",
    r"stragglers/Einsum .*: input 0 empty": "TensorFlow does not compare the sizes of nothing",
    r"stragglers/dimensions .*input 0 (negative|far)": "TensorFlow reads past the end of its table",
    r"stragglers/inplace .* empty": "TensorFlow ignores rows of nothing",
    r"stragglers/slice updated": "TensorFlow forgets the value where the slice is empty",
    r"stragglers/unravel_index .* negative": "TensorFlow looks for indices too large alone",
    r"state/assign to a slice": "TensorFlow forgets the value where the slice is empty",
    r"state/a step of (Adagrad|Ftrl): input 0 empty": "1.15's tf.constant refuses it, as we do",
    r"strings/as_string.* of strings": "TensorFlow 2 takes strings",
    r"text/StringNGrams.*of higher": "TensorFlow flattens values and splits",
    r"tensor_array/.*: input 0 (empty|of another)": "told when it runs, as for other arrays",
    r"unary/real of complex.* of strings": "1.15 gives what is not complex back; 2 wants numbers",
}


@cache
def built_variants(name: str) -> set[str]:
    """The ways of declaring the placeholders in which TensorFlow builds the right case."""
    family = name.split("/")[0]
    facts = reader(family).facts.get(name)
    return set() if facts is None else {k for k, v in facts["shapes"].items() if v is not None}


@cache
def reader(family: str) -> Reader:
    return Reader(family)


def is_known(name: str, mistake: Mistake) -> bool:
    return any(re.match(pattern, f"{name}: {mistake.name}") for pattern in DIFFERS)


def differences(name: str) -> list[str]:
    """What ends otherwise than in TensorFlow, or says too little."""
    wrong = []
    for mistake, theirs in zip(mistakes(CASES[name]), RECORDED[name], strict=True):
        if theirs in NOT_COMPARED or mistake.variant not in built_variants(name):
            continue
        errors: list[BaseException] = []
        ours = outcome(tf, mistake, errors)
        said = str(errors[0]) if errors else ""
        if ours != theirs and theirs + ours not in AS_GOOD and not is_known(name, mistake):
            wrong.append(f"{mistake.name}: TensorFlow {theirs}, we {ours} {said[:200]}")
        elif errors and isinstance(errors[0], OpError) and ours not in BUILDING.values():
            wrong += [f"{mistake.name}: {w}" for w in shortcomings(errors[0])]
    return wrong


def shortcomings(error: OpError) -> list[str]:
    """What the message of a failed run lacks."""
    lines = [] if "created at" in error.message else ["the user's line is not told"]
    cause = error.__cause__
    if isinstance(cause, TypeError | IndexError | AttributeError) and str(cause) in error.message:
        lines.append(f"Python's own words: {cause}")
    return lines


def test_every_case_is_recorded() -> None:
    assert set(CASES) == set(RECORDED), "run tests/golden/record_mistakes.py"


def test_what_differs_on_purpose_does_so() -> None:
    told = [f"{name}: {m.name}" for name, case in CASES.items() for m in mistakes(case)]
    for pattern in DIFFERS:
        assert any(re.match(pattern, mistake) for mistake in told), pattern


@pytest.mark.parametrize("name", CASES)
def test_bad_input_ends_as_in_tensorflow(name: str) -> None:
    wrong = differences(name)
    assert not wrong, "\n".join(wrong)
