"""SLAC: how a truck finds the charger its cable is plugged into (ISO 15118-3 annex A, HomePlug Green PHY).

Network keys that CM_SLAC_MATCH.CNF and CM_SET_KEY carry are not kept.
"""

from __future__ import annotations

from enum import IntEnum
from struct import Struct as Layout

from msgspec import Struct

from portwatt.wire.v2g.errors import V2gError
from portwatt.wire.v2g.ethernet import HomePlug

_TYPE = Layout("<H")


class Slac(IntEnum):
    """Management messages by their MMTYPE."""

    SET_KEY_REQ = 0x6008
    SET_KEY_CNF = 0x6009
    PARAM_REQ = 0x6064
    PARAM_CNF = 0x6065
    START_ATTEN_CHAR_IND = 0x606A
    ATTEN_CHAR_IND = 0x606E
    ATTEN_CHAR_RSP = 0x606F
    SOUND_IND = 0x6076
    VALIDATE_REQ = 0x6078
    VALIDATE_CNF = 0x6079
    MATCH_REQ = 0x607C
    MATCH_CNF = 0x607D
    ATTEN_PROFILE_IND = 0x6086

    @property
    def label(self) -> str:
        """Name as the standard writes it, for people."""
        return _LABELS[self]

    @property
    def from_ev(self) -> bool:
        """Whether the vehicle sends it (the modem's own ATTEN_PROFILE and keys are nobody's word)."""
        return self in _FROM_EV


_LABELS = {
    Slac.SET_KEY_REQ: "CM_SET_KEY.REQ",
    Slac.SET_KEY_CNF: "CM_SET_KEY.CNF",
    Slac.PARAM_REQ: "CM_SLAC_PARAM.REQ",
    Slac.PARAM_CNF: "CM_SLAC_PARAM.CNF",
    Slac.START_ATTEN_CHAR_IND: "CM_START_ATTEN_CHAR.IND",
    Slac.ATTEN_CHAR_IND: "CM_ATTEN_CHAR.IND",
    Slac.ATTEN_CHAR_RSP: "CM_ATTEN_CHAR.RSP",
    Slac.SOUND_IND: "CM_MNBC_SOUND.IND",
    Slac.VALIDATE_REQ: "CM_VALIDATE.REQ",
    Slac.VALIDATE_CNF: "CM_VALIDATE.CNF",
    Slac.MATCH_REQ: "CM_SLAC_MATCH.REQ",
    Slac.MATCH_CNF: "CM_SLAC_MATCH.CNF",
    Slac.ATTEN_PROFILE_IND: "CM_ATTEN_PROFILE.IND",
}
_FROM_EV = frozenset(
    (Slac.PARAM_REQ, Slac.START_ATTEN_CHAR_IND, Slac.SOUND_IND, Slac.ATTEN_CHAR_RSP, Slac.VALIDATE_REQ, Slac.MATCH_REQ)
)
_RUN_ID_AT = {
    Slac.PARAM_REQ: 2,
    Slac.PARAM_CNF: 17,
    Slac.START_ATTEN_CHAR_IND: 11,
    Slac.SOUND_IND: 20,
    Slac.ATTEN_CHAR_IND: 8,
    Slac.ATTEN_CHAR_RSP: 8,
    Slac.MATCH_REQ: 50,
    Slac.MATCH_CNF: 50,
}
"""Where the run id (8 bytes) stands behind the management head."""
_GROUPS_AT = 51
"""CM_ATTEN_CHAR.IND: number of groups, then one attenuation in dB for each."""


class SlacMessage(Struct, frozen=True):
    """One SLAC message. `attenuation`: mean over all groups in dB, of CM_ATTEN_CHAR.IND only."""

    kind: Slac
    source: bytes
    target: bytes
    run_id: bytes = b""
    attenuation: float | None = None


def parse_slac(frame: HomePlug) -> SlacMessage | None:
    """The SLAC message of a HomePlug frame; None for what modems say among themselves. Raises V2gError when cut."""
    payload = frame.payload
    if len(payload) < 3:
        raise V2gError("the HomePlug message ends inside its head")
    (number,) = _TYPE.unpack_from(payload, 1)
    if number not in _LABELS:
        return None
    kind = Slac(number)
    # Version 0 of the management head has no fragmentation field (HomePlug AV, section 11.1).
    body = payload[3 if payload[0] == 0 else 5 :]
    run_id = b""
    if (at := _RUN_ID_AT.get(kind)) is not None:
        run_id = body[at : at + 8]
        if len(run_id) < 8:
            raise V2gError(f"{kind.label} of {len(body)} bytes ends before its run id")
    return SlacMessage(kind, frame.source, frame.target, run_id, _attenuation(kind, body))


def _attenuation(kind: Slac, body: bytes) -> float | None:
    if kind is not Slac.ATTEN_CHAR_IND or len(body) <= _GROUPS_AT:
        return None
    groups = body[_GROUPS_AT + 1 : _GROUPS_AT + 1 + body[_GROUPS_AT]]
    return sum(groups) / len(groups) if groups else None
