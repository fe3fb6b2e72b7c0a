"""What a handler of an inbound message works with, whatever the version: who speaks, when, and what is believed."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from portwatt.events import PeerFaultSeen
from portwatt.ids import EvseId, IdToken, StationId, evse_id
from portwatt.model.pack import SwapStation
from portwatt.state import HubState
from portwatt.wire.ocpp.versions import ErrorCode, OcppVersion


class Inbound(Struct, frozen=True):
    """A message's surroundings. `at`: the hub's clock; `state`: what is believed before the message."""

    version: OcppVersion
    state: HubState
    station: StationId
    at: datetime
    overloaded: bool = False

    def evse(self, number: int) -> EvseId | None:
        """The EVSE or slot of this number; None when the hub file does not list it."""
        evse = evse_id(self.station, number)
        return evse if evse in self.state.evses else None

    @property
    def only_evse(self) -> EvseId | None:
        """The EVSE of a station that has just one."""
        known = self.state.hub.station_by_id.get(self.station)
        if known is None or isinstance(known, SwapStation) or len(known.evses) != 1:
            return None
        return known.evses[0].id

    @property
    def swaps(self) -> bool:
        """Whether the station swaps packs, so that its EVSEs are slots."""
        return isinstance(self.state.hub.station_by_id.get(self.station), SwapStation)

    def token(self, text: str) -> IdToken:
        """The token as the hub file spells it: identifiers are case-insensitive (OCPP 1.6 CiString, 2.x idToken)."""
        token = IdToken(text)
        if token in self.state.hub.truck_by_token:
            return token
        folded = text.casefold()
        return next((t for t in self.state.hub.truck_by_token if t.casefold() == folded), token)

    def fault(self, detail: str) -> PeerFaultSeen:
        """A message that was answered as its version wants, but says something that cannot be."""
        code = ErrorCode.PROPERTY_CONSTRAINT_VIOLATION.value
        return PeerFaultSeen(at=self.at, station=self.station, code=code, detail=detail)

    def unknown_evse(self, number: int) -> PeerFaultSeen:
        return self.fault(f"station {self.station} has no EVSE {number} in the hub file; add it or correct the station")
