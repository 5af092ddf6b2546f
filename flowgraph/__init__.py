"""flowgraph: TensorFlow 1.x's dataflow model made again. `import flowgraph as tf`."""
