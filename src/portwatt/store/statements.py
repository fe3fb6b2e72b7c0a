"""Statements that are compiled once, their rows handed to the driver as they are.

SQLAlchemy prepares each parameter of each row anew; on the way of a commit that is most of its price
(benchmarks/bench_store.py). Here only what the type of a column converts is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

Parameters = Mapping[str, Any]


class _Compiled(Struct, frozen=True):
    """`order`: names of the parameters as the driver wants them; `converters`: by place, for those that need one."""

    text: str
    order: tuple[str, ...]
    converters: tuple[tuple[int, Callable[[Any], Any]], ...]


class Statement:
    """An insert, update or delete that answers no rows; for many sets of parameters at once."""

    def __init__(self, element: UpdateBase, names: Sequence[str] | None = None) -> None:
        """`names`: the columns an insert or update sets, where the element does not say it."""
        self._element = element
        self._names = list(names) if names is not None else None
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, parameters: Sequence[Parameters]) -> None:
        """Execute it for every set of parameters, inside the transaction that is open on the connection."""
        if not parameters:
            return
        known = self._compiled.get(connection.dialect.name) or self._compile(connection.dialect)
        rows = []
        for given in parameters:
            row = [given[name] for name in known.order]
            for place, convert in known.converters:
                row[place] = convert(row[place])
            rows.append(tuple(row))
        connection.exec_driver_sql(known.text, rows if len(rows) > 1 else rows[0])

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled = self._element.compile(dialect=dialect, column_keys=self._names)
        order = tuple(compiled.positiontup or ())
        found = [(place, _converter(compiled, name, dialect)) for place, name in enumerate(order)]
        converters = tuple((place, convert) for place, convert in found if convert is not None)
        known = self._compiled[dialect.name] = _Compiled(compiled.string, order, converters)
        return known


def _converter(compiled: SQLCompiler, name: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    return compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
