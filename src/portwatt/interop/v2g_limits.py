"""How long the sides may take in CCS2, as data.

Source of the figures: the timeouts of the open iso15118 project (Apache-2.0), which quotes DIN SPEC 70121 and
ISO 15118-2/-20; status: secondary source, the standards themselves were not at hand. Where a field is said to tolerate
more, that comes from captured sessions (EVerest logfiles, Apache-2.0).
"""

from __future__ import annotations

from datetime import timedelta

from portwatt.wire.exi.v2g import Dialect

SOURCE = "iso15118 0.31.2 timeouts (Apache-2.0), secondary source"


def _s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


SDP_RETRY, SDP_TRIES = _s(0.25), 50
SDP = SDP_RETRY * SDP_TRIES
SET_UP = _s(20)
"""V2G_EVCC_CommunicationSetup_Timeout: from the matched link to SessionSetupRes."""
SEQUENCE = _s(60)
"""V2G_SECC_Sequence_Timeout: how long a station waits for the next request."""
ONGOING = _s(60)
CABLE_CHECK = _s(40)
PRE_CHARGE = _s(7)
PRE_CHARGE_20 = _s(10)
SLAC = _s(10)
"""From CM_SLAC_PARAM to the match with all repetitions (ISO 15118-3 annex A; from memory, unverified)."""
CABLE_CHECK_TOLERATED = _s(55)
"""Several cars wait this long for the insulation test; seen in captures."""
CURRENT_DEMAND_TOLERATED = _s(0.55)
"""Some cars go on after a CurrentDemandRes as late as this; seen in captures."""

_RESPONSE = _s(2)
_RESPONSES = {
    "CurrentDemand": _s(0.25),
    "ServiceDetail": _s(5),
    "PaymentDetails": _s(5),
    "CertificateInstallation": _s(5),
    "CertificateUpdate": _s(5),
    "DC_ChargeLoop": _s(0.5),
    "AC_ChargeLoop": _s(0.5),
}
_POWER_DELIVERY_2 = _s(5)


def response_limit(name: str, dialect: Dialect | None) -> timedelta:
    """How soon a response has to come (V2G_EVCC_Msg_Timeout), by the name of the exchange."""
    if name == "PowerDelivery" and dialect is Dialect.ISO2:
        return _POWER_DELIVERY_2
    return _RESPONSES.get(name, _RESPONSE)


def pre_charge_limit(dialect: Dialect | None) -> timedelta:
    """How long the voltages may take to meet."""
    return PRE_CHARGE_20 if dialect in (Dialect.ISO20_COMMON, Dialect.ISO20_DC) else PRE_CHARGE
