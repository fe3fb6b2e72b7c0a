"""Stations from elsewhere that charge again and again and never give up: what is not acknowledged is said once more."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

import websockets
from conftest import HUB, Served
from foreign import CALLS, Foreign16, Foreign21, Foreign201, call16, now

KINDS = {"ocpp1.6": Foreign16, "ocpp2.0.1": Foreign201, "ocpp2.1": Foreign21}
STEP_WH = 500
"""What goes through between two reports."""
_GONE = (websockets.WebSocketException, OSError, TimeoutError)


class Line:
    """Where the central system can be reached, as long as it can."""

    def __init__(self) -> None:
        self._url = ""
        self._is_up = asyncio.Event()

    def up(self, url: str) -> None:
        self._url = url
        self._is_up.set()

    def down(self) -> None:
        self._is_up.clear()

    async def url(self) -> str:
        await self._is_up.wait()
        return self._url


@dataclass
class Told:
    """A transaction as far as it was acknowledged. `name`: the station's (2.x) or the central system's number (1.6)."""

    name: str
    wh: int = 0
    ended: bool = False


@dataclass(frozen=True)
class Word:
    """One message to come: `seq` from 0 within transaction `transaction`; the last one ends it."""

    transaction: int
    seq: int
    last: bool
    at: str


class Burst:
    """One station with `transactions` transactions of `reports` messages each, one after another on EVSE 1."""

    def __init__(self, line: Line, station: str, version: str, token: str, transactions: int, reports: int) -> None:
        self.station = station
        self.told: list[Told] = []
        self.said = 0
        """Messages acknowledged."""
        self._line = line
        self._version = version
        self._token = token
        self._reports = reports
        self._left = deque((t, n) for t in range(transactions) for n in range(reports))
        self._word: Word | None = None
        self._booted = False
        """A station boots once; after that it only comes back."""

    async def run(self) -> None:
        """Until all is said."""
        while self._left:
            try:
                await self._connected(await self._line.url())
            except _GONE:
                await asyncio.sleep(0.02)

    async def _connected(self, url: str) -> None:
        protocol = [websockets.Subprotocol(self._version)]
        async with websockets.connect(f"{url}/{self.station}", subprotocols=protocol) as socket:
            client = KINDS[self._version](self.station, socket)
            listening, talking = asyncio.create_task(client.start()), asyncio.create_task(self._talk(client))
            try:
                done, _ = await asyncio.wait({listening, talking}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                listening.cancel()
                talking.cancel()
                await asyncio.gather(listening, talking, return_exceptions=True)
            if talking in done:
                talking.result()

    async def _talk(self, client: Any) -> None:
        calls = CALLS.get(self._version)
        if not self._booted:
            await _answered(client, _boot(calls))
            self._booted = True
        while self._left:
            transaction, seq = self._left[0]
            if self._word is None:  # said again it is the same message, with the same time
                self._word = Word(transaction, seq, seq == self._reports - 1, now())
            await (self._say16(client, self._word) if calls is None else self._say2x(client, calls, self._word))
            self._left.popleft()
            self._word = None
            self.said += 1

    async def _say2x(self, client: Any, calls: Any, word: Word) -> None:
        register = word.seq * STEP_WH
        sampled = {"value": float(register), "measurand": "Energy.Active.Import.Register"}
        started = word.seq == 0
        await _answered(
            client,
            calls.TransactionEvent(
                event_type="Started" if started else "Ended" if word.last else "Updated",
                timestamp=word.at,
                trigger_reason="Authorized" if started else "StopAuthorized" if word.last else "MeterValuePeriodic",
                seq_no=word.seq,
                transaction_info={"transactionId": f"T-{word.transaction}"},
                evse={"id": 1, "connectorId": 1},
                id_token={"idToken": self._token, "type": "ISO14443"} if started else None,
                meter_value=[{"timestamp": word.at, "sampledValue": [sampled]}],
            ),
        )
        if started:
            self.told.append(Told(f"T-{word.transaction}"))
        self._noted(word)

    async def _say16(self, client: Any, word: Word) -> None:
        begin = word.transaction * self._reports * STEP_WH
        register = begin + word.seq * STEP_WH
        if word.seq == 0:
            start = call16.StartTransaction(connector_id=1, id_tag=self._token, meter_start=begin, timestamp=word.at)
            self.told.append(Told(str((await _answered(client, start)).transaction_id)))
            return
        number = int(self.told[-1].name)
        if word.last:
            await _answered(
                client, call16.StopTransaction(transaction_id=number, meter_stop=register, timestamp=word.at)
            )
        else:
            value = {"value": str(register), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
            values = [{"timestamp": word.at, "sampledValue": [value]}]
            await _answered(client, call16.MeterValues(connector_id=1, transaction_id=number, meter_value=values))
        self._noted(word)

    def _noted(self, word: Word) -> None:
        self.told[-1].wh, self.told[-1].ended = word.seq * STEP_WH, word.last


def _boot(calls: Any) -> Any:
    if calls is None:
        return call16.BootNotification(charge_point_model="M", charge_point_vendor="V")
    return calls.BootNotification(charging_station={"model": "M", "vendorName": "V"}, reason="PowerUp")


async def _answered(client: Any, request: Any) -> Any:
    try:
        answer = await client.call(request)
    except TimeoutError:
        raise AssertionError(f"{request} was never answered on a socket that stayed open") from None
    assert answer is not None, f"{request} was refused"
    return answer


async def hold(served: Served, burst: Burst, told: list[Told]) -> None:
    """Everything acknowledged is there, and nothing twice; at most the message on its way is there too."""
    page = await served.get(f"/api/hubs/{HUB}/transactions?station={burst.station}")
    assert isinstance(page, dict)
    there = {found["id"].partition(":")[2]: found for found in page["transactions"]}
    assert len(there) == page["total"]
    assert page["total"] - len(told) in (0, 1)
    for transaction in told:
        found = there[transaction.name]
        wh = round(found["energy_kwh"] * 1000)
        assert wh - transaction.wh in (0, STEP_WH), (burst.station, transaction, found)
        assert found["ended_at"] is not None or not transaction.ended
        assert found["missing_messages"] == 0
