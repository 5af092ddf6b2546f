"""tf.keras.applications: sizes as Keras 2.2.4 documents them, arguments, weights from a file."""

import numpy as np
import pytest

import flowgraph as tf

networks = tf.keras.applications
# The numbers of parameters with the top, from keras-applications 1.0.8's own table.
PARAMETERS = {
    "DenseNet121": 8_062_504,
    "InceptionResNetV2": 55_873_736,
    "InceptionV3": 23_851_784,
    "MobileNet": 4_253_864,
    "MobileNetV2": 3_538_984,
    "NASNetMobile": 5_326_716,
    "ResNet50": 25_636_712,
    "ResNet50V2": 25_613_800,
    "VGG16": 138_357_544,
    "Xception": 22_910_480,
}


@pytest.fixture(autouse=True)
def fresh_graph():
    tf.keras.backend.clear_session()


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters(name):
    model = getattr(networks, name)(weights=None)
    assert model.count_params() == PARAMETERS[name]
    assert model.output_shape == (None, 1000)


def test_without_the_top_images_may_have_any_size():
    model = networks.MobileNet(weights=None, include_top=False, alpha=0.25)
    assert model.output_shape == (None, None, None, 256)
    pooled = networks.MobileNetV2(
        weights=None, include_top=False, alpha=0.35, input_shape=(96, 96, 3), pooling="avg"
    )
    assert pooled.name == "mobilenetv2_0.35_96" and pooled.output_shape == (None, 1280)


def test_it_learns_and_loads_its_weights_from_a_file(tmp_path):
    made = {"alpha": 0.25, "input_shape": (32, 32, 3), "classes": 3}
    model = networks.MobileNet(weights=None, **made)
    x, y = np.random.RandomState(0).rand(4, 32, 32, 3), np.eye(3)[[0, 1, 2, 0]]
    model.compile("sgd", "categorical_crossentropy")
    assert np.isfinite(model.train_on_batch(x, y))
    path = str(tmp_path / "small.h5")
    model.save_weights(path)
    again = networks.MobileNet(weights=path, **made)
    np.testing.assert_allclose(again.predict(x), model.predict(x), rtol=1e-5)


def test_on_a_tensor():
    images = tf.keras.Input((64, 64, 3))
    features = networks.MobileNet(weights=None, include_top=False, alpha=0.25, input_tensor=images)
    assert features.input is images


@pytest.mark.parametrize(
    "arguments, said",
    [
        ({"weights": "there_is_no.h5"}, "no file 'there_is_no.h5'"),
        ({"weights": "imagenet", "classes": 10}, "`classes` should be 1000"),
        ({"weights": None, "input_shape": (20, 20, 3)}, r"at least 71x71; got .*\(20, 20, 3\)"),
        ({"weights": None, "input_shape": (None, None, 3)}, "static `input_shape`"),
        ({"weights": None, "input_shape": (99, 99)}, "tuple of three integers"),
    ],
)
def test_wrong_arguments(arguments, said):
    with pytest.raises(ValueError, match=said):
        networks.Xception(**arguments)


def test_weights_that_cannot_be_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))

    def offline(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr("urllib.request.urlopen", offline)
    with pytest.raises(
        FileNotFoundError, match=r"(?s)mobilenet_2_5_128_tf.h5.*weights=None for random"
    ):
        networks.MobileNet(alpha=0.25, input_shape=(128, 128, 3))


def test_inputs_are_scaled():
    images = np.full((1, 2, 2, 3), 255.0)
    np.testing.assert_allclose(networks.xception.preprocess_input(images.copy()), 1.0)
    shown = networks.densenet.preprocess_input(images.copy())
    np.testing.assert_allclose(
        shown[0, 0, 0], (1 - np.array([0.485, 0.456, 0.406])) / [0.229, 0.224, 0.225]
    )
