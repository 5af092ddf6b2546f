"""Loops and conditionals of TensorFlow 1's graphs, said with functions.

There a conditional is data that `Switch` sends one of two ways and `Merge` brings together, and a
loop is a cycle of nodes between `Enter`, `Merge`, `Switch`, `NextIteration` and `Exit`. Here the
nodes between them become functions, which an `If` or `While` calls: the innermost ones first, until
none is left. What cannot be said so ends in a ValueError that names the node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowgraph.graph_io import protos

_SWITCHES, _MERGES = ("Switch", "RefSwitch"), ("Merge", "RefMerge")
_ENTERS, _EXITS = ("Enter", "RefEnter"), ("Exit", "RefExit")
_NEXTS = ("NextIteration", "RefNextIteration")
CONTROL = frozenset([*_SWITCHES, *_MERGES, *_ENTERS, *_EXITS, *_NEXTS, "LoopCond"])
Ref = tuple[str, int]  # a node's name and the number of an output; -1 for a control input


def has_dataflow_control(graph_def: Any) -> bool:
    """Whether a GraphDef has loops or conditionals of TensorFlow 1's kind."""
    return any(node.op in CONTROL for node in graph_def.node)


def with_functions(graph_def: Any) -> Any:
    """A GraphDef that computes the same, with functions in place of such loops and conditionals.

    Raises:
      ValueError: a node belongs to something that is no loop or conditional as TensorFlow makes
        them.
    """
    return _Rewriting(graph_def).run()


def parse(ref: str) -> Ref:
    """The node and output behind a node's input."""
    if ref.startswith("^"):
        return ref[1:], -1
    name, _, number = ref.partition(":")
    return name, int(number or 0)


def _text(ref: Ref) -> str:
    name, number = ref
    return f"^{name}" if number < 0 else f"{name}:{number}"


@dataclass
class _Part:
    """Nodes that become a function: their names, and what they take from outside."""

    results: list[Ref]
    inside: dict[str, None] = field(default_factory=dict)
    taken: dict[Ref, None] = field(default_factory=dict)
    controls: dict[str, None] = field(default_factory=dict)


@dataclass
class _Variable:
    """A loop variable's nodes."""

    enter: Any
    merge: Any
    following: Any
    switch: Any = None
    exit: Any = None


class _Rewriting:
    def __init__(self, graph_def: Any) -> None:
        self._graph_def = graph_def
        self._nodes: dict[str, Any] = {}
        for node in graph_def.node:
            copy = self._nodes[node.name] = protos.NodeDef()
            copy.CopyFrom(node)
        self._functions: list[Any] = []
        self._removed: set[str] = set()

    def run(self) -> Any:
        """Rewrites until nothing is left to rewrite; gives the new GraphDef."""
        while any(self._loop(enters) for enters in self._frames()) or any(
            self._conditional(merges) for merges in self._conditionals()
        ):
            pass
        self._drop_leftovers()
        result = protos.GraphDef(versions=self._graph_def.versions, node=self._nodes.values())
        result.library.CopyFrom(self._graph_def.library)
        result.library.function.extend(self._functions)
        return result

    # --- walks ---------------------------------------------------------------------------------
    def _sources(self, node: Any) -> list[Ref]:
        return [parse(ref) for ref in node.input]

    def _users(self) -> dict[str, list[str]]:
        users: dict[str, list[str]] = {}
        for node in self._nodes.values():
            for name, _ in self._sources(node):
                users.setdefault(name, []).append(node.name)
        return users

    def _behind(self, names: Iterable[str], stops: Callable[[str], bool]) -> set[str]:
        """The nodes that depend on some nodes, those among them, up to where it stops."""
        users = self._users()
        found: set[str] = set()
        stack = list(names)
        while stack:
            name = stack.pop()
            if name not in found:
                found.add(name)
                stack += [] if stops(name) else users.get(name, [])
        return found

    def _gather(
        self, results: Sequence[Ref], ends: dict[Ref, Ref], is_inside: Callable[[str], bool]
    ) -> _Part | None:
        """The nodes that some results need, back to `ends` and to what is outside.

        None when there is a loop or conditional among them that has to be rewritten first.
        """
        part = _Part(list(results))
        borders = {name for name, _ in ends}
        stack = list(results)
        while stack:
            ref = stack.pop()
            name, number = ref
            if ref in ends:
                part.taken[ends[ref]] = None
            elif number < 0 and name in borders:
                continue
            elif not is_inside(name):
                (part.controls if number < 0 else part.taken)[name if number < 0 else ref] = None  # type: ignore[index]
            elif name not in part.inside:
                if name not in self._nodes or self._nodes[name].op in CONTROL:
                    return None
                part.inside[name] = None
                stack += self._sources(self._nodes[name])
        return part

    # --- functions -----------------------------------------------------------------------------
    def _function(
        self,
        name: str,
        part: _Part,
        ends: dict[Ref, Ref],
        arguments: dict[Ref, str],
        refs: set[Ref],
    ) -> str:
        """Writes a part as a function of `arguments`; gives its name."""
        function = protos.FunctionDef()
        function.signature.name = name
        for ref, argument in arguments.items():
            function.signature.input_arg.add(name=argument, is_ref=ref in refs)

        def inner(ref: Ref) -> str:
            ref = ends.get(ref, ref)
            return arguments.get(ref) or _text(ref)

        for i, ref in enumerate(part.results):
            output = function.signature.output_arg.add(name=f"output_{i}")
            function.ret[output.name] = inner(ref)
        for inside in part.inside:
            node = function.node_def.add()
            node.CopyFrom(self._nodes[inside])
            sources = self._sources(self._nodes[inside])
            kept = [r for r in sources if r[1] >= 0 or r[0] in part.inside]
            node.input[:] = [inner(ref) for ref in kept]
        self._functions.append(function)
        return name

    def _free_name(self, name: str) -> str:
        free, number = name, 0
        while free in self._nodes:
            number += 1
            free = f"{name}_{number}"
        return free

    def _identity(self, node: Any, source: str) -> Any:
        """Puts an identity of something into a node's place."""
        new = protos.NodeDef(name=node.name, op="Identity", device=node.device)
        new.input.append(source)
        new.input.extend([ref for ref in node.input if ref.startswith("^")])
        new.attr["T"].CopyFrom(node.attr["T"])
        self._nodes[node.name] = new
        return new

    # --- conditionals --------------------------------------------------------------------------
    def _conditionals(self) -> list[list[Any]]:
        """The merges of each conditional."""
        groups: dict[Any, list[Any]] = {}
        switches = [n for n, node in self._nodes.items() if node.op in _SWITCHES]
        dependent = self._behind(switches, lambda _: False)
        for node in self._nodes.values():
            if node.op in _MERGES and not self._is_loop_merge(node):
                branches = self._branches(node, dependent)
                if branches is not None:
                    key = (branches[0], node.name.rpartition("/")[0], branches[1])
                    groups.setdefault(key, []).append(node)
        return list(groups.values())

    def _is_loop_merge(self, node: Any) -> bool:
        return any(
            name in self._nodes and self._nodes[name].op in (*_NEXTS, *_ENTERS)
            for name, _ in self._sources(node)
        )

    def _predicate(self, ref: Ref) -> Ref:
        """What decides, past identities."""
        node = self._nodes.get(ref[0])
        while node is not None and node.op == "Identity" and ref[1] == 0:
            ref = self._sources(node)[0]
            node = self._nodes.get(ref[0])
        return ref

    def _branches(self, merge: Any, dependent: set[str]) -> tuple[Ref, bool] | None:
        """(the predicate, whether the first input is of the true branch), or None."""
        data = [ref for ref in self._sources(merge) if ref[1] >= 0]
        if len(data) != 2:
            return None
        first, second = [self._decided(ref, dependent) for ref in data]
        for predicate, way in first:
            others = (predicate, 1 - way)
            if others in second and others not in first and (predicate, way) not in second:
                return predicate, way == 1
        return None

    def _decided(self, ref: Ref, dependent: set[str]) -> set[tuple[Ref, int]]:
        """(predicate, way) of the switches behind a merge's input."""
        found: set[tuple[Ref, int]] = set()
        seen: set[Ref] = set()
        stack = [ref]
        while stack:
            ref = stack.pop()
            if ref in seen or ref[0] not in dependent or ref[0] not in self._nodes:
                continue
            seen.add(ref)
            node = self._nodes[ref[0]]
            if node.op in _SWITCHES and ref[1] >= 0:
                found.add((self._predicate(self._sources(node)[1]), ref[1]))
            else:
                stack += self._sources(node)
        return found

    def _conditional(self, merges: list[Any]) -> bool:
        """Rewrites a conditional; False when something inside has to come first."""
        switches = [n for n, node in self._nodes.items() if node.op in _SWITCHES]
        dependent = self._behind(switches, lambda _: False)
        branches = self._branches(merges[0], dependent)
        assert branches is not None
        predicate, true_first = branches
        own = [
            n for n in switches if self._predicate(self._sources(self._nodes[n])[1]) == predicate
        ]
        names = {node.name for node in merges}
        inside = self._behind(own, names.__contains__)
        parts = []
        for way in (0, 1):
            ends = {(n, way): self._sources(self._nodes[n])[0] for n in own}
            number = int(way == 1) if not true_first else int(way == 0)
            results = [self._sources(node)[number] for node in merges]
            part = self._gather(results, ends, inside.__contains__)
            if part is None:
                return False
            parts.append((part, ends))
        taken = dict.fromkeys([ref for part, _ in parts for ref in part.taken])
        if len(merges) > 1 and self._needs(taken, names):
            return any(self._conditional([node]) for node in merges)
        self._call_branches(merges, predicate, parts, list(taken), own)
        return True

    def _needs(self, refs: Iterable[Ref], names: set[str]) -> bool:
        """Whether something that is taken in depends on some nodes."""
        return not self._behind(names, lambda _: False).isdisjoint(name for name, _ in refs)

    def _call_branches(
        self, merges: list[Any], predicate: Ref, parts: Any, taken: list[Ref], own: list[str]
    ) -> None:
        name = self._free_name(merges[0].name + "/If")
        arguments = {ref: f"input_{i}" for i, ref in enumerate(taken)}
        refs = {self._sources(self._nodes[n])[0] for n in own if self._nodes[n].op == "RefSwitch"}
        call = protos.NodeDef(name=name, op="If", device=merges[0].device)
        controls = dict.fromkeys([c for part, _ in parts for c in part.controls])
        call.input.extend([_text(r) for r in [predicate, *taken]] + [f"^{c}" for c in controls])
        for attr, (part, ends) in zip(("else_branch", "then_branch"), parts, strict=True):
            function = self._function(f"{name}.{attr}", part, ends, arguments, refs)
            call.attr[attr].func.name = function
        self._nodes[name] = call
        for i, node in enumerate(merges):
            self._refuse_use(node.name, 1, "which branch was taken")
            self._identity(node, f"{name}:{i}")

    def _refuse_use(self, name: str, number: int, what: str) -> None:
        for node in self._nodes.values():
            if (name, number) in self._sources(node):
                raise ValueError(
                    f"Node '{node.name}' uses {what}, output {number} of '{name}': a conditional "
                    "that was read from a GraphDef does not tell this"
                )

    # --- loops ---------------------------------------------------------------------------------
    def _frames(self) -> list[list[Any]]:
        """The Enter nodes of each loop."""
        frames: dict[bytes, list[Any]] = {}
        for node in self._nodes.values():
            if node.op in _ENTERS:
                frames.setdefault(node.attr["frame_name"].s, []).append(node)
        return list(frames.values())

    def _loop(self, enters: list[Any]) -> bool:
        """Rewrites a loop; False when something inside has to come first."""
        variables = self._variables({node.name: node for node in enters})
        if not variables or any(v.switch is None for v in variables):
            raise ValueError(
                f"Node '{enters[0].name}' enters a frame that is no loop of tf.while_loop"
            )
        decides = self._nodes[self._sources(variables[0].switch)[1][0]]
        entered = {v.enter.name for v in variables}
        constant = [node for node in enters if node.name not in entered]
        starts = [self._start(i) for i in range(len(variables) + len(constant))]
        ends = {(node.name, 0): starts[len(variables) + j] for j, node in enumerate(constant)}
        for i, variable in enumerate(variables):
            ends[variable.merge.name, 0] = ends[variable.switch.name, 1] = starts[i]
        condition = self._gather([self._sources(decides)[0]], ends, lambda _: True)
        results = [self._sources(v.following)[0] for v in variables]
        body = self._gather([*results, *starts[len(variables) :]], self._with(ends, starts),
                            lambda _: True)  # fmt: skip
        if condition is None or body is None:
            return False
        self._call_loop(variables, constant, condition, body, starts, ends)
        self._forget(variables, constant, decides, condition, body)
        return True

    @staticmethod
    def _start(number: int) -> Ref:
        """A loop's input, as an argument that no node's name can be."""
        return f"^input_{number}", 0

    @staticmethod
    def _with(ends: dict[Ref, Ref], starts: list[Ref]) -> dict[Ref, Ref]:
        return {**ends, **{start: start for start in starts}}

    def _variables(self, enters: dict[str, Any]) -> list[_Variable]:
        found = {}
        for node in self._nodes.values():
            if node.op in _MERGES:
                sources = [self._nodes.get(name) for name, _ in self._sources(node)]
                enter = next((n for n in sources if n is not None and n.name in enters), None)
                after = next((n for n in sources if n is not None and n.op in _NEXTS), None)
                if enter is not None and after is not None:
                    found[node.name] = _Variable(enter, node, after)
        by_switch = {}
        for node in self._nodes.values():
            if node.op in _SWITCHES and self._sources(node)[0][0] in found:
                variable = found[self._sources(node)[0][0]]
                variable.switch = by_switch[node.name] = node
        for node in self._nodes.values():
            if node.op in _EXITS and self._sources(node)[0][0] in by_switch:
                switch = self._nodes[self._sources(node)[0][0]]
                found[self._sources(switch)[0][0]].exit = node
        return list(found.values())

    def _call_loop(
        self,
        variables: list[_Variable],
        constant: list[Any],
        condition: _Part,
        body: _Part,
        starts: list[Ref],
        ends: dict[Ref, Ref],
    ) -> None:
        enters = [*[v.enter for v in variables], *constant]
        name = self._free_name((variables[0].exit or variables[0].merge).name + "/While")
        arguments = {start: f"input_{i}" for i, start in enumerate(starts)}
        refs = {s for s, node in zip(starts, enters, strict=True) if node.op == "RefEnter"}
        call = protos.NodeDef(name=name, op="While", device=enters[0].device)
        call.input.extend([_text(self._sources(node)[0]) for node in enters])
        waits = dict.fromkeys([r for n in enters for r in n.input if r.startswith("^")])
        call.input.extend(waits)
        for attr, part in (("cond", condition), ("body", body)):
            function = self._function(f"{name}.{attr}", part, ends, arguments, refs)
            call.attr[attr].func.name = function
        call.attr["parallel_iterations"].i = enters[0].attr["parallel_iterations"].i
        self._nodes[name] = call
        for i, variable in enumerate(variables):
            if variable.exit is not None:
                self._identity(variable.exit, f"{name}:{i}")

    def _forget(
        self, variables: list[_Variable], constant: list[Any], decides: Any, *parts: _Part
    ) -> None:
        """Takes the nodes of a loop out of the graph."""
        names = {decides.name, *[node.name for node in constant]}
        for v in variables:
            names |= {v.enter.name, v.merge.name, v.following.name, v.switch.name}
        for part in parts:
            names |= part.inside.keys()
        for name in names:
            self._nodes.pop(name, None)
        self._removed |= names

    # --- what is left --------------------------------------------------------------------------
    def _drop_leftovers(self) -> None:
        """Takes out what depends on nodes that are now inside of functions."""
        gone = {n for n, node in self._nodes.items() if node.op in _SWITCHES} | self._removed
        for name in self._behind(gone, lambda _: False):
            node = self._nodes.pop(name, None)
            if node is not None and node.op in CONTROL and node.op not in _SWITCHES:
                raise _unknown(node)
        for node in self._nodes.values():
            if node.op in CONTROL:
                raise _unknown(node)
            if "_class" in node.attr:
                groups = node.attr["_class"].list.s
                groups[:] = [g for g in groups if g.decode().removeprefix("loc:@") in self._nodes]


def _unknown(node: Any) -> ValueError:
    return ValueError(
        f"Node '{node.name}' of type {node.op} belongs to no loop or conditional that can be told. "
        "Hint: write the graph with tf.enable_control_flow_v2()."
    )
