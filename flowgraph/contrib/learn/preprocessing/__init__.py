"""`tf.contrib.learn.preprocessing`: documents as rows of numbers."""

from flowgraph.contrib.learn.preprocessing.categorical_vocabulary import CategoricalVocabulary
from flowgraph.contrib.learn.preprocessing.text import (
    ByteProcessor,
    VocabularyProcessor,
    tokenizer,
)

__all__ = ["ByteProcessor", "CategoricalVocabulary", "VocabularyProcessor", "tokenizer"]
