"""tf.contrib.learn.datasets, and the tutorials' digits."""

import gzip
import shutil

import numpy as np
import pytest

import flowgraph as tf

datasets = tf.contrib.learn.datasets
input_data = tf.examples.tutorials.mnist.input_data


def _write_idx(path, array, magic):
    sizes = b"".join(int(n).to_bytes(4, "big") for n in (magic, *array.shape))
    content = sizes + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.fixture
def folder(tmp_path):
    """Twelve digits to train on and five to test on, in files of both kinds."""
    random = np.random.RandomState(0)
    for prefix, count, ending in (("train", 12, ".gz"), ("t10k", 5, "")):
        images = random.randint(0, 256, [count, 28, 28])
        _write_idx(tmp_path / f"{prefix}-images-idx3-ubyte{ending}", images, 2051)
        _write_idx(tmp_path / f"{prefix}-labels-idx1-ubyte{ending}", np.arange(count) % 10, 2049)
    return tmp_path


def test_reads_the_files_of_a_directory(folder):
    data = input_data.read_data_sets(str(folder), one_hot=True, validation_size=2)
    assert [d.num_examples for d in data] == [10, 2, 5]
    assert data.train.images.shape == (10, 784) and data.train.images.dtype == np.float32
    assert data.validation.labels.argmax(1).tolist() == [0, 1]
    assert data.test.labels.shape == (5, 10) and data.train.images.max() <= 1
    raw = input_data.read_data_sets(folder, dtype=tf.uint8, reshape=False, validation_size=0)
    assert raw.train.images.shape == (12, 28, 28, 1) and raw.train.images.dtype == np.uint8
    np.testing.assert_allclose(
        raw.train.images[2:].reshape(10, 784) / 255, data.train.images, rtol=1e-6
    )


def test_batches_come_in_the_order_of_numpys_shuffle(folder):
    data = input_data.read_data_sets(str(folder), validation_size=0, seed=5)
    # Each DataSet seeds numpy; the last one made is the test data's.
    first, second = np.arange(12), np.arange(12)
    np.random.seed(5)
    np.random.shuffle(first)
    np.random.shuffle(second)
    np.random.seed(5)
    labels = [data.train.next_batch(5)[1].tolist() for _ in range(4)]
    order = [*first, *first[second]]
    assert labels == [[int(n) % 10 for n in order[i : i + 5]] for i in range(0, 20, 5)]
    assert data.train.epochs_completed == 1
    test = input_data.DataSet(np.zeros([4, 1, 1, 1], np.uint8), np.arange(4))
    assert test.next_batch(3, shuffle=False)[1].tolist() == [0, 1, 2]
    assert test.next_batch(3, shuffle=False)[1].tolist() == [3, 0, 1]


def test_made_up_data():
    data = input_data.read_data_sets("/nowhere", fake_data=True, one_hot=True)
    images, labels = data.train.next_batch(2, fake_data=True)
    assert len(images) == 2 and len(images[0]) == 784 and labels[0] == [1] + [0] * 9


def test_the_shipped_digits_stand_in_for_a_directory_without_any(tmp_path):
    data = input_data.read_data_sets(str(tmp_path / "MNIST_data"), dtype=tf.uint8)
    assert [d.num_examples for d in data] == [55000, 5000, 10000]
    assert data.test.labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_what_is_wrong_with_files_is_said(folder):
    with pytest.raises(ValueError, match="Validation size should be between 0 and 12"):
        input_data.read_data_sets(folder, validation_size=13)
    with pytest.raises(TypeError, match="Invalid image dtype"):
        input_data.read_data_sets(folder, dtype=tf.int32, validation_size=1)
    labels = folder / "t10k-labels-idx1-ubyte"
    shutil.copy(labels, folder / "kept")
    labels.unlink()
    with pytest.raises(tf.errors.NotFoundError, match="t10k-labels-idx1-ubyte.gz; No such file"):
        input_data.read_data_sets(folder)
    shutil.copy(folder / "t10k-images-idx3-ubyte", labels)
    with pytest.raises(ValueError, match="Invalid magic number 2051 in MNIST label file"):
        input_data.read_data_sets(folder, validation_size=1)
    labels.write_bytes((folder / "kept").read_bytes()[:-2])
    with pytest.raises(tf.errors.DataLossError, match="expected 5 bytes"):
        input_data.read_data_sets(folder, validation_size=1)
    labels.write_bytes(gzip.compress((folder / "kept").read_bytes())[:-6])
    with pytest.raises(tf.errors.DataLossError, match="damaged gzip"):
        input_data.read_data_sets(folder, validation_size=1)


def test_what_cannot_be_downloaded_is_said(tmp_path):
    with pytest.raises(tf.errors.UnavailableError, match="127.0.0.1:1/train-images-idx3-ubyte.gz"):
        input_data.read_data_sets(tmp_path / "new", source_url="http://127.0.0.1:1/")
    with pytest.raises(tf.errors.UnavailableError, match="Cannot download http://127.0.0.1:1/x"):
        datasets.base.maybe_download("x", str(tmp_path / "new"), "http://127.0.0.1:1/x")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "x").write_text("here")
    assert datasets.base.maybe_download("x", str(tmp_path), "http://127.0.0.1:1/x").endswith("/x")


def test_downloads_show_how_far_they_are(tmp_path, capsys):
    source = tmp_path / "source"
    source.write_bytes(b"a" * 100000)
    path = datasets.base.maybe_download("copy", str(tmp_path), source.as_uri())
    assert open(path, "rb").read() == source.read_bytes()  # noqa: SIM115
    told = capsys.readouterr()
    assert "Successfully downloaded copy 100000 bytes." in told.out and "100k/100k" in told.err


def test_small_tables():
    iris = datasets.load_dataset("iris")
    assert iris.data.shape == (150, 4) and np.bincount(iris.target).tolist() == [50, 50, 50]
    boston = datasets.load_boston()
    assert boston.data.shape == (506, 13) and boston.target[0] == 24.0
    assert datasets.load_dataset("dbpedia", test_with_fake_data=True).train.data.shape == (28, 2)
    with pytest.raises(ValueError, match="Name of dataset is not found: iri"):
        datasets.load_dataset("iri")


def test_tables_of_other_files(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("2,2,a,b\n1.5,2,0\n3,4,1\n")
    found = datasets.base.load_csv_with_header(path, np.int64, np.float32)
    assert found.data.tolist() == [[1.5, 2], [3, 4]] and found.target.tolist() == [0, 1]
    path.write_text("7,1,2\n8,3,4\n")
    found = datasets.base.load_csv_without_header(path, np.int64, np.float32, target_column=0)
    assert found.target.tolist() == [7, 8]
    datasets.base.shrink_csv(str(path), 2)
    assert (tmp_path / "x_small.csv").read_text().split() == ["7,1,2"]
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected 7 rows of 1 features"):
        datasets.base.load_csv_with_header(path, np.int64, np.float32)
    path.write_text("x,y\n")
    with pytest.raises(tf.errors.InvalidArgumentError, match="numbers of rows and of features"):
        datasets.base.load_csv_with_header(path, np.int64, np.float32)


@pytest.mark.parametrize("name", ["circles", "spirals"])
def test_points_in_the_plane(name):
    found = datasets.make_dataset(name, 21, noise=None)
    assert found.data.shape == (21, 2) and np.bincount(found.target).tolist() == [11, 10]
    again = datasets.make_dataset(name, 21, noise=None)
    np.testing.assert_array_equal(found.data, again.data)
    assert np.abs(datasets.make_dataset(name, 20, 0.1).data).max() < 2
    with pytest.raises(ValueError):
        datasets.make_dataset("squares")


def test_retry_tries_again():
    calls = []

    @datasets.base.retry(0.001, 0.003, is_retriable=lambda error: isinstance(error, OSError))
    def flaky():
        calls.append(1)
        if len(calls) < 3:
            raise OSError("again")
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        flaky()
    assert len(calls) == 3
    with pytest.raises(ValueError, match="factor must be >= 1"):
        datasets.base.retry(1, 1, factor=0.5)


def test_the_tutorials_network_learns():
    mnist = tf.examples.tutorials.mnist.mnist
    random = np.random.RandomState(0)
    images = random.rand(40, 784).astype(np.float32)
    labels = random.randint(0, 10, 40)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        x, y = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.int32, [None])
        logits = mnist.inference(x, 32, 16)
        loss = mnist.loss(logits, y)
        step = mnist.training(loss, 0.1)
        correct = mnist.evaluation(logits, y)
        names = [v.op.name for v in tf.trainable_variables()]
        assert names[:2] == ["hidden1/weights", "hidden1/biases"]
        session.run(tf.global_variables_initializer())
        for _ in range(150):
            session.run(step, {x: images, y: labels})
        assert session.run(correct, {x: images, y: labels}) > 35
