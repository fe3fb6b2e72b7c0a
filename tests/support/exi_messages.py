"""Random messages that a set of schemas allows, drawn by walking its grammars."""

from __future__ import annotations

from random import Random
from typing import Any

from portwatt.wire.exi.codec import ExiCodec, ExiMessage
from portwatt.wire.exi.grammar import Edge, Kind, State, states_of
from portwatt.wire.exi.schema import ComplexType, Element, Schema
from portwatt.wire.exi.values import Binary, Boolean, Datatype, Integer, Text, Words

_LETTERS = "abcXYZ 09-_.*é車😀"


class Drawing:
    """Draws messages of one set of schema documents."""

    def __init__(self, documents: list[str], codec: ExiCodec) -> None:
        self._schema = Schema(documents)
        self._states: dict[int, tuple[ComplexType, State]] = {}
        self.codec = codec

    def message(self, chance: Random, name: str) -> ExiMessage:
        """Return a random message with this root; lists stay short, and elements of foreign schemas are left out."""
        root = next(element for element in self._schema.roots() if element.name.endswith(f"}}{name}"))
        namespace = root.name[1:].partition("}")[0]
        return ExiMessage(namespace, name, self._value(chance, root))

    def names(self) -> list[str]:
        """Return the roots that are messages or parts of them."""
        return [element.name.rpartition("}")[2] for element in self._schema.roots()]

    def _value(self, chance: Random, element: Element) -> Any:
        kind = self._schema.type_of(element)
        if not isinstance(kind, ComplexType):
            return plain(chance, kind)
        if id(kind) not in self._states:
            self._states[id(kind)] = (kind, states_of(self._schema, kind))
        state = self._states[id(kind)][1]
        found: dict[str, Any] = {}
        while True:
            edge = self._edge(chance, state, found)
            if edge.kind is Kind.END:
                return found
            assert edge.next is not None
            state = edge.next
            value = self._value(chance, edge.element) if edge.element else plain(chance, edge.datatype)
            if edge.many:
                found.setdefault(edge.key, []).append(value)
            else:
                found[edge.key] = value

    @staticmethod
    def _edge(chance: Random, state: State, found: dict[str, Any]) -> Edge:
        edges = [edge for edge in state.edges if edge.kind is not Kind.ANY_ELEMENT]
        end = next((edge for edge in edges if edge.kind is Kind.END), None)
        if end is not None and (len(edges) == 1 or chance.random() < 0.4):
            return end
        fresh = [edge for edge in edges if not isinstance(found.get(edge.key), list) or len(found[edge.key]) < 3]
        return chance.choice(fresh or ([end] if end else edges))


def plain(chance: Random, kind: Datatype | None) -> Any:
    """Return a random value of a datatype, its bounds and awkward lengths among them."""
    match kind:
        case Boolean():
            return chance.random() < 0.5
        case Words():
            return chance.choice(kind.words)
        case Integer():
            low = -(2**70) if kind.low is None else kind.low
            high = 2**70 if kind.high is None else kind.high
            near = min(high, max(low, chance.choice([0, 1, 63, 64, 127, 128, -1, -64, -65, 8191, 16383, 16384])))
            return chance.choice([low, high, near, chance.randint(low, high)])
        case Text():
            return "".join(chance.choice(_LETTERS) for _ in range(chance.choice([0, 1, 2, 7, 30])))
        case Binary():
            return chance.randbytes(chance.choice([0, 1, 6, 8, 127, 128, 700]))
        case None:
            raise AssertionError("an edge has neither an element nor a datatype")
