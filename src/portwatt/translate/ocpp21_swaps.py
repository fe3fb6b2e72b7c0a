"""OCPP 2.1 block S: packs into slots, packs into trucks. A BatterySwap is never refused but in customData."""

from __future__ import annotations

from typing import Final, assert_never

from portwatt.events import AnyEvent, PacksDelivered, PacksReceived, SlotReading, SwapTimedOut
from portwatt.ids import IdToken, PackId, TruckId
from portwatt.model.pack import SwapStation
from portwatt.state.swaps import SwapState, SwapStatus, swap_key
from portwatt.translate.handled import Handled
from portwatt.translate.inbound import Inbound
from portwatt.units import SoC
from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp.v2x_enums import BatterySwapEvent

REFUSAL_VENDOR: Final = "org.openchargealliance.batteryswapresponse"
"""vendorId under which a central system says that a pack is not welcome (OCPP 2.1 S03, error handling)."""
LOWEST_SOH: Final = SoC.percent(70)
"""A pack below this state of health is not welcome. An assumption: no source of the facts gives a figure."""


def battery_swap(inbound: Inbound, request: v2x.BatterySwapRequest) -> Handled[v2x.BatterySwapResponse]:
    """A step of a swap, told once: the key is (station, requestId), and both orders, In-Out and Out-In, are legal."""
    token = inbound.token(request.id_token.id_token)
    known = inbound.state.swaps.get(swap_key(inbound.station, request.request_id))
    readings, faults = _readings(inbound, request)
    packs = tuple(reading.pack for reading in readings)
    refusal = _refusal(inbound, readings, len(request.battery_data))
    match request.event_type:
        case BatterySwapEvent.BATTERY_IN:
            response = _answer(refusal)
            event: AnyEvent = PacksReceived(
                at=inbound.at,
                station=inbound.station,
                request_id=request.request_id,
                token=token,
                truck=_truck(inbound, token, known),
                packs=readings,
                refusal=refusal,
            )
            repeated = known is not None and bool(packs) and known.received == packs and _in_place(inbound, readings)
        case BatterySwapEvent.BATTERY_OUT:
            response = v2x.BatterySwapResponse()
            event = PacksDelivered(
                at=inbound.at,
                station=inbound.station,
                request_id=request.request_id,
                token=token,
                truck=_truck(inbound, token, known),
                packs=readings,
            )
            repeated = known is not None and bool(packs) and known.delivered == packs and _gone(inbound, readings)
        case BatterySwapEvent.BATTERY_OUT_TIMEOUT:
            response = v2x.BatterySwapResponse()
            event = SwapTimedOut(
                at=inbound.at, station=inbound.station, request_id=request.request_id, token=token, packs=readings
            )
            repeated = known is not None and known.status is SwapStatus.TIMED_OUT
        case _:
            assert_never(request.event_type)
    return Handled((*faults, *(() if repeated else (event,))), response)


def _readings(
    inbound: Inbound, request: v2x.BatterySwapRequest
) -> tuple[tuple[SlotReading, ...], tuple[AnyEvent, ...]]:
    """The packs that can be placed, and what is wrong with the others."""
    readings: list[SlotReading] = []
    faults: list[AnyEvent] = []
    for data in request.battery_data:
        slot, serial = inbound.evse(data.evse_id), data.serial_number.strip()
        if slot is None:
            faults.append(inbound.unknown_evse(data.evse_id))
        elif not serial:
            faults.append(inbound.fault(f"the battery in slot {slot} has no serial number"))
        else:
            readings.append(SlotReading(slot, PackId(serial), _share(data.soc), _share(data.soh)))
    return tuple(readings), tuple(faults)


def _share(percent: float) -> SoC:
    return SoC.percent(max(0.0, min(100.0, percent)))


def _refusal(inbound: Inbound, readings: tuple[SlotReading, ...], told: int) -> str:
    """Why a pack is not welcome, as a reason code of OCPP 2.1 (part 2, appendix 5); empty: all are."""
    station = inbound.state.hub.station_by_id.get(inbound.station)
    if len(readings) < told:
        return "BatteryUnknown"
    for reading in readings:
        pack = inbound.state.packs.get(reading.pack)
        if pack is None or pack.family is None:
            return "BatteryUnknown"
        if isinstance(station, SwapStation) and pack.family != station.family:
            return "BatteryType"
        if reading.soh is not None and reading.soh < LOWEST_SOH:
            return "BatterySoHLow"
    return ""


_WORDS: Final = {
    "BatteryUnknown": "the hub knows no battery with this serial number in this slot",
    "BatteryType": "the battery is of another family than this station swaps",
    "BatterySoHLow": f"the state of health is below {LOWEST_SOH.as_percent:g} %",
}


def _answer(refusal: str) -> v2x.BatterySwapResponse:
    if not refusal:
        return v2x.BatterySwapResponse()
    info = {"reasonCode": refusal, "additionalInfo": _WORDS[refusal]}
    return v2x.BatterySwapResponse(custom_data={"vendorId": REFUSAL_VENDOR, "status": "Rejected", "statusInfo": info})


def _in_place(inbound: Inbound, readings: tuple[SlotReading, ...]) -> bool:
    """Whether all these packs are where they are said to be; if not, a station counts its requests anew."""
    known = inbound.state.packs
    return all(r.pack in known and known[r.pack].slot == r.slot for r in readings)


def _gone(inbound: Inbound, readings: tuple[SlotReading, ...]) -> bool:
    known = inbound.state.packs
    return all(r.pack in known and known[r.pack].slot is None for r in readings)


def _truck(inbound: Inbound, token: IdToken, known: SwapState | None) -> TruckId | None:
    """Whose swap it is: the truck the hub asked it for, else the one the token belongs to."""
    if known is not None and known.truck is not None and known.token == token:
        return known.truck
    truck = inbound.state.hub.truck_by_token.get(token)
    return truck.id if truck is not None else None
