"""tf.contrib.tensorboard.plugins.projector."""

from __future__ import annotations

import pytest
from google.protobuf import text_format

import flowgraph as tf
from flowgraph.contrib.tensorboard.plugins import projector


def test_the_configuration_is_beside_the_events(tmp_path):
    config = projector.ProjectorConfig()
    embedding = config.embeddings.add()
    embedding.tensor_name, embedding.metadata_path = "words:0", "words.tsv"
    embedding.sprite.image_path = "sprite.png"
    embedding.sprite.single_image_dim.extend([28, 28])
    with tf.Graph().as_default(), tf.summary.FileWriter(str(tmp_path)) as writer:
        tf.contrib.tensorboard.plugins.projector.visualize_embeddings(writer, config)
    text = (tmp_path / "projector_config.pbtxt").read_text()
    assert text_format.Parse(text, projector.ProjectorConfig()) == config


def test_no_directory():
    class Writer:
        def get_logdir(self):
            return None

    with pytest.raises(ValueError, match="must have a logdir"):
        projector.visualize_embeddings(Writer(), projector.ProjectorConfig())
    with pytest.raises(AttributeError, match="Odd"):
        projector.Odd  # noqa: B018
