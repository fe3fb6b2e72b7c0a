"""Actions of OCPP 2.0.1 that Portwatt speaks; their types are those of `v2x`."""

from collections.abc import Mapping
from typing import Final

from portwatt.wire.ocpp import v2x
from portwatt.wire.ocpp.message import Action, action_table
from portwatt.wire.ocpp.versions import Direction

ACTIONS: Final[Mapping[str, Action]] = action_table(
    Action("BootNotification", v2x.BootNotificationRequest, v2x.BootNotificationResponse, Direction.FROM_STATION),
    Action("Heartbeat", v2x.HeartbeatRequest, v2x.HeartbeatResponse, Direction.FROM_STATION),
    Action("StatusNotification", v2x.StatusNotificationRequest, v2x.StatusNotificationResponse, Direction.FROM_STATION),
    Action("Authorize", v2x.AuthorizeRequest, v2x.AuthorizeResponse, Direction.FROM_STATION),
    Action("TransactionEvent", v2x.TransactionEventRequest, v2x.TransactionEventResponse, Direction.FROM_STATION),
    Action("MeterValues", v2x.MeterValuesRequest, v2x.MeterValuesResponse, Direction.FROM_STATION),
    Action(
        "RequestStartTransaction",
        v2x.RequestStartTransactionRequest,
        v2x.RequestStartTransactionResponse,
        Direction.TO_STATION,
    ),
    Action(
        "RequestStopTransaction",
        v2x.RequestStopTransactionRequest,
        v2x.RequestStopTransactionResponse,
        Direction.TO_STATION,
    ),
    Action("ReserveNow", v2x.ReserveNowRequest, v2x.ReserveNowResponse, Direction.TO_STATION),
    Action("CancelReservation", v2x.CancelReservationRequest, v2x.CancelReservationResponse, Direction.TO_STATION),
    Action(
        "ReservationStatusUpdate",
        v2x.ReservationStatusUpdateRequest,
        v2x.ReservationStatusUpdateResponse,
        Direction.FROM_STATION,
    ),
    Action("SetChargingProfile", v2x.SetChargingProfileRequest, v2x.SetChargingProfileResponse, Direction.TO_STATION),
    Action(
        "ClearChargingProfile", v2x.ClearChargingProfileRequest, v2x.ClearChargingProfileResponse, Direction.TO_STATION
    ),
    Action("ChangeAvailability", v2x.ChangeAvailabilityRequest, v2x.ChangeAvailabilityResponse, Direction.TO_STATION),
    Action("Reset", v2x.ResetRequest, v2x.ResetResponse, Direction.TO_STATION),
    Action("TriggerMessage", v2x.TriggerMessageRequest, v2x.TriggerMessageResponse, Direction.TO_STATION),
    Action("DataTransfer", v2x.DataTransferRequest, v2x.DataTransferResponse, Direction.BOTH),
    Action("NotifyEvent", v2x.NotifyEventRequest, v2x.NotifyEventResponse, Direction.FROM_STATION),
)
"""Actions spoken in OCPP 2.0.1, by name."""
