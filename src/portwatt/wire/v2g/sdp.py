"""SDP: the vehicle asks on UDP port 15118 where to connect (ISO 15118-2 clause 7.10.1; v2g_facts)."""

from __future__ import annotations

from msgspec import Struct

from portwatt.wire.v2g.errors import V2gError
from portwatt.wire.v2g.ethernet import Datagram, Endpoint
from portwatt.wire.v2g.v2gtp import PayloadType, parse_v2gtp

SDP_PORT = 15118
_TLS, _NO_TLS = 0x00, 0x10


class SdpRequest(Struct, frozen=True):
    """What the vehicle asks for; `tls`: it wants a secured connection."""

    tls: bool


class SdpResponse(Struct, frozen=True):
    """Where the station listens, and whether secured."""

    endpoint: Endpoint
    tls: bool


def parse_sdp(datagram: Datagram) -> SdpRequest | SdpResponse | None:
    """The SDP message of a datagram; None where its ports are not those of SDP. Raises V2gError."""
    if SDP_PORT not in (datagram.source.port, datagram.target.port):
        return None
    message = parse_v2gtp(datagram.payload)
    body = message.payload
    if message.kind == PayloadType.SDP_REQUEST:
        if len(body) != 2:
            raise V2gError(f"an SDP request has 2 bytes, here are {len(body)}")
        return SdpRequest(_secured(body[0]))
    if message.kind == PayloadType.SDP_RESPONSE:
        if len(body) != 20:
            raise V2gError(f"an SDP response has 20 bytes, here are {len(body)}")
        return SdpResponse(Endpoint(body[:16], int.from_bytes(body[16:18], "big")), _secured(body[18]))
    return None


def _secured(code: int) -> bool:
    if code not in (_TLS, _NO_TLS):
        raise V2gError(f"SDP knows security 00 (TLS) and 10 (none), here is {code:02X}")
    return code == _TLS
