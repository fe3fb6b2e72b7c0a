"""Every body is one the schema of its dialect allows."""

from __future__ import annotations

import pytest

from portwatt.gateways.v2g_schemas import load_v2g
from portwatt.interop.twin_v2g_bodies import Body, Station, Vehicle, offered, physical_value
from portwatt.wire.exi.v2g import Dialect, V2gMessage, physical


def bodies(dialect: Dialect) -> dict[str, Body]:
    ev, station = Vehicle(dialect, 42), Station(dialect)
    din = dialect is Dialect.DIN
    select = "ServicePaymentSelection" if din else "PaymentServiceSelection"
    authorise = "ContractAuthentication" if din else "Authorization"
    return {
        "SessionSetupReq": ev.session_setup(),
        "SessionSetupRes": station.session_setup(),
        "ServiceDiscoveryReq": ev.service_discovery(),
        "ServiceDiscoveryRes": station.service_discovery(),
        f"{select}Req": ev.payment(),
        f"{select}Res": station.ok(),
        f"{authorise}Res": station.authorised(False),
        "ChargeParameterDiscoveryReq": ev.parameters(),
        "ChargeParameterDiscoveryRes": station.parameters(),
        "CableCheckReq": ev.cable_check(),
        "CableCheckRes": station.cable_check(False),
        "PreChargeReq": ev.pre_charge(),
        "PreChargeRes": station.pre_charge(0.5),
        "PowerDeliveryReq": ev.power_delivery(on=True),
        "PowerDeliveryRes": station.power_delivery(),
        "CurrentDemandReq": ev.demand(complete=False),
        "CurrentDemandRes": station.demand(1.0),
        "SessionStopReq": ev.stop(),
        "SessionStopRes": station.ok(),
    }


@pytest.mark.parametrize("dialect", [Dialect.DIN, Dialect.ISO2])
def test_bodies_survive_the_wire(dialect: Dialect) -> None:
    for name, body in bodies(dialect).items():
        message = V2gMessage(dialect, name, b"12345678", {"SessionID": b"12345678"}, body)
        assert load_v2g().decode(dialect, load_v2g().encode(message)).body == body


def test_one_protocol_is_offered() -> None:
    (protocol,) = offered(Dialect.DIN)["AppProtocol"]
    assert protocol["ProtocolNamespace"] == Dialect.DIN.value


def test_current_rises_and_stays() -> None:
    station = Station(Dialect.ISO2)
    assert [physical(station.demand(t)["EVSEPresentCurrent"]) for t in (0.0, 1.0, 9.0)] == [0, 50, 100]
    assert physical(physical_value(6000, "W", 1)) == 60_000
