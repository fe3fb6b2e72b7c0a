"""Charging stations not written by us: the `ocpp` package as the client, in 1.6, 2.0.1 and 2.1."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import websockets
from ocpp.routing import on
from ocpp.v16 import ChargePoint as Station16
from ocpp.v16 import call as call16
from ocpp.v16 import call_result as result16
from ocpp.v21 import ChargePoint as Station21
from ocpp.v21 import call as call21
from ocpp.v21 import call_result as result21
from ocpp.v201 import ChargePoint as Station201
from ocpp.v201 import call as call201
from ocpp.v201 import call_result as result201


def now() -> str:
    return datetime.now(UTC).isoformat()


class Foreign16(Station16):
    """Keeps the profiles it is told."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.profiles: list[dict[str, object]] = []

    @on("SetChargingProfile")
    def on_profile(self, connector_id: int, cs_charging_profiles: dict[str, object]) -> object:
        self.profiles.append({"evse": connector_id, **cs_charging_profiles})
        return result16.SetChargingProfile(status="Accepted")

    @on("TriggerMessage")
    def on_trigger(self, **_: object) -> object:
        return result16.TriggerMessage(status="NotImplemented")


class Foreign201(Station201):
    """Keeps the profiles it is told."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.profiles: list[dict[str, object]] = []

    @on("SetChargingProfile")
    def on_profile(self, evse_id: int, charging_profile: dict[str, object]) -> object:
        self.profiles.append({"evse": evse_id, **charging_profile})
        return result201.SetChargingProfile(status="Accepted")

    @on("TriggerMessage")
    def on_trigger(self, **_: object) -> object:
        return result201.TriggerMessage(status="NotImplemented")


class Foreign21(Station21):
    """Keeps the profiles it is told."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.profiles: list[dict[str, object]] = []

    @on("SetChargingProfile")
    def on_profile(self, evse_id: int, charging_profile: dict[str, object]) -> object:
        self.profiles.append({"evse": evse_id, **charging_profile})
        return result21.SetChargingProfile(status="Accepted")

    @on("TriggerMessage")
    def on_trigger(self, **_: object) -> object:
        return result21.TriggerMessage(status="NotImplemented")


@asynccontextmanager
async def plugged_in(kind: type, url: str, station: str, version: str) -> AsyncIterator[object]:
    """A foreign station with an open socket."""
    async with websockets.connect(f"{url}/{station}", subprotocols=[websockets.Subprotocol(version)]) as socket:
        assert socket.subprotocol == version
        client = kind(station, socket)
        listening = asyncio.create_task(client.start())
        try:
            yield client
        finally:
            listening.cancel()


async def charge16(station: Foreign16, token: str, wh: int) -> int:
    """Boot, authorise, charge and stop in 1.6; the transaction's number."""
    boot = await station.call(call16.BootNotification(charge_point_model="M", charge_point_vendor="V"))
    assert boot.status == "Accepted"
    await told(station, 2)
    await station.call(call16.StatusNotification(connector_id=1, error_code="NoError", status="Available"))
    authorised = await station.call(call16.Authorize(id_tag=token))
    assert authorised.id_tag_info["status"] == "Accepted"
    started = await station.call(
        call16.StartTransaction(connector_id=1, id_tag=token, meter_start=1000, timestamp=now())
    )
    assert started.id_tag_info["status"] == "Accepted"
    number: int = started.transaction_id
    await told(station, 3)
    value = {"value": str(1000 + wh // 2), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
    power = {"value": "150.5", "measurand": "Power.Active.Import", "unit": "kW"}
    await station.call(
        call16.MeterValues(
            connector_id=1,
            transaction_id=number,
            meter_value=[{"timestamp": now(), "sampledValue": [value, power]}],
        )
    )
    await station.call(
        call16.StopTransaction(transaction_id=number, meter_stop=1000 + wh, timestamp=now(), reason="Local")
    )
    return number


async def charge2x(station: Foreign201 | Foreign21, calls: object, token: str, wh: int) -> None:
    """Boot, authorise, charge and stop in 2.0.1 or 2.1."""
    id_token = {"idToken": token, "type": "ISO14443"}
    boot = await station.call(
        calls.BootNotification(charging_station={"model": "M", "vendorName": "V"}, reason="PowerUp")  # type: ignore[attr-defined]
    )
    assert boot.status == "Accepted"
    await told(station, 2)
    await station.call(
        calls.StatusNotification(timestamp=now(), connector_status="Available", evse_id=1, connector_id=1)  # type: ignore[attr-defined]
    )
    authorised = await station.call(calls.Authorize(id_token=id_token))  # type: ignore[attr-defined]
    assert authorised.id_token_info["status"] == "Accepted"

    async def event(kind: str, seq: int, trigger: str, register: int, **more: object) -> object:
        sampled = {"value": float(register), "measurand": "Energy.Active.Import.Register"}
        return await station.call(
            calls.TransactionEvent(  # type: ignore[attr-defined]
                event_type=kind,
                timestamp=now(),
                trigger_reason=trigger,
                seq_no=seq,
                transaction_info={"transactionId": "T-1", **more},
                evse={"id": 1, "connectorId": 1},
                id_token=id_token if seq == 0 else None,
                meter_value=[{"timestamp": now(), "sampledValue": [sampled]}],
            )
        )

    await event("Started", 0, "Authorized", 0, chargingState="Charging")
    await told(station, 3)
    await event("Updated", 1, "MeterValuePeriodic", wh // 2, chargingState="Charging")
    await event("Ended", 2, "StopAuthorized", wh, stoppedReason="Local")


async def told(station: Foreign16 | Foreign201 | Foreign21, count: int) -> None:
    """Wait until the central system has sent this many charging profiles."""
    async with asyncio.timeout(10):
        while len(station.profiles) < count:
            await asyncio.sleep(0.01)


CALLS = {"ocpp2.0.1": call201, "ocpp2.1": call21}
