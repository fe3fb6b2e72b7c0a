"""A small scripted central system that speaks real frames, and a bench that wires it to one simulated station.

It accepts whatever it is told unless a test scripts another answer, and remembers every request.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.simulator.notices import Notice
from portwatt.simulator.plant import Plant
from portwatt.wire.ocpp import v2x, v16
from portwatt.wire.ocpp import v2x_enums as e2
from portwatt.wire.ocpp import v16_enums as e1
from portwatt.wire.ocpp.conversation import Conversation, Terms
from portwatt.wire.ocpp.ledger import MessageLedger
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.outputs import Answered, Outcome, Outgoing, Output, Refused, Reply, Request
from portwatt.wire.ocpp.v2x_types import (
    EVSE,
    ChargingProfile,
    ChargingSchedule,
    ChargingSchedulePeriod,
    ClearChargingProfileCriteria,
    IdToken,
    IdTokenInfo,
)
from portwatt.wire.ocpp.versions import ErrorCode, OcppVersion, Role

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
Script = Callable[[Message], Message | ErrorCode]
M = TypeVar("M", bound=Message)


class FakeCentral:
    """`scripts` by action: a response, or an error code (CALLERROR). Requests of `lost` actions never arrive."""

    def __init__(self, version: OcppVersion) -> None:
        self.version = version
        self.scripts: dict[str, Script] = {}
        self.lost: set[str] = set()
        self.heard: list[Message] = []
        self.outcomes: list[Outcome] = []
        self.refused_frames = 0
        self._ledger = MessageLedger()
        self._conversation: Conversation | None = None
        self._asked = 0
        self._numbers = 0

    def open(self) -> None:
        self._conversation = Conversation(Terms(self.version, Role.CENTRAL), load_schemas()[self.version], self._ledger)

    def close(self) -> None:
        if self._conversation is not None:
            self._conversation.abandon()
        self._conversation = None

    def ask(self, request: Message, now: datetime) -> list[str]:
        assert self._conversation is not None
        self._asked += 1
        return self._digest(self._conversation.call(f"c-{self._asked}", request, now))

    def receive(self, text: str, now: datetime) -> list[str]:
        assert self._conversation is not None
        frame = json.loads(text)
        if frame[0] == 2 and frame[2] in self.lost:
            return []
        texts = self._digest(self._conversation.receive(text, now))
        counts = self._conversation.counts
        assert counts.unreadable == counts.malformed_replies == 0
        assert counts.refused == self.refused_frames, f"the central system refuses {text}"
        return texts

    def _digest(self, outputs: list[Output]) -> list[str]:
        texts: list[str] = []
        for output in outputs:
            match output:
                case Outgoing():
                    texts.append(output.text)
                case Reply():
                    self.outcomes.append(output.outcome)
                case Request():
                    self.heard.append(output.message)
                    texts += self._reply(output)
                case _:
                    raise AssertionError(f"the station sent something odd: {output}")
        return texts

    def _reply(self, request: Request) -> list[str]:
        assert self._conversation is not None
        script = self.scripts.get(request.action, self._accept)
        response = script(request.message)
        if isinstance(response, ErrorCode):
            self.refused_frames += 1
            return self._conversation.refuse(request.message_id, response, "scripted")
        return self._conversation.answer(request.message_id, response)

    def _accept(self, request: Message) -> Message:
        match request:
            case v16.BootNotificationRequest():
                return v16.BootNotificationResponse(
                    status=e1.RegistrationStatus.ACCEPTED, current_time=START, interval=300
                )
            case v2x.BootNotificationRequest():
                return v2x.BootNotificationResponse(
                    status=e2.RegistrationStatus.ACCEPTED, current_time=START, interval=300
                )
            case v16.StartTransactionRequest():
                self._numbers += 1
                return v16.StartTransactionResponse(id_tag_info=IDTAG_OK, transaction_id=self._numbers)
            case v16.AuthorizeRequest():
                return v16.AuthorizeResponse(id_tag_info=IDTAG_OK)
            case v2x.AuthorizeRequest():
                return v2x.AuthorizeResponse(id_token_info=TOKEN_OK)
            case v2x.TransactionEventRequest():
                return v2x.TransactionEventResponse(id_token_info=TOKEN_OK if request.id_token else None)
            case v16.HeartbeatRequest():
                return v16.HeartbeatResponse(current_time=START)
            case v2x.HeartbeatRequest():
                return v2x.HeartbeatResponse(current_time=START)
            case _:
                return _EMPTY[type(request)]()


IDTAG_OK = v16.IdTagInfo(status=e1.AuthorizationStatus.ACCEPTED)
IDTAG_BAD = v16.IdTagInfo(status=e1.AuthorizationStatus.BLOCKED)
TOKEN_OK = IdTokenInfo(status=e2.AuthorizationStatus.ACCEPTED)
TOKEN_BAD = IdTokenInfo(status=e2.AuthorizationStatus.BLOCKED)

_EMPTY: dict[type[Message], type[Message]] = {
    v16.StatusNotificationRequest: v16.StatusNotificationResponse,
    v16.StopTransactionRequest: v16.StopTransactionResponse,
    v16.MeterValuesRequest: v16.MeterValuesResponse,
    v2x.StatusNotificationRequest: v2x.StatusNotificationResponse,
    v2x.MeterValuesRequest: v2x.MeterValuesResponse,
    v2x.NotifyEventRequest: v2x.NotifyEventResponse,
    v2x.ReservationStatusUpdateRequest: v2x.ReservationStatusUpdateResponse,
    v2x.BatterySwapRequest: v2x.BatterySwapResponse,
}


class Bench:
    """One station, one central system, one clock. Every frame of the station is held against the official schemas."""

    def __init__(self, station: Plant) -> None:
        self.station = station
        self.central = FakeCentral(station.version)
        self.now = START
        self.frames: list[list[object]] = []
        self.notices: list[Notice] = []
        self._asked: dict[str, str] = {}

    def connect(self) -> None:
        self.central.open()
        self.deliver(self.station.connect(self.now))

    def disconnect(self) -> None:
        self.central.close()
        self.station.disconnect(self.now)

    def deliver(self, texts: list[str]) -> None:
        """Carry frames to and fro until both sides are silent; without a socket nobody may say anything."""
        while texts:
            assert self.station.connected, f"said without a socket: {texts}"
            self._check(texts[0])
            answers = self.central.receive(texts.pop(0), self.now)
            for answer in answers:
                texts += self.station.receive(answer, self.now)
        self.notices += self.station.notices()

    def run(self, duration: timedelta, step: timedelta | None = None) -> None:
        """Let time pass, waking the station when it wants to be, or in steps of the caller's choice."""
        until = self.now + duration
        while True:
            wake = self.station.next_wake() if step is None else self.now + step
            if wake is None or wake > until:
                break
            assert wake >= self.now, "a station wants to be woken in the past"
            self.now = wake
            self.deliver(self.station.advance(self.now))
        self.now = until
        self.deliver(self.station.advance(self.now))

    def ask(self, request: Message) -> str:
        """Ask the station; return the status it answers, or the error code."""
        before = len(self.central.outcomes)
        for text in self.central.ask(request, self.now):
            self.deliver(self.station.receive(text, self.now))
        assert len(self.central.outcomes) == before + 1, "the station did not answer"
        outcome = self.central.outcomes[-1]
        if isinstance(outcome, Refused):
            return outcome.code
        assert isinstance(outcome, Answered), outcome
        return str(outcome.response.status)  # type: ignore[attr-defined]

    def heard(self, kind: type[M]) -> list[M]:
        """What the central system heard of one kind."""
        return [message for message in self.central.heard if isinstance(message, kind)]

    def forget(self) -> None:
        """Forget what was heard so far."""
        self.central.heard.clear()
        self.notices.clear()

    def events(self) -> list[tuple[str, int, str]]:
        """2.x transactions, one line per report: type, seqNo, trigger."""
        return [(m.event_type.value, m.seq_no, m.trigger_reason.value) for m in self.heard(v2x.TransactionEventRequest)]

    def seq_nos(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for message in self.heard(v2x.TransactionEventRequest):
            found[message.transaction_info.transaction_id].append(message.seq_no)
        return found

    def statuses(self) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        for m in self.central.heard:
            if isinstance(m, v16.StatusNotificationRequest):
                found.append((m.connector_id, m.status.value))
            elif isinstance(m, v2x.StatusNotificationRequest):
                found.append((m.evse_id, m.connector_status.value))
        return found

    def _check(self, text: str) -> None:
        frame = json.loads(text)
        self.frames.append(frame)
        schemas = load_schemas()[self.station.version]
        if frame[0] == 2:
            fault = schemas.request_fault(frame[2], frame[3])
            assert fault is None, f"{fault} in {text}"


class Asks:
    """Requests of a central system, by version."""

    def __init__(self, version: OcppVersion) -> None:
        self.old = version is OcppVersion.V16

    def remote_start(self, evse: int | None, token: str, limit_w: float | None = None) -> Message:
        if self.old:
            profile = None if limit_w is None else self._profile16("TxProfile", limit_w, 0, None, 77)
            return v16.RemoteStartTransactionRequest(id_tag=token, connector_id=evse, charging_profile=profile)
        given = None if limit_w is None else self._profile2x("TxProfile", limit_w, 0, None, 77)
        return v2x.RequestStartTransactionRequest(
            id_token=_token(token), remote_start_id=5, evse_id=evse, charging_profile=given
        )

    def remote_stop(self, transaction: str) -> Message:
        if self.old:
            return v16.RemoteStopTransactionRequest(transaction_id=int(transaction))
        return v2x.RequestStopTransactionRequest(transaction_id=transaction)

    def reserve(self, evse: int, token: str, until: datetime, number: int = 9) -> Message:
        if self.old:
            return v16.ReserveNowRequest(connector_id=evse, expiry_date=until, id_tag=token, reservation_id=number)
        return v2x.ReserveNowRequest(id=number, expiry_date_time=until, id_token=_token(token), evse_id=evse)

    def cancel(self, number: int = 9) -> Message:
        kind = v16.CancelReservationRequest if self.old else v2x.CancelReservationRequest
        return kind(reservation_id=number)

    def limit(
        self, evse: int, purpose: str, watts: float, *, stack: int = 0, transaction: str | None = None, id: int = 0
    ) -> Message:
        """`purpose` in words of 2.x."""
        number = id or 100 * (evse + 1) + 10 * stack + len(purpose)
        if self.old:
            profile = self._profile16(purpose, watts, stack, transaction, number)
            return v16.SetChargingProfileRequest(connector_id=evse, cs_charging_profiles=profile)
        given = self._profile2x(purpose, watts, stack, transaction, number)
        return v2x.SetChargingProfileRequest(evse_id=evse, charging_profile=given)

    def clear(self, evse: int | None = None, purpose: str | None = None) -> Message:
        if self.old:
            word = None if purpose is None else e1.ChargingProfilePurpose(_OLD_PURPOSE.get(purpose, purpose))
            return v16.ClearChargingProfileRequest(connector_id=evse, charging_profile_purpose=word)
        name = None if purpose is None else e2.ChargingProfilePurpose(purpose)
        criteria = ClearChargingProfileCriteria(evse_id=evse, charging_profile_purpose=name)
        return v2x.ClearChargingProfileRequest(charging_profile_criteria=criteria)

    def available(self, evse: int, operative: bool) -> Message:
        if self.old:
            word = e1.AvailabilityType.OPERATIVE if operative else e1.AvailabilityType.INOPERATIVE
            return v16.ChangeAvailabilityRequest(connector_id=evse, type=word)
        status = e2.OperationalStatus.OPERATIVE if operative else e2.OperationalStatus.INOPERATIVE
        return v2x.ChangeAvailabilityRequest(operational_status=status, evse=EVSE(id=evse) if evse else None)

    def reset(self, *, hard: bool = True) -> Message:
        if self.old:
            return v16.ResetRequest(type=e1.ResetType.HARD if hard else e1.ResetType.SOFT)
        return v2x.ResetRequest(type=e2.ResetType.IMMEDIATE if hard else e2.ResetType.ON_IDLE)

    def trigger(self, message: str, evse: int | None = None) -> Message:
        if self.old:
            return v16.TriggerMessageRequest(requested_message=e1.MessageTrigger(message), connector_id=evse)
        where = EVSE(id=evse) if evse else None
        return v2x.TriggerMessageRequest(requested_message=e2.MessageTrigger(message), evse=where)

    def data(self) -> Message:
        kind = v16.DataTransferRequest if self.old else v2x.DataTransferRequest
        return kind(vendor_id="org.example", message_id="hello", data="x")

    def swap(self, token: str, number: int = 3) -> Message:
        return v2x.RequestBatterySwapRequest(id_token=_token(token), request_id=number)

    def _profile16(
        self, purpose: str, watts: float, stack: int, transaction: str | None, id: int
    ) -> v16.ChargingProfile:
        return v16.ChargingProfile(
            charging_profile_id=id,
            stack_level=stack,
            charging_profile_purpose=e1.ChargingProfilePurpose(_OLD_PURPOSE.get(purpose, purpose)),
            charging_profile_kind=e1.ChargingProfileKind.ABSOLUTE,
            charging_schedule=v16.ChargingSchedule(
                charging_rate_unit=e1.ChargingRateUnit.W,
                charging_schedule_period=(v16.ChargingSchedulePeriod(start_period=0, limit=watts),),
            ),
            transaction_id=None if transaction is None else int(transaction),
        )

    def _profile2x(self, purpose: str, watts: float, stack: int, transaction: str | None, id: int) -> ChargingProfile:
        schedule = ChargingSchedule(
            id=id,
            charging_rate_unit=e2.ChargingRateUnit.W,
            charging_schedule_period=(ChargingSchedulePeriod(start_period=0, limit=watts),),
            start_schedule=START - timedelta(days=1),
        )
        return ChargingProfile(
            id=id,
            stack_level=stack,
            charging_profile_purpose=e2.ChargingProfilePurpose(purpose),
            charging_profile_kind=e2.ChargingProfileKind.ABSOLUTE,
            charging_schedule=(schedule,),
            transaction_id=transaction,
        )


_OLD_PURPOSE = {"ChargingStationMaxProfile": "ChargePointMaxProfile"}


def _token(token: str) -> IdToken:
    return IdToken(id_token=token, type="Central")
