"""Compatibility, certification and bays over HTTP."""

from __future__ import annotations

from datetime import timedelta

import httpx2
import pytest
import small_hub as small

from portwatt.events import TransactionEnded, TransactionStarted
from portwatt.ids import TransactionId
from portwatt.runtime.loop import HubLoop
from portwatt.units import Energy

HUB = "/api/hubs/test"


async def charge(loop: HubLoop, number: int, kwh: float, reason: str = "Local") -> None:
    name, start = TransactionId(f"ccs:{number}"), small.minutes(60 * number)
    end = start + timedelta(minutes=30)
    await loop.record(
        TransactionStarted(
            at=start,
            station=small.CCS,
            evse=small.CCS1,
            transaction=name,
            token=small.token(small.T1),
            truck=small.T1,
            meter_start=Energy(0),
            reported_at=start,
        ),
        TransactionEnded(
            at=end,
            station=small.CCS,
            transaction=name,
            reported_at=end,
            seq_no=1,
            meter_stop=Energy.kwh(kwh),
            reason=reason,
        ),
    )


async def judge(client: httpx2.AsyncClient, status: int = 200, **body: object) -> httpx2.Response:
    answer = await client.post(f"{HUB}/compatibility/judgements", json={"reason": "seen", **body})
    assert answer.status_code == status, answer.text
    return answer


async def test_transactions_become_rows_with_their_interval_and_last_failure(
    client: httpx2.AsyncClient, loop: HubLoop
) -> None:
    assert (await client.get(f"{HUB}/compatibility")).json()["pairs"] == []
    await charge(loop, 1, 50)
    await charge(loop, 2, 50, "GroundFault")
    (row,) = (await client.get(f"{HUB}/compatibility")).json()["pairs"]
    assert (row["truck_model"], row["station_model"], row["plug"]) == ("ccs", "v m", "CCS2")
    assert (row["attempts"], row["first_time"], row["first_time_share"]) == (2, 1, 0.5)
    assert row["low"] < 0.5 < row["high"]
    assert row["last_failure"]["cause"] == "GroundFault"
    for query in ({"truck_model": "gbt"}, {"station_model": "other"}):
        assert (await client.get(f"{HUB}/compatibility", params=query)).json()["pairs"] == []


async def test_a_pair_marked_incompatible_is_refused_until_the_mark_is_cleared(client: httpx2.AsyncClient) -> None:
    await judge(client, kind="incompatible", truck_model="ccs", station_model="v m", by="me")
    (shown,) = (await client.get(f"{HUB}/compatibility")).json()["judgements"]
    assert (shown["kind"], shown["by"], shown["stands"], shown["inlet"]) == ("incompatible", "me", True, None)
    barred = (await client.get(f"{HUB}/bays", params={"model": "ccs"})).json()
    assert barred["bays"][0]["barred"]
    assert "barred" in barred["say"]
    refused = (await client.get(f"{HUB}/trucks/t1/admission")).json()["refused"]
    assert {r["obstacle"] for r in refused if r["station"] == "ccs"} == {"barred_pair"}
    await judge(client, kind="cleared", truck_model="ccs", station_model="v m")
    assert (await client.get(f"{HUB}/compatibility")).json()["judgements"] == []


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"kind": "waiver", "truck_model": "ccs"}, "until"),
        ({"kind": "waiver", "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"kind": "incompatible"}, "truck_model"),
        ({"kind": "incompatible", "truck_model": "nobody"}, "truck_model"),
        ({"kind": "maybe"}, "kind"),
        ({"kind": "incompatible", "plug": "CHADEMO"}, "plug"),
        ({"kind": "incompatible", "plug": "CCS2", "reason": ""}, "reason"),
    ],
)
async def test_a_judgement_that_says_too_little_is_refused(
    client: httpx2.AsyncClient, body: dict[str, str], place: str
) -> None:
    answer = await judge(client, 422, **body)
    assert place in [fault["loc"][-1] for fault in answer.json()["detail"]]
    assert (await client.get(f"{HUB}/compatibility")).json()["judgements"] == []


async def test_certification_says_what_is_missing_and_how_sure_that_is(client: httpx2.AsyncClient) -> None:
    found = (await client.get(f"{HUB}/certification")).json()
    assert found["day"] == "2026-11-23"
    assert found["commissioning"] == "UNDER_CONSTRUCTION"
    assert found["interfaces"]["CCS2"] == "missing"
    rows = {(r["station"], r["requirement"]): r for r in found["rows"]}
    assert rows["ccs", "CCC-EVSE"]["standing"] == "missing"
    assert rows["ccs", "CCS2"]["standing"] == "pending"
    assert rows["ccs", "CCS2"]["status"] == "pending_in_scheme"
    before = (await client.get(f"{HUB}/certification", params={"day": "2026-07-31"})).json()
    assert {r["standing"] for r in before["rows"] if r["requirement"] == "CCC-EVSE"} == {"not_yet_mandatory"}


async def test_an_importer_is_told_which_bays_fit_an_eu_truck_and_why_the_others_do_not(
    client: httpx2.AsyncClient,
) -> None:
    query = {"inlet": "CCS2", "voltage_low_v": 600, "voltage_high_v": 750}
    found = (await client.get(f"{HUB}/bays", params=query)).json()
    assert [(b["evse"], b["fits"]) for b in found["bays"]] == [
        ("ccs/1", True),
        ("ccs/2", True),
        ("gbt/1", False),
        ("gbt/2", False),
        (None, False),
    ]
    assert found["say"] == "2 of 5 bays fit this truck, up to 350 kW."
    assert "without an adapter" in found["bays"][2]["why"]
    higher = (await client.get(f"{HUB}/bays", params={**query, "voltage_high_v": 950})).json()
    assert not any(b["fits"] for b in higher["bays"])
    assert "950 V" in higher["bays"][0]["why"]


async def test_adapter_and_pack_family_are_taken_into_account(client: httpx2.AsyncClient) -> None:
    query = {"inlet": "CHAOJI", "voltage_low_v": 600, "voltage_high_v": 750, "family": "heavy"}
    without = (await client.get(f"{HUB}/bays", params=query)).json()["bays"]
    assert [b["station"] for b in without if b["fits"]] == ["swap"]
    adapted = (await client.get(f"{HUB}/bays", params={**query, "adapter": "GBT_DC:CHAOJI"})).json()["bays"]
    assert {b["station"] for b in adapted if b["fits"]} == {"gbt", "swap"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 422),
        ({"inlet": "CCS2"}, 422),
        ({"inlet": "CCS2", "voltage_low_v": 800, "voltage_high_v": 600}, 422),
        ({"inlet": "CCS", "voltage_low_v": 600, "voltage_high_v": 800}, 422),
        ({"inlet": "CCS2", "voltage_low_v": 600, "voltage_high_v": 800, "adapter": "CCS2"}, 422),
        ({"model": "nobody"}, 404),
    ],
)
async def test_a_truck_described_too_little_is_refused_in_words(
    client: httpx2.AsyncClient, query: dict[str, str | int], status: int
) -> None:
    answer = await client.get(f"{HUB}/bays", params=query)
    assert answer.status_code == status
    assert answer.json()["detail"]
