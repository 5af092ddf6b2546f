import flowgraph as tf


def test_scalars_of_one_example():
    feature = {
        "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"abc"])),
        "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[3])),
    }
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    with tf.Graph().as_default(), tf.Session() as session:
        wanted = {
            "image": tf.FixedLenFeature([], tf.string),
            "label": tf.FixedLenFeature([], tf.int64),
        }
        parsed = tf.parse_single_example(example.SerializeToString(), wanted)
        assert session.run(parsed) == {"image": b"abc", "label": 3}
