"""The people's tables: trains, moves and trucks of a day from CSV or XLSX files (docs/reference/tables.md).

Every wrong cell is told at once, by file, row and column. Times without a zone are local to the hub.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from portwatt.config.faults import Fault, FaultyFileError, nearest
from portwatt.errors import UsageError
from portwatt.gateways.cells import Clock, Column, Row, read_table
from portwatt.ids import ConsignmentId, ContainerId, FleetId, IdToken, MoveId, PackId, PlaceId, TrainId, TruckId
from portwatt.model.container import Container, parse_container_id
from portwatt.model.hub import Hub
from portwatt.model.move import Move, TrainChoice
from portwatt.model.pack import BatteryPack
from portwatt.model.place import PlaceKind
from portwatt.model.train import Call, CallTime, Direction, TrainRun
from portwatt.model.truck import ALWAYS, SingleShift, Truck
from portwatt.units import SoC, Window

TRAIN_COLUMNS = (
    Column("number", ("train", "train number", "车次", "列车号"), True, "train number, 1 to 8 characters"),
    Column("id", ("run", "编号"), False, "name of the run; NUMBER-YYYYMMDD when left out"),
    Column("direction", ("方向",), True, "outbound (takes containers away; 出港) or inbound (brings them; 进港)"),
    Column("yard", ("station", "terminal", "车站", "场站"), True, "rail yard of the hub file"),
    Column("arrival", ("eta", "planned arrival", "到达", "到达时间"), False, "planned arrival; inbound needs it"),
    Column(
        "departure",
        ("etd", "planned departure", "发车", "发车时间", "出发时间"),
        False,
        "planned departure; outbound needs it",
    ),
    Column(
        "cut_off", ("closing", "gate in", "截关", "截关时间", "截载时间"), False, "last delivery; outbound needs it"
    ),
    Column("available", ("availability", "可提", "可提时间"), False, "when its containers are out; inbound needs it"),
    Column("capacity_teu", ("teu", "capacity", "标箱", "容量"), False, "TEU it takes; 100 when left out"),
    Column("service", ("班列", "线路"), False, "service, for people"),
    Column("corridor", ("通道", "走廊"), False, "containers may be rebooked to later trains of one corridor and yard"),
)
MOVE_COLUMNS = (
    Column("container", ("container number", "box", "箱号", "集装箱号"), True, "container number (ISO 6346)"),
    Column("id", ("move", "order", "任务号"), False, "name of the move; M and its row when left out"),
    Column("origin", ("from", "pick up", "起点", "提箱地"), True, "place of the hub file it is fetched at"),
    Column("destination", ("to", "drop off", "终点", "还箱地"), True, "place of the hub file it is put down at"),
    Column(
        "release", ("released", "ready", "放行", "放行时间", "可提时间"), False, "not before; needed without from_train"
    ),
    Column("due", ("deadline", "截止", "截止时间"), False, "by when; needed without train"),
    Column("train", ("booked train", "车次", "列车"), False, "outbound train it is booked on: run or number"),
    Column(
        "alternatives",
        ("later trains", "备选车次"),
        False,
        "later trains, separated by ; or - for none; when left out, up to three of the same corridor and yard",
    ),
    Column("from_train", ("inbound train", "到达车次"), False, "inbound train it comes on: run or number"),
    Column("teu", ("标箱",), False, "1 or 2; 2 when left out"),
    Column("consignment", ("shipment", "booking", "委托号", "运单号"), False, "consignment it belongs to"),
    Column("customs_hold", ("customs", "hold", "海关查验", "查验"), False, "yes while customs holds it"),
)
TRUCK_COLUMNS = (
    Column("id", ("truck", "plate", "车牌", "车辆"), True, "name of the truck"),
    Column("model", ("truck model", "车型"), True, "truck model of the hub file"),
    Column("place", ("start", "location", "位置", "地点"), True, "place of the hub file it starts at"),
    Column("soc_percent", ("soc", "charge", "电量", "剩余电量"), True, "state of charge at the start, percent"),
    Column("fleet", ("company", "carrier", "车队"), False, "fleet; OWN when left out"),
    Column("token", ("id token", "card", "卡号"), False, "OCPP IdToken, at most 20 characters; the id when left out"),
    Column("shift_start", ("on duty", "上班", "上班时间"), False, "start of duty; always on duty when left out"),
    Column("shift_end", ("off duty", "下班", "下班时间"), False, "end of duty"),
    Column("reserve_soc_percent", ("reserve", "最低电量"), False, "never planned below; 10 when left out"),
    Column("pack", ("battery", "电池", "电池编号"), False, "pack fitted; ID-P when left out on a model that swaps"),
)
_ALTERNATIVES = 3
"""Later trains a container may take when its row names none."""
_DIRECTIONS = {
    **dict.fromkeys(("outbound", "out", "export", "出港", "发送"), Direction.OUTBOUND),
    **dict.fromkeys(("inbound", "in", "import", "进港", "到达"), Direction.INBOUND),
}


def read_trains(path: Path, hub: Hub, day: date | None = None) -> tuple[TrainRun, ...]:
    """The train runs of a table. `day`: of cells with a time of day only. Raises FaultyFileError with every fault."""
    faults: list[Fault] = []
    rows = list(read_table(path, TRAIN_COLUMNS, _clock(hub, day), faults))
    runs = [(row, run) for row in rows if (run := _train(row, hub)) is not None]
    _unique("id", ((row, run.id) for row, run in runs))
    _settle(path, faults)
    return tuple(run for _, run in runs)


def read_moves(path: Path, hub: Hub, trains: Sequence[TrainRun] | None, day: date | None = None) -> tuple[Move, ...]:
    """The moves of a table, on these trains. Raises FaultyFileError with every fault.

    `trains` None: nobody knows them, because their own table is faulty. Then nothing is said about them here.
    """
    faults: list[Fault] = []
    rows = list(read_table(path, MOVE_COLUMNS, _clock(hub, day), faults))
    timetable = _Timetable(trains)
    moves = [(row, move) for row in rows if (move := _move(row, hub, timetable)) is not None]
    _unique("id", ((row, move.id) for row, move in moves))
    _unique("container", ((row, move.container.id) for row, move in moves))
    _settle(path, faults)
    return tuple(move for _, move in moves)


def read_trucks(path: Path, hub: Hub, day: date | None = None) -> tuple[Truck, ...]:
    """The trucks of a table; `equipped` puts them into the hub. Raises FaultyFileError with every fault."""
    faults: list[Fault] = []
    rows = list(read_table(path, TRUCK_COLUMNS, _clock(hub, day), faults))
    trucks = [(row, truck) for row in rows if (truck := _truck(row, hub)) is not None]
    _unique("id", ((row, truck.id) for row, truck in trucks))
    _unique("token", ((row, truck.token) for row, truck in trucks))
    slotted = {pack.id for pack in hub.packs if pack.slot is not None}
    _unique("pack", ((row, truck.pack) for row, truck in trucks if truck.pack is not None))
    for row, truck in trucks:
        if truck.pack in slotted:
            row.wrong("pack", f"{truck.pack!r} stands in a slot of the hub file")
    _settle(path, faults)
    return tuple(truck for _, truck in trucks)


def equipped(hub: Hub, trucks: Iterable[Truck]) -> Hub:
    """The hub with these trucks, and the packs fitted in them, in place of its own."""
    fleet = tuple(trucks)
    stock = [pack for pack in hub.packs if pack.slot is not None]
    for truck in fleet:
        family = hub.model_by_id[truck.model].family
        if truck.pack is not None and family is not None:
            stock.append(BatteryPack(truck.pack, family, truck.soc))
    return replace(hub, trucks=fleet, packs=tuple(stock))


def _clock(hub: Hub, day: date | None) -> Clock:
    return Clock(ZoneInfo(hub.timezone), day)


def _settle(path: Path, faults: list[Fault]) -> None:
    if faults:
        raise FaultyFileError(str(path), faults)


def _unique(key: str, named: Iterable[tuple[Row, str]]) -> None:
    first: dict[str, int] = {}
    for row, name in named:
        if name in first:
            row.wrong(key, f"{name!r} is already in row {first[name]}")
        first.setdefault(name, row.number)


# ── trains ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _train(row: Row, hub: Hub) -> TrainRun | None:
    yards = {p.id for p in hub.places if p.kind is PlaceKind.RAIL_YARD}
    number = row.text("number")
    if len(number) > 8:
        row.wrong("number", f"{number!r} is longer than 8 characters")
    direction = _DIRECTIONS.get(row.text("direction").casefold())
    if direction is None and not row.empty("direction"):
        row.wrong("direction", f"{row.text('direction')!r} is neither outbound nor inbound")
    yard = row.name("yard", yards, "rail yards of the hub file")
    capacity = row.number_in("capacity_teu", 1, 400, 100)
    service, corridor = row.text("service"), row.text("corridor")
    if direction is None:
        return None
    call = _call(row, direction, PlaceId(yard))
    if call is None or not number or not yard or capacity is None:
        return None
    anchor = call.departure if direction is Direction.OUTBOUND else call.arrival
    local = anchor.planned.astimezone(ZoneInfo(hub.timezone))
    return TrainRun(
        id=TrainId(row.text("id", f"{number}-{local:%Y%m%d}")),
        number=number,
        service=service,
        direction=direction,
        call=call,
        capacity_teu=int(capacity),
        corridor=corridor,
    )


def _call(row: Row, direction: Direction, yard: PlaceId) -> Call | None:
    """The call; an outbound train needs departure and cut-off, an inbound one arrival and availability."""
    keys = ("arrival", "departure", "cut_off", "available")
    arrival, departure, cut_off, available = (row.moment(key) for key in keys)
    needed = ("departure", "cut_off") if direction is Direction.OUTBOUND else ("arrival", "available")
    for key in needed:
        if row.empty(key):
            row.missing(key, f": an {direction.value} train needs it")
    first, last = arrival or departure, departure or arrival
    if first is None or last is None:
        return None
    if last < first:
        row.wrong("departure", "is before the arrival")
    if direction is Direction.OUTBOUND and cut_off is not None and cut_off > last:
        row.wrong("cut_off", "is after the departure")
    if direction is Direction.INBOUND and available is not None and available < first:
        row.wrong("available", "is before the arrival")
    outbound = direction is Direction.OUTBOUND
    return Call(
        yard,
        CallTime(first),
        CallTime(last),
        cut_off=cut_off if outbound else None,
        available=None if outbound else available,
    )


class _Timetable:
    """Runs by id, and by number where a number runs once."""

    def __init__(self, trains: Sequence[TrainRun] | None) -> None:
        self.known = trains is not None
        trains = trains or ()
        self.runs: Mapping[str, TrainRun] = {run.id: run for run in trains}
        runs = Counter(run.number for run in trains)
        self.numbers = {run.number: run for run in trains if runs[run.number] == 1}
        self.often = {number for number, count in runs.items() if count > 1}
        self._lines: dict[tuple[str, PlaceId], list[tuple[datetime, TrainRun]]] = {}
        for run in trains:
            if run.corridor and run.call.cut_off is not None:
                self._lines.setdefault((run.corridor, run.call.yard), []).append((run.call.cut_off, run))

    def find(self, row: Row, key: str, name: str, direction: Direction) -> TrainRun | None:
        """The run somebody means, or a fault."""
        run = self.runs.get(name) or self.numbers.get(name)
        if not self.known:
            return None
        if run is None:
            hint = nearest(name, [*self.runs, *self.numbers])
            often = "runs more than once; name the run, NUMBER-YYYYMMDD"
            row.wrong(key, f"train {name!r} {often if name in self.often else f'is not in the table of trains{hint}'}")
        elif run.direction is not direction:
            row.wrong(key, f"train {name!r} is {run.direction.value}; here an {direction.value} one belongs")
        else:
            return run
        return None

    def after(self, booked: TrainRun) -> list[TrainRun]:
        """Later trains that take the same containers: of the same corridor, from the same yard."""
        line = sorted(self._lines.get((booked.corridor, booked.call.yard), []), key=lambda row: (row[0], row[1].id))
        later = [run for cut_off, run in line if booked.call.cut_off is not None and cut_off > booked.call.cut_off]
        return later[:_ALTERNATIVES]


# ── moves ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _move(row: Row, hub: Hub, timetable: _Timetable) -> Move | None:
    container = _container(row)
    origin = row.name("origin", hub.place_by_id, "places of the hub file")
    destination = row.name("destination", hub.place_by_id, "places of the hub file")
    if origin and origin == destination:
        row.wrong("destination", "is the origin")
    elif origin and destination and (PlaceId(origin), PlaceId(destination)) not in hub.leg_by_ends:
        row.wrong("destination", f"no leg of the hub file leads there from {origin!r}")
    choices = _choices(row, timetable, destination)
    source = _source(row, timetable, origin)
    hold = row.flag("customs_hold")
    window = _window(row, choices, source)
    if container is None or not origin or not destination or window is None:
        return None
    return Move(
        id=MoveId(row.text("id", f"M{row.number:04d}")),
        container=container,
        origin=PlaceId(origin),
        destination=PlaceId(destination),
        release=window[0],
        due=window[1],
        trains=choices,
        from_train=source.id if source else None,
        customs_hold=hold,
    )


def _container(row: Row) -> Container | None:
    teu = row.number_in("teu", 1, 2, 2)
    consignment = row.text("consignment")
    number: ContainerId | None = None
    if not row.empty("container"):
        try:
            number = parse_container_id(row.text("container"))
        except UsageError as error:
            row.wrong("container", str(error))
    if teu is not None and teu != int(teu):
        row.wrong("teu", "is 1 or 2")
    if number is None or teu is None:
        return None
    return Container(number, int(teu), ConsignmentId(consignment) if consignment else None)


def _choices(row: Row, timetable: _Timetable, destination: str) -> tuple[TrainChoice, ...]:
    """The booked train, then the later ones that are named, or else those of its corridor."""
    name, named = row.text("train"), row.text("alternatives")
    if not name:
        if named:
            row.wrong("alternatives", "are given without a booked train; fill in the column train")
        return ()
    booked = timetable.find(row, "train", name, Direction.OUTBOUND)
    if booked is None:
        return ()
    if destination and booked.call.yard != destination:
        row.wrong("train", f"train {name!r} leaves from {booked.call.yard!r}, the container goes to {destination!r}")
    others = [] if named == "-" else [part.strip() for part in re.split("[;；、]", named) if part.strip()]
    found = [timetable.find(row, "alternatives", other, Direction.OUTBOUND) for other in others]
    later = [run for run in found if run is not None] if named else timetable.after(booked)
    for run in later:
        if destination and run.call.yard != destination:
            row.wrong("alternatives", f"train {run.id!r} leaves from {run.call.yard!r}")
    choices = (booked, *(run for run in later if run.id != booked.id))
    return tuple(TrainChoice(run.id, run.call.cut_off) for run in choices if run.call.cut_off is not None)


def _source(row: Row, timetable: _Timetable, origin: str) -> TrainRun | None:
    name = row.text("from_train")
    if not name:
        return None
    run = timetable.find(row, "from_train", name, Direction.INBOUND)
    if run is not None and origin and run.call.yard != origin:
        row.wrong("from_train", f"train {name!r} arrives at {run.call.yard!r}, the container is fetched at {origin!r}")
    return run


def _window(row: Row, choices: tuple[TrainChoice, ...], source: TrainRun | None) -> tuple[datetime, datetime] | None:
    """Release and due time: given, or those of the trains."""
    release, due = row.moment("release"), row.moment("due")
    if row.empty("release"):
        if source is None and row.empty("from_train"):
            row.missing("release", ", and no from_train says when")
        release = source.call.available if source else None
    if choices:
        if due is not None and due != choices[0].due:
            row.wrong("due", "differs from the cut-off of the booked train; leave it empty")
        due = choices[0].due
    elif row.empty("due") and row.empty("train"):
        row.missing("due", ", and no train says when")
    if release is None or due is None:
        return None
    if due <= release:
        row.wrong("release" if choices else "due", "leaves no time between release and due time")
    return release, due


# ── trucks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _truck(row: Row, hub: Hub) -> Truck | None:
    name = row.text("id")
    token = row.text("token", name)
    if len(token) > 20:
        row.wrong("token", f"{token!r} is longer than the 20 characters OCPP 1.6 allows")
    model = row.name("model", {m.id for m in hub.models}, "truck models of the hub file")
    place = row.name("place", hub.place_by_id, "places of the hub file")
    soc = row.number_in("soc_percent", 0, 100)
    reserve = row.number_in("reserve_soc_percent", 0, 100, 10)
    if soc is not None and reserve is not None and soc < reserve:
        row.wrong("soc_percent", f"{soc:g} % is below the reserve of {reserve:g} %; percent are 0 to 100")
    duty = _duty(row)
    fitted = row.text("pack")
    kind = next((m for m in hub.models if m.id == model), None)
    if kind is not None and kind.family is None and fitted:
        row.wrong("pack", f"trucks of {model!r} cannot swap; leave it empty")
    if not name or kind is None or not place or soc is None or reserve is None or duty is None:
        return None
    return Truck(
        id=TruckId(name),
        model=kind.id,
        fleet=FleetId(row.text("fleet", "OWN")),
        token=IdToken(token),
        place=PlaceId(place),
        soc=SoC.percent(soc),
        shift=None if duty is ALWAYS else SingleShift(duty),
        reserve=SoC.percent(reserve),
        pack=PackId(fitted or f"{name}-P") if kind.family is not None else None,
    )


def _duty(row: Row) -> Window | None:
    """Start and end of duty; a time of day at or before the start is on the next day."""
    if row.empty("shift_start") and row.empty("shift_end"):
        return ALWAYS
    for key in ("shift_start", "shift_end"):
        if row.empty(key):
            row.missing(key, " though the other end of the shift is given")
    start, end = row.moment("shift_start"), row.moment("shift_end")
    if start is None or end is None:
        return None
    if end <= start:
        end += timedelta(days=1)
    if end <= start:
        row.wrong("shift_end", "is more than a day before the start")
        return None
    return Window(start, end)
