"""Odds of a handshake from what was seen, drawn towards what the hub file assumes as long as little was.

The success of a first try is the mean of a Beta posterior: the assumption counts as `PRIOR` attempts seen before, so
ten real attempts weigh as much as the assumption and a hundred leave it a tenth of that. Until `ENOUGH` attempts were
seen the assumption stands alone: a plan must not turn on one bad morning. Both numbers are a choice of ours. Where the
hub file assumes nothing the prior is uniform, and the retry time that of `HandshakeOdds`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from portwatt.ids import StationId
from portwatt.interop.matrix import CompatibilityMatrix, added, from_state
from portwatt.model.connector import ConnectorStandard
from portwatt.model.handshake import HandshakeOdds, odds_for
from portwatt.model.pair import JudgementKind, Pair, standing
from portwatt.model.station import ChargingStation, Connector
from portwatt.model.truck import TruckModel
from portwatt.state import HubState
from portwatt.state.handshakes import PairRecord, pair_at

PRIOR: Final = 10
"""Attempts the hub file's assumption is worth."""
ENOUGH: Final = 10
"""Attempts from which on what was seen counts."""
PRIOR_RETRIES: Final = 3
"""Retries the hub file's retry time is worth."""
_RETRY: Final = timedelta(minutes=3)
"""What a retry is taken to cost where the hub file does not say (assumption, as in `HandshakeOdds`)."""


def odds(matrix: CompatibilityMatrix, pair: Pair, table: tuple[HandshakeOdds, ...], at: datetime) -> HandshakeOdds:
    """What to reckon with for a pair at a moment: barred or not, success, retry, and in `basis` what they rest on.

    `table`: the hub file's assumptions.

    Experience with the same station software goes first, with any software of the station model second. A waiver lifts
    a bar of the hub file or of an incompatibility; one that has expired does not.
    """
    assumed = odds_for(table, pair.plug, (pair.inlet,))
    stated = any((row.plug, row.inlet) == (pair.plug, pair.inlet) for row in table)
    row = _learnt(matrix, pair, assumed if stated else None) or assumed
    judged = standing(matrix.judgements, pair, at)
    barred, basis = assumed.barred, row.basis
    if judged is not None:
        barred = judged.kind is JudgementKind.INCOMPATIBLE
        until = f" until {judged.until.isoformat()}" if judged.until is not None else ""
        basis = f"{judged.kind.value}{until}: {judged.reason}; {basis}"
    return HandshakeOdds(pair.plug, pair.inlet, row.success, row.retry, barred, basis, pair.truck_model)


def odds_at(state: HubState, station: ChargingStation, at: datetime) -> tuple[HandshakeOdds, ...]:
    """Rows for each truck model of the hub of which something was learnt or decided at a station; the rest is the hub
    file's (`Hub.odds`)."""
    return rows_at(state, from_state(state), station, at, state.hub.models)


def rows_at(
    state: HubState,
    matrix: CompatibilityMatrix,
    station: ChargingStation,
    at: datetime,
    models: Iterable[TruckModel],
) -> tuple[HandshakeOdds, ...]:
    """As `odds_at`, for any truck models, from any matrix."""
    if not matrix.pairs and not matrix.judgements:
        return ()
    cables = sorted({c for e in station.evses for c in e.connectors}, key=lambda c: (c.standard, c.max_a))
    return tuple(row for model in models for row in _rows(state, matrix, station.id, cables, model, at))


def _rows(
    state: HubState,
    matrix: CompatibilityMatrix,
    station: StationId,
    cables: list[Connector],
    model: TruckModel,
    at: datetime,
) -> Iterator[HandshakeOdds]:
    seen: set[tuple[ConnectorStandard, ConnectorStandard]] = set()
    for cable in cables:
        pair = pair_at(state, model, station, (cable,))
        if pair is None or (pair.plug, pair.inlet) in seen:
            continue
        seen.add((pair.plug, pair.inlet))
        assumed = odds_for(state.hub.odds, pair.plug, (pair.inlet,))
        found = odds(matrix, pair, state.hub.odds, at)
        if (found.success, found.retry, found.barred) != (assumed.success, assumed.retry, assumed.barred):
            yield found


def _learnt(matrix: CompatibilityMatrix, pair: Pair, assumed: HandshakeOdds | None) -> HandshakeOdds | None:
    alike = [record for record in matrix.pairs.values() if _same(record.pair, pair)]
    exact = added(r for r in alike if r.pair.station_software == pair.station_software)
    record = exact if exact is not None and exact.attempts >= ENOUGH else added(alike)
    if record is None or record.attempts < ENOUGH:
        return None
    share, wait = success(record, assumed), retry(record, assumed)
    return HandshakeOdds(pair.plug, pair.inlet, share, wait, basis=_basis(record, assumed))


def _same(one: Pair, other: Pair) -> bool:
    """The same truck model and station model by the same way, whatever the software and edition."""
    return (
        one.truck_model == other.truck_model
        and one.station_model == other.station_model
        and one.plug is other.plug
        and one.inlet is other.inlet
    )


def success(record: PairRecord, assumed: HandshakeOdds | None) -> float:
    """Mean of the posterior, 0 to 1: between the assumption and the share seen."""
    if assumed is None:
        return (record.first_time + 1) / (record.attempts + 2)
    return (record.first_time + PRIOR * assumed.success) / (record.attempts + PRIOR)


def retry(record: PairRecord, assumed: HandshakeOdds | None) -> timedelta:
    """Mean cost of a retry in whole seconds, drawn towards the assumption."""
    total = record.retry_time + PRIOR_RETRIES * (_RETRY if assumed is None else assumed.retry)
    return timedelta(seconds=round(total.total_seconds() / (record.retries + PRIOR_RETRIES)))


def _basis(record: PairRecord, assumed: HandshakeOdds | None) -> str:
    seen = f"{record.first_time} of {record.attempts} attempts succeeded the first time"
    return seen if assumed is None else f"{seen}, drawn towards {assumed.success:.2f} ({assumed.basis})"
