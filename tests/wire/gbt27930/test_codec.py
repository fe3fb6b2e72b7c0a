"""Payloads to values and back, for every message of the tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.gateways.gbt_tables import load_gbt
from portwatt.wire.gbt27930.codec import MAX_LENGTH, GbtValueError, Layout, Value
from portwatt.wire.gbt27930.tables import Field, Kind

LAYOUTS = load_gbt().by_code
FIXED = [code for code, layout in LAYOUTS.items() if layout.table.length is not None]


def read(code: str, payload: str) -> dict[str, Value]:
    return LAYOUTS[code].read(bytes.fromhex(payload))


def test_scale_offset_and_sign() -> None:
    """Charging current is negative: raw 0x0E58 is 367.2 A - 400 A."""
    assert read("BCL", "A510580E02") == {"demand_voltage": 426.1, "demand_current": -32.8, "mode": 2}
    assert read("CCS", "050F580E0000FD")["charge_permitted"] == 1


def test_bits_within_bytes() -> None:
    values = read("BCS", "FE0E5A0E51414D2B00")
    assert (values["max_cell_voltage"], values["max_cell_group"], values["soc"]) == (3.37, 4, 77)
    assert read("BSM", "0A4605400355D5")["overcurrent"] == 1
    assert read("BSM", "0A4605400300D0")["max_cell_voltage_index"] == 11


def test_texts_dates_and_versions() -> None:
    assert read("CHM", "010100") == {"protocol_version": "1.1"}
    assert read("CTS", "59480823112620") == {
        **{"second": 59, "minute": 48, "hour": 8, "day": 23, "month": 11, "year": 2026}
    }
    assert read("CRM", "AA010000004E4742")["region_code"] == "NGB"


def test_what_is_not_what_the_table_says_comes_as_bytes() -> None:
    assert read("CTS", "5A480823112620")["second"] == b"\x5a"
    assert read("CRM", "AA01000000004742")["region_code"] == b"\x00GB"


def test_ones_in_an_optional_field_are_nothing() -> None:
    assert set(read("CTS", "FF" * 7).values()) == {None}
    assert read("BRM", "FF" * 49)["battery_type"] == 255  # mandatory: "other"


def test_arrays() -> None:
    assert read("BMV", "5211 5121".replace(" ", "")) == {"cell_voltage": (3.38, 3.37), "cell_group": (1, 2)}
    assert read("BMT", "46484A") == {"temperature": (20, 22, 24)}
    assert read("BMV", "") == {"cell_voltage": (), "cell_group": ()}


def test_a_short_payload_has_fewer_values() -> None:
    assert list(read("CML", "1C257C01DC05")) == ["max_output_voltage", "min_output_voltage", "max_output_current"]
    assert read("BCL", "A5") == {}


def test_undefined_bits_are_written_as_ones() -> None:
    assert LAYOUTS["CCS"].write({"charge_permitted": 1}, 7)[6] == 0b1111_1101
    assert LAYOUTS["BST"].spare_bits(4) == 0xF0 << 24
    assert LAYOUTS["BMV"].spare_bits(4) == 0


def known(field: Field) -> st.SearchStrategy[Value]:
    """Values a field can carry."""
    size = -(-field.bits // 8)
    if field.kind is Kind.BCD:
        return st.integers(0, 10 ** (size * 2) - 1)
    if field.kind is Kind.ASCII:
        return st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=size, max_size=size)
    if field.kind is Kind.VERSION:
        return st.builds("{}.{}".format, st.integers(0, 0xFFFF), st.integers(0, 0xFF))
    if field.kind is Kind.BYTES:
        return st.binary(min_size=size, max_size=size).filter(lambda b: b != b"\xff" * size)
    top = (1 << field.bits) - (1 if field.mandatory else 2)
    bias, steps = int(field.offset / field.scale), int(1 / field.scale)
    return st.integers(0, top).map(lambda raw: (raw + bias) / steps if steps != 1 else raw + bias)


def some(layout: Layout) -> st.SearchStrategy[dict[str, Value]]:
    """Values of all fields, or None where a field may be left out."""
    fields = layout.table.fields
    return st.fixed_dictionaries({f.name: known(f) if f.mandatory else st.none() | known(f) for f in fields})


@pytest.mark.parametrize("code", FIXED)
@given(data=st.data())
def test_values_come_back(code: str, data: st.DataObject) -> None:
    layout = LAYOUTS[code]
    values = data.draw(some(layout))
    payload = layout.write(values)
    assert layout.read(payload) == values
    assert len(payload) == layout.table.length


@given(st.lists(st.tuples(st.integers(0, 4095), st.integers(0, 15)), max_size=256))
def test_cells_come_back(cells: list[tuple[int, int]]) -> None:
    values: dict[str, Value] = {
        "cell_voltage": tuple(raw / 100 for raw, _ in cells),
        "cell_group": tuple(group for _, group in cells),
    }
    payload = LAYOUTS["BMV"].write(values)
    assert len(payload) == 2 * len(cells)
    assert LAYOUTS["BMV"].read(payload) == values


@given(st.lists(st.integers(-50, 205), max_size=128))
def test_temperatures_come_back(temperatures: list[int]) -> None:
    values: dict[str, Value] = {"temperature": tuple(temperatures)}
    assert LAYOUTS["BMT"].read(LAYOUTS["BMT"].write(values)) == values


@pytest.mark.parametrize("code", LAYOUTS)
@given(payload=st.binary(max_size=64))
def test_any_payload_is_read(code: str, payload: bytes) -> None:
    """And what was read can be written again: the defined bits are the same."""
    layout = LAYOUTS[code]
    values = layout.read(payload)
    again = int.from_bytes(layout.write(values, len(payload)), "little")
    defined = ((1 << len(payload) * 8) - 1) & ~layout.spare_bits(len(payload))
    assert again & defined == int.from_bytes(payload, "little") & defined


@pytest.mark.parametrize(
    ("code", "values", "said"),
    [
        ("BCL", {"demand_current": -400.1}, r"BCL.demand_current: -400.1 is outside -400.0 to 6153.5 A"),
        ("BCL", {"demand_current": float("nan")}, "is not a number"),
        ("BCL", {"demand_current": "much"}, "is not a number"),
        ("BCL", {"mode": b"\x01\x02"}, "2 bytes do not fit into 8 bits"),
        ("BCL", {"power": 1}, "has no field 'power'"),
        ("CTS", {"second": 100}, "does not fit"),
        ("CRM", {"region_code": "Ningbo"}, "does not fit"),
        ("CHM", {"protocol_version": "one"}, 'a version is written "1.1"'),
        ("BRM", {"pack_serial": 0xFFFFFFFF}, "give None"),
        ("BMT", {"temperature": 4}, "give a tuple of numbers"),
        ("BMT", {"temperature": (300,)}, "outside -50 to 205 degC"),
    ],
)
def test_what_does_not_fit_is_named(code: str, values: dict[str, Value], said: str) -> None:
    with pytest.raises(GbtValueError, match=said) if "no field" not in said else pytest.raises(Exception, match=said):
        LAYOUTS[code].write(values)


def test_a_message_has_room_for_its_values() -> None:
    with pytest.raises(GbtValueError, match="does not fit into 4 bytes"):
        LAYOUTS["BCL"].write({"mode": 1}, 4)
    with pytest.raises(GbtValueError, match="a message has 0 to"):
        LAYOUTS["BCL"].write({}, MAX_LENGTH + 1)
