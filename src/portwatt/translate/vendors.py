"""DataTransfer: what vendors say beside the protocol. It is kept for people; nothing here acts on it."""

from __future__ import annotations

from typing import Final

import msgspec

from portwatt.events import VendorDataReceived
from portwatt.translate.inbound import Inbound

LONGEST: Final = 10_000
"""Characters of one message that are kept."""


def received(inbound: Inbound, vendor: str, message: str | None, data: object) -> tuple[VendorDataReceived, ...]:
    """The data as a fact, when it comes from the vendor of the station (hub file or boot); nothing otherwise."""
    if vendor.casefold() not in _vendors(inbound):
        return ()
    text = data if isinstance(data, str) else "" if data is None else msgspec.json.encode(data).decode()
    return (
        VendorDataReceived(
            at=inbound.at, station=inbound.station, vendor=vendor, message=message or "", data=text[:LONGEST]
        ),
    )


def _vendors(inbound: Inbound) -> set[str]:
    listed = inbound.state.hub.station_by_id.get(inbound.station)
    booted = inbound.state.stations.get(inbound.station)
    names = (listed.vendor if listed is not None else "", booted.vendor if booted is not None else "")
    return {name.casefold() for name in names if name}
