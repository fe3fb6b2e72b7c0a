from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from portwatt.config import FaultyFileError, load_hub
from portwatt.gateways.tables import (
    MOVE_COLUMNS,
    TRAIN_COLUMNS,
    TRUCK_COLUMNS,
    equipped,
    read_moves,
    read_trains,
    read_trucks,
)
from portwatt.model.train import Direction
from portwatt.model.truck import SingleShift
from portwatt.units import SoC, Window

EXAMPLES = Path(__file__).parents[2] / "examples"
HUB = load_hub(EXAMPLES / "dry-port.toml")
TRAINS = read_trains(EXAMPLES / "trains.csv", HUB)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def csv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def told(read, *args: object) -> list[str]:
    with pytest.raises(FaultyFileError) as caught:
        read(*args)
    return [str(fault) for fault in caught.value.faults]


# ── the example ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_example_day_is_read():
    moves = read_moves(EXAMPLES / "moves.csv", HUB, TRAINS)
    trucks = read_trucks(EXAMPLES / "trucks.csv", HUB)
    assert (len(TRAINS), len(moves), len(trucks)) == (4, 23, 6)
    assert [t.direction for t in TRAINS].count(Direction.OUTBOUND) == 3
    assert TRAINS[1].id == "X9102-20261124"
    assert TRAINS[1].call.cut_off == utc(24, 3, 30)
    assert [c.train for c in moves[0].trains] == ["X9102-20261124", "X9104-20261124"]
    assert moves[0].due == TRAINS[1].call.cut_off
    assert len(moves[12].trains) == 1, "a dash: no other train"
    assert moves[15].from_train == TRAINS[0].id
    assert moves[15].release == TRAINS[0].call.available
    assert sum(m.customs_hold for m in moves) == 2


def test_the_trucks_of_a_table_bring_their_packs():
    hub = equipped(HUB, read_trucks(EXAMPLES / "trucks.csv", HUB))
    packs = {p.id: p for p in hub.packs}
    assert {t.id for t in hub.truck_by_id.values()} == {f"QX-0{n}" for n in range(1, 7)}
    assert packs["QX-04-P"].soc == SoC.percent(40)
    assert "QX-05-P" not in packs
    assert sum(p.slot is not None for p in hub.packs) == 3


def test_xlsx_with_real_date_cells_gives_the_same(tmp_path):
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["车次", "方向", "车站", "到达时间", "发车", "截关", "TEU"])
    departure = datetime(2026, 11, 24, 15, 30)  # noqa: DTZ001 - a date cell has no zone
    sheet.append([75052, "出港", "YARD", None, departure, departure.replace(hour=11), 92])
    book.save(tmp_path / "trains.xlsx")
    (run,) = read_trains(tmp_path / "trains.xlsx", HUB)
    assert (run.number, run.id, run.capacity_teu) == ("75052", "75052-20261124", 92)
    assert run.call.departure.planned == utc(24, 7, 30)
    assert run.call.arrival == run.call.departure


def test_a_title_may_stand_above_the_head(tmp_path):
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["清溪无水港 2026年11月25日 列车计划"])
    sheet.merge_cells("A1:G1")
    sheet.append([])
    sheet.append(["车次", "方向", "车站", "发车时间", "截关时间", "备注"])
    sheet.append(["X9102", "出港", "YARD", "2026年11月25日 15:30", "2026/11/25 11:30", "准点"])
    sheet.append([])
    sheet.append(["X9104", "出港", "MOON", "2026-11-25 21:00", "2026-11-25 17:00"])
    book.save(tmp_path / "trains.xlsx")
    with pytest.raises(FaultyFileError) as wrong:
        read_trains(tmp_path / "trains.xlsx", HUB)
    assert [fault.place for fault in wrong.value.faults] == ["row 6, column yard"]
    sheet["C6"] = "YARD"
    book.save(tmp_path / "trains.xlsx")
    assert [run.number for run in read_trains(tmp_path / "trains.xlsx", HUB)] == ["X9102", "X9104"]


def test_a_head_below_a_title_is_named_by_its_row(tmp_path):
    path = csv(tmp_path, "Trains of the day,,\nnumber,direction,departur\nX1,outbound,\n")
    with pytest.raises(FaultyFileError) as wrong:
        read_trains(path, HUB)
    assert {fault.place for fault in wrong.value.faults} == {"row 2"}


def test_moves_are_read_without_their_trains_when_those_are_faulty(tmp_path):
    path = csv(
        tmp_path,
        "container,origin,destination,release,train,from_train\n"
        "PWAU2495230,WEST,YARD,2026-11-24 05:00,X1,\n"
        "PWAU6214291,YARD,WEST,,,X2\n"
        "PWAU5706656,NOWHERE,YARD,2026-11-24 05:00,X1,\n",
    )
    with pytest.raises(FaultyFileError) as wrong:
        read_moves(path, HUB, None)
    found = [(fault.place, fault.message) for fault in wrong.value.faults]
    assert [place for place, _ in found] == ["row 3, column due", "row 4, column origin"]


# ── wrong cells ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_wrong_cell_of_a_train_table_is_told(tmp_path):
    path = csv(
        tmp_path,
        "number,direction,yard,arrival,departure,cut_off,available,capacity_teu\n"
        "X1,sideways,YARD,,,,,\n"
        "X2,outbound,WEST,,2026-11-24 10:00,,,0\n"
        "X3,inbound,YARD,2026-11-24 10:00,2026-11-24 09:00,,2026-11-24 08:00,\n"
        "X4-TOO-LONG,outbound,YARD,,2026-11-24 10:00,2026-11-24 11:00,,\n"
        "X5,outbound,YARD,,2026-11-24 10:00,2026-11-24 09:00,,\n"
        "X5,outbound,YARD,,2026-11-24 20:00,2026-11-24 19:00,,\n",
    )
    assert told(read_trains, path, HUB) == [
        "row 2, column direction: 'sideways' is neither outbound nor inbound",
        "row 3, column yard: 'WEST' is not among the rail yards of the hub file",
        "row 3, column capacity_teu: '0' is not a number from 1 to 400",
        "row 3, column cut_off: is empty: an outbound train needs it; fill it in",
        "row 4, column departure: is before the arrival",
        "row 4, column available: is before the arrival",
        "row 5, column number: 'X4-TOO-LONG' is longer than 8 characters",
        "row 5, column cut_off: is after the departure",
        "row 7, column id: 'X5-20261124' is already in row 6",
    ]


MOVE_HEAD = "container,origin,destination,release,due,train,alternatives,from_train,teu,customs_hold\n"
BOX = "CSQU3054383"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("CSQU3054384,WEST,YARD,2026-11-24 06:00,,X9102,,,2,", "column container: container 'CSQU3054384': the last"),
        (f"{BOX},WEST,YARDS,2026-11-24 06:00,,,,,2,", "column destination: 'YARDS' is not among the places"),
        (f"{BOX},WEST,WEST,2026-11-24 06:00,2026-11-24 09:00,,,,2,", "column destination: is the origin"),
        (f"{BOX},WEST,YARD,,,X9102,,,2,", "column release: is empty, and no from_train says when"),
        (f"{BOX},WEST,MILL,2026-11-24 06:00,,,,,2,", "column due: is empty, and no train says when"),
        (f"{BOX},WEST,YARD,2026-11-24 06:00,,X9120,,,2,", "'X9120' is not in the table of trains; did you mean"),
        (f"{BOX},WEST,YARD,2026-11-24 06:00,,X9101,,,2,", "column train: train 'X9101' is inbound"),
        (f"{BOX},WEST,MILL,2026-11-24 06:00,,X9102,,,2,", "column train: train 'X9102' leaves from 'YARD'"),
        (f"{BOX},WEST,YARD,2026-11-24 12:00,,X9102,,,2,", "column release: leaves no time"),
        (f"{BOX},WEST,MILL,2026-11-24 12:00,2026-11-24 12:00,,,,2,", "column due: leaves no time"),
        (f"{BOX},WEST,YARD,2026-11-24 06:00,2026-11-24 11:00,X9102,,,2,", "column due: differs from the cut-off"),
        (f"{BOX},WEST,YARD,2026-11-24 06:00,2026-11-24 09:00,,X9104,,2,", "column alternatives: are given without"),
        (f"{BOX},WEST,YARD,2026-11-24 06:00,,X9102,X9101,,2,", "column alternatives: train 'X9101' is inbound"),
        (f"{BOX},WEST,MILL,,2026-11-24 20:00,,,X9101,2,", "column from_train: train 'X9101' arrives at 'YARD'"),
        (f"{BOX},WEST,MILL,2026-11-24 06:00,2026-11-24 09:00,,,,1.5,", "column teu: is 1 or 2"),
        (f"{BOX},WEST,MILL,2026-11-24 06:00,2026-11-24 09:00,,,,3,", "column teu: '3' is not a number"),
        (f"{BOX},WEST,MILL,2026-11-24 06:00,2026-11-24 09:00,,,,2,maybe", "column customs_hold: 'maybe' is neither"),
        (f"{BOX},WEST,MILL,soon,2026-11-24 09:00,,,,2,", "column release: 'soon' is not a time"),
    ],
)
def test_each_wrong_cell_of_a_move_is_told(tmp_path, row, said):
    found = told(read_moves, csv(tmp_path, MOVE_HEAD + row + "\n"), HUB, TRAINS)
    assert any(fault.startswith("row 2, ") and said in fault for fault in found), found


def test_a_container_travels_once(tmp_path):
    row = f"{BOX},WEST,MILL,2026-11-24 06:00,2026-11-24 09:00,,,,2,\n"
    path = csv(tmp_path, MOVE_HEAD + row + row.replace("CSQU", "csqu "))
    assert told(read_moves, path, HUB, TRAINS) == [f"row 3, column container: '{BOX}' is already in row 2"]


def test_a_number_that_runs_twice_asks_for_the_run(tmp_path):
    head = "number,direction,yard,departure,cut_off\n"
    days = "".join(f"X1,out,YARD,2026-11-{d} 20:00,2026-11-{d} 14:00\n" for d in (24, 25))
    runs = read_trains(csv(tmp_path, head + days), HUB)
    row = f"{BOX},WEST,YARD,2026-11-24 06:00,,X1,,,2,\n"
    assert "runs more than once" in told(read_moves, csv(tmp_path, MOVE_HEAD + row), HUB, runs)[0]
    (move,) = read_moves(csv(tmp_path, MOVE_HEAD + row.replace("X1", "X1-20261125")), HUB, runs)
    assert move.due == utc(25, 6)


def test_named_alternatives_go_before_those_of_the_corridor(tmp_path):
    row = f"{BOX},WEST,YARD,2026-11-24 06:00,,X9102,75101; X9104,,2,\n"
    (move,) = read_moves(csv(tmp_path, MOVE_HEAD + row), HUB, TRAINS)
    assert [c.train.partition("-")[0] for c in move.trains] == ["X9102", "75101", "X9104"]


def test_every_wrong_cell_of_a_truck_table_is_told(tmp_path):
    path = csv(
        tmp_path,
        "id,model,place,soc,shift_start,shift_end,pack,token\n"
        "T1,FOTON,HUB,50,,,,\n"
        "T2,FOTON-EST,HUBB,0.8,,,,\n"
        "T3,EACTROS-600,HUB,full,2026-11-24 06:00,,P-1,\n"
        "T4,FOTON-EST,HUB,50,,,QX-SWAP-P1,\n"
        "T4,FOTON-EST,HUB,50,,,,A-TOKEN-OF-21-LETTERS\n",
    )
    assert told(read_trucks, path, HUB) == [
        "row 2, column model: 'FOTON' is not among the truck models of the hub file; did you mean 'FOTON-EST'?",
        "row 3, column place: 'HUBB' is not among the places of the hub file; did you mean 'HUB'?",
        "row 3, column soc_percent: 0.8 % is below the reserve of 10 %; percent are 0 to 100",
        "row 4, column soc_percent: 'full' is not a number from 0 to 100",
        "row 4, column shift_end: is empty though the other end of the shift is given; fill it in",
        "row 4, column pack: trucks of 'EACTROS-600' cannot swap; leave it empty",
        "row 6, column token: 'A-TOKEN-OF-21-LETTERS' is longer than the 20 characters OCPP 1.6 allows",
        "row 6, column id: 'T4' is already in row 5",
        "row 5, column pack: 'QX-SWAP-P1' stands in a slot of the hub file",
    ]


def test_times_of_day_are_of_the_day_given(tmp_path):
    path = csv(
        tmp_path, "id,model,place,soc,shift_start,shift_end\nA,FOTON-EST,HUB,50%,18:00,06:00\nB,FOTON-EST,HUB,50,,\n"
    )
    night, always = read_trucks(path, HUB, date(2026, 11, 24))
    assert night.shift == SingleShift(Window(utc(24, 10), utc(24, 22)))
    assert always.shift is None


# ── anything ────────────────────────────────────────────────────────────────────────────────────────────────────────

CELL = st.text(max_size=12) | st.sampled_from(
    ["", "YARD", "WEST", "HUB", BOX, "X9102", "X9101", "2026-11-24 06:00", "2026-11-24 20:00", "50", "2", "yes", "-",
     "outbound", "inbound", "FOTON-EST", "nan", "1e999", "=1+1", "06:00", "P1"]
)  # fmt: skip
READERS = [
    (TRAIN_COLUMNS, lambda path: read_trains(path, HUB)),
    (MOVE_COLUMNS, lambda path: read_moves(path, HUB, TRAINS)),
    (TRUCK_COLUMNS, lambda path: read_trucks(path, HUB, date(2026, 11, 24))),
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(READERS), st.data())
def test_any_cells_give_values_or_faults_with_a_place(tmp_path, reader, data):
    columns, read = reader
    rows = data.draw(st.lists(st.lists(CELL, min_size=len(columns), max_size=len(columns)), max_size=4))
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([c.key for c in columns])
    for row in rows:
        sheet.append(["".join(c for c in cell if c.isprintable()) for cell in row])
    book.save(tmp_path / "any.xlsx")
    try:
        places = [f"row {n}" for n, _ in enumerate(read(tmp_path / "any.xlsx"))]
    except FaultyFileError as error:
        places = [fault.place for fault in error.faults]
        assert places
    assert all(place.startswith("row ") for place in places)
