"""Pairs: what a truck and a station bring when they meet, and what a person has decided about a pair."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from portwatt.ids import PairId, TruckModelId
from portwatt.model.connector import ConnectorStandard


class Pair(Struct, frozen=True, order=True, kw_only=True):
    """Truck model, software, inlet and edition with station model, software, plug and adapter.

    `edition`: the protocol spoken, for example "ISO 15118-2"; OCPP does not tell it, nor the truck's software: they are
    empty then. `adapter`: the plug reached the inlet through one.
    """

    truck_model: TruckModelId
    inlet: ConnectorStandard
    station_model: str
    plug: ConnectorStandard
    truck_software: str = ""
    edition: str = ""
    station_software: str = ""
    adapter: bool = False

    @property
    def id(self) -> PairId:
        """Equal for equal pairs and for no others."""
        parts = (self.truck_model, self.truck_software, self.inlet, self.edition)
        others = (self.station_model, self.station_software, self.plug, "adapter" if self.adapter else "")
        return PairId("|".join(p.replace("\\", "\\\\").replace("|", "\\|") for p in (*parts, *others)))


class PairPattern(Struct, frozen=True, order=True, kw_only=True):
    """Pairs a decision is about: what is empty or None may be anything."""

    truck_model: str = ""
    truck_software: str = ""
    inlet: ConnectorStandard | None = None
    edition: str = ""
    station_model: str = ""
    station_software: str = ""
    plug: ConnectorStandard | None = None

    def covers(self, pair: Pair) -> bool:
        """Whether a pair is among those meant."""
        return (
            self.truck_model in ("", pair.truck_model)
            and self.truck_software in ("", pair.truck_software)
            and self.inlet in (None, pair.inlet)
            and self.edition in ("", pair.edition)
            and self.station_model in ("", pair.station_model)
            and self.station_software in ("", pair.station_software)
            and self.plug in (None, pair.plug)
        )


class JudgementKind(StrEnum):
    INCOMPATIBLE = "incompatible"
    """Not to be tried: no plan puts these together, no truck is sent there."""
    WAIVER = "waiver"
    """May be tried although the hub file or a judgement bars it, until the waiver expires."""
    CLEARED = "cleared"
    """What was decided of exactly these pairs holds no longer."""


class Judgement(Struct, frozen=True, kw_only=True):
    """What a person decided. `until`: expires then (exclusive); None: stands until it is cleared."""

    kind: JudgementKind
    pairs: PairPattern
    reason: str
    by: str = ""
    until: datetime | None = None

    def stands(self, at: datetime) -> bool:
        """Whether it has not expired."""
        return self.until is None or at < self.until


def standing(judgements: tuple[Judgement, ...], pair: Pair, at: datetime) -> Judgement | None:
    """The judgement that decides about a pair at a moment: a waiver before an incompatibility; None: there is none."""
    found = [j for j in judgements if j.stands(at) and j.pairs.covers(pair)]
    order = (JudgementKind.WAIVER, JudgementKind.INCOMPATIBLE)
    return next((j for kind in order for j in found if j.kind is kind), None)
