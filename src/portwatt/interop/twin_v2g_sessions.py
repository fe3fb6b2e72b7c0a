"""Made-up sessions over CCS2, for each rule one in which it speaks and a near one in which it must not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from portwatt.interop.finding import Side
from portwatt.interop.twin_script import During
from portwatt.interop.twin_v2g import play_v2g
from portwatt.interop.twin_v2g_bodies import physical_value
from portwatt.interop.twin_v2g_script import (
    MATCHING,
    Delay,
    Garbled,
    Leaves,
    Link,
    OtherId,
    Resent,
    Skipped,
    Unsaid,
    V2gFault,
    V2gOverride,
    V2gScript,
)
from portwatt.model.capture import Frame
from portwatt.wire.exi.v2g import Dialect, V2gCodecs

START: Final = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PLAIN: Final = V2gScript(START)
"""A session of ISO 15118-2 in which nothing is wrong."""
PLAIN_DIN: Final = V2gScript(START, dialect=Dialect.DIN)


class V2gSession(Struct, frozen=True):
    """A script; `says`: what happens, in a sentence."""

    says: str
    script: V2gScript

    def frames(self, codecs: V2gCodecs) -> list[Frame]:
        """The frames as they were recorded."""
        return play_v2g(self.script, codecs)


class V2gPair(Struct, frozen=True):
    """Where a rule speaks, and where it must be silent though little is different."""

    speaks: V2gSession
    silent: V2gSession


def _session(says: str, *faults: V2gFault, script: V2gScript = PLAIN) -> V2gSession:
    return V2gSession(says, replace(script, faults=faults))


_WELL: Final = V2gSession("Nothing is wrong.", PLAIN)
_LATER: Final = During("CurrentDemandReq", 2.0)
_EVSE: Final = "DC_EVSEStatus.EVSEStatusCode"
_MODES: Final = "ChargeService.SupportedEnergyTransferMode.EnergyTransferMode"

V2G_SESSIONS: Final[Mapping[str, V2gPair]] = {
    "V01": V2gPair(
        V2gSession(
            "The station never tells the attenuation it measured.",
            replace(PLAIN, matching=MATCHING[:15], watched=15.0),
        ),
        _WELL,
    ),
    "V02": V2gPair(
        V2gSession("Matched, and then nothing.", replace(PLAIN, link=Link.NO_SDP, watched=30.0)),
        V2gSession("Matched, and the recorder is switched off.", replace(PLAIN, link=Link.NO_SDP)),
    ),
    "V03": V2gPair(
        V2gSession("The station answers no SDP request.", replace(PLAIN, link=Link.SDP_UNANSWERED)),
        _WELL,
    ),
    "V04": V2gPair(
        V2gSession("The station refuses the connection.", replace(PLAIN, link=Link.REFUSED)),
        _WELL,
    ),
    "V05": V2gPair(
        V2gSession(
            "The vehicle wants TLS, is offered none, and leaves.", replace(PLAIN, link=Link.NO_TLS, watched=10.0)
        ),
        V2gSession("Both go without TLS.", PLAIN),
    ),
    "V06": V2gPair(
        V2gSession("The station speaks DIN 70121 only.", replace(PLAIN, speaks=(Dialect.DIN,))),
        V2gSession("Both speak DIN 70121.", replace(PLAIN_DIN, speaks=(Dialect.DIN,))),
    ),
    "V07": V2gPair(
        _session(
            "The vehicle changes the session id.",
            OtherId("CableCheckReq", b"\x99" * 8),
            V2gOverride("CableCheckRes", "ResponseCode", "FAILED_UnknownSession"),
        ),
        _session("The first request has an id of zeros.", OtherId("SessionSetupReq", bytes(8))),
    ),
    "V08": V2gPair(
        _session(
            "The station does not switch on.",
            V2gOverride("PowerDeliveryRes", "ResponseCode", "FAILED_PowerDeliveryNotApplied"),
        ),
        _session(
            "The station takes up an old session.",
            V2gOverride("SessionSetupRes", "ResponseCode", "OK_OldSessionJoined"),
        ),
    ),
    "V09": V2gPair(
        _session(
            "The vehicle leaves the cable check out.",
            Skipped("CableCheck"),
            V2gOverride("PreChargeRes", "ResponseCode", "FAILED_SequenceError"),
        ),
        _session("The vehicle leaves the cable check out, and nobody minds.", Skipped("CableCheck")),
    ),
    "V10": V2gPair(
        _session("The station takes 0.9 s to answer a demand.", Delay("CurrentDemandRes", 0.9, _LATER)),
        _session("The station takes 0.2 s to answer a demand.", Delay("CurrentDemandRes", 0.17, _LATER)),
    ),
    "V11": V2gPair(
        V2gSession("The cable check takes longer than 40 s.", replace(PLAIN, cable_check=60.0)),
        V2gSession("The cable check takes 35 s.", replace(PLAIN, cable_check=35.0)),
    ),
    "V12": V2gPair(
        _session(
            "The station stops in an emergency.",
            V2gOverride("CurrentDemandRes", _EVSE, "EVSE_EmergencyShutdown", _LATER),
        ),
        _session(
            "The station goes on watching the insulation while it charges.",
            V2gOverride("CurrentDemandRes", _EVSE, "EVSE_IsolationMonitoringActive", _LATER),
        ),
    ),
    "V13": V2gPair(
        _session(
            "The battery is too hot.",
            V2gOverride("CurrentDemandReq", "DC_EVStatus.EVErrorCode", "FAILED_RESSTemperatureInhibit", _LATER),
        ),
        V2gSession("The battery is full.", PLAIN),
    ),
    "V14": V2gPair(
        _session("The vehicle leaves without a word.", Leaves(Side.EV, "CurrentDemandRes", _LATER)),
        V2gSession("The vehicle stops in order, though not full.", replace(PLAIN, complete=False)),
    ),
    "V15": V2gPair(
        _session(
            "The station offers alternating current only.",
            V2gOverride("ServiceDiscoveryRes", _MODES, ["AC_three_phase_core"]),
            V2gOverride("ChargeParameterDiscoveryRes", "ResponseCode", "FAILED_WrongEnergyTransferMode"),
        ),
        _session(
            "The station offers both.",
            V2gOverride("ServiceDiscoveryRes", _MODES, ["AC_three_phase_core", "DC_extended"]),
        ),
    ),
    "V16": V2gPair(
        _session(
            "The vehicle wants to pay by contract, the station takes none.",
            V2gOverride("PaymentServiceSelectionReq", "SelectedPaymentOption", "Contract"),
            V2gOverride("PaymentServiceSelectionRes", "ResponseCode", "FAILED_PaymentSelectionInvalid"),
        ),
        _session(
            "The station takes contracts too.",
            V2gOverride("ServiceDiscoveryRes", "PaymentOptionList.PaymentOption", ["Contract", "ExternalPayment"]),
        ),
    ),
    "V17": V2gPair(
        _session("A request cannot be read, and the session ends over it.", Garbled("CurrentDemandReq", _LATER)),
        _session(
            "The station reports as much as it can give.",
            V2gOverride("CurrentDemandRes", "EVSEPresentCurrent", physical_value(150, "A")),
        ),
    ),
    "V18": V2gPair(
        _session(
            "The insulation monitor reports a fault.",
            V2gOverride("CableCheckRes", "DC_EVSEStatus.EVSEIsolationStatus", "Fault"),
        ),
        _session(
            "The insulation is still being measured.",
            V2gOverride("CableCheckRes", _EVSE, "EVSE_IsolationMonitoringActive", During("CableCheckReq", 0, 3)),
        ),
    ),
    "V19": V2gPair(
        _session("The station never answers a request for its limits.", Unsaid("ChargeParameterDiscoveryRes")),
        _session("The station takes 1.8 s to tell its limits.", Delay("ChargeParameterDiscoveryRes", 1.77)),
    ),
    "V20": V2gPair(
        _session(
            "The station closes the connection while it charges.", Leaves(Side.STATION, "CurrentDemandRes", _LATER)
        ),
        _session(
            "A segment is sent again, and the session lives with it.",
            Resent("ServiceDiscoveryReq", 1),
        ),
    ),
}
