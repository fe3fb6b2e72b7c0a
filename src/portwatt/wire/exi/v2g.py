"""What the three families of V2G wrap differently, peeled off: one message shape for rules to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct

from portwatt.wire.exi.bits import ExiError
from portwatt.wire.exi.codec import ExiCodec, ExiMessage


class Dialect(StrEnum):
    """A set of messages with one schema, by the namespace that SupportedAppProtocol negotiates."""

    SAP = "urn:iso:15118:2:2010:AppProtocol"
    DIN = "urn:din:70121:2012:MsgDef"
    ISO2 = "urn:iso:15118:2:2013:MsgDef"
    ISO20_COMMON = "urn:iso:std:iso:15118:-20:CommonMessages"
    ISO20_AC = "urn:iso:std:iso:15118:-20:AC"
    ISO20_DC = "urn:iso:std:iso:15118:-20:DC"

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS[self]


_LABELS: Final = {
    Dialect.SAP: "SupportedAppProtocol",
    Dialect.DIN: "DIN 70121",
    Dialect.ISO2: "ISO 15118-2",
    Dialect.ISO20_COMMON: "ISO 15118-20",
    Dialect.ISO20_AC: "ISO 15118-20",
    Dialect.ISO20_DC: "ISO 15118-20",
}
_BY_NAMESPACE: Final = {dialect.value: dialect for dialect in Dialect}
_WRAPPED: Final = frozenset({Dialect.DIN, Dialect.ISO2})
"""These put every message into V2G_Message: a Header and a Body with one element."""
_ROOTS: Final = {
    Dialect.SAP: frozenset({"supportedAppProtocolReq", "supportedAppProtocolRes"}),
    Dialect.DIN: frozenset({"V2G_Message"}),
    Dialect.ISO2: frozenset({"V2G_Message"}),
}


class V2gMessage(Struct, frozen=True):
    """One message between vehicle and charger. Shapes of `header` and `body`: see `portwatt.wire.exi`.

    `session_id`: as in the header, empty in SupportedAppProtocol, which has none. `spare`: octets behind the end.
    """

    dialect: Dialect
    name: str
    session_id: bytes
    header: dict[str, Any]
    body: dict[str, Any]
    spare: int = 0


class V2gCodecs:
    """The codecs of all dialects, each built when it is first wanted."""

    def __init__(self, documents: Mapping[Dialect, Sequence[str]]) -> None:
        self._documents = documents
        self._codecs: dict[Dialect, ExiCodec] = {}

    def codec(self, dialect: Dialect) -> ExiCodec:
        """Return the codec of one dialect. Raises SchemaError where its schema documents are broken."""
        known = self._codecs.get(dialect)
        if known is None:
            known = self._codecs[dialect] = ExiCodec(self._documents[dialect])
        return known

    def decode(self, dialect: Dialect, data: bytes) -> V2gMessage:
        """Return what a V2GTP payload says. Raises ExiError where it is no message of the dialect."""
        message = self.codec(dialect).decode(data)
        if dialect in _WRAPPED:
            return _unwrapped(dialect, message)
        if not isinstance(message.body, dict):
            raise ExiError(f"{message.name} is an element of {dialect.label} but no message")
        body = dict(message.body)
        header = body.pop("Header", {})
        return V2gMessage(dialect, message.name, header.get("SessionID", b""), header, body, message.spare)

    def recognise(self, data: bytes) -> Dialect | None:
        """Return which of SupportedAppProtocol, DIN and -2 (V2GTP type 0x8001) a payload begins like; None: neither.

        For captures that begin after the negotiation: the number of the root element tells these three apart.
        """
        for dialect, roots in _ROOTS.items():
            try:
                if self.codec(dialect).root_of(data) in roots:
                    return dialect
            except ExiError:
                continue
        return None

    def encode(self, message: V2gMessage) -> bytes:
        """Return the V2GTP payload of a message. Raises ExiError where the schema does not allow it."""
        body: dict[str, Any]
        if message.dialect in _WRAPPED:
            name, body = "V2G_Message", {"Header": message.header, "Body": {message.name: message.body}}
        else:
            name, body = message.name, {"Header": message.header} if message.header else {}
            body |= message.body
        return self.codec(message.dialect).encode(ExiMessage(message.dialect.value, name, body))


def dialect_of(namespace: str) -> Dialect | None:
    """Return the dialect that a negotiated namespace names; None where it is none of ours.

    ISO 15118-20 negotiates AC, DC, WPT or ACDP; its first messages are common, so the V2GTP payload type tells.
    """
    return _BY_NAMESPACE.get(namespace)


def physical(value: Mapping[str, Any]) -> float:
    """Return the number of a physical value (DIN, -2: Multiplier and Value; -20: Exponent and Value), in its unit."""
    exponent: int = value.get("Multiplier", value.get("Exponent", 0))
    number: int = value["Value"]
    return number * 10.0**exponent if exponent >= 0 else number / 10.0**-exponent


def _unwrapped(dialect: Dialect, message: ExiMessage) -> V2gMessage:
    if message.name != "V2G_Message":
        raise ExiError(f"The root is {message.name}; a message of {dialect.label} is wrapped in V2G_Message")
    header, wrapper = message.body["Header"], message.body["Body"]
    if len(wrapper) != 1:
        raise ExiError("The body of V2G_Message is empty")
    name, body = next(iter(wrapper.items()))
    return V2gMessage(dialect, name, header["SessionID"], header, body, message.spare)
