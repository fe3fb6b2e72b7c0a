"""The shipped tables are read, once, and say where they come from."""

from __future__ import annotations

from portwatt.gateways.gbt_tables import chaoji_draft, load_gbt


def test_tables_are_read_once() -> None:
    assert load_gbt() is load_gbt()
    assert len(load_gbt().tables.messages) == 22


def test_tables_name_source_and_status() -> None:
    tables = load_gbt().tables
    assert "not checked against the paid standard" in tables.status
    assert tables.sources
    assert all(edition.status for edition in tables.editions.values())


def test_the_draft_says_that_it_is_one() -> None:
    assert "DRAFT" in chaoji_draft().status
    assert chaoji_draft() is not chaoji_draft()
