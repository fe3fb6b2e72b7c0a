"""EVSEs and slots as letters and levels: colour repeats what the sign says, and is never the only sign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum

from portwatt.events import EvseStatus
from portwatt.ids import EvseId
from portwatt.model.pack import SwapStation
from portwatt.state import HubState
from portwatt.state.stations import EvseState, StationState
from portwatt.terminal.glyphs import Glyphs, Line, begun, clean, level
from portwatt.units import Power

_BAD = (EvseStatus.FAULTED, EvseStatus.UNAVAILABLE)


class Sign(StrEnum):
    """What an EVSE is, in a letter. `OFFLINE` is drawn as a dash."""

    AVAILABLE = "A"
    CHARGING = "C"
    OCCUPIED = "O"
    """A cable is in and nothing flows: no transaction runs."""
    RESERVED = "R"
    FAULTED = "F"
    UNAVAILABLE = "U"
    OFFLINE = "-"


STYLES = {
    Sign.AVAILABLE: "green",
    Sign.CHARGING: "bold yellow",
    Sign.OCCUPIED: "yellow",
    Sign.RESERVED: "cyan",
    Sign.FAULTED: "bold red",
    Sign.UNAVAILABLE: "magenta",
    Sign.OFFLINE: "dim",
}
WORDS = {
    Sign.AVAILABLE: "available",
    Sign.CHARGING: "charging",
    Sign.OCCUPIED: "occupied",
    Sign.RESERVED: "reserved",
    Sign.FAULTED: "faulted",
    Sign.UNAVAILABLE: "unavailable",
    Sign.OFFLINE: "offline",
}


def sign_of(station: StationState | None, evse: EvseState, reserved: bool) -> Sign:
    """What an EVSE is, the worst first: nobody to talk to, then what is wrong, then what it does."""
    if station is None or not station.connected:
        return Sign.OFFLINE
    if evse.status is EvseStatus.FAULTED:
        return Sign.FAULTED
    if evse.status is EvseStatus.UNAVAILABLE or station.out_of_service or evse.out_of_service:
        return Sign.UNAVAILABLE
    if evse.transaction is not None:
        return Sign.CHARGING
    if evse.status is EvseStatus.RESERVED or reserved:
        return Sign.RESERVED
    return Sign.OCCUPIED if evse.status is EvseStatus.OCCUPIED else Sign.AVAILABLE


def signs(state: HubState) -> dict[EvseId, Sign]:
    """Every EVSE of the charging stations, in the order of the hub file."""
    reserved = {r.evse for r in state.reservations.values()}
    return {
        evse.id: sign_of(state.stations.get(station.id), state.evses.get(evse.id, EvseState()), evse.id in reserved)
        for station in state.hub.stations
        for evse in station.evses
    }


def counts_line(state: HubState, glyphs: Glyphs) -> Line:
    """How many EVSEs are what, and the packs that are ready: one line."""
    line = begun("EVSEs ", "dim")
    counted = Counter(signs(state).values())
    for sign in Sign:
        if counted[sign]:
            line.append(f"{_letter(sign, glyphs)}{counted[sign]} ", style=STYLES[sign])
    line.append(f"{glyphs.dot.strip()} packs ready ", style="dim")
    for station in state.hub.swap_stations:
        line.append(f"{_ready(state, station)}/{len(station.slots)} ")
    return line


def evse_lines(state: HubState, glyphs: Glyphs, width: int) -> Iterator[Line]:
    """A letter for each EVSE, those of one place together; a charging one says its kW."""
    known = signs(state)
    groups: dict[str, list[Line]] = {}
    for station in state.hub.stations:
        cell = Line()
        for evse in station.evses:
            sign = known[evse.id]
            text = _letter(sign, glyphs)
            if sign is Sign.CHARGING:
                text += f"{_power(state, evse.id).as_kw:.0f}"
            cell.append(text + " ", style=STYLES[sign])
        groups.setdefault(station.place, []).append(cell)
    pieces = []
    for place, cells in groups.items():
        cells[0] = Line.assemble((f"{clean(place)} ", "dim"), cells[0])
        cells[-1].append(" ")
        pieces += cells
    return _flowed("EVSEs ", pieces, width)


def slot_lines(state: HubState, glyphs: Glyphs, width: int) -> Iterator[Line]:
    """A level for each pack in its slot, a letter where a slot is faulted; how many are ready; the swaps under way."""
    pieces = []
    for station in state.hub.swap_stations:
        known = state.stations.get(station.id)
        piece = begun(f"{clean(station.id)} ", "dim")
        for slot in station.slots:
            piece.append(*_slot(state, known, slot, glyphs))
        piece.append(f" {_ready(state, station)} ready   ")
        pieces.append(piece)
    return _flowed("slots ", pieces, width)


def _slot(state: HubState, station: StationState | None, slot: EvseId, glyphs: Glyphs) -> tuple[str, str]:
    evse = state.evses.get(slot, EvseState())
    if station is None or not station.connected:
        return glyphs.none, STYLES[Sign.OFFLINE]
    if evse.status in _BAD:
        sign = Sign.FAULTED if evse.status is EvseStatus.FAULTED else Sign.UNAVAILABLE
        return sign.value, STYLES[sign]
    pack = state.packs.get(evse.pack) if evse.pack is not None else None
    if pack is None:
        return glyphs.empty, "dim"
    return level(glyphs, pack.soc), "bold yellow" if evse.transaction is not None else "green"


def _ready(state: HubState, station: SwapStation) -> int:
    family = state.hub.family_by_id[station.family]
    packs = (state.packs.get(e.pack) for s in station.slots if (e := state.evses.get(s)) is not None and e.pack)
    return sum(1 for pack in packs if pack is not None and pack.soc >= family.ready_soc)


def _power(state: HubState, evse: EvseId) -> Power:
    known = state.evses.get(evse)
    transaction = state.transactions.get(known.transaction) if known and known.transaction else None
    return transaction.power if transaction else Power(0)


def _letter(sign: Sign, glyphs: Glyphs) -> str:
    return glyphs.none if sign is Sign.OFFLINE else sign.value


def _flowed(title: str, pieces: Iterable[Line], width: int) -> Iterator[Line]:
    """Pieces one after another in as many lines as they need; the title stands before the first."""
    line = begun(title, "dim")
    for piece in pieces:
        if line.cell_len + piece.cell_len > width and line.cell_len > len(title):
            yield line
            line = Line(" " * len(title))
        line = Line.assemble(line, piece)
    yield line
