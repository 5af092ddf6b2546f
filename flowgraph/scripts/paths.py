"""Where the inner modules of TensorFlow are found in flowgraph: the one table.

Scripts reach past the public API, into `tensorflow.python.framework.ops` and the like. Each such
module is a view of public ones. A module below `PACKAGES` that the table has not is a view of those
in `REST`, which have nearly every name that there is.
"""

from __future__ import annotations

REST = ". nn math train layers io image debugging contrib.framework contrib.layers contrib.util"

_RNN = (
    "nn contrib.rnn rnn=nn.static_rnn bidirectional_rnn=nn.static_bidirectional_rnn "
    "state_saving_rnn=nn.static_state_saving_rnn"
)
_TEST = (
    "test @flowgraph.test.decorators TensorFlowTestCase=test.TestCase "
    "ComputeGradient=test.compute_gradient "
    "ComputeGradientError=test.compute_gradient_error"
)
_COLUMNS = "feature_column @flowgraph.feature_column.older"
_MESSAGES = ". train summary @flowgraph.graph_io.protos"

# Modules of TensorFlow, without "tensorflow." -> where their names are found: public modules in
# the order in which they are asked ("." is tf itself, "@" begins a module that is not public), and
# `name=public.name` for what is called something else in public. A single module is that very one.
_VIEWS = {
    "python.client.device_lib": "@flowgraph.platform.device_lib",
    "python.client.session": ". @flowgraph.runtime.fetches BaseSession=Session",
    "python.client.timeline": "@flowgraph.runtime.timeline",
    "python.data.experimental": "data.experimental",
    "python.distribute.cluster_resolver": "contrib.cluster_resolver",
    "python.distribute.cluster_resolver.cluster_resolver": "contrib.cluster_resolver",
    "python.distribute.cluster_resolver.tpu_cluster_resolver": "contrib.cluster_resolver",
    "python.distribute.cluster_resolver.tfconfig_cluster_resolver": "contrib.cluster_resolver",
    "python.data.ops.dataset_ops python.data.ops.iterator_ops python.data.ops.readers": (
        "data @flowgraph.data.structure DatasetV1=data.Dataset DatasetV2=data.Dataset "
        "get_legacy_output_classes=compat.v1.data.get_output_classes "
        "get_legacy_output_shapes=compat.v1.data.get_output_shapes "
        "get_legacy_output_types=compat.v1.data.get_output_types"
    ),
    "python.data.util.nest": "@flowgraph.data.nest",
    "python.util.nest": "nest contrib.framework.nest",
    "python.estimator python.estimator.estimator python.estimator.model_fn": "estimator",
    "python.estimator.estimator_lib": "estimator",
    "python.estimator.run_config": "estimator @flowgraph.estimator.run_config",
    "python.estimator.export.export_output python.estimator.export.export_lib": "estimator.export",
    "python.estimator.export python.estimator.export.export": "estimator.export",
    "python.estimator.inputs python.estimator.inputs.numpy_io": "estimator.inputs",
    "python.estimator.inputs.pandas_io python.estimator.inputs.inputs": "estimator.inputs",
    "python.estimator.mode_keys python.estimator.training python.estimator.exporter": "estimator",
    "python.estimator.canned.dnn python.estimator.canned.linear": "estimator",
    "python.estimator.canned.baseline python.estimator.canned.dnn_linear_combined": "estimator",
    "python.estimator.canned.metric_keys": "@flowgraph.estimator.canned.keys",
    "python.estimator.canned.prediction_keys": "@flowgraph.estimator.canned.keys",
    "python.feature_column": "feature_column",
    "python.feature_column.feature_column python.feature_column.feature_column_v2": _COLUMNS,
    "python.feature_column.feature_column_lib": _COLUMNS,
    "python.feature_column.sequence_feature_column": _COLUMNS,
    "python.framework.dtypes": ". dtypes",
    "python.framework.errors python.framework.errors_impl": "errors",
    "python.framework.function": "@flowgraph.scripts.functions",
    "python.framework.graph_util python.framework.graph_util_impl": "graph_util",
    "python.framework.tensor_shape python.framework.common_shapes": ". @flowgraph.core.shapes",
    "python.framework.tensor_util": "contrib.util . @flowgraph.core.static",
    "python.framework.test_util python.kernel_tests.gradient_checker": _TEST,
    "python.layers python.layers.layers python.layers.core": "layers",
    "python.layers.base": "layers @flowgraph.layers.base",
    "python.layers.convolutional python.layers.normalization python.layers.pooling": "layers",
    "python.layers.utils": "contrib.layers.utils layers smart_cond=contrib.framework.smart_cond",
    "python.lib.io.file_io": "@flowgraph.platform.file_io",
    "python.lib.io.python_io python.lib.io.tf_record": "python_io",
    "python.ops.bitwise_ops": "bitwise",
    "python.ops.control_flow_ops": (
        f"{REST} @flowgraph.ops.control.basic @flowgraph.ops.control.switch"
    ),
    "python.ops.control_flow_util": "@flowgraph.scripts.control_flow_util",
    "python.ops.data_flow_ops": ". queue",
    "python.ops.distributions": "distributions",
    "python.ops.distributions.distribution python.ops.distributions.normal": "distributions",
    "python.ops.gradient_checker": _TEST,
    "python.ops.image_ops python.ops.image_ops_impl": "image",
    "python.ops.init_ops": (
        ". initializers Zeros=initializers.zeros Ones=initializers.ones "
        "Constant=initializers.constant RandomNormal=initializers.random_normal "
        "RandomUniform=initializers.random_uniform TruncatedNormal=initializers.truncated_normal "
        "Orthogonal=initializers.orthogonal VarianceScaling=initializers.variance_scaling "
        "Identity=initializers.identity"
    ),
    "python.ops.inplace_ops": "@flowgraph.scripts.inplace_ops",
    "python.ops.linalg.linalg python.ops.linalg.linalg_impl": "linalg",
    "python.ops.logging_ops": ". summary contrib.deprecated print_v2=print",
    "python.ops.lookup_ops": ". lookup contrib.lookup",
    "python.ops.losses python.ops.losses.losses python.ops.losses.losses_impl": "losses",
    "python.ops.losses.util": "losses",
    "python.ops.metrics python.ops.metrics_impl": "metrics",
    "python.ops.nn python.ops.nn_ops python.ops.nn_impl": "nn",
    "python.ops.random_ops": ". random",
    "python.ops.resource_variable_ops": ". @flowgraph.variables.resource",
    "python.ops.resources": ". @flowgraph.scripts.resources",
    "python.ops.rnn models.rnn.rnn": _RNN,
    "python.ops.rnn_cell python.ops.rnn_cell_impl": "nn.rnn_cell contrib.rnn",
    "python.ops.rnn.rnn_cell_impl": "nn.rnn_cell contrib.rnn",
    "python.ops.seq2seq models.rnn.seq2seq": "contrib.legacy_seq2seq",
    "python.ops.sets": "sets",
    "python.ops.sparse_ops": ". sparse",
    "python.ops.spectral_ops": "spectral",
    "python.ops.string_ops": ". strings",
    "python.ops.summary_ops python.summary.summary python.summary.writer.writer": "summary",
    "python.summary.writer.writer_cache": "summary",
    "python.ops.variables": (
        ". @flowgraph.variables.variable VariableV1=Variable RefVariable=Variable"
    ),
    "python.platform.app": "app",
    "python.platform.benchmark": "test",
    "python.platform.flags": "flags",
    "python.platform.gfile": "gfile",
    "python.platform.resource_loader": "resource_loader",
    "python.platform.sysconfig": "sysconfig",
    "python.platform.test python.platform.googletest": "test",
    "python.platform.tf_logging": "logging",
    "python.pywrap_tensorflow": "train errors @flowgraph.summary.event_file",
    "python.saved_model": "saved_model",
    "python.saved_model.builder python.saved_model.builder_impl": "saved_model.builder",
    "python.saved_model.constants": "saved_model.constants",
    "python.saved_model.loader python.saved_model.loader_impl": "saved_model.loader",
    "python.saved_model.main_op": "saved_model.main_op",
    "python.saved_model.signature_constants": "saved_model.signature_constants",
    "python.saved_model.signature_def_utils": "saved_model.signature_def_utils",
    "python.saved_model.simple_save": "saved_model",
    "python.saved_model.tag_constants": "saved_model.tag_constants",
    "python.saved_model.utils": "saved_model.utils",
    "python.tf2": ". enabled=executing_eagerly",
    "python.tools.freeze_graph python.tools.inspect_checkpoint": "@flowgraph.scripts.tools",
    "python.training": "train",
    "python.training.device_setter": "train @flowgraph.train.device_setter",
    "python.training.moving_averages": "train @flowgraph.train.moving_averages",
    "python.training.saver python.training.training python.training.session_run_hook": "train",
    "python.training.slot_creator": "@flowgraph.train.slot_creator",
    "python.training.summary_io": "summary train SummaryWriter=summary.FileWriter",
    "python.user_ops.user_ops": "user_ops",
    "python.util.all_util": "@flowgraph.scripts.all_util",
    "python.util.compat python.compat.compat": "compat collections_abc=@collections.abc",
    "python.util.deprecation": "@flowgraph.contrib.framework.deprecation",
    "python.util.tf_contextlib": "@contextlib",
    "python.util.tf_decorator": "@flowgraph.scripts.decorators",
    "python.util.tf_inspect": "@inspect @flowgraph.scripts.inspection",
    "core.example.example_pb2 core.example.feature_pb2": "train",
    "core.framework core.protobuf core.util": _MESSAGES,
    # What was there before 1.0.
    "g3doc.tutorials.mnist": "examples.tutorials.mnist",
    "g3doc.tutorials.mnist.input_data": "examples.tutorials.mnist.input_data",
    "g3doc.tutorials.mnist.mnist": "examples.tutorials.mnist.mnist",
    "python.ops.constant_op": REST,
    "models.rnn.linear models.rnn.rnn_cell": "@flowgraph.recurrent.older nn.rnn_cell contrib.rnn",
    "models.rnn.ptb.reader": "@flowgraph.examples.ptb_reader",
}
_GENERATED = (
    "array candidate_sampling control_flow ctc data_flow functional image io linalg list logging "
    "lookup math nn parsing random resource_variable script sdca set sparse spectral state "
    "stateless_random string summary training user"
)
VIEWS = {path: places for paths, places in _VIEWS.items() for path in paths.split()}
VIEWS |= {
    f"python.ops.gen_{name}_ops": "@flowgraph.scripts.generated" for name in _GENERATED.split()
}
# What begins with one of these is looked up at the public path; below `python.keras` modules that
# are not public are views of the public one above them.
SAME = {"compat.v1": "", "_api.v1": "", "python.keras": "keras"}
# Modules of Keras as a package of its own that are elsewhere in TensorFlow's.
KERAS = {
    "backend.tensorflow_backend": "backend",
    "engine.topology": "layers",
    "objectives": "losses",
}
_PACKAGES = """
python python.client python.compat python.data python.data.ops python.data.util python.debug
python.eager python.estimator python.feature_column python.framework python.grappler
python.kernel_tests python.layers python.lib python.lib.io python.ops python.ops.linalg
python.platform python.profiler python.summary python.summary.writer python.tools python.training
python.user_ops python.util core core.example core.framework core.protobuf core.util
g3doc g3doc.tutorials models models.rnn models.rnn.ptb
"""
# With whatever the table has something below.
PACKAGES = frozenset(_PACKAGES.split()) | {
    path.rsplit(".", n)[0] for path in VIEWS for n in range(1, path.count(".") + 1)
}
