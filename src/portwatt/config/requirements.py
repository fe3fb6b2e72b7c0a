"""The requirements that come with Portwatt, each with the status of the fact it rests on."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from portwatt.config.hub_file import Entry, Id, Words
from portwatt.config.library import shelf
from portwatt.model.certificate import Interface, Requirement


class RequirementEntry(Entry):
    """One file of the shelf."""

    id: Id
    title: Words
    interfaces: Annotated[list[Annotated[Interface, Field(strict=False)]], Field(min_length=1)]
    applies_to: Literal["supply equipment", "vehicle", "battery", "swap station", "protocol"]
    evidence: Words
    accepted_from: date | None = None
    mandatory_from: date | None = None
    pending: bool = False
    status: Literal["verified_secondary", "from_memory_unverified", "assumption", "pending_in_scheme"]
    source: Words
    note: Words = ""


@cache
def requirements() -> tuple[Requirement, ...]:
    """All of them, by id."""
    entries = (RequirementEntry.model_validate(table) for table in shelf("requirements").values())
    return tuple(
        Requirement(**{**entry.model_dump(), "interfaces": tuple(entry.interfaces)})
        for entry in sorted(entries, key=lambda entry: entry.id)
    )
