import numpy as np

from flowgraph.examples import silhouettes


def test_the_classes_come_by_turns_and_the_values_are_colours():
    pictures = silhouettes.draw(10, seed=3)

    assert pictures.images.shape == (10, 32, 32, 3)
    assert pictures.images.dtype == np.float32
    assert pictures.images.min() >= 0 and pictures.images.max() <= 1
    assert pictures.labels.tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert pictures.labels.dtype == np.int32


def test_the_same_seed_draws_the_same_and_another_seed_others():
    first, again, other = (silhouettes.draw(4, seed=s).images for s in (1, 1, 2))

    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_picture_is_empty():
    """The silhouette stands out: the middle of a picture is not all of one brightness."""
    for image in silhouettes.draw(200, seed=4).images:
        assert np.ptp(image[8:24, 8:24].mean(axis=2)) > 0.15


def test_colours_say_nothing_of_the_class():
    pictures = silhouettes.draw(2000, seed=5)

    means = [pictures.images[pictures.labels == k].mean(axis=(0, 1, 2)) for k in range(4)]

    assert np.ptp(means, axis=0).max() < 0.05
