"""tf.contrib.learn.preprocessing: text as numbers."""

import pickle

import pytest

import flowgraph as tf

preprocessing = tf.contrib.learn.preprocessing
DOCUMENTS = ["a b c", "a\nb\nc", "a, b - c"]


def test_words():
    found = preprocessing.tokenizer(["a, b - c", "fooBar HTTPServer it's", "фыв 你好"])
    assert list(found) == [
        ["a", "b", "-", "c"], ["fooBar", "HTTP", "Server", "it's"], ["фыв", "你好"],
    ]  # fmt: skip


def test_bytes():
    processor = preprocessing.ByteProcessor(max_document_length=4)
    rows = list(processor.fit_transform(["abc", b"ab", "фы", "12345"]))
    assert [r.tolist() for r in rows] == [
        [97, 98, 99, 0], [97, 98, 0, 0], [209, 132, 209, 139], [49, 50, 51, 52],
    ]  # fmt: skip
    assert list(processor.reverse(rows)) == ["abc", "ab", "фы", "1234"]


def test_vocabulary():
    processor = preprocessing.VocabularyProcessor(max_document_length=4, min_frequency=1)
    rows = [r.tolist() for r in processor.fit_transform(DOCUMENTS)]
    assert rows == [[1, 2, 3, 0], [1, 2, 3, 0], [1, 2, 0, 3]]
    assert len(processor.vocabulary_) == 4
    assert processor.vocabulary_._mapping == {"<UNK>": 0, "a": 1, "b": 2, "c": 3}
    assert list(processor.reverse(rows[:1])) == ["a b c <UNK>"]


def test_vocabulary_from_a_file(tmp_path):
    path = str(tmp_path / "vocab")
    processor = preprocessing.VocabularyProcessor(3)
    processor.fit(DOCUMENTS)
    processor.save(path)
    again = preprocessing.VocabularyProcessor.restore(path)
    assert [r.tolist() for r in again.transform(["c new a b"])] == [[3, 0, 1]]
    assert again.max_document_length == 3
    assert again.vocabulary_._freq == processor.vocabulary_._freq
    with pytest.raises(tf.errors.NotFoundError):
        preprocessing.VocabularyProcessor.restore(str(tmp_path / "none"))
    (tmp_path / "vocab").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(tf.errors.DataLossError, match="Pickles of TensorFlow's are not read"):
        preprocessing.VocabularyProcessor.restore(path)


def test_a_tokenizer_of_the_scripts_own(tmp_path):
    path = str(tmp_path / "vocab")
    processor = preprocessing.VocabularyProcessor(3, tokenizer_fn=_letters)
    assert [r.tolist() for r in processor.fit_transform(["ab", "ba"])] == [[1, 2, 0], [2, 1, 0]]
    processor.save(path)
    with pytest.raises(ValueError, match="the script has no function of this name"):
        preprocessing.VocabularyProcessor.restore(path)
    import __main__

    __main__._letters = _letters
    try:
        again = preprocessing.VocabularyProcessor.restore(path)
    finally:
        del __main__._letters
    assert [r.tolist() for r in again.transform(["b"])] == [[2, 0, 0]]


def _letters(documents):
    for document in documents:
        yield list(document)


def test_categories():
    vocabulary = preprocessing.CategoricalVocabulary()
    assert [vocabulary.get(c) for c in "aba"] == [1, 2, 1]
    vocabulary.freeze()
    assert vocabulary.get("c") == 0
    assert vocabulary.reverse(2) == "b"
    vocabulary.freeze(False)
    for category, count in (("x", 5), ("y", 2), ("z", 9)):
        vocabulary.add(category, count)
    vocabulary.trim(2, max_frequency=9)
    assert vocabulary._mapping == {"<UNK>": 0, "x": 1}
    one_way = preprocessing.CategoricalVocabulary(support_reverse=False)
    with pytest.raises(ValueError, match="support_reverse"):
        one_way.reverse(0)
