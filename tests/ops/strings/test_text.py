"""Text that cannot be cut, matched, decoded or joined, and patterns as RE2 means them."""

import pytest

import flowgraph as tf


@pytest.fixture
def session():
    with tf.Graph().as_default() as graph, tf.Session(graph=graph) as session:
        yield session


def run_error(session, fetch):
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        session.run(fetch)
    return str(error.value)


def of_any_shape(value):
    return tf.placeholder_with_default(value, None)


# --- cut ------------------------------------------------------------------------------------------
def test_only_vectors_are_cut(session):
    with pytest.raises(ValueError, match="rank 1"):
        tf.string_split([["a"]])
    with pytest.raises(ValueError, match="rank 0"):
        tf.string_split(["a"], sep=[" "])
    assert "must be a vector" in run_error(session, tf.string_split(of_any_shape([["a"]])).values)
    split = tf.string_split(["a"], sep=of_any_shape([" "]))
    assert "delimiter must be a scalar" in run_error(session, split.values)


def test_the_parts_of_strings_of_any_shape(session):
    found = session.run(tf.strings.split([[["a b"], [""]], [["c"], ["d e f"]]]))
    assert found.dense_shape.tolist() == [2, 2, 1, 3]
    assert found.values.tolist() == [b"a", b"b", b"c", b"d", b"e", b"f"]
    assert session.run(tf.strings.split("a b")).values.tolist() == [b"a", b"b"]


def test_arguments_of_split():
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="Cannot specify both"):
            tf.string_split(["a"], sep=" ", delimiter=" ")
        with pytest.raises(ValueError, match="no RaggedTensor"):
            tf.strings.split(["a"], result_type="RaggedTensor")
        with pytest.raises(ValueError, match="must be 'RaggedTensor' or 'SparseTensor'"):
            tf.string_split(["a"], result_type="list")
        for split in (tf.strings.bytes_split, lambda x: tf.strings.unicode_split(x, "UTF-8")):
            with pytest.raises(ValueError, match="ragged in TensorFlow"):
                split(["a"])


# --- patterns -------------------------------------------------------------------------------------
def test_dollar_is_the_very_end(session):
    texts = ["a\n", "a"]
    assert session.run(tf.strings.regex_replace(texts, "a$", "b")).tolist() == [b"a\n", b"b"]
    assert session.run(tf.strings.regex_replace(texts, "(?m)a$", "b")).tolist() == [b"b\n", b"b"]
    assert session.run(tf.strings.regex_replace("a$b", "[$]", "-")) == b"a-b"
    assert session.run(tf.strings.regex_replace("a$b", r"\$", "-")) == b"a-b"


def test_groups_that_match_nothing_are_empty(session):
    assert session.run(tf.strings.regex_replace("ac", "a(b)?c", r"<\1>\\")) == b"<>\\"


def test_strings_that_are_no_utf_8_are_matched_by_bytes(session):
    assert session.run(tf.strings.regex_replace(b"a\xffb", "b", r"\0c")) == b"a\xffbc"
    assert session.run(tf.strings.regex_full_match([b"a\xff"], "a.")).tolist() == [True]


def test_patterns_that_are_none(session):
    fed = of_any_shape("(")
    for fetch in (
        tf.strings.regex_replace("a", "(", "b"),
        tf.strings.regex_replace("a", fed, "b"),
        tf.strings.regex_full_match("a", "("),
        tf.strings.regex_full_match("a", fed),
    ):
        assert "Invalid pattern: (" in run_error(session, fetch)
    assert "names group 2" in run_error(session, tf.strings.regex_replace("a", "(a)", r"\2"))
    assert "Invalid rewrite" in run_error(session, tf.strings.regex_replace("a", "a", r"\x"))
    two = tf.strings.regex_full_match("a", of_any_shape(["a", "b"]))
    assert "must be scalars" in run_error(session, two)
    with pytest.raises(ValueError, match="rank 0"):
        tf.strings.regex_full_match("a", tf.constant(["a"]))


def test_places_outside_of_a_string(session):
    for unit in ("BYTE", "UTF8_CHAR"):
        substr = tf.strings.substr([b"abc", b"\xff"], 2, 1, unit=unit)
        assert "pos 2 out of range for string b'\\xff' at index 1" in run_error(session, substr)


# --- characters -----------------------------------------------------------------------------------
def test_strict_decoding(session):
    for fetch in (
        tf.strings.unicode_transcode([b"a\xff"], "UTF-8", "UTF-8", errors="strict"),
        tf.strings.unicode_decode(b"a\xff", "UTF-8", errors="strict"),
    ):
        assert "Invalid formatting on input string" in run_error(session, fetch)
    encode = tf.strings.unicode_encode([0x110000], "UTF-8", errors="strict")
    assert "out of valid Unicode range: 1114112" in run_error(session, encode)


def test_encodings_and_replacements_that_cannot_be(session):
    transcode = tf.strings.unicode_transcode
    told = run_error(session, transcode(["a"], "nope", "UTF-8"))
    assert "Could not create converter for input encoding: nope" in told
    told = run_error(session, transcode(["a"], "UTF-8", "UTF-8", replacement_char=1 << 30))
    assert "replacement_char out of unicode codepoint range" in told
    with pytest.raises(ValueError, match="not in the list of allowed values"):
        transcode(["a"], "UTF-8", "latin1")
    with pytest.raises(ValueError, match="rank must be at least 1"):
        tf.strings.unicode_encode(3, "UTF-8")
    with pytest.raises(ValueError, match="statically known"):
        tf.strings.unicode_encode(tf.placeholder(tf.int32), "UTF-8")


def test_halves_of_characters(session):
    codes = [[0xD83D, 0xDE00], [0xD83D, 65]]  # a pair of surrogates, and half of one
    assert session.run(tf.strings.unicode_encode(codes, "UTF-8")).tolist() == [
        "😀".encode(), "\ufffdA".encode(),
    ]  # fmt: skip


def test_splits_that_are_wrong(session):
    for splits in ([1, 2], [0, 3], [0, 2, 1]):
        fetch = tf.raw_ops.UnicodeEncode(
            input_values=[65, 66], input_splits=splits, output_encoding="UTF-8"
        )
        assert "must ascend from 0 to 2" in run_error(session, fetch)


# --- composed -------------------------------------------------------------------------------------
def test_placeholders_of_a_template():
    with tf.Graph().as_default(), pytest.raises(ValueError, match=r"2 placeholder\(s\)"):
        tf.strings.format("{} {}", [tf.constant(1)])


def test_segments_that_cannot_be(session):
    join = tf.strings.unsorted_segment_join
    for ids in ([0, 3], [-1, 0]):
        assert "must be in [0, 3)" in run_error(session, join(["a", "b"], ids, 3))
    with pytest.raises(ValueError, match="incompatible"):
        join(["a", "b"], [0, 1, 2], 3)
    with pytest.raises(ValueError, match="must be >= 0, got -1"):
        join(["a", "b"], [0, 1], -1)
    assert "rank 0" in run_error(session, join(["a"], of_any_shape(0), 1))
    with pytest.raises(tf.errors.OutOfRangeError, match="Invalid segment_id rank 2"):
        session.run(join(of_any_shape(["a"]), of_any_shape([[0]]), 1))


def test_ngrams_that_cannot_be(session):
    ngrams = tf.strings.ngrams
    with pytest.raises(ValueError, match="greater than 0. Got 0"):
        ngrams(["a"], 0)
    with pytest.raises(ValueError, match="padding_width must be greater than 0"):
        ngrams(["a"], 2, pad_values="x", padding_width=0)
    with pytest.raises(ValueError, match="pad_values must be provided"):
        ngrams(["a"], 2, padding_width=1)
    with pytest.raises(TypeError, match="pad_values must be"):
        ngrams(["a"], 2, pad_values=3)
    with pytest.raises(ValueError, match="rank>0"):
        ngrams("a", 2)
    fetch = tf.raw_ops.StringNGrams(
        data=["a"], data_splits=[1, 1], separator="", ngram_widths=[1], left_pad="", right_pad="",
        pad_width=0, preserve_short_sequences=False,
    )  # fmt: skip
    assert "First split value must be 0, got 1" in run_error(session, fetch[0])


def test_ngrams_of_rows(session):
    rows = [["a", "b", "c"], ["d", "e", "f"]]
    found = session.run(tf.strings.ngrams(rows, 2, "-", pad_values="_", padding_width=1))
    assert found.tolist() == [[b"_-a", b"a-b", b"b-c", b"c-_"], [b"_-d", b"d-e", b"e-f", b"f-_"]]
    none = tf.strings.ngrams(tf.constant([], tf.string, [0, 3]), 2)
    assert none.shape.as_list() == [0, None] and session.run(none).shape == (0, 0)
