"""The tables of a plan's page: trains, exceptions, money, and what all of it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from portwatt.gateways.markup import Content, Html, join, tag
from portwatt.gateways.plan_charts import slack_strip
from portwatt.gateways.plan_gantt import Axis, moments_of
from portwatt.ids import MoveId, PlaceId
from portwatt.model.hub import Hub
from portwatt.model.plan import Unserved
from portwatt.model.train import Direction, TrainRun
from portwatt.planning.day import PlannedDay
from portwatt.planning.outlook import TrainOutlook, train_outlooks
from portwatt.planning.score import deliveries
from portwatt.units import Money

_NUMBERS = frozenset(
    {"containers", "on time", "late", "rebooked", "missed, late", "on hold", "least slack", "cost", "amount"}
)
_TIGHT = timedelta(minutes=30)


def table(heads: Sequence[str], rows: Iterable[Sequence[Content]], empty: str) -> Html:
    """A table, or the sentence that stands for an empty one. Columns of figures are set to the right."""
    body = [
        tag(
            "tr",
            *(tag("td", cell, class_="n" if head in _NUMBERS else None) for head, cell in zip(heads, row, strict=True)),
        )
        for row in rows
    ]
    if not body:
        return tag("p", empty, class_="none")
    head = tag("tr", *(tag("th", h, scope="col", class_="n" if h in _NUMBERS else None) for h in heads))
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body)), class_="wide")


def minutes(duration: timedelta | None) -> str:
    """A duration as people say it: ``1 h 05``, ``12 min``, with a minus after the moment."""
    if duration is None:
        return "–"
    whole = round(duration.total_seconds() / 60)
    sign, whole = ("−" if whole < 0 else ""), abs(whole)
    return f"{sign}{whole // 60} h {whole % 60:02d}" if whole >= 60 else f"{sign}{whole} min"


def money(amount: Money) -> str:
    return f"{amount.amount:,.2f} {amount.currency}".replace(",", "\u202f")


def trains_table(day: PlannedDay, axis: Axis) -> Html:
    """One row a train: its containers, how they stand, how close it gets."""
    outlooks = train_outlooks(day.request.trains, day.request.moves, day.plan)
    rows = sorted(zip(day.request.trains, outlooks, strict=True), key=lambda row: [at for _, at in moments_of(row[0])])
    heads = (
        "train",
        "service",
        "way",
        "yard",
        "cut-off · arrives",
        "departs · ready",
        "containers",
        "on time",
        "rebooked",
        "missed, late",
        "on hold",
        "least slack",
        "last 6 h",
    )
    cells = (_train_row(train, outlook, axis) for train, outlook in rows)
    return table(heads, cells, "No trains were given.")


def _train_row(train: TrainRun, outlook: TrainOutlook, axis: Axis) -> tuple[Content, ...]:
    out = train.direction is Direction.OUTBOUND
    (_, first), (_, second) = moments_of(train)
    rebooked = f"−{outlook.rebooked_away}" if outlook.rebooked_away else ""
    rebooked += f" +{outlook.rebooked_here}" if outlook.rebooked_here else ""
    lost = outlook.missed + outlook.late
    slack = outlook.least_slack
    tight = slack is not None and slack < _TIGHT
    return (
        tag("b", train.number, title=train.id),
        train.service,
        "▶ out" if out else "◀ in",
        train.call.yard,
        axis.local(first, "%d %b %H:%M"),
        axis.local(second, "%d %b %H:%M"),
        outlook.booked,
        outlook.on_time,
        rebooked.strip() or "0",
        tag("b", f"{lost} !", class_="bad") if lost else 0,
        outlook.held,
        tag("b", f"{minutes(slack)} !", class_="warn") if tight else minutes(slack),
        slack_strip(outlook.deliveries),
    )


def late_table(day: PlannedDay, axis: Axis) -> Html:
    heads = ("move", "container", "from", "to", "due", "put down", "late")
    delivered = deliveries(day.plan)
    late = (m for m in day.problem.moves if m.id in delivered and delivered[m.id] > m.last_deadline)
    rows = (
        (
            m.id,
            _container(day, m.id),
            *_ends(day, m.id),
            axis.local(m.last_deadline, "%d %b %H:%M"),
            axis.local(delivered[m.id], "%d %b %H:%M"),
            minutes(delivered[m.id] - m.last_deadline),
        )
        for m in sorted(late, key=lambda m: m.last_deadline)
    )
    return table(heads, rows, "Everything carried is put down in time.")


def rebooked_table(day: PlannedDay) -> Html:
    heads = ("move", "container", "from train", "to train", "why")
    rows = (
        (
            r.move,
            _container(day, r.move),
            r.from_train,
            r.to_train if r.to_train is not None else tag("b", "none: it misses its last train", class_="bad"),
            r.reason,
        )
        for r in day.plan.rebookings
    )
    return table(heads, rows, "Every container the plan carries reaches the train it is booked on.")


def unserved_table(day: PlannedDay) -> Html:
    heads = ("move", "container", "from", "to", "reason", "in words")
    rows = ((u.move, _container(day, u.move), *_ends(day, u.move), _reason(u), u.detail) for u in day.plan.unserved)
    return table(heads, rows, "Every move is carried by a truck or a fallback.")


def _reason(unserved: Unserved) -> str:
    return unserved.reason.value.replace("_", " ")


def fallback_table(day: PlannedDay, axis: Axis) -> Html:
    heads = ("move", "container", "from", "to", "fallback", "when", "cost", "why")
    rows = (
        (
            u.move,
            _container(day, u.move),
            *_ends(day, u.move),
            u.fallback,
            f"{axis.local(u.window.start, '%d %b %H:%M')}–{axis.local(u.window.end)}",
            money(u.cost),
            u.reason,
        )
        for u in day.plan.fallbacks
    )
    return table(heads, rows, "No diesel shuttle is used.")


def violations_table(day: PlannedDay, axis: Axis) -> Html:
    heads = ("kind", "what", "when")
    rows = (
        (v.kind.value.replace("_", " "), v.message, axis.local(v.at, "%d %b %H:%M") if v.at else "–")
        for v in day.violations
    )
    return table(heads, rows, "The independent check found nothing wrong with this plan.")


def cost_table(day: PlannedDay) -> Html:
    items = [
        (f"{item.name}, {item.band.value.replace('_', ' ')}" if item.band else item.name, money(item.amount))
        for item in day.score.items
    ]
    total = (tag("b", "all together"), tag("b", money(day.score.cost)))
    return table(("item", "amount"), [*items, total], "Nothing costs anything.")


def _container(day: PlannedDay, move: MoveId) -> Content:
    known = day.problem.move_by_id.get(move)
    return tag("code", known.container.id) if known else "–"


def _ends(day: PlannedDay, move: MoveId) -> tuple[Content, Content]:
    known = day.problem.move_by_id.get(move)
    return (_place(day, known.origin), _place(day, known.destination)) if known else ("–", "–")


def _place(day: PlannedDay, place: PlaceId) -> str:
    known = day.request.hub.place_by_id.get(place)
    return known.name if known and known.name else place


# ── what it rests on ────────────────────────────────────────────────────────────────────────────────────────────────


def assumptions_table(day: PlannedDay) -> Html:
    """Everything a person should know to be assumed before deciding by this plan."""
    rows = ((what, join(_badge(status)), basis) for what, status, basis in _assumptions(day))
    return table(("what", "status", "basis"), rows, "Nothing is assumed.")


def _badge(status: str) -> Html:
    return tag("span", status, class_=f"badge {'ok' if status == 'verified' else 'open'}")


def _assumptions(day: PlannedDay) -> Iterator[tuple[str, str, str]]:
    hub = day.request.hub
    tariff = hub.tariff
    yield f"commissioning state {hub.commissioning}", "as announced", hub.commissioning_basis
    yield (
        f"tariff {tariff.id} ({tariff.document})",
        "verified" if tariff.verified else "not verified",
        tariff.basis or "no basis given",
    )
    yield "every station, EVSE and slot works", "assumption", "planned from tables, nothing is connected"
    yield "packs stand in their slots as full as the hub file says", "assumption", "nothing is connected"
    yield "prices of driving, waiting and battery wear", "assumption", "defaults of the planner, not published figures"
    yield from _by_basis("figures of truck model", _statuses(hub))
    yield from _by_basis("place", ((p.name or p.id, p.basis) for p in hub.places))
    yield from _by_basis("handshake odds", ((f"{o.plug.value} with {o.inlet.value}", o.basis) for o in hub.odds))


def _statuses(hub: Hub) -> Iterator[tuple[str, str]]:
    used = {t.model for t in hub.trucks}
    return ((m.id, m.basis) for m in hub.models if m.id in used)


def _by_basis(noun: str, rows: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Things that rest on the same basis in one row."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, basis in rows:
        groups[basis].append(name)
    for basis, names in groups.items():
        yield f"{noun}: {', '.join(names)}", _status(basis), basis or "no basis given"


def _status(basis: str) -> str:
    text = basis.lower()
    if not text:
        return "no basis given"
    if "assum" in text:
        return "assumption"
    return "not verified" if "unverified" in text or "not verified" in text or "memory" in text else "see basis"
