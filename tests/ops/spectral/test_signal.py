"""Signals: what the functions refuse, exact inverses, sizes that only a run tells."""

import numpy as np
import pytest

import flowgraph as tf


def run(build, feeds=None):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(build())


def wave(*shape):
    return np.random.RandomState(5).normal(size=shape)


@pytest.mark.parametrize(("length", "step"), [(16, 4), (16, 8), (12, 3), (10, 4), (16, 5), (9, 9)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_inverse_gives_the_signal_back(length, step, dtype):
    x = wave(2, 97).astype(dtype)

    def build():
        window = tf.signal.hamming_window
        back = tf.signal.inverse_stft_window_fn(step, window)
        spectra = tf.signal.stft(x, length, step, window_fn=window)
        return tf.signal.inverse_stft(spectra, length, step, window_fn=back)

    y = run(build)
    middle = slice(length, y.shape[-1] - length)
    assert y.dtype == dtype
    np.testing.assert_allclose(y[:, middle], x[:, middle], atol=1e-5 if y.itemsize == 4 else 1e-12)


def test_a_spectrum_of_a_wave_peaks_at_its_frequency():
    x = np.sin(2 * np.pi * 5 / 32 * np.arange(256)).astype(np.float32)
    power = run(lambda: tf.abs(tf.signal.stft(x, 32, 16)))
    assert power.shape == (15, 17)
    assert (power.argmax(axis=1) == 5).all()


@pytest.mark.parametrize("pad_end", [False, True])
@pytest.mark.parametrize("axis", [0, -1, 1])
def test_frames_whose_sizes_only_a_run_tells(pad_end, axis):
    x = wave(7, 9)
    with tf.Graph().as_default(), tf.Session() as session:
        signal = tf.placeholder(tf.float64)
        length, step, place = (tf.placeholder(t) for t in (tf.int64, tf.int32, tf.int32))
        frames = tf.signal.frame(signal, length, step, pad_end, axis=place)
        (slope,) = tf.gradients(frames, signal)
        feeds = {signal: x, length: 4, step: 2, place: axis}
        found, counts = session.run([frames, slope], feeds)
    moved = np.moveaxis(x, axis, -1)
    if pad_end:
        moved = np.pad(moved, [(0, 0), (0, 4)])
    count = -(-x.shape[axis] // 2) if pad_end else (x.shape[axis] - 4) // 2 + 1
    wanted = np.stack([moved[:, 2 * i : 2 * i + 4] for i in range(count)], axis=1)
    wanted = np.moveaxis(wanted, 0, 2) if axis == 0 else wanted
    np.testing.assert_array_equal(found, wanted)
    assert counts.sum() == np.prod(wanted.shape) - (wanted == 0).sum()


def test_frames_of_a_rank_that_only_a_run_tells_are_added_up():
    with tf.Graph().as_default(), tf.Session() as session:
        frames, step = tf.placeholder(tf.float64), tf.placeholder(tf.int32, [])
        total = tf.signal.overlap_and_add(frames, step)
        found = session.run(total, {frames: np.ones([2, 1, 3, 4]), step: 3})
    np.testing.assert_array_equal(found, [[[1, 1, 1, 2, 1, 1, 2, 1, 1, 1]]] * 2)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 127, 128, 129, 1 << 20])
def test_the_default_transform_is_the_next_power_of_two(length):
    from flowgraph.ops.spectral.short_time import _enclosing_power_of_two

    wanted = 2 ** int(np.ceil(np.log2(length)))
    assert _enclosing_power_of_two(length) == wanted
    with tf.Graph().as_default(), tf.Session() as session:
        fed = tf.placeholder(tf.int32, [])
        assert session.run(_enclosing_power_of_two(fed), {fed: length}) == wanted


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_a_cosine_transform_and_its_inverse(kind):
    x = wave(3, 6)
    scale = 2 * (5 if kind == 1 else 6)
    y = run(lambda: tf.signal.idct(tf.signal.dct(tf.constant(x), kind), kind))
    np.testing.assert_allclose(y / scale, x, atol=1e-12)
    if kind > 1:
        y = run(lambda: tf.signal.dct(tf.constant(x), kind, norm="ortho"))
        np.testing.assert_allclose((y * y).sum(-1), (x * x).sum(-1))


def test_the_second_cosine_transform_is_its_sum():
    x, k = wave(5), np.arange(5)
    table = 2 * np.cos(np.pi * k[:, None] * (2 * k + 1) / 10)
    np.testing.assert_allclose(run(lambda: tf.signal.dct(tf.constant(x))), table @ x, atol=1e-12)


def test_the_bands_of_the_mel_matrix_overlap_and_add_up_to_one_between_their_centres():
    matrix = run(lambda: tf.signal.linear_to_mel_weight_matrix(10, 257, 16000, 100.0, 7000.0))
    assert matrix.shape == (257, 10) and not matrix[0].any()
    inside = slice(matrix[:, 0].argmax() + 1, matrix[:, -1].argmax())
    np.testing.assert_allclose(matrix.sum(1)[inside], 1.0, atol=1e-4)


MATRIX = tf.signal.linear_to_mel_weight_matrix


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: tf.signal.frame(1.0, 2, 1), "rank at least 1"),
        (lambda: tf.signal.frame([1.0], [2], 1), "must have rank 0"),
        (lambda: tf.signal.frame([1.0], 2, [1]), "must have rank 0"),
        (lambda: tf.signal.frame([1.0], 2, 1, axis=[0]), "must have rank 0"),
        (lambda: tf.signal.frame([1.0], 2, 1, True, [0.0]), "must have rank 0"),
        (lambda: tf.signal.frame([1.0], 2, 0), "frame_step must be at least 1, got 0"),
        (lambda: tf.signal.overlap_and_add([1.0], 1), "rank at least 2"),
        (lambda: tf.signal.overlap_and_add([[1.0]], 1.0), "must be an integer"),
        (lambda: tf.signal.stft(1.0, 2, 1), "rank at least 1"),
        (lambda: tf.signal.stft([1.0], [2], 1), "must have rank 0"),
        (lambda: tf.signal.inverse_stft(tf.zeros([3], tf.complex64), 2, 1), "rank at least 2"),
        (lambda: tf.signal.inverse_stft_window_fn([1]), "must have rank 0"),
        (lambda: tf.signal.hann_window(3, dtype=tf.int32), "must be a floating point type"),
        (lambda: tf.signal.hann_window([3]), "must have rank 0"),
        (lambda: tf.signal.hamming_window(3, periodic=[True]), "must have rank 0"),
        (lambda: tf.signal.dct([1.0], type=5), "Only Types I, II and III"),
        (lambda: tf.signal.dct([1.0, 2.0], type=1, norm="ortho"), "not supported for the Type-I"),
        (lambda: tf.signal.dct([1.0], type=1), "dimension to be greater than one"),
        (lambda: tf.signal.dct([1.0], n=0), "positive integer or None"),
        (lambda: tf.signal.dct([1.0], axis=0), "axis must be -1"),
        (lambda: tf.signal.idct([1.0], norm="orthogonal"), "Unknown normalization"),
        (lambda: tf.signal.mfccs_from_log_mel_spectrograms(tf.zeros([2, 0])), "must be positive"),
        (lambda: tf.signal.inverse_stft([[1.0]], 2, 1), "must be complex64 or complex128"),
        (lambda: tf.signal.fftshift([1.0], 1), "axis 1 is out of range"),
        (lambda: tf.signal.ifftshift(tf.placeholder(tf.float32)), "needs to know their number"),
        (lambda: MATRIX(0), "num_mel_bins must be positive"),
        (lambda: MATRIX(num_spectrogram_bins=0), "Requires num > 0"),
        (lambda: MATRIX(sample_rate=0.0), "sample_rate must be positive"),
        (lambda: MATRIX(sample_rate=tf.placeholder(tf.float32, [])), "non-constant Tensor"),
        (lambda: MATRIX(lower_edge_hertz=-1.0), "must be non-negative"),
        (lambda: MATRIX(lower_edge_hertz=100.0, upper_edge_hertz=10.0), "100.0 >= "),
        (lambda: MATRIX(upper_edge_hertz=5000.0), "Nyquist"),
        (lambda: MATRIX(dtype=tf.int32), "must be a floating point type"),
    ],
)
def test_bad_arguments_are_refused_when_built(build, message):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=message):
        build()


@pytest.mark.parametrize(
    "build",
    [
        lambda: tf.signal.frame([1.0], 2.0, 1),
        lambda: tf.signal.stft([1.0], 2, 1.0),
        lambda: tf.signal.dct(tf.constant([1, 2])),
    ],
)
def test_other_dtypes_are_refused(build):
    with tf.Graph().as_default(), pytest.raises(TypeError):
        build()
