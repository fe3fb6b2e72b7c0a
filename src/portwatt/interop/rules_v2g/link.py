"""Rules of the layers below the messages: V01 to V05 and V20."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from portwatt.interop.finding import Finding, Side
from portwatt.interop.rules_v2g.saying import finding, seconds, stopped_in_order
from portwatt.interop.v2g_evidence import SdpSeen, V2gEvidence
from portwatt.interop.v2g_limits import SDP, SEQUENCE, SLAC, response_limit
from portwatt.wire.v2g.sdp import SdpRequest, SdpResponse
from portwatt.wire.v2g.slac import Slac

_MUTE = frozenset((Slac.SET_KEY_REQ, Slac.SET_KEY_CNF, Slac.ATTEN_PROFILE_IND))
_AFTER_MATCH = timedelta(seconds=20)
"""How long is watched for SDP after a match before it counts as missing; the set-up as a whole has that long."""
_MOMENT = timedelta(seconds=1)
_LOST_NOW = timedelta(seconds=5)
_TLS_HANDSHAKE = timedelta(seconds=10)
_MANY_REPEATS = 5
_REPEATED_SHARE = 0.05


def v01_slac_incomplete(evidence: V2gEvidence) -> Iterator[Finding]:
    """SLAC began and did not come to CM_SLAC_MATCH.CNF, and nothing came after it."""
    spoken = [seen for seen in evidence.slac if seen.message.kind not in _MUTE]
    kinds = {seen.message.kind for seen in spoken}
    if not spoken or Slac.MATCH_CNF in kinds or evidence.sdp or evidence.connection:
        return
    last = spoken[-1]
    if evidence.overheard:
        text = (
            f"the vehicle matched with another station, heard over the line up to frame {last.number}: "
            "the one recorded never spoke"
        )
        remedy = "Check in which station the plug is, and damp the crosstalk between the cables."
        yield Finding("V01", Side.LINK, 0.6, (spoken[0].number, last.number), text, remedy, last.at)
        return
    side, why, remedy = _where_slac_stopped(kinds)
    # A request that is repeated has been given its time; otherwise the silence after the last message counts.
    watched = evidence.end - (spoken[0].at if kinds == {Slac.PARAM_REQ} else last.at)
    sure = 0.9 if watched >= SLAC else 0.7 if watched >= _MOMENT else 0.3
    text = f"SLAC stopped after {last.message.kind.label} at frame {last.number}: {why}"
    yield Finding("V01", side, sure, (spoken[0].number, last.number), text, remedy, last.at)


def _where_slac_stopped(kinds: set[Slac]) -> tuple[Side, str, str]:
    answered = kinds & {Slac.PARAM_CNF, Slac.ATTEN_CHAR_IND}
    if not answered:
        return (
            Side.STATION,
            "the station did not answer CM_SLAC_PARAM.REQ",
            "Check that the station starts its modem in state B and resets it after a session.",
        )
    if Slac.MATCH_REQ in kinds:
        return Side.STATION, "the station did not confirm the match", "Check the station's modem and its SLAC timers."
    if Slac.ATTEN_CHAR_RSP in kinds:
        return (
            Side.EV,
            "the vehicle did not ask for the match",
            "Check whether the vehicle found a nearer station: compare the attenuations.",
        )
    if Slac.ATTEN_CHAR_IND in kinds:
        return (
            Side.LINK,
            "the vehicle did not answer the attenuation it was told",
            "Check contact pins, cable and attenuation of the pilot line; plug in again.",
        )
    if Slac.SOUND_IND in kinds:
        return (
            Side.STATION,
            "the station did not tell the attenuation it measured",
            "Check that the station's modem hands on CM_ATTEN_PROFILE and its timer for the sounds.",
        )
    return Side.EV, "the vehicle sent no sounds", "Check the vehicle's modem; plug in again."


def v02_no_sdp(evidence: V2gEvidence) -> Iterator[Finding]:
    """Matched, and then the vehicle never looked for the station."""
    match = next((seen for seen in evidence.slac if seen.message.kind is Slac.MATCH_CNF), None)
    if match is None or evidence.sdp or evidence.connection or evidence.end - match.at < _AFTER_MATCH:
        return
    text = (
        f"matched at frame {match.number}, but no SDP request followed in {seconds(evidence.end - match.at)}: "
        "the vehicle did not join the network of the station"
    )
    remedy = (
        "Check that the station's modem took the new key before it confirmed the match, and the quality of the link."
    )
    yield finding("V02", Side.LINK, 0.7, (match.number,), text, remedy, match.at + _AFTER_MATCH)


def _asked(evidence: V2gEvidence) -> list[SdpSeen]:
    return [seen for seen in evidence.sdp if isinstance(seen.message, SdpRequest)]


def _offered(evidence: V2gEvidence) -> SdpSeen | None:
    return next((seen for seen in reversed(evidence.sdp) if isinstance(seen.message, SdpResponse)), None)


def v03_sdp_unanswered(evidence: V2gEvidence) -> Iterator[Finding]:
    """The vehicle looked for the station and was not answered."""
    asked = _asked(evidence)
    if not asked or _offered(evidence) or evidence.connection:
        return
    first, last = asked[0], asked[-1]
    watched = evidence.end - first.at
    sure = 0.9 if watched >= SDP else 0.7 if watched >= _MOMENT else 0.3
    tail = "" if watched >= _MOMENT else ", the capture ends with it"
    text = f"{len(asked)} SDP request(s) from frame {first.number} on without an answer in {seconds(watched)}{tail}"
    remedy = "Check that the station's SDP server listens on UDP port 15118 of the modem's interface, over IPv6."
    yield Finding("V03", Side.STATION, sure, (first.number, last.number), text, remedy, last.at)


def v04_no_connection(evidence: V2gEvidence) -> Iterator[Finding]:
    """SDP named a port; the connection went elsewhere, was refused, or never came."""
    offered, connection = _offered(evidence), evidence.connection
    if connection is not None and connection.segments:
        return
    if connection is None:
        if offered is None or evidence.end - offered.at < _MOMENT * 5 or _tls_refused(evidence):
            return
        text = f"SDP pointed to port {_port(offered)} at frame {offered.number}, the vehicle never connected"
        remedy = "Check on the vehicle's side whether it accepts what SDP offers, and the link after it."
        yield finding("V04", Side.EV, 0.6, (offered.number,), text, remedy, offered.at + _MOMENT * 5)
        return
    mark = connection.opened or connection.last
    assert mark is not None
    if offered is not None and connection.station.port != _port(offered):
        text = (
            f"SDP pointed to port {_port(offered)} at frame {offered.number}, the vehicle knocked at port "
            f"{connection.station.port} at frame {mark.number}"
        )
        remedy = "Check the vehicle's reading of the SDP response, and whether an older response was meant."
        yield finding("V04", Side.EV, 0.8, (offered.number, mark.number), text, remedy, mark.at)
    elif connection.refused is not None:
        text = (
            f"the station refused the connection to port {connection.station.port} at frame {connection.refused.number}"
        )
        remedy = "Check that the station's server is up before SDP names its port."
        yield finding("V04", Side.STATION, 0.9, (mark.number, connection.refused.number), text, remedy, mark.at)
    elif connection.accepted is None and evidence.end - mark.at >= _MOMENT:
        text = f"nobody answered the connection to port {connection.station.port} opened at frame {mark.number}"
        remedy = "Check the station's server and firewall, and the link."
        yield finding("V04", Side.STATION, 0.7, (mark.number,), text, remedy, mark.at)


def _port(seen: SdpSeen) -> int:
    assert isinstance(seen.message, SdpResponse)
    return seen.message.endpoint.port


def _tls_refused(evidence: V2gEvidence) -> bool:
    asked, offered = _asked(evidence), _offered(evidence)
    return bool(asked) and offered is not None and asked[-1].message.tls and not offered.message.tls


def v05_tls_against_offer(evidence: V2gEvidence) -> Iterator[Finding]:
    """One side wants TLS and the other does not, or their handshake does not hold."""
    connection, offered = evidence.connection, _offered(evidence)
    if connection is None or not connection.segments:
        if offered is None or not _tls_refused(evidence) or evidence.end - offered.at < _MOMENT * 5:
            return
        asked = _asked(evidence)[-1]
        text = (
            f"the vehicle asked for TLS (frame {asked.number}), the station offers none (frame {offered.number}), "
            "and the vehicle left"
        )
        remedy = "Install certificates and switch TLS on in the station, or allow the vehicle to go on without."
        yield finding("V05", Side.CONFIGURATION, 0.9, (asked.number, offered.number), text, remedy, offered.at)
        return
    left, begun = evidence.left, connection.opened
    if connection.tls and left is not None and begun is not None and left.at - begun.at < _TLS_HANDSHAKE:
        text = (
            f"the TLS connection opened at frame {begun.number} ended after {seconds(left.at - begun.at)} "
            f"and {connection.segments} segments: the handshake did not hold"
        )
        remedy = "Compare TLS version, cipher suites and root certificates of both sides."
        yield finding("V05", Side.CONFIGURATION, 0.7, (begun.number, left.number), text, remedy, left.at)


def v20_tcp_loss(evidence: V2gEvidence) -> Iterator[Finding]:
    """The connection lost segments, or the station closed it in the middle of the session."""
    connection = evidence.connection
    if connection is None or not connection.segments:
        return
    repeats = sorted((*connection.ev_repeats, *connection.station_repeats), key=lambda mark: mark.number)
    closed = connection.station_left
    ordered = stopped_in_order(evidence)
    last = evidence.last
    if repeats and not ordered and evidence.left is not None:
        recent = [mark for mark in repeats if evidence.left.at - mark.at < _LOST_NOW]
        if len(recent) > 1:
            text = f"{len(recent)} segments were sent again in the last seconds before the connection ended"
            remedy = "Check the power line link: contact pins, cable, interference of the power stage on the pilot."
            frames = (recent[0].number, recent[-1].number)
            yield finding("V20", Side.LINK, 0.7, frames, text, remedy, evidence.left.at)
            return
    if len(repeats) >= _MANY_REPEATS and len(repeats) > _REPEATED_SHARE * connection.segments:
        text = f"{len(repeats)} of {connection.segments} segments were sent again; the session lived with it"
        remedy = "Watch the power line link of this pair: contact pins, cable, interference."
        yield finding("V20", Side.LINK, 0.3, (repeats[0].number, repeats[-1].number), text, remedy, repeats[0].at)
    if closed is None or ordered or last is None or last.response is None or not last.code.startswith("OK"):
        return
    ev = connection.ev_left
    waited = closed.at - last.end
    if (ev is None or closed.number < ev.number) and waited < SEQUENCE - _MOMENT:
        text = (
            f"the station closed the connection at frame {closed.number}, {seconds(waited)} after it had answered "
            f"{last.name} and without the session having been stopped"
        )
        remedy = "Look into the station's log for this moment: its software ended, or an operator stopped it there."
        sure = 0.8 if waited > response_limit(last.name, evidence.dialect) else 0.7
        yield finding("V20", Side.STATION, sure, (*last.frames, closed.number), text, remedy, closed.at)
