"""Lines that are no CSV, and columns that cannot be read."""

import pytest

import flowgraph as tf


def run_error(session, lines, defaults, **more):
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        session.run(tf.decode_csv(lines, defaults, **more))
    return str(error.value)


def test_the_number_of_fields(session):
    assert "Expect 2 fields but have 1 in record 1" in run_error(session, ["1,2", "1"], [[1], [2]])
    assert "Expect 1 fields but have 0 in record 0" in run_error(session, [""], [[1]])


def test_fields_that_must_be_there(session):
    required = tf.constant([], tf.int32)
    said = "Field 1 is required but missing in record 1!"
    assert said in run_error(session, ["a,1", "b,"], [[""], required])
    assert said in run_error(session, ["a,1", "b,NA"], [[""], required], na_value="NA")


@pytest.mark.parametrize(
    ("dtype", "word", "text"),
    [
        ("int32", "int32", "1.5"),
        ("int32", "int32", "2147483648"),
        ("int64", "int64", "x"),
        ("int64", "int64", "1_0"),
        ("float32", "float", "one"),
        ("float64", "double", "1,5"),
    ],
)
def test_fields_that_are_no_numbers(session, dtype, word, text):
    default = tf.constant([0], tf.as_dtype(dtype))
    said = run_error(session, ["0;0", f"0;{text}"], [default, default], field_delim=";")
    assert f"Field 1 in record 1 is not a valid {word}: {text}" in said


def test_the_first_row_that_is_wrong_is_told(session):
    assert "Field 1 in record 0" in run_error(session, ["1,x", "y,1"], [[0], [0]])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('a"b', "Unquoted fields cannot have quotes/CRLFs inside"),
        ("a\nb", "Unquoted fields cannot have quotes/CRLFs inside"),
        ('"a', "Quoted field has to end with quote"),
        ('"a"b', "Quote inside a string has to be escaped by another quote"),
        ('"', "Quoted field has to end with quote"),
    ],
)
def test_quotes_that_are_wrong(session, line, said):
    assert said in run_error(session, [line], [[""]])


def test_columns_behind_those_selected_are_not_looked_at(session):
    assert session.run(tf.decode_csv(['7,"bad'], [[0]], select_cols=[0])) == [[7]]


def test_arguments_that_cannot_be():
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="length-0 or length-1 vector"):
            tf.decode_csv(["1"], [[1, 2]])
        with pytest.raises(ValueError, match="not strictly increasing"):
            tf.decode_csv(["1"], [[1], [2]], select_cols=[1, 1])
        with pytest.raises(ValueError, match="negative values"):
            tf.decode_csv(["1"], [[1]], select_cols=[-1])
        with pytest.raises(ValueError, match="do not match"):
            tf.decode_csv(["1"], [[1]], select_cols=[0, 1])
        with pytest.raises(TypeError, match="bool not in list of allowed"):
            tf.decode_csv(["1"], [[True]])


def test_a_delimiter_is_one_character(session):
    assert "field_delim should be only 1 char" in run_error(session, ["1"], [[1]], field_delim=";;")
