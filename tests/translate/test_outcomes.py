"""What answers mean."""

import pytest
import small_hub as small

from portwatt.commands import (
    CancelReservation,
    ChangeAvailability,
    ClearChargingProfile,
    Outcome,
    RequestBatterySwap,
    RequestStartTransaction,
    StationCommand,
)
from portwatt.ids import ReservationId
from portwatt.translate import outcome
from portwatt.wire.ocpp import v2x, v2x_enums, v16, v16_enums
from portwatt.wire.ocpp.frames import CallError
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.v2x_types import StatusInfo

TOKEN = small.token(small.T1)
START = RequestStartTransaction(station=small.CCS, evse=small.CCS1, token=TOKEN, remote_start_id=1)
SWAP = RequestBatterySwap(station=small.SWAP, token=TOKEN, truck=small.T4, request_id=1)
CANCEL = CancelReservation(station=small.CCS, reservation=ReservationId(1))
NO_BATTERY = StatusInfo(reason_code="NoBatteryAvailable", additional_info="all empty")


@pytest.mark.parametrize(
    ("command", "answer", "meant", "detail"),
    [
        (
            START,
            v16.RemoteStartTransactionResponse(status=v16_enums.RemoteStartStopStatus.ACCEPTED),
            Outcome.ACCEPTED,
            "",
        ),
        (
            START,
            v16.RemoteStartTransactionResponse(status=v16_enums.RemoteStartStopStatus.REJECTED),
            Outcome.REFUSED,
            "Rejected",
        ),
        (
            SWAP,
            v2x.RequestBatterySwapResponse(status=v2x_enums.GenericStatus.REJECTED, status_info=NO_BATTERY),
            Outcome.REFUSED,
            "Rejected: NoBatteryAvailable: all empty",
        ),
        (
            ChangeAvailability(station=small.CCS),
            v2x.ChangeAvailabilityResponse(status=v2x_enums.ChangeAvailabilityStatus.SCHEDULED),
            Outcome.ACCEPTED,
            "Scheduled",
        ),
        (
            CANCEL,
            v16.CancelReservationResponse(status=v16_enums.CancelReservationStatus.REJECTED),
            Outcome.ACCEPTED,
            "the station held no such reservation",
        ),
        (
            ClearChargingProfile(station=small.CCS),
            v2x.ClearChargingProfileResponse(status=v2x_enums.ClearChargingProfileStatus.UNKNOWN),
            Outcome.ACCEPTED,
            "the station held no such profile",
        ),
        (START, CallError("1", "InternalError", "no luck", {}), Outcome.REFUSED, "InternalError: no luck"),
    ],
)
def test_outcomes(command: StationCommand, answer: Message | CallError, meant: Outcome, detail: str) -> None:
    assert outcome(command, answer) == (meant, detail)
