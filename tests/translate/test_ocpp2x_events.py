"""NotifyEvent: availability and packs."""

from typing import Any

import pytest
import small_hub as small
from talk import Talk

from portwatt.events import EvseStatus, EvseStatusChanged, SlotReported
from portwatt.ids import PackId
from portwatt.units import SoC
from portwatt.wire.ocpp.versions import OcppVersion


@pytest.fixture
def talk() -> Talk:
    return Talk(OcppVersion.V21, small.SWAP)


def told(talk: Talk, *values: tuple[str, str, int | None, str]) -> None:
    """A NotifyEvent with (component, variable, EVSE, value) each."""
    data: list[dict[str, Any]] = [
        {
            "eventId": number,
            "timestamp": talk.stamp(),
            "trigger": "Delta",
            "actualValue": value,
            "eventNotificationType": "HardWiredNotification",
            "component": {"name": component} | ({} if evse is None else {"evse": {"id": evse}}),
            "variable": {"name": variable},
        }
        for number, (component, variable, evse, value) in enumerate(values)
    ]
    assert talk.says("NotifyEvent", {"generatedAt": talk.stamp(), "seqNo": 0, "eventData": data}) == {}


def test_an_empty_slot_holds_no_pack(talk: Talk) -> None:
    assert talk.state.evses[small.SLOTS[0]].pack == "p1"
    told(talk, ("EVSE", "AvailabilityState", 1, "Available"))
    assert [type(e) for e in talk.events] == [EvseStatusChanged, SlotReported]
    assert talk.state.evses[small.SLOTS[0]].pack is None
    assert talk.state.evses[small.SLOTS[0]].status is EvseStatus.AVAILABLE


def test_an_available_evse_is_no_empty_slot() -> None:
    talk = Talk(OcppVersion.V21, small.CCS)
    told(talk, ("Connector", "AvailabilityState", 1, "Available"))
    assert [type(e) for e in talk.events] == [EvseStatusChanged]


def test_a_pack_is_told_with_its_serial_number_and_state(talk: Talk) -> None:
    told(
        talk,
        ("EVSE", "AvailabilityState", 4, "occupied"),
        ("BatteryCartridge", "SerialNumber", 4, "p9"),
        ("batterycartridge", "SoC", 4, "31.5"),
        ("BatteryCartridge", "SoH", 4, "96"),
        ("BatteryCartridge", "Temperature", 4, "22"),
    )
    pack = talk.state.packs[PackId("p9")]
    assert (pack.slot, pack.soc, pack.soh) == (small.SLOTS[3], SoC.percent(31.5), SoC.percent(96))


def test_a_state_of_charge_alone_is_that_of_the_pack_believed_there(talk: Talk) -> None:
    told(talk, ("BatteryCartridge", "SoC", 2, "12"), ("BatteryCartridge", "SoC", 4, "13"))
    assert talk.state.packs[PackId("p2")].soc == SoC.percent(12)
    assert len(talk.events) == 1


@pytest.mark.parametrize("value", ["", "-1", "101", "NaN", "full"])
def test_a_value_that_cannot_be_is_noted(talk: Talk, value: str) -> None:
    before = talk.state.packs
    told(talk, ("BatteryCartridge", "SoC", 1, value))
    assert talk.kinds() == ["PeerFaultSeen"]
    assert talk.state.packs == before


def test_what_is_no_state_and_what_is_nowhere_is_noted(talk: Talk) -> None:
    told(talk, ("EVSE", "AvailabilityState", 1, "Open"), ("EVSE", "AvailabilityState", 77, "Available"))
    assert talk.kinds() == ["PeerFaultSeen", "PeerFaultSeen"]


def test_the_station_as_a_whole(talk: Talk) -> None:
    told(talk, ("ChargingStation", "AvailabilityState", None, "Unavailable"), ("Fan", "Speed", None, "9"))
    assert talk.kinds() == ["EvseStatusChanged"]
    assert {talk.state.evses[s].status for s in small.SLOTS} == {EvseStatus.UNAVAILABLE}
