"""How often trucks and stations found together, counted by pair as their transactions end.

An attempt is what one truck does at one pair without a pause of more than 15 minutes: retries count within it, and what
happened at another pair is another attempt. It succeeds the first time when its first try brings 0.5 kWh in 60 s or
more and is not ended by an error (facts kpi_definitions.json, ftcs_attempt; the 15 minutes are an assumption there).
A try that says nothing of the pair is not counted: no truck known, its token refused, its start never heard, a pack in
its slot, or a limit of 0 W from the hub itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NewType

from immutables import Map
from msgspec import Struct
from msgspec.structs import replace

from portwatt.events import EvseStatus, EvseStatusChanged, PairJudged
from portwatt.ids import EvseId, PairId, StationId, TransactionId, TruckId, station_of
from portwatt.model.connector import fits
from portwatt.model.pair import Judgement, JudgementKind, Pair
from portwatt.model.plan import ActivityKind
from portwatt.model.station import Connector
from portwatt.model.truck import TruckModel
from portwatt.state.keeping import without
from portwatt.state.limits import nameplate
from portwatt.state.totals import SUCCESS_DURATION, SUCCESS_ENERGY

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState
    from portwatt.state.transactions import TransactionState

MERGED: Final = timedelta(minutes=15)
"""Tries of one truck at one pair with no longer pause between them are one attempt."""
MAX_PAIRS: Final = 5_000
"""A station that names another firmware at every boot must not fill the state: later pairs are not counted."""
MAX_JUDGEMENTS: Final = 1_000
"""Decisions of people that are kept; the oldest go."""
ERROR_REASONS: Final = frozenset(
    {
        "EmergencyStop",
        "GroundFault",
        "HardReset",
        "ImmediateReset",
        "OvercurrentFault",
        "PowerLoss",
        "PowerQuality",
        "Reboot",
        "ReqEnergyTransferRejected",
        "SoftReset",
        "Timeout",
    }
)
"""Reasons of OCPP 1.6 and 2.x that are errors; the others are somebody's wish, or the end of a charge."""
ERROR_CODES: Final = frozenset(
    {
        "ConnectorLockFailure",
        "EVCommunicationError",
        "GroundFailure",
        "OverCurrentFailure",
        "OverVoltage",
        "PowerSwitchFailure",
        "UnderVoltage",
    }
)
"""Codes of OCPP 1.6 that count against a transaction also where the connector is not Faulted."""

VisitKey = NewType("VisitKey", str)


class PairFailure(Struct, frozen=True, order=True):
    """A try that failed. `cause`: id of the first finding, an error code or a stop reason; `source`: transaction, EVSE
    or capture it is known from; `side`: who is responsible, empty where nobody has examined it."""

    at: datetime
    cause: str
    text: str
    source: str
    side: str = ""


class PairRecord(Struct, frozen=True):
    """What is known of a pair. `attempts` after merging, of which `first_time` succeeded with the first try and
    `in_the_end` with some try; `retries` after a failed try, `retry_time` from the failed to the next try's start, no
    more than 15 minutes each."""

    pair: Pair
    attempts: int = 0
    first_time: int = 0
    in_the_end: int = 0
    tries: int = 0
    retries: int = 0
    retry_time: timedelta = timedelta(0)
    last_failure: PairFailure | None = None


class Visit(Struct, frozen=True):
    """The attempt a truck is at, or was last, at a pair: its last try, and whether any worked."""

    began_at: datetime
    ended_at: datetime
    worked: bool
    any_worked: bool


class Handshakes(Struct, frozen=True):
    """`trouble`: the first error code of each running transaction that had one."""

    pairs: Map[PairId, PairRecord] = Map()
    visits: Map[VisitKey, Visit] = Map()
    trouble: Map[TransactionId, str] = Map()
    judgements: tuple[Judgement, ...] = ()


class Try(Struct, frozen=True, kw_only=True):
    """One try of a truck at a pair; it worked unless there is a `failure`."""

    truck: TruckId
    pair: Pair
    began_at: datetime
    ended_at: datetime
    failure: PairFailure | None = None


def station_model(state: HubState, station: StationId) -> tuple[str, str]:
    """Maker with model, and software, as the station said of itself, else as the hub file has it; a station that
    nobody has described is a model of its own."""
    plate, known = state.hub.station_by_id.get(station), state.stations.get(station)
    vendor = (known.vendor if known else "") or (plate.vendor if plate else "")
    model = (known.model if known else "") or (plate.model if plate else "")
    return f"{vendor} {model}".strip() or station, known.firmware if known else ""


def pair_at(state: HubState, model: TruckModel, station: StationId, cables: tuple[Connector, ...]) -> Pair | None:
    """The pair of a truck model with the strongest of some cables it can take; None: it can take none.

    OCPP does not say which cable of an EVSE is used; rules.fit takes the strongest too.
    """
    fitting = [c for c in cables if fits(c.standard, model.inlets, model.adapters)]
    if not fitting:
        return None
    plug = max(fitting, key=lambda c: (c.max_a, c.standard in model.inlets)).standard
    through = (a.inlet for a in model.adapters if a.plug == plug and a.inlet in model.inlets)
    inlet = plug if plug in model.inlets else next(through)
    name, software = station_model(state, station)
    return Pair(
        truck_model=model.id,
        inlet=inlet,
        station_model=name,
        plug=plug,
        station_software=software,
        adapter=plug != inlet,
    )


def on_status(state: HubState, event: EvseStatusChanged) -> HubState:
    """A fault of an EVSE, before the state has taken it in: it counts against what runs there, or against the truck
    that has plugged in to charge there and got no transaction."""
    faulted = event.status is EvseStatus.FAULTED
    if event.evse is None or not (faulted or event.error_code in ERROR_CODES):
        return state
    known = state.evses.get(event.evse)
    code = event.error_code or event.status.value
    if known is None:
        return state
    if known.transaction is not None:
        if known.transaction in state.handshakes.trouble:
            return state
        return _with(state, trouble=state.handshakes.trouble.set(known.transaction, code))
    truck = _about_to_charge(state, event.evse)
    if known.status is not EvseStatus.OCCUPIED or not faulted or truck is None:
        return state
    pair = _pair_of(state, truck, event.evse)
    if pair is None:
        return state
    failure = PairFailure(event.reported_at, code, event.info or "faulted before a transaction", event.evse)
    began = known.changed_at if known.changed_at is not None else event.reported_at
    began = min(began, event.reported_at)
    return tried(state, Try(truck=truck, pair=pair, began_at=began, ended_at=event.reported_at, failure=failure))


def ended(state: HubState, name: TransactionId, over: TransactionState) -> HubState:
    """Count a transaction that is over, before its EVSE forgets what it was allowed to draw."""
    trouble = state.handshakes.trouble.get(name, "")
    if trouble:
        state = _with(state, trouble=state.handshakes.trouble.delete(name))
    if over.truck is None or over.ended_at is None or over.pack is not None or over.refused or over.late:
        return state
    failure = _failure(name, over, trouble)
    if failure is not None and not trouble and over.reason not in ERROR_REASONS and _held_back(state, over.evse):
        return state
    pair = _pair_of(state, over.truck, over.evse)
    if pair is None:
        return state
    began = min(over.started_at, over.ended_at)
    return tried(state, Try(truck=over.truck, pair=pair, began_at=began, ended_at=over.ended_at, failure=failure))


def tried(state: HubState, one: Try) -> HubState:
    """Count a try within the attempt it belongs to. Tries count in the order they are heard of."""
    shakes = state.handshakes
    key = VisitKey(f"{one.truck}|{one.pair.id}")
    if one.pair.id not in shakes.pairs and len(shakes.pairs) >= MAX_PAIRS:
        return state
    record = shakes.pairs.get(one.pair.id) or PairRecord(one.pair)
    before = shakes.visits.get(key)
    if before is not None and _apart(before, one) > MERGED:
        before = None
    works = one.failure is None
    visit = Visit(one.began_at, one.ended_at, works, works or (before is not None and before.any_worked))
    return _with(
        state,
        pairs=shakes.pairs.set(one.pair.id, _counted(record, one, before)),
        visits=shakes.visits.set(key, visit),
    )


def _counted(record: PairRecord, one: Try, before: Visit | None) -> PairRecord:
    works = one.failure is None
    failure = record.last_failure
    if one.failure is not None:
        failure = one.failure if failure is None else max(failure, one.failure)
    record = replace(record, tries=record.tries + 1, last_failure=failure)
    if before is None:
        return replace(
            record,
            attempts=record.attempts + 1,
            first_time=record.first_time + works,
            in_the_end=record.in_the_end + works,
        )
    if not before.worked:
        lost = min(MERGED, max(timedelta(0), one.began_at - before.began_at))
        record = replace(record, retries=record.retries + 1, retry_time=record.retry_time + lost)
    return replace(record, in_the_end=record.in_the_end + (works and not before.any_worked))


def on_judged(state: HubState, event: PairJudged) -> HubState:
    """The newest decision about exactly these pairs replaces an older one of its kind; CLEARED takes all back."""
    new = event.judgement
    clears = new.kind is JudgementKind.CLEARED
    kept = [j for j in state.handshakes.judgements if j.pairs != new.pairs or not (clears or j.kind is new.kind)]
    return _with(state, judgements=tuple(kept if clears else [*kept, new])[-MAX_JUDGEMENTS:])


def on_hour(state: HubState, at: datetime) -> HubState:
    """Let go of attempts nothing can be merged with any more, and of trouble whose transaction is gone."""
    shakes = state.handshakes
    over = [key for key, visit in shakes.visits.items() if visit.ended_at < at - timedelta(days=1)]
    gone = [name for name in shakes.trouble if name not in state.transactions]
    if not over and not gone:
        return state
    return _with(state, visits=without(shakes.visits, over), trouble=without(shakes.trouble, gone))


def _apart(before: Visit, one: Try) -> timedelta:
    """The pause between two tries, whichever came first."""
    return max(one.began_at - before.ended_at, before.began_at - one.ended_at)


def _failure(name: TransactionId, over: TransactionState, trouble: str) -> PairFailure | None:
    at = over.ended_at or over.started_at
    if trouble:
        return PairFailure(at, trouble, "the station reported an error while the transaction ran", name)
    if over.reason in ERROR_REASONS:
        return PairFailure(at, over.reason, "the transaction was ended by an error", name)
    lasted = at - over.started_at
    if over.energy >= SUCCESS_ENERGY and lasted >= SUCCESS_DURATION:
        return None
    seconds = round(lasted.total_seconds())
    return PairFailure(at, over.reason or "no reason given", f"{over.energy.as_kwh} kWh in {seconds} s", name)


def _held_back(state: HubState, evse: EvseId) -> bool:
    """Whether the hub itself allowed nothing."""
    limit = state.limits.get(evse)
    return limit is not None and limit.worst(nameplate(state, evse)).w == 0


def _pair_of(state: HubState, truck: TruckId, evse: EvseId) -> Pair | None:
    plate, outlet = state.hub.truck_by_id.get(truck), state.hub.evse_by_id.get(evse)
    if plate is None or outlet is None:
        return None
    return pair_at(state, state.hub.model_by_id[plate.model], station_of(evse), outlet.connectors)


def _about_to_charge(state: HubState, evse: EvseId) -> TruckId | None:
    """The truck whose charge at this EVSE is under way by its own word."""
    for name, truck in state.trucks.items():
        current = truck.current
        if current is not None and current.kind is ActivityKind.CHARGE and current.evse == evse:
            return name
    return None


def _with(state: HubState, **changes: object) -> HubState:
    return state.having(handshakes=replace(state.handshakes, **changes))
