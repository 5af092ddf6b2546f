import json

import flowgraph as tf
from flowgraph.runtime.timeline import Timeline


def test_a_run_as_chrome_shows_it():
    with tf.Graph().as_default(), tf.Session() as session:
        y = tf.matmul(tf.random_normal([4, 4], name="x"), tf.ones([4, 4]), name="product")
        metadata = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        session.run(y, options=options, run_metadata=metadata)
    events = json.loads(Timeline(metadata.step_stats).generate_chrome_trace_format())["traceEvents"]
    steps = {e["args"]["name"]: e for e in events if e["ph"] == "X"}
    assert steps["product"]["name"] == "MatMul"
    assert all(e["dur"] >= 0 and e["ts"] > 0 for e in steps.values())
    assert any(e["ph"] == "M" for e in events)
