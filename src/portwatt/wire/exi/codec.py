"""Decodes and encodes messages by the grammars of one set of schemas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NoReturn, TypeAlias

from msgspec import Struct

from portwatt.wire.exi.bits import BitReader, BitWriter, ExiError
from portwatt.wire.exi.grammar import Edge, Kind, State, states_of
from portwatt.wire.exi.schema import ComplexType, Element, Schema
from portwatt.wire.exi.values import Reader, Writer, leaf_reader, leaf_writer, local, value_reader, value_writer

_HEADER: Final = 0x80
"""No cookie, no options in band, final version 1 (clause 5): what V2G sends."""
_LONGEST: Final = 1 << 17
"""Octets of a message at most. A chain of certificates has some thousands."""

_Row: TypeAlias = "tuple[str, Reader | None, _Table, bool]"


class _Table:
    """A state, ready to read by: width and mask of its event codes, and for each code (key, reader, next, many)."""

    __slots__ = ("mask", "rows", "width")

    def __init__(self, width: int) -> None:
        self.width = width
        self.mask = (1 << width) - 1
        self.rows: tuple[_Row, ...] = ()


class ExiMessage(Struct, frozen=True):
    """One document: the namespace and local name of its root, and what the root holds (shape: see the package).

    `spare`: octets behind its end; some stacks send the whole of their buffer.
    """

    namespace: str
    name: str
    body: Any
    spare: int = 0


class ExiCodec:
    """Reads and writes messages of a set of schema documents, given as texts.

    Grammars are built when the first message needs them. Raises SchemaError for documents it cannot use; decoding and
    encoding raise nothing but ExiError.
    """

    def __init__(self, documents: Iterable[str]) -> None:
        self._schema = Schema(documents)
        self._roots = self._schema.roots()
        self._root_numbers = {root.name: number for number, root in enumerate(self._roots)}
        # One more code stands for any other element (clause 8.5.1); deviations have no code here.
        self._width = len(self._roots).bit_length()
        self._states: dict[int, State] = {}
        self._kept: list[ComplexType] = []
        self._readers: dict[tuple[int, str], Reader] = {}
        self._writers: dict[tuple[int, str], Writer] = {}
        self._root_readers: dict[int, Reader] = {}

    def decode(self, data: bytes) -> ExiMessage:
        """Return the message. Raises ExiError where it is not what the schemas allow, is cut off or too long."""
        if len(data) > _LONGEST:
            raise ExiError(f"The message has {len(data)} octets; more than {_LONGEST} are not read")
        reader = BitReader(data)
        number = self._root(reader)
        read = self._root_readers.get(number)
        if read is None:
            read = self._root_readers[number] = self._reader(self._roots[number])
        namespace, _, name = self._roots[number].name[1:].rpartition("}")
        return ExiMessage(namespace, name, read(reader), reader.left // 8)

    def root_of(self, data: bytes) -> str:
        """Return the local name of the root, without reading further. Raises ExiError where there is none."""
        return local(self._roots[self._root(BitReader(data[:4]))].name)

    def encode(self, message: ExiMessage) -> bytes:
        """Return the octets of a message. Raises ExiError where the schemas do not allow it, naming the element."""
        name = f"{{{message.namespace}}}{message.name}"
        number = self._root_numbers.get(name)
        if number is None:
            raise ExiError(f"{name} is no root element of these schemas")
        writer = BitWriter()
        writer.bits(_HEADER, 8)
        writer.bits(number, self._width)
        self._writer(self._roots[number])(writer, message.body)
        return writer.finish()

    def _root(self, reader: BitReader) -> int:
        header = reader.bits(8)
        if header != _HEADER:
            raise ExiError(f"The message begins with {header:#04x}; the EXI header of V2G is {_HEADER:#04x}", 0)
        number = reader.bits(self._width)
        if number >= len(self._roots):
            raise reader.fault(f"There is no root element number {number} in these schemas")
        return number

    def _start(self, kind: ComplexType) -> State:
        state = self._states.get(id(kind))
        if state is None:
            state = self._states[id(kind)] = states_of(self._schema, kind)
            self._kept.append(kind)  # so that its id stays its own
        return state

    def _reader(self, element: Element) -> Reader:
        kind = self._schema.type_of(element)
        if not isinstance(kind, ComplexType):
            return leaf_reader(kind, element.name)
        key = (id(kind), element.name)
        known = self._readers.get(key)
        if known is None:
            known = self._readers[key] = self._children_reader(kind, element.name)
        return known

    def _children_reader(self, kind: ComplexType, name: str) -> Reader:
        start: _Table | None = None

        def read(reader: BitReader) -> dict[str, Any]:
            nonlocal start
            if start is None:
                start = self._tables(self._start(kind), name)
            found: dict[str, Any] = {}
            table = start
            while True:
                left = reader.left - table.width
                if left < 0:
                    raise reader.short()
                reader.left = left
                key, take, table, many = table.rows[reader.word >> left & table.mask]
                if take is None:
                    reader.trim()
                    return found
                if not many:
                    found[key] = take(reader)
                elif key:
                    found.setdefault(key, []).append(take(reader))
                    reader.trim()
                else:
                    inner, value = take(reader)
                    found.setdefault(inner, []).append(value)

        return read

    def _tables(self, start: State, name: str) -> _Table:
        """Turn the states reached from one into tables."""
        tables = {start: _Table(start.width)}
        waiting = [start]
        while waiting:
            state = waiting.pop()
            table = tables[state]
            rows: list[_Row] = []
            for edge in state.edges:
                follow = edge.next
                assert follow is not None
                if follow not in tables:
                    tables[follow] = _Table(follow.width)
                    waiting.append(follow)
                rows.append((edge.key, self._edge_reader(edge, name), tables[follow], edge.many))
            refuse = _refusal(name, state)
            table.rows = (*rows, *[("?", refuse, table, False)] * (table.mask + 1 - len(rows)))
        return tables[start]

    def _edge_reader(self, edge: Edge, name: str) -> Reader | None:
        if edge.kind is Kind.END:
            return None
        if edge.kind is Kind.ANY_ELEMENT:
            return _refusal_of_any(name)
        if edge.element is not None:
            return self._reader(edge.element)
        assert edge.datatype is not None
        return value_reader(edge.datatype, edge.name or name)

    def _writer(self, element: Element) -> Writer:
        kind = self._schema.type_of(element)
        if not isinstance(kind, ComplexType):
            return leaf_writer(kind, element.name)
        key = (id(kind), element.name)
        known = self._writers.get(key)
        if known is None:
            known = self._writers[key] = self._children_writer(kind, element.name)
        return known

    def _children_writer(self, kind: ComplexType, name: str) -> Writer:
        taken: dict[Edge, Writer] = {}

        def write(writer: BitWriter, value: Any) -> None:
            waiting = _Waiting(name, value)
            state = self._start(kind)
            while True:
                number, edge = waiting.choose(state)
                writer.bits(number, state.width)
                if edge.kind is Kind.END:
                    return
                inner = taken.get(edge)
                if inner is None:
                    inner = taken[edge] = self._edge_writer(edge, name)
                inner(writer, waiting.take(edge))
                assert edge.next is not None
                state = edge.next

        return write

    def _edge_writer(self, edge: Edge, name: str) -> Writer:
        if edge.element is not None:
            return self._writer(edge.element)
        assert edge.datatype is not None
        return value_writer(edge.datatype, edge.name or name)


class _Waiting:
    """The fields of an element that are still to be written."""

    def __init__(self, name: str, value: Any) -> None:
        if not isinstance(value, dict):
            raise ExiError(f"{local(name)} holds attributes or children and needs a dict, not {value!r}")
        self._name = name
        self._fields = dict(value)
        self._next: dict[str, int] = {}

    def choose(self, state: State) -> tuple[int, Edge]:
        """Return the event code and the edge of what comes next: the first in the schema's order that is there."""
        end: tuple[int, Edge] | None = None
        for number, edge in enumerate(state.edges):
            if edge.kind is Kind.END:
                end = number, edge
            elif edge.key in self._fields:
                return number, edge
        if end is not None and not self._fields:
            return end
        allowed = ", ".join(edge.key for edge in state.edges if edge.key) or "nothing"
        waiting = ", ".join(map(str, self._fields)) or "nothing"
        raise ExiError(f"{local(self._name)} may hold {allowed} next; {waiting} is left to write")

    def take(self, edge: Edge) -> Any:
        """Return the value of an edge, and do away with it."""
        value = self._fields[edge.key]
        if not edge.many:
            return self._fields.pop(edge.key)
        if not isinstance(value, list) or not value:
            raise ExiError(
                f"{edge.key} may come more than once in {local(self._name)} and needs a list that is not empty"
            )
        position = self._next.get(edge.key, 0)
        if position + 1 == len(value):
            del self._fields[edge.key]
        self._next[edge.key] = position + 1
        return value[position]


def _refusal(name: str, state: State) -> Reader:
    allowed = " or ".join(edge.key or edge.kind.name.lower().replace("_", " ") for edge in state.edges)

    def refuse(reader: BitReader) -> NoReturn:
        raise reader.fault(f"{local(name)} holds something that the schema does not allow here; allowed: {allowed}")

    return refuse


def _refusal_of_any(name: str) -> Reader:
    def refuse(reader: BitReader) -> NoReturn:
        raise reader.fault(f"{local(name)} holds an element of a foreign namespace, which is not supported")

    return refuse
