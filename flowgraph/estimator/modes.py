"""`ModeKeys`: what a model function is called for."""


class ModeKeys:
    """What a model is built for: training, evaluation or prediction (tf.estimator.ModeKeys)."""

    TRAIN = "train"
    EVAL = "eval"
    PREDICT = "infer"
