"""What readers get on compatibility, certification and bays. Shares are 0 to 1, powers kW, times UTC."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel

from portwatt.interop.certification import CertificationRow, summary
from portwatt.interop.matrix import CompatibilityMatrix, wilson
from portwatt.model.pair import Judgement, standing
from portwatt.rules.bays import Bay, say
from portwatt.state import HubState
from portwatt.state.handshakes import PairFailure, PairRecord


class PairFailureOut(BaseModel):
    """The last try that failed: an error code, a stop reason or the rule of a first finding, and where it is from."""

    at: datetime
    cause: str
    text: str
    source: str
    side: str


class JudgementOut(BaseModel):
    """What a person decided; empty fields stand for any. `stands` false: it has expired."""

    kind: str
    truck_model: str
    truck_software: str
    inlet: str | None
    edition: str
    station_model: str
    station_software: str
    plug: str | None
    reason: str
    by: str
    until: datetime | None
    stands: bool


class PairOut(BaseModel):
    """One row of the matrix. `first_time_share` lies between `low` and `high` with 95 % confidence (Wilson)."""

    truck_model: str
    truck_software: str
    inlet: str
    edition: str
    station_model: str
    station_software: str
    plug: str
    adapter: bool
    attempts: int
    first_time: int
    in_the_end: int
    tries: int
    first_time_share: float
    low: float
    high: float
    retry_minutes: float | None
    last_failure: PairFailureOut | None
    judged: str | None
    """The judgement that decides about it now."""


class CompatibilityOut(BaseModel):
    """The matrix learnt from this hub's transactions, and everything decided."""

    hub: str
    at: datetime
    definition: str
    pairs: list[PairOut]
    judgements: list[JudgementOut]


class CertificationRowOut(BaseModel):
    """One requirement at one station. `status` tells how sure the requirement itself is."""

    station: str
    interface: str
    requirement: str
    title: str
    applies_to: str
    evidence_needed: str
    accepted_from: date | None
    mandatory_from: date | None
    status: str
    source: str
    note: str
    standing: str
    say: str
    certificate: str | None
    issuer: str | None
    evidence: str | None
    valid_from: date | None
    valid_to: date | None
    basis: str | None


class CertificationOut(BaseModel):
    """How every station stands with every requirement on a day; `interfaces` has the worst standing of each."""

    hub: str
    day: date
    commissioning: str
    commissioning_basis: str
    interfaces: dict[str, str]
    rows: list[CertificationRowOut]


class BayOut(BaseModel):
    """An EVSE or swap station; what does not fit says why. `success`: first-time success to reckon with."""

    station: str
    place: str
    evse: str | None
    fits: bool
    barred: bool
    why: str
    plug: str | None
    power_kw: float | None
    success: float | None
    success_basis: str | None


class BaysOut(BaseModel):
    """What fits first; `say` is one sentence for the driver."""

    hub: str
    say: str
    bays: list[BayOut]


_DEFINITION = (
    "first-time success: the first try brings 0.5 kWh in 60 s or more and is not ended by an error; tries of one truck"
    " at one pair with pauses of 15 min or less are one attempt"
)


def compatibility_out(state: HubState, matrix: CompatibilityMatrix, found: list[PairRecord]) -> CompatibilityOut:
    return CompatibilityOut(
        hub=state.hub.id,
        at=state.at,
        definition=_DEFINITION,
        pairs=[_pair(matrix, record, state.at) for record in found],
        judgements=[_judgement(judgement, state.at) for judgement in matrix.judgements],
    )


def _pair(matrix: CompatibilityMatrix, record: PairRecord, at: datetime) -> PairOut:
    pair, decided = record.pair, standing(matrix.judgements, record.pair, at)
    low, high = wilson(record.first_time, record.attempts)
    retry = record.retry_time.total_seconds() / 60 / record.retries if record.retries else None
    return PairOut(
        truck_model=pair.truck_model,
        truck_software=pair.truck_software,
        inlet=pair.inlet.value,
        edition=pair.edition,
        station_model=pair.station_model,
        station_software=pair.station_software,
        plug=pair.plug.value,
        adapter=pair.adapter,
        attempts=record.attempts,
        first_time=record.first_time,
        in_the_end=record.in_the_end,
        tries=record.tries,
        first_time_share=record.first_time / record.attempts,
        low=low,
        high=high,
        retry_minutes=retry,
        last_failure=_failure(record.last_failure),
        judged=decided.kind.value if decided is not None else None,
    )


def _failure(failure: PairFailure | None) -> PairFailureOut | None:
    if failure is None:
        return None
    return PairFailureOut(
        at=failure.at, cause=failure.cause, text=failure.text, source=failure.source, side=failure.side
    )


def _judgement(judgement: Judgement, at: datetime) -> JudgementOut:
    pairs = judgement.pairs
    return JudgementOut(
        kind=judgement.kind.value,
        truck_model=pairs.truck_model,
        truck_software=pairs.truck_software,
        inlet=pairs.inlet.value if pairs.inlet is not None else None,
        edition=pairs.edition,
        station_model=pairs.station_model,
        station_software=pairs.station_software,
        plug=pairs.plug.value if pairs.plug is not None else None,
        reason=judgement.reason,
        by=judgement.by,
        until=judgement.until,
        stands=judgement.stands(at),
    )


def certification_out(state: HubState, rows: tuple[CertificationRow, ...], day: date) -> CertificationOut:
    return CertificationOut(
        hub=state.hub.id,
        day=day,
        commissioning=state.hub.commissioning,
        commissioning_basis=state.hub.commissioning_basis,
        interfaces={interface.value: standing.value for interface, standing in summary(rows).items()},
        rows=[_certification(row) for row in rows],
    )


def _certification(row: CertificationRow) -> CertificationRowOut:
    need, held = row.requirement, row.certificate
    return CertificationRowOut(
        station=row.station,
        interface=row.interface.value,
        requirement=need.id,
        title=need.title,
        applies_to=need.applies_to,
        evidence_needed=need.evidence,
        accepted_from=need.accepted_from,
        mandatory_from=need.mandatory_from,
        status=need.status,
        source=need.source,
        note=need.note,
        standing=row.standing.value,
        say=row.say,
        certificate=held.number if held is not None else None,
        issuer=held.issuer if held is not None else None,
        evidence=held.evidence if held is not None else None,
        valid_from=held.valid_from if held is not None else None,
        valid_to=held.valid_to if held is not None else None,
        basis=held.basis if held is not None else None,
    )


def bays_out(state: HubState, found: tuple[Bay, ...]) -> BaysOut:
    return BaysOut(hub=state.hub.id, say=say(found), bays=[_bay(bay) for bay in found])


def _bay(bay: Bay) -> BayOut:
    return BayOut(
        station=bay.station,
        place=bay.place,
        evse=bay.evse,
        fits=bay.fits,
        barred=bay.barred,
        why=bay.why,
        plug=bay.plug.value if bay.plug is not None else None,
        power_kw=bay.power.as_kw if bay.power is not None else None,
        success=bay.odds.success if bay.odds is not None else None,
        success_basis=bay.odds.basis if bay.odds is not None else None,
    )
