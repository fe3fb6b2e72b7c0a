"""The tables: the log, snapshots, telemetry, and the read model, where a table is named as its field in `HubState`.

The log decides; every other table can be made again from it. Whole numbers carry their unit in the name of the column:
``_w`` watts, ``_wh`` watt-hours, ``_bp`` hundredths of a percent. `body` is the value as JSON, as the state has it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: ``timestamptz`` on PostgreSQL; on SQLite text of one width, so that it sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(32) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return _as_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


@lru_cache(1024)
def _as_text(moment: datetime) -> str:
    """Kept, because the rows of a batch share a few moments."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


REVISION = "0001"
"""The migration these tables are made by; a database at it needs none."""

METADATA = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"},
)

EVENTS = Table(
    "events",
    METADATA,
    Column("hub", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("type", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Index(None, "hub", "type", "seq"),
    Index(None, "hub", "at"),
)
"""The log. Triggers of the migrations refuse to change or delete a row; the key refuses a second writer."""

HUBS = Table(
    "hubs",
    METADATA,
    Column("hub", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("grid_limit_w", BigInteger, nullable=False),
    Column("load_w", BigInteger, nullable=False),
    Column("peak_w", BigInteger, nullable=False),
    Column("energy_wh", BigInteger, nullable=False),
)
"""The last record of each log, written with it: a log cut off at its end does not agree with this."""

SNAPSHOTS = Table(
    "snapshots",
    METADATA,
    Column("hub", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("state_digest", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""`digest`: of the record the state follows; `state_digest`: SHA-256 of `body`."""

SAMPLES = Table(
    "samples",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("hub", Text, nullable=False),
    Column("station", Text, nullable=False),
    Column("evse", Text),
    Column("transaction_id", Text),
    Column("measured_at", UtcDateTime, nullable=False),
    Column("measurand", Text, nullable=False),
    Column("value", Double, nullable=False),
    Column("unit", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("context", Text, nullable=False),
    Index(None, "hub", "transaction_id"),
    Index(None, "measured_at"),
)
"""Telemetry: one row per sampled value of a meter. Each index more is a page to write per station and commit."""


def _noun(name: str, *columns: Column[Any] | Index, id_type: type[Text | BigInteger] = Text) -> Table:
    identity: Column[Any] = Column("id", id_type, primary_key=True, autoincrement=False)
    hub: Column[str] = Column("hub", Text, primary_key=True)
    return Table(name, METADATA, hub, identity, *columns, Column("body", Text, nullable=False))


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)


STATIONS = _noun(
    "stations",
    Column("connected", Boolean, nullable=False),
    Column("since", UtcDateTime),
    _text("version"),
    _text("vendor"),
    _text("model"),
    _text("firmware"),
    Column("heard_at", UtcDateTime),
    _text("out_of_service"),
    Column("faults", Integer, nullable=False),
)
EVSES = _noun(
    "evses",
    _text("station"),
    _text("status"),
    _text("error_code"),
    Column("changed_at", UtcDateTime),
    Column("transaction_id", Text),
    Column("pack", Text),
    _text("out_of_service"),
)
TRANSACTIONS = _noun(
    "transactions",
    _text("station"),
    _text("evse"),
    _text("token"),
    Column("truck", Text),
    Column("pack", Text),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    _text("reason"),
    Column("energy_wh", BigInteger, nullable=False),
    Column("power_w", BigInteger, nullable=False),
    Column("soc_bp", Integer),
    Index(None, "hub", "started_at"),
    Index(None, "hub", "truck", "started_at"),
)
RESERVATIONS = _noun(
    "reservations",
    _text("evse"),
    _text("token"),
    _text("truck"),
    Column("until", UtcDateTime, nullable=False),
    id_type=BigInteger,
)
SWAPS = _noun(
    "swaps",
    _text("station"),
    Column("request_id", BigInteger, nullable=False),
    _text("status"),
    _text("token"),
    Column("truck", Text),
    Column("began_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index(None, "hub", "began_at"),
)
PACKS = _noun(
    "packs",
    Column("family", Text),
    Column("slot", Text),
    Column("truck", Text),
    Column("soc_bp", Integer, nullable=False),
    Column("soc_at", UtcDateTime, nullable=False),
)
TRUCKS = _noun(
    "trucks",
    _text("place"),
    Column("soc_bp", Integer, nullable=False),
    Column("heard_at", UtcDateTime, nullable=False),
    Column("activity", Text),
    Column("carrying", Text),
    Column("pack", Text),
    _text("unavailable"),
)
TRAINS = _noun(
    "trains",
    _text("number"),
    _text("service"),
    _text("direction"),
    _text("yard"),
    Column("arrival", UtcDateTime, nullable=False),
    Column("departure", UtcDateTime, nullable=False),
    Column("cut_off", UtcDateTime),
    Column("available", UtcDateTime),
    Column("arrived", Boolean, nullable=False),
    Column("departed", Boolean, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Index(None, "hub", "departure"),
)
MOVES = _noun(
    "moves",
    _text("container"),
    Column("consignment", Text),
    _text("origin"),
    _text("destination"),
    Column("release", UtcDateTime, nullable=False),
    Column("due", UtcDateTime, nullable=False),
    _text("status"),
    Column("train", Text),
    Column("truck", Text),
    Column("fallback", Text),
    Column("loaded_at", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("missed", Boolean, nullable=False),
    Index(None, "hub", "container"),
    Index(None, "hub", "train"),
)
PLANS = _noun(
    "plans",
    Column("horizon_start", UtcDateTime, nullable=False),
    Column("horizon_end", UtcDateTime, nullable=False),
    Column("adopted_at", UtcDateTime),
    _text("planner"),
    Column("trucks", Integer, nullable=False),
    Column("fallbacks", Integer, nullable=False),
    Column("unserved", Integer, nullable=False),
)
"""The plan in force of each hub; earlier ones stand in the log (PlanAdopted)."""
