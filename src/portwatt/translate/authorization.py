"""A token shown at a station: the rules decide, each version has its own word for the answer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portwatt.events import AuthorizationDecided
from portwatt.ids import EvseId, IdToken
from portwatt.rules.authorise import Authorization, Verdict, authorise
from portwatt.translate.inbound import Inbound
from portwatt.wire.ocpp import v2x_enums, v16_enums
from portwatt.wire.ocpp.v2x_enums import MessageFormat
from portwatt.wire.ocpp.v2x_types import IdTokenInfo, MessageContent
from portwatt.wire.ocpp.v16 import IdTagInfo

_LONGEST_MESSAGE: Final = 512
"""MessageContent.content in OCPP 2.0.1; 2.1 allows 1024."""

STATUS_16: Final[Mapping[Verdict, v16_enums.AuthorizationStatus]] = MappingProxyType(
    {
        Verdict.ACCEPTED: v16_enums.AuthorizationStatus.ACCEPTED,
        Verdict.UNKNOWN_TOKEN: v16_enums.AuthorizationStatus.INVALID,
        Verdict.CONCURRENT_TX: v16_enums.AuthorizationStatus.CONCURRENT_TX,
    }
)
"""What 1.6 has a word for; everything else is Blocked."""

STATUS_2X: Final[Mapping[Verdict, v2x_enums.AuthorizationStatus]] = MappingProxyType(
    {
        Verdict.ACCEPTED: v2x_enums.AuthorizationStatus.ACCEPTED,
        Verdict.UNKNOWN_TOKEN: v2x_enums.AuthorizationStatus.UNKNOWN,
        Verdict.UNKNOWN_STATION: v2x_enums.AuthorizationStatus.NOT_AT_THIS_LOCATION,
        Verdict.OUT_OF_SERVICE: v2x_enums.AuthorizationStatus.NOT_AT_THIS_TIME,
        Verdict.DOES_NOT_FIT: v2x_enums.AuthorizationStatus.NOT_ALLOWED_TYPE_EVSE,
        Verdict.BARRED_PAIR: v2x_enums.AuthorizationStatus.NOT_ALLOWED_TYPE_EVSE,
        Verdict.RESERVED: v2x_enums.AuthorizationStatus.NOT_AT_THIS_TIME,
        Verdict.CONCURRENT_TX: v2x_enums.AuthorizationStatus.CONCURRENT_TX,
        Verdict.LIMIT_NOT_CONFIRMED: v2x_enums.AuthorizationStatus.NOT_AT_THIS_TIME,
    }
)


def decide(inbound: Inbound, evse: EvseId | None, token: IdToken) -> tuple[Authorization, AuthorizationDecided]:
    """Ask the rules, and say what they said as a fact."""
    decision = authorise(inbound.state, inbound.station, evse, token)
    event = AuthorizationDecided(
        at=inbound.at,
        station=inbound.station,
        evse=evse,
        token=token,
        truck=decision.truck,
        accepted=decision.accepted,
        reason=decision.reason,
    )
    return decision, event


def id_tag_info(decision: Authorization) -> IdTagInfo:
    """The answer in words of 1.6."""
    return IdTagInfo(status=STATUS_16.get(decision.verdict, v16_enums.AuthorizationStatus.BLOCKED))


def id_token_info(decision: Authorization) -> IdTokenInfo:
    """The answer in words of 2.x; a refusal says why, for the station's display."""
    if decision.accepted:
        return ACCEPTED
    message = MessageContent(format=MessageFormat.UTF8, content=decision.reason[:_LONGEST_MESSAGE], language="en")
    return IdTokenInfo(status=STATUS_2X[decision.verdict], personal_message=message)


ACCEPTED: Final = IdTokenInfo(status=v2x_enums.AuthorizationStatus.ACCEPTED)
