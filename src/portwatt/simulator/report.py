"""A virtual day for people: what was moved, what it took, what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from portwatt.ids import MoveId
from portwatt.model.train import Direction
from portwatt.simulator.result import STILL_TO_COME, HubResult, Result

_MOST_LISTED = 8
_MOST_NAMED = 3


def report(result: Result) -> RenderableType:
    """The report of a result: the hubs side by side, the trains of each, then what has to be looked at."""
    hubs = list(result.hubs.values())
    parts: list[RenderableType] = [_figures(hubs)]
    for hub in hubs:
        parts += [Text(), _trains(hub)]
    parts += [Text(), *_remarks(result)]
    return Group(*parts)


def _figures(hubs: list[HubResult]) -> Table:
    days = ", ".join(sorted({f"{h.hours:g} h, seed {h.seed}{', undisturbed' if h.undisturbed else ''}" for h in hubs}))
    table = Table(title=f"What became of the day: {days}", title_justify="left")
    table.add_column("")
    for hub in hubs:
        table.add_column(hub.name, justify="right")
    for label, cells in _rows(hubs):
        table.add_row(label, *cells)
    return table


def _rows(hubs: list[HubResult]) -> Iterable[tuple[str, list[str]]]:
    yield "violations", [_good(str(h.violations.count), h.violations.count == 0) for h in hubs]
    yield (
        "moves by truck / shuttle / not",
        [f"{h.moves.served} / {h.moves.fallback} / {h.moves.unserved}" for h in hubs],
    )
    yield (
        "containers on booked train / rebooked / missed",
        [f"{h.containers.on_booked_train} / {h.containers.rebooked} / {h.containers.missed}" for h in hubs],
    )
    yield "kept their train", [_share(_kept(h)) for h in hubs]
    yield "trucks, ran empty on the road", [f"{h.trucks}, {_good(str(h.stranded), h.stranded == 0)}" for h in hubs]
    yield "transactions, swaps", [f"{h.transactions}, {h.swaps}" for h in hubs]
    yield "first-time handshakes", [_share(_first_time(h)) for h in hubs]
    yield "energy", [f"{h.energy_kwh:,.0f} kWh" for h in hubs]
    yield "peak of charging, of limit", [f"{h.peak_kw:,.0f} of {h.grid_limit_kw:,.0f} kW" for h in hubs]
    yield "cost of energy, of shuttles", [f"CNY {h.cost_cny:,.0f}, {h.fallback_cny:,.0f}" for h in hubs]
    yield "EVSEs, trucks in use", [f"{_share(h.utilisation.evses)}, {_share(h.utilisation.trucks)}" for h in hubs]
    yield "plans adopted / rejected", [f"{h.planning.adopted} / {h.planning.rejected}" for h in hubs]
    yield "troubles", [_counted(h.troubles) for h in hubs]
    yield "events, frames", [f"{h.events:,}, {h.frames:,}" for h in hubs]
    if any(h.planning.seconds for h in hubs):  # where planning has processes of its own nobody adds it up
        yield "wall time, of it planning", [f"{h.wall_seconds:.1f} s, {h.planning.seconds:.1f} s" for h in hubs]
    else:
        yield "wall time", [f"{h.wall_seconds:.1f} s" for h in hubs]


def _trains(hub: HubResult) -> Table:
    zone = ZoneInfo(hub.timezone)
    table = Table(title=f"Trains of {hub.name} (local time)", title_justify="left")
    for column in ("train", "", "planned", "real"):
        table.add_column(column)
    for column in ("containers", "in time", "to come"):
        table.add_column(column, justify="right")
    for train in hub.trains:
        if not train.containers and not train.in_time:
            continue
        times = [m.astimezone(zone).strftime("%d %H:%M") if m else "–" for m in (train.planned, train.actual)]
        way = "out" if train.direction is Direction.OUTBOUND else "in"
        good = train.in_time + train.to_come >= train.containers
        in_time, to_come = _good(str(train.in_time), good), str(train.to_come or "–")
        table.add_row(train.train, way, *times, str(train.containers), in_time, to_come)
    return table


def _remarks(result: Result) -> Iterable[Text]:
    for wrong in result.violations.list[:_MOST_LISTED]:
        yield Text(f"violation {wrong.at:%d %b %H:%M:%S} UTC {wrong.kind.value}: {wrong.message}", style="red")
    if result.violations.count > _MOST_LISTED:
        yield Text(f"and {result.violations.count - _MOST_LISTED} more violations", style="red")
    for hub in result.hubs.values():
        yield from _undelivered(hub)
        if hub.commands_failed:
            yield Text(f"{hub.hub}: commands that came to nothing: {_counted(hub.commands_failed)}")


def _undelivered(hub: HubResult) -> Iterable[Text]:
    """What nobody brings, by reason; what was merely still to come when the day ended, in one line."""
    to_come = [m for m in hub.unserved if m.reason in STILL_TO_COME]
    lost = [m for m in hub.unserved if m.reason not in STILL_TO_COME]
    by_reason: dict[str, list[MoveId]] = {}
    for move in lost:
        by_reason.setdefault(move.detail or move.reason, []).append(move.move)
    for why, moves in sorted(by_reason.items(), key=lambda item: -len(item[1]))[:_MOST_LISTED]:
        named = ", ".join(moves[:_MOST_NAMED]) + (" and others" if len(moves) > _MOST_NAMED else "")
        yield Text(f"{hub.hub}: {len(moves)} not delivered ({named}): {why}")
    if len(by_reason) > _MOST_LISTED:
        more = sum(len(moves) for moves in by_reason.values())
        yield Text(f"{hub.hub}: {more} not delivered altogether; the JSON file has every reason")
    rest = hub.moves.unserved - len(lost)
    if to_come and rest:
        yield Text(f"{hub.hub}: {rest} moves were on the way or planned for later when it ended")


def _kept(hub: HubResult) -> float | None:
    """train_connection_rate (facts kpi_definitions.json): decided containers on a booked or later train."""
    made = hub.containers.on_booked_train + hub.containers.rebooked
    decided = made + hub.containers.missed
    return made / decided if decided else None


def _first_time(hub: HubResult) -> float | None:
    return hub.handshakes.first_time / hub.handshakes.visits if hub.handshakes.visits else None


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _good(text: str, good: bool) -> str:
    return text if good else f"[red]{text}[/red]"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()) or "none"
