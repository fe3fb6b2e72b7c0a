"""OCPP 2.x NotifyEvent: what the device model tells of EVSEs, slots and the packs in them.

Names of components and variables are case-insensitive (2.x ComponentType, VariableType).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from portwatt.events import AnyEvent, EvseStatus, EvseStatusChanged, SlotReported
from portwatt.ids import EvseId, PackId
from portwatt.translate import clocks
from portwatt.translate.handled import Handled
from portwatt.translate.inbound import Inbound
from portwatt.translate.meters import number
from portwatt.units import SoC
from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp.v2x_types import EventData

_STATUS: Final = {status.value.casefold(): status for status in EvseStatus}
_CARTRIDGE: Final = "batterycartridge"
_LONGEST_SERIAL: Final = 50
"""BatteryDataType.serialNumber in OCPP 2.1."""


class _Cartridge(Struct):
    """What one message says of the pack in one slot."""

    reported_at: datetime
    serial: str = ""
    soc: SoC | None = None
    soh: SoC | None = None


def notify_event(inbound: Inbound, request: v2x.NotifyEventRequest) -> Handled[v2x.NotifyEventResponse]:
    """Availability of EVSEs and slots, and the packs in slots; other components are no concern of the hub yet."""
    events: list[AnyEvent] = []
    cartridges: dict[EvseId, _Cartridge] = {}
    for data in request.event_data:
        component, variable = data.component.name.casefold(), data.variable.name.casefold()
        if variable != "availabilitystate" and component != _CARTRIDGE:
            continue
        number_ = data.component.evse.id if data.component.evse is not None else 0
        evse = inbound.evse(number_) if number_ else None
        if evse is None and number_:
            events.append(inbound.unknown_evse(number_))
        elif component == _CARTRIDGE:
            if evse is not None:
                events += _note(
                    inbound, cartridges.setdefault(evse, _Cartridge(clocks.utc(data.timestamp))), variable, data
                )
        else:
            events += _available(inbound, evse, data)
    events += _packs(inbound, cartridges.items())
    events += clocks.drift(inbound, request.generated_at, live=False)
    return Handled(tuple(events), v2x.NotifyEventResponse())


def _available(inbound: Inbound, evse: EvseId | None, data: EventData) -> Iterator[AnyEvent]:
    status = _STATUS.get(data.actual_value.casefold())
    if status is None:
        yield inbound.fault(f"{data.component.name} cannot be {data.actual_value[:50]!r}")
        return
    yield EvseStatusChanged(
        at=inbound.at,
        station=inbound.station,
        evse=evse,
        status=status,
        reported_at=clocks.utc(data.timestamp),
        error_code=data.tech_code or "",
        info=data.tech_info or "",
    )
    yield from emptied(inbound, evse, status, clocks.utc(data.timestamp))


def emptied(inbound: Inbound, evse: EvseId | None, status: EvseStatus, reported_at: datetime) -> Iterator[SlotReported]:
    """That a slot is empty, which is what Available means of one (block S)."""
    if evse is not None and inbound.swaps and status is EvseStatus.AVAILABLE:
        yield SlotReported(at=inbound.at, station=inbound.station, slot=evse, pack=None, reported_at=reported_at)


def _note(inbound: Inbound, cartridge: _Cartridge, variable: str, data: EventData) -> Iterator[AnyEvent]:
    """Write down one variable of a pack; a value that cannot be is named instead."""
    cartridge.reported_at = max(cartridge.reported_at, clocks.utc(data.timestamp))
    match variable:
        case "serialnumber":
            cartridge.serial = data.actual_value.strip()[:_LONGEST_SERIAL]
        case "soc" | "soh":
            value = number(data.actual_value)
            if value is None or not 0 <= value <= 100:
                yield inbound.fault(f"a battery's {data.variable.name} cannot be {data.actual_value[:50]!r}")
            elif variable == "soc":
                cartridge.soc = SoC.percent(value)
            else:
                cartridge.soh = SoC.percent(value)
        case _:
            pass  # other variables of a pack (temperatures, voltages) say nothing the hub acts on


def _packs(inbound: Inbound, cartridges: Iterable[tuple[EvseId, _Cartridge]]) -> Iterator[AnyEvent]:
    """The packs in slots; without a serial number it is the pack believed to be there, if any."""
    for slot, cartridge in cartridges:
        pack = PackId(cartridge.serial) if cartridge.serial else inbound.state.evses[slot].pack
        if pack is None or (not cartridge.serial and cartridge.soc is None and cartridge.soh is None):
            continue
        yield SlotReported(
            at=inbound.at,
            station=inbound.station,
            slot=slot,
            pack=pack,
            reported_at=cartridge.reported_at,
            soc=cartridge.soc,
            soh=cartridge.soh,
        )
