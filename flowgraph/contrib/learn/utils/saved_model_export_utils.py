"""What is written after an evaluation of an `Experiment`."""

from __future__ import annotations

from typing import Any, NamedTuple

from flowgraph.estimator.exporter import keep_newest
from flowgraph.estimator.functions import arguments_of


class ExportStrategy(NamedTuple):
    """A name and a function that writes a model (tf.contrib.learn.ExportStrategy)."""

    name: str
    export_fn: Any
    strip_default_attrs: Any = None

    def export(
        self, estimator: Any, export_path: Any, checkpoint_path: Any = None,
        eval_result: Any = None,
    ) -> Any:  # fmt: skip
        """Calls the function; gives the directory that it wrote."""
        names = arguments_of(self.export_fn)
        given = {"checkpoint_path": checkpoint_path, "eval_result": eval_result}
        told = {name: value for name, value in given.items() if name in names}
        return self.export_fn(estimator, export_path, **told)


def make_export_strategy(
    serving_input_fn: Any, default_output_alternative_key: Any = None, assets_extra: Any = None,
    as_text: bool = False, exports_to_keep: int | None = 5, strip_default_attrs: Any = None,
) -> ExportStrategy:  # fmt: skip
    """An `ExportStrategy` that writes SavedModels below `export/Servo`.

    Args:
      serving_input_fn: gives `InputFnOps` or a `ServingInputReceiver`.
      default_output_alternative_key: accepted.
      assets_extra: {path in `assets.extra`: file to copy}.
      as_text: whether the file of the graph is text.
      exports_to_keep: how many are kept; all when None.
      strip_default_attrs: whether attributes that are defaults are left out.
    """

    def export_fn(estimator: Any, export_dir_base: Any, checkpoint_path: Any = None) -> Any:
        path = estimator.export_savedmodel(
            export_dir_base, serving_input_fn, assets_extra=assets_extra, as_text=as_text,
            checkpoint_path=checkpoint_path,
        )  # fmt: skip
        keep_newest(export_dir_base, exports_to_keep)
        return path

    return ExportStrategy("Servo", export_fn, strip_default_attrs)
