"""Frames of OCPP 2.1 as charging stations send them: a transaction with three samples per report, about 600 bytes."""

import json
from datetime import datetime
from typing import Any


def call(message_id: str, action: str, payload: dict[str, Any]) -> str:
    """Return a CALL."""
    return json.dumps([2, message_id, action, payload], separators=(",", ":"))


def transaction_event(  # noqa: PLR0913 - a frame has as many parts
    message_id: str, transaction: str, seq: int, at: datetime, *, kind: str = "Updated", evse: int = 1, token: str = ""
) -> str:
    """Return a TransactionEvent of a charging truck; `seq` is its number in the transaction."""
    stamp = at.isoformat().replace("+00:00", "Z")
    energy = {"value": 123_456_000 + seq, "measurand": "Energy.Active.Import.Register"}
    power = {"value": 248_000 + seq % 7, "measurand": "Power.Active.Import"}
    soc = {"value": min(100, 20 + seq / 100), "measurand": "SoC", "location": "EV"}
    samples = [
        energy | {"unitOfMeasure": {"unit": "Wh"}},
        power | {"unitOfMeasure": {"unit": "W"}},
        soc | {"unitOfMeasure": {"unit": "Percent"}},
    ]
    payload: dict[str, Any] = {
        "eventType": kind,
        "timestamp": stamp,
        "triggerReason": "MeterValuePeriodic" if kind == "Updated" else "Authorized",
        "seqNo": seq,
        "transactionInfo": {"transactionId": transaction, "chargingState": "Charging"},
        "evse": {"id": evse, "connectorId": 1},
        "meterValue": [{"timestamp": stamp, "sampledValue": samples}],
    }
    if token:
        payload["idToken"] = {"idToken": token, "type": "ISO14443"}
    return call(message_id, "TransactionEvent", payload)
