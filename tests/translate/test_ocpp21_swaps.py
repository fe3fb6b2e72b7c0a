"""OCPP 2.1 block S: both orders, repetitions, time-outs, packs that are not welcome."""

from typing import Any

import pytest
import small_hub as small
from msgspec.structs import replace
from talk import Talk

from portwatt.commands import RequestBatterySwap
from portwatt.events import CommandIssued, PacksReceived
from portwatt.ids import CommandId, PackFamilyId, PackId
from portwatt.state import fold
from portwatt.state.swaps import SwapStatus, swap_key
from portwatt.translate.ocpp21_swaps import REFUSAL_VENDOR
from portwatt.units import SoC
from portwatt.wire.ocpp.versions import OcppVersion

TOKEN = {"idToken": small.token(small.T4), "type": "ISO14443"}


@pytest.fixture
def talk() -> Talk:
    return Talk(OcppVersion.V21, small.SWAP)


def battery(slot: int, serial: str, **changes: Any) -> dict[str, Any]:
    return {"evseId": slot, "serialNumber": serial, "soC": 40, "soH": 98} | changes


def swap(talk: Talk, kind: str, *batteries: dict[str, Any], request: int = 1, token: Any = TOKEN) -> dict[str, Any]:
    payload = {"eventType": kind, "requestId": request, "idToken": token, "batteryData": list(batteries)}
    return talk.says("BatterySwap", payload)


def status(talk: Talk, request: int = 1) -> SwapStatus:
    return talk.state.swaps[swap_key(small.SWAP, request)].status


def test_in_then_out(talk: Talk) -> None:
    assert swap(talk, "BatteryIn", battery(4, "p4")) == {}
    assert status(talk) is SwapStatus.PACKS_IN
    assert swap(talk, "BatteryOut", battery(1, "p1", soC=100)) == {}
    assert status(talk) is SwapStatus.DONE
    truck = talk.state.trucks[small.T4]
    assert (truck.pack, truck.soc) == ("p1", SoC.percent(100))
    assert talk.state.evses[small.SLOTS[3]].pack == "p4"


def test_out_then_in(talk: Talk) -> None:
    swap(talk, "BatteryOut", battery(1, "p1"))
    assert status(talk) is SwapStatus.PACKS_OUT
    swap(talk, "BatteryIn", battery(4, "p4"))
    assert status(talk) is SwapStatus.DONE
    assert talk.state.trucks[small.T4].pack == "p1"


@pytest.mark.parametrize("kind", ["BatteryIn", "BatteryOut", "BatteryOutTimeout"])
def test_a_step_told_again_is_no_news(talk: Talk, kind: str) -> None:
    pack = battery(4, "p4") if kind == "BatteryIn" else battery(1, "p1")
    swap(talk, kind, pack)
    assert len(talk.events) == 1
    assert swap(talk, kind, pack) == {}
    assert talk.events == ()


def test_a_station_that_counts_anew_begins_another_swap(talk: Talk) -> None:
    for _ in range(2):
        swap(talk, "BatteryIn", battery(4, "p4"))
        swap(talk, "BatteryOut", battery(1, "p1"))
        swap(talk, "BatteryIn", battery(1, "p1"), request=2)
        swap(talk, "BatteryOut", battery(4, "p4"), request=2)
        assert len(talk.events) == 1
    assert talk.state.totals.swaps == 4


def test_nobody_took_the_pack(talk: Talk) -> None:
    swap(talk, "BatteryIn", battery(4, "p4"))
    swap(talk, "BatteryOutTimeout", battery(1, "p1"))
    assert status(talk) is SwapStatus.TIMED_OUT
    assert talk.state.evses[small.SLOTS[0]].pack == "p1"


def test_the_truck_the_hub_asked_it_for(talk: Talk) -> None:
    token = small.token(small.T4)
    asked = RequestBatterySwap(station=small.SWAP, token=token, truck=small.T2, request_id=1)
    talk.state = fold([CommandIssued(at=talk.now, id=CommandId("x"), command=asked)], talk.state)
    swap(talk, "BatteryIn", battery(4, "p4"))
    assert [e.truck for e in talk.events] == [small.T2]


def test_a_swap_of_nobody_known_is_a_fact(talk: Talk) -> None:
    swap(talk, "BatteryOut", battery(1, "p1"), token={"idToken": "", "type": "NoAuthorization"})
    assert [e.truck for e in talk.events] == [None]


def test_packs_that_are_not_welcome_are_refused_in_custom_data(talk: Talk) -> None:
    light = replace(talk.state.packs[PackId("p4")], family=PackFamilyId("light"))
    talk.state = talk.state.having(packs=talk.state.packs.set(PackId("p5"), light))
    refused = [battery(4, "x"), battery(4, "p5"), battery(4, "p4", soH=50), battery(4, "  "), battery(99, "p4")]
    reasons = []
    for number, pack in enumerate(refused, 1):
        custom = swap(talk, "BatteryIn", pack, request=number)["customData"]
        assert (custom["vendorId"], custom["status"]) == (REFUSAL_VENDOR, "Rejected")
        reasons.append(custom["statusInfo"]["reasonCode"])
        received = [e for e in talk.events if isinstance(e, PacksReceived)]
        assert [e.refusal for e in received] == [reasons[-1]]
    assert reasons == ["BatteryUnknown", "BatteryType", "BatterySoHLow", "BatteryUnknown", "BatteryUnknown"]


def test_a_slot_the_hub_file_lacks_is_noted(talk: Talk) -> None:
    before = set(talk.state.evses)
    swap(talk, "BatteryIn", battery(99, "p4"))
    assert talk.kinds() == ["PeerFaultSeen", "PacksReceived"]
    assert set(talk.state.evses) == before
