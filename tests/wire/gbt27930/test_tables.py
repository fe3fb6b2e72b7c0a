"""Tables from their texts: what is shipped agrees with the standard's identifiers, and a wrong row is named."""

from __future__ import annotations

import pytest

from portwatt.gateways.gbt_tables import load_gbt
from portwatt.wire.gbt27930.tables import Edition, GbtTableError, Kind, parse_tables

TABLES = load_gbt().tables
MESSAGES = "code,name,pf,priority,length,period_ms,sender,stage,long,note\nXYZ,x,0x10,6,2,50,bms,charging,no,\n"
FIELDS = "message,name,byte,bit,bits,stride,scale,offset,unit,spn,mandatory,type,labels,note\n"
FACTS = (
    '{"standard":"s","status":"s","sources":[],"transport":{"t_ms":{}},"limits":[],"retries":3,'
    '"editions":[{"name":"2015","version":"1.1","lengths":{"XYZ":[2,3]},"absent":[],"differs":"","status":""}]}'
)


@pytest.mark.parametrize(
    ("code", "can_id"),
    [
        *(("CHM", 0x1826F456), ("BHM", 0x182756F4), ("CRM", 0x1801F456), ("BRM", 0x1C0256F4), ("BCP", 0x1C0656F4)),
        *(("CTS", 0x1807F456), ("CML", 0x1808F456), ("BRO", 0x100956F4), ("CRO", 0x100AF456), ("BCL", 0x181056F4)),
        *(("BCS", 0x1C1156F4), ("CCS", 0x1812F456), ("BSM", 0x181356F4), ("BST", 0x101956F4), ("CST", 0x101AF456)),
        *(("BSD", 0x181C56F4), ("CSD", 0x181DF456), ("BEM", 0x081E56F4), ("CEM", 0x081FF456)),
    ],
)
def test_identifiers_of_the_standard(code: str, can_id: int) -> None:
    """GB/T 27930-2015 tables 3 to 7."""
    assert TABLES.message(code).can_id == can_id


@pytest.mark.parametrize("table", TABLES.messages.values(), ids=lambda table: table.code)
def test_fields_lie_within_their_message_and_apart(table: object) -> None:
    taken = 0
    for field in table.fields:  # type: ignore[attr-defined]
        mask = ((1 << field.bits) - 1) << field.start
        assert not taken & mask
        taken |= mask
        length = table.length  # type: ignore[attr-defined]
        assert length is None or field.start + field.bits <= length * 8


def test_editions_differ_where_they_should() -> None:
    assert TABLES.lengths("CCS", Edition.E2011) == (6,)
    assert TABLES.lengths("CCS", Edition.E2023A) == (7,)
    assert set(TABLES.lengths("BRM", Edition.E2015)) == {41, 49}
    assert TABLES.lengths("CHM", Edition.E2015) == (3,)
    assert TABLES.lengths("BMV", Edition.E2015) == ()
    assert TABLES.editions[Edition.E2011].absent == ("CHM", "BHM")


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(GbtTableError, match="there is no message 'ABC'"):
        TABLES.message("ABC")
    with pytest.raises(GbtTableError, match="BCL has no field 'soc'; it has: demand_voltage"):
        TABLES.message("BCL").field("soc")


def test_a_small_table_is_read() -> None:
    tables = parse_tables(MESSAGES, FIELDS + "XYZ,a,1,5,4,,0.5,-10,V,1,yes,uint,1=one; 2=two,\n", FACTS)
    field = tables.message("XYZ").field("a")
    assert (field.start, field.bits, field.kind, field.labels) == (4, 4, Kind.UINT, {1: "one", 2: "two"})
    assert tables.lengths("XYZ", Edition.E2015) == (2, 3)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("XYZ,a,one,1,8,,1,0,,,yes,uint,,", r"fields.csv, line 2"),
        ("XYZ,a,1,1,0,,1,0,,,yes,uint,,", r"fields.csv, line 2: byte, bit, bits"),
        ("XYZ,a,1,1,8,,0.3,0,,,yes,uint,,", r"whole number of steps"),
        ("XYZ,a,1,1,8,,1,0,,,yes,array,,", r"stride"),
        ("XYZ,a,1,1,8,,1,0,,,yes,hexagon,,", r"hexagon"),
        ("ABC,a,1,1,8,,1,0,,,yes,uint,,", r"ABC is not in messages.csv"),
    ],
)
def test_a_wrong_field_is_named(row: str, said: str) -> None:
    with pytest.raises(GbtTableError, match=said):
        parse_tables(MESSAGES, FIELDS + row + "\n", FACTS)


@pytest.mark.parametrize("wrong", ["0x10,9", "0x110,6", "ten,6"])
def test_a_wrong_message_is_named(wrong: str) -> None:
    with pytest.raises(GbtTableError, match=r"messages.csv, line 2"):
        parse_tables(MESSAGES.replace("0x10,6", wrong), FIELDS, FACTS)


def test_wrong_facts_are_named() -> None:
    with pytest.raises(GbtTableError, match=r"facts.json"):
        parse_tables(MESSAGES, FIELDS, "{}")
