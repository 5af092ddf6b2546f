"""What all datasets share: the tensor that carries one, the spec of its elements, iterators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.core.display import Displayed
from flowgraph.core.graph import get_default_graph
from flowgraph.core.op_def import raw
from flowgraph.core.tensor import Tensor
from flowgraph.data import iterators, nest, structure
from flowgraph.data.functions import Function
from flowgraph.data.options import Options
from flowgraph.ops.data import datasets as _declared  # noqa: F401 - the ops


class DatasetBase(Displayed):
    """A dataset: a variant tensor, the spec of its elements, and what it was made of."""

    _results: type[Any]  # the class of what transformations give
    _kind = ""  # which transformation made it, for people
    _set_options: Options | None = None
    _inputs_: Sequence[DatasetBase] = ()

    def __init__(self, variant_tensor: Tensor, element_spec: Any = None) -> None:
        self._variant, self._spec = variant_tensor, element_spec
        self._graph_of = get_default_graph()

    @classmethod
    def _made(
        cls, kind: str, variant: Tensor, spec: Any, inputs: Sequence[DatasetBase] = ()
    ) -> Any:
        dataset = object.__new__(cls._results)
        DatasetBase.__init__(dataset, variant, spec)
        dataset._kind, dataset._inputs_ = kind, inputs
        return dataset

    def _from_self(self, op_type: str, *inputs: Any, spec: Any = None, **attrs: Any) -> Any:
        """What an op makes of this dataset; elements are as they are here when no spec is given."""
        spec = self._spec if spec is None else spec
        variant = getattr(raw, op_type)(
            self._variant,
            *inputs,
            **attrs,
            **structure.attrs_of(spec),
            name=attrs.pop("name", None),
        )
        kind = op_type.removeprefix("Experimental").removesuffix("V2")
        return self._made(kind, variant, spec, (self,))

    def _calling(self, op_type: str, function: Function, *inputs: Any, **more: Any) -> Any:
        """As `_from_self`, of an op that calls one function, whose captured values come last."""
        attribute = more.pop("attribute", "f")
        with get_default_graph().control_dependencies(_outside(function)):
            return self._from_self(
                op_type, *inputs, function.captured, **{attribute: function.graph}, **more
            )

    # --- what is known of elements ----------------------------------------------------------------
    @property
    def element_spec(self) -> Any:
        """The nested specs of an element's components."""
        return self._spec

    @property
    def output_types(self) -> Any:
        """The dtypes of an element's components, nested as they are."""
        return structure.legacy(self._spec, 0)

    @property
    def output_shapes(self) -> Any:
        """The static shapes of an element's components."""
        return structure.legacy(self._spec, 1)

    @property
    def output_classes(self) -> Any:
        """The classes of an element's components: tf.Tensor, tf.SparseTensor."""
        return structure.legacy(self._spec, 2)

    # --- what it is made of -----------------------------------------------------------------------
    @property
    def _variant_tensor(self) -> Tensor:
        return self._variant

    def _as_variant_tensor(self) -> Tensor:
        return self._variant

    def _inputs(self) -> list[DatasetBase]:
        return list(self._inputs_)

    def options(self) -> Options:
        """The options of this dataset, those of its inputs among them."""
        if self._set_options is not None:
            return self._set_options
        merged = Options()
        for source in self._inputs():
            merged = merged.merge(source.options())
        return merged

    def with_options(self, options: Options) -> Any:
        """The dataset with some options set (tf.data.Dataset.with_options)."""
        made = self._made("OptionsDataset", self._variant, self._spec, (self,))
        made._set_options = self.options().merge(options)
        return made

    # --- iterators --------------------------------------------------------------------------------
    def make_one_shot_iterator(self) -> iterators.Iterator:
        """An iterator over the elements once, without an initializer.

        Raises:
          ValueError: the dataset needs state, such as a variable or a table, or a placeholder.
        """
        return iterators.one_shot(self)

    def make_initializable_iterator(self, shared_name: str | None = None) -> iterators.Iterator:
        """An iterator that starts from the first element when its `initializer` is run.

        Args:
          shared_name: iterators of one name are one in a session.
        """
        return iterators.initializable(self, shared_name)

    def __iter__(self) -> Any:
        raise RuntimeError(
            "__iter__() is only supported inside of tf.function or when eager execution is "
            "enabled. Hint: use make_one_shot_iterator().get_next()."
        )

    def __repr__(self) -> str:
        name = self._kind or type(self).__name__
        shapes = str(nest.map_structure(str, self.output_shapes)).replace("'", "")
        types = str(nest.map_structure(repr, self.output_types)).replace("'", "")
        return f"<{name} shapes: {shapes}, types: {types}>"


def _outside(function: Function) -> Any:
    return list(dict.fromkeys(function.graph.outer_controls))


def dataset_of_variant(variant: Tensor, spec: Any, shape: Any = ()) -> Any:
    """The dataset in a variant tensor; of a vector of them, what `from_tensor_slices` takes."""
    if getattr(shape, "rank", 0):
        return Nested(variant, spec, shape)
    return DatasetBase._made("VariantDataset", variant, spec)


class Nested:
    """Several datasets in one variant tensor."""

    def __init__(self, variant: Tensor, spec: Any, shape: Any) -> None:
        self._variant_tensor, self.element_spec, self.shape = variant, spec, shape


structure.register(DatasetBase, structure.DatasetSpec.from_value)
structure.register(Nested, lambda v: structure.DatasetSpec(v.element_spec, v.shape))
