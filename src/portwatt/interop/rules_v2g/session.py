"""Rules of what the messages agree on: V06 to V09 and V15 to V17."""

from __future__ import annotations

from collections.abc import Iterator

from portwatt.interop.finding import Finding, Side
from portwatt.interop.rules_v2g.saying import finding, stopped_in_order
from portwatt.interop.v2g_evidence import Exchange, V2gEvidence, quantity
from portwatt.interop.v2g_sequence import legal_after
from portwatt.wire.exi.v2g import dialect_of

_SEQUENCE_ERROR = "FAILED_SequenceError"
_MAX_SOC = 100
_WRONG_MODES = frozenset(("FAILED_WrongEnergyTransferType", "FAILED_WrongEnergyTransferMode"))
_WRONG_PAYMENTS = frozenset(("FAILED_PaymentSelectionInvalid",))
_UNKNOWN_SESSION = frozenset(("FAILED_UnknownSession",))
_ELSEWHERE = _WRONG_MODES | _WRONG_PAYMENTS | _UNKNOWN_SESSION | {_SEQUENCE_ERROR}
_EV_FAULTS = ("WrongChargeParameter", "ServiceIDInvalid", "ServiceSelectionInvalid", "ChargingProfileInvalid", "Tariff")
_CONFIGURATION = ("Certificate", "Signature", "Challenge", "Contract", "NoChargeServiceSelected", "OEM", "Emobility")


def v06_no_common_protocol(evidence: V2gEvidence) -> Iterator[Finding]:
    """The station found none of the vehicle's protocols, or chose one it was not offered."""
    for exchange in evidence.named("supportedAppProtocol"):
        offers = exchange.asked("AppProtocol") or []
        names = ", ".join(_protocol(offer.get("ProtocolNamespace", "?")) for offer in offers)
        chosen = exchange.answered("SchemaID")
        if exchange.code.lower().startswith("failed"):
            text = f"the vehicle offers {names or 'nothing'}, the station speaks none of it ({exchange.code})"
            remedy = (
                "Switch on one of these protocols in the station, or take a vehicle software that speaks the station's."
            )
            yield finding("V06", Side.CONFIGURATION, 0.95, exchange.frames, text, remedy, exchange.end)
        elif offers and chosen is not None and chosen not in {offer.get("SchemaID") for offer in offers}:
            text = f"the station chose protocol {chosen}, which the vehicle does not offer ({names})"
            remedy = "Correct the station's negotiation: it answers with a SchemaID of the request."
            yield finding("V06", Side.STATION, 0.8, exchange.frames, text, remedy, exchange.end)


def _protocol(namespace: str) -> str:
    dialect = dialect_of(namespace)
    return dialect.label if dialect else namespace


def v07_session_id(evidence: V2gEvidence) -> Iterator[Finding]:
    """A message carries another session id than the one the station gave out."""
    given: bytes | None = None
    for exchange in evidence.exchanges:
        if exchange.name == "SessionSetup" and exchange.response is not None and exchange.code.startswith("OK"):
            given = exchange.response.message.session_id
            continue
        if given is None:
            continue
        for said in (exchange.request, exchange.response):
            if said is not None and said.message.session_id.strip(b"\0") != given.strip(b"\0"):
                side = Side.EV if said.from_ev else Side.STATION
                shown = said.message.session_id.hex() or "none"
                text = f"{said.message.name} at frame {said.last} has session id {shown}, agreed was {given.hex()}"
                remedy = "Correct the side that changed it: the id of SessionSetupRes holds for the whole session."
                yield finding("V07", side, 0.8, said.frames, text, remedy, said.at)
                return
    yield from _unknown_session(evidence)


def _unknown_session(evidence: V2gEvidence) -> Iterator[Finding]:
    for exchange in evidence.exchanges:
        if exchange.code in _UNKNOWN_SESSION:
            text = f"the station does not know the session of {exchange.name}Req ({exchange.code}), whose id is right"
            remedy = "Check whether the station lost its session, for example by a restart of its software."
            yield finding("V07", Side.STATION, 0.8, exchange.frames, text, remedy, exchange.end)
            return


def v08_failed_response(evidence: V2gEvidence) -> Iterator[Finding]:
    """The station answers with a failure that no other rule explains: the first one."""
    for exchange in evidence.exchanges:
        code = exchange.code
        if not code.startswith("FAILED") or code in _ELSEWHERE:
            continue
        side = Side.STATION
        if any(part in code for part in _EV_FAULTS):
            side = Side.EV
        elif any(part in code for part in _CONFIGURATION):
            side = Side.CONFIGURATION
        over = exchange.name == "SessionStop" and evidence.flowed
        text = f"{exchange.name} was answered with {code} at frame {exchange.frames[-1]}"
        text += ", when the session was over anyway" if over else ""
        remedy = f"Look into the station's log for why it answered {code}."
        yield finding("V08", side, 0.4 if over else 0.85, exchange.frames, text, remedy, exchange.end)
        return


def v09_sequence_error(evidence: V2gEvidence) -> Iterator[Finding]:
    """A request comes where the sequence has no place for it, or the station says so of one that has."""
    before: Exchange | None = None
    for exchange in evidence.exchanges:
        legal = before is None or legal_after(before, exchange)
        since = before.name if before else "the beginning"
        if exchange.code == _SEQUENCE_ERROR:
            side = Side.STATION if legal else Side.EV
            judged = "which the sequence allows" if legal else "which the sequence does not allow"
            text = f"the station rejects {exchange.name} after {since} with {_SEQUENCE_ERROR}, {judged}"
            remedy = f"Correct the state machine of the {side.value}: {since} → {exchange.name}."
            over = exchange.name == "SessionStop" and evidence.flowed
            yield finding(
                "V09", side, 0.4 if over else 0.9 if legal else 0.8, exchange.frames, text, remedy, exchange.end
            )
            return
        if not legal and (exchange.response is None or exchange.code.startswith("FAILED")):
            text = f"the vehicle sends {exchange.name} after {since}, which the sequence does not allow"
            remedy = f"Correct the state machine of the vehicle: {since} → {exchange.name}."
            yield finding("V09", Side.EV, 0.7, exchange.frames, text, remedy, exchange.at)
            return
        before = exchange


def v15_transfer_type(evidence: V2gEvidence) -> Iterator[Finding]:
    """The vehicle wants AC where the station gives DC, or the other way round."""
    discovery = next(evidence.named("ServiceDiscovery"), None)
    offered = _modes(discovery)
    parameters = next(evidence.named("ChargeParameterDiscovery", "DC_ChargeParameterDiscovery"), None)
    remedy = "Switch on the transfer type of this inlet in the station, or use a connector that matches."
    if parameters is not None:
        wanted = parameters.asked("RequestedEnergyTransferMode") or parameters.asked("EVRequestedEnergyTransferType")
        refused = parameters.code in _WRONG_MODES
        if isinstance(wanted, str) and (refused or (offered and _family(wanted) not in {_family(o) for o in offered})):
            text = f"the vehicle asks for {wanted}, the station offers {', '.join(offered) or 'something else'}"
            frames = (*(discovery.frames if discovery else ()), *parameters.frames)
            yield finding("V15", Side.CONFIGURATION, 0.9, frames, text, remedy, parameters.end)
        return
    last = evidence.last
    before = [e for e in evidence.exchanges if e.name != "SessionStop"][-1] if discovery else None
    families = {_family(mode) for mode in offered}
    if discovery is None or last is None or before is None or len(families) != 1 or not _all_well(evidence):
        return
    if evidence.left is None and not stopped_in_order(evidence):
        return
    text = (
        f"the station offers {', '.join(offered)} only (frame {discovery.frames[-1]}), and the vehicle left after "
        f"{before.name} without asking for it: most likely it wants {'DC' if families == {'AC'} else 'AC'}"
    )
    yield finding("V15", Side.CONFIGURATION, 0.7, (*discovery.frames, *last.frames), text, remedy, discovery.end)


def _all_well(evidence: V2gEvidence) -> bool:
    return not evidence.broken and all(e.code.startswith("OK") for e in evidence.exchanges)


def _modes(discovery: Exchange | None) -> list[str]:
    """What the station offers: a list in ISO 15118-2, one in DIN 70121."""
    if discovery is None:
        return []
    found = discovery.answered("EnergyTransferMode")
    if found is None:
        found = discovery.answered("EnergyTransferType")
    return [mode for mode in (found if isinstance(found, list) else [found]) if isinstance(mode, str)]


def _family(mode: str) -> str:
    return mode.split("_", maxsplit=1)[0].upper()


def v16_payment(evidence: V2gEvidence) -> Iterator[Finding]:
    """The vehicle chose a way to pay the station does not offer."""
    discovery = next(evidence.named("ServiceDiscovery"), None)
    options = discovery.answered("PaymentOption") if discovery else None
    offered = options if isinstance(options, list) else [options] if options else []
    for exchange in evidence.named("PaymentServiceSelection", "ServicePaymentSelection"):
        chosen = exchange.asked("SelectedPaymentOption")
        if exchange.code in _WRONG_PAYMENTS or (chosen and offered and chosen not in offered):
            text = f"the vehicle chose to pay by {chosen}, the station offers {', '.join(offered) or 'something else'}"
            remedy = "Offer external payment (EIM) in the station, or install the contract certificate in the vehicle."
            frames = (*(discovery.frames if discovery else ()), *exchange.frames)
            yield finding("V16", Side.CONFIGURATION, 0.9, frames, text, remedy, exchange.end)
            return


def v17_illegal_content(evidence: V2gEvidence) -> Iterator[Finding]:
    """Bytes that are no message, or values that cannot be."""
    for from_ev in (True, False):
        bad = [broken for broken in evidence.broken if broken.from_ev is from_ev]
        if not bad:
            continue
        side = Side.EV if from_ev else Side.STATION
        ended = evidence.last is None or bad[-1].at >= evidence.last.at
        sure = 0.8 if ended and not stopped_in_order(evidence) else 0.3
        text = (
            f"{len(bad)} message(s) of the {side.value} cannot be read, first at frame {bad[0].number}: {bad[0].text}"
        )
        remedy = f"Correct the EXI encoder of the {side.value}, or name the message to its maker with these bytes."
        yield finding("V17", side, sure, (bad[0].number, bad[-1].number), text, remedy, bad[0].at)
    yield from _impossible_charge(evidence)
    yield from _beyond_own_limit(evidence)


def _impossible_charge(evidence: V2gEvidence) -> Iterator[Finding]:
    for exchange in evidence.exchanges:
        soc = exchange.asked("EVRESSSOC")
        if isinstance(soc, int) and not 0 <= soc <= _MAX_SOC:
            text = f"the vehicle reports a state of charge of {soc} % in {exchange.name}Req"
            remedy = "Correct what the vehicle reports: percent, 0 to 100."
            yield finding("V17", Side.EV, 0.4, exchange.frames, text, remedy, exchange.at)
            return


def _beyond_own_limit(evidence: V2gEvidence) -> Iterator[Finding]:
    """The station reports more than twice what it says it can give: most often a wrong multiplier."""
    for what, unit in (("Voltage", "V"), ("Current", "A")):
        known, worst = 0.0, 0.0
        seen: Exchange | None = None
        for exchange in evidence.exchanges:
            announced = quantity(exchange.answered(f"EVSEMaximum{what}Limit"))
            known = known if announced is None else announced
            present = quantity(exchange.answered(f"EVSEPresent{what}"))
            if present is not None and present > max(2 * known, worst) and known > 0:
                worst, limit, seen = present, known, exchange
        if seen is not None:
            where = f"{seen.name}Res at frame {seen.frames[-1]}"
            text = f"the station reports up to {worst:g} {unit} ({where}), its own limit is {limit:g} {unit}"
            remedy = "Correct the multiplier of the value the station reports."
            yield finding("V17", Side.STATION, 0.4, seen.frames, text, remedy, seen.end)
