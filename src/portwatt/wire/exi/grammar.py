"""Schema-informed grammars of EXI 1.0 clause 8.5.4: the states of a type and what each allows next.

A type's content model is first laid out as a net of nodes (proto-grammar, clause 8.5.4.1), then made deterministic
(clause 8.5.4.2), and its choices are put in the order that gives them their event codes (clause 8.5.4.3).
"""

from __future__ import annotations

from collections import Counter
from enum import IntEnum
from typing import Final

from portwatt.wire.exi.schema import (
    ComplexType,
    Element,
    ElementUse,
    Group,
    Particle,
    Schema,
    Wildcard,
    by_local_name,
)
from portwatt.wire.exi.values import Datatype, Text, local

_MANY: Final = 1 << 20
"""Stands for "without end" where occurrences are counted."""


class Kind(IntEnum):
    """What may come next, in the order of event codes."""

    ATTRIBUTE = 0
    ELEMENT = 1
    ANY_ELEMENT = 2
    END = 3
    TEXT = 4


class Edge:
    """One thing a state allows. `key`: where its value goes in the decoded structure; `name`: its qualified name.

    `many`: the key may come more than once, so its value is a list. `datatype`: of an attribute or of text;
    `element`: the declaration of an element.
    """

    __slots__ = ("datatype", "element", "key", "kind", "many", "name", "next")

    def __init__(
        self,
        kind: Kind,
        key: str = "",
        name: str = "",
        *,
        many: bool = False,
        datatype: Datatype | None = None,
        element: Element | None = None,
    ) -> None:
        self.kind, self.key, self.name, self.many = kind, key, name, many
        self.datatype, self.element = datatype, element
        self.next: State | None = None


class State:
    """What may come next, by event code. One more code, the highest, leaves the schema (clause 8.5.4.4.1)."""

    __slots__ = ("edges",)

    def __init__(self) -> None:
        self.edges: list[Edge] = []

    @property
    def width(self) -> int:
        """Bits of an event code."""
        return len(self.edges).bit_length()


class _Node:
    """A node of the net: edges that take something, and nodes reached for nothing, in schema order."""

    __slots__ = ("free", "taken")

    def __init__(self, taken: list[tuple[Edge, _Node]] | None = None, free: list[_Node] | None = None) -> None:
        self.taken = taken if taken is not None else []
        self.free = free if free is not None else []


def states_of(schema: Schema, kind: ComplexType) -> State:
    """Return the first state of a type with attributes or children."""
    end = _Node()
    end.taken.append((Edge(Kind.END), end))
    if kind.text is not None:
        start = _Node([(Edge(Kind.TEXT, "$", datatype=kind.text), end)])
    else:
        net = _Net(schema, kind)
        start = net.lay(kind.content, end)
        if kind.mixed:
            net.mix(start)
    for attribute in sorted(kind.attributes, key=lambda item: by_local_name(item.name), reverse=True):
        edge = Edge(Kind.ATTRIBUTE, f"@{local(attribute.name)}", attribute.name, datatype=attribute.datatype)
        start = _Node([(edge, start)], [] if attribute.required else [start])
    return _deterministic(start)


class _Net:
    """Lays out the content of one type."""

    def __init__(self, schema: Schema, kind: ComplexType) -> None:
        self._schema = schema
        self._most = self._count(kind.content)

    def lay(self, particle: Particle, follow: _Node) -> _Node:
        """Return the node at which a particle, with its occurrences, begins; behind it comes `follow`."""
        if particle.high is None:
            start = _Node()
            start.free = [self._once(particle, start), follow]
        else:
            start = follow
            for _ in range(particle.high - particle.low):
                start = _Node(free=[self._once(particle, start), follow])
        for _ in range(particle.low):
            start = self._once(particle, start)
        return start

    def mix(self, start: _Node) -> None:
        """Allow text at every node."""
        seen = {start}
        waiting = [start]
        while waiting:
            node = waiting.pop()
            reached = [*node.free, *(follow for _, follow in node.taken)]
            node.taken.append((Edge(Kind.TEXT, "$", many=True, datatype=Text()), node))
            waiting.extend(fresh for fresh in reached if fresh not in seen)
            seen.update(reached)

    def _once(self, particle: Particle, follow: _Node) -> _Node:
        if isinstance(particle, ElementUse):
            return _Node([(self._edge(element), follow) for element in self._schema.substitutes(particle.element)])
        if isinstance(particle, Wildcard):
            return _Node([(Edge(Kind.ANY_ELEMENT, many=True), follow)])
        if particle.choice:
            return _Node(free=[self.lay(part, follow) for part in particle.parts])
        for part in reversed(particle.parts):
            follow = self.lay(part, follow)
        return follow

    def _edge(self, element: Element) -> Edge:
        many = self._most[element.name] > 1
        return Edge(Kind.ELEMENT, local(element.name), element.name, many=many, element=element)

    def _count(self, particle: Particle) -> Counter[str]:
        """Count how often each element may come at most."""
        found: Counter[str] = Counter()
        if isinstance(particle, ElementUse):
            found.update(element.name for element in self._schema.substitutes(particle.element))
        elif isinstance(particle, Group):
            for part in particle.parts:
                inner = self._count(part)
                found = found | inner if particle.choice else found + inner
        times = _MANY if particle.high is None else particle.high
        return Counter({name: count * times for name, count in found.items()})


def _deterministic(start: _Node) -> State:
    """Merge what can be reached for nothing into one state, and equal edges into one edge."""
    first = _closure([start])
    known = {first: State()}
    waiting = [first]
    while waiting:
        nodes = waiting.pop()
        grouped: dict[tuple[Kind, str], tuple[Edge, list[_Node]]] = {}
        for node in nodes:
            for edge, follow in node.taken:
                grouped.setdefault((edge.kind, edge.name), (edge, []))[1].append(follow)
        state = known[nodes]
        for edge, follows in sorted(grouped.values(), key=lambda item: item[0].kind):
            target = _closure(follows)
            if target not in known:
                known[target] = State()
                waiting.append(target)
            own = Edge(edge.kind, edge.key, edge.name, many=edge.many, datatype=edge.datatype, element=edge.element)
            own.next = known[target]
            state.edges.append(own)
    return known[first]


def _closure(nodes: list[_Node]) -> tuple[_Node, ...]:
    """Return these nodes and all reached for nothing, in schema order, without those that only pass on."""
    found: dict[_Node, None] = {}
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if node not in found:
            found[node] = None
            waiting.extend(reversed(node.free))
    return tuple(node for node in found if node.taken)
