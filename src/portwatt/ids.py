"""Names of things, as types, so that a truck's name is never passed where a train's is meant."""

from __future__ import annotations

from typing import NewType

HubId = NewType("HubId", str)
PlaceId = NewType("PlaceId", str)
StationId = NewType("StationId", str)
EvseId = NewType("EvseId", str)
"""``station/number``: an EVSE of a charging station or a slot of a swap station (slots are EVSEs in OCPP 2.1)."""
TransactionId = NewType("TransactionId", str)
"""``station:id`` in OCPP 2.x, where the station chooses; ``station:number`` in 1.6, where the hub chooses."""
ReservationId = NewType("ReservationId", int)
IdToken = NewType("IdToken", str)
PackId = NewType("PackId", str)
PackFamilyId = NewType("PackFamilyId", str)
TruckId = NewType("TruckId", str)
TruckModelId = NewType("TruckModelId", str)
FleetId = NewType("FleetId", str)
TrainId = NewType("TrainId", str)
"""One run on one day; the train number itself is free text of up to 8 characters and comes again tomorrow."""
PairId = NewType("PairId", str)
"""A truck model with all that counts of it, at a station model with all that counts of it (`model/pair.py`)."""
ConsignmentId = NewType("ConsignmentId", str)
ContainerId = NewType("ContainerId", str)
"""ISO 6346 container number, check digit included."""
MoveId = NewType("MoveId", str)
FallbackId = NewType("FallbackId", str)
PlanId = NewType("PlanId", str)
CommandId = NewType("CommandId", str)
ActivityId = NewType("ActivityId", str)
"""``truck/number``, counted up over a truck's day; kept by a replan for an activity it does not change."""


def evse_id(station: StationId, number: int) -> EvseId:
    """The name of EVSE or slot `number` (from 1, OCPP numbering) of a station."""
    return EvseId(f"{station}/{number}")


def station_of(evse: EvseId) -> StationId:
    """The station an EVSE belongs to."""
    return StationId(evse.rpartition("/")[0])


def number_of(evse: EvseId) -> int:
    """The OCPP number of an EVSE within its station."""
    return int(evse.rpartition("/")[2])


def activity_id(truck: TruckId, number: int) -> ActivityId:
    """The name of a truck's activity `number` (from 1)."""
    return ActivityId(f"{truck}/{number}")


def truck_of(activity: ActivityId) -> TruckId:
    """The truck an activity belongs to."""
    return TruckId(activity.rpartition("/")[0])


def activity_number(activity: ActivityId) -> int:
    """The count in an activity's name: a truck's later activities have higher ones."""
    return int(activity.rpartition("/")[2])
