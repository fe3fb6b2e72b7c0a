"""What has added up since the log began: energy, its cost by band, transactions, swaps, the highest site load."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from portwatt.model.tariff import Band, BandName, bands
from portwatt.units import Energy, Money, Power, Window

if TYPE_CHECKING:
    from portwatt.state.hub_state import HubState
    from portwatt.state.transactions import TransactionState

SUCCESS_ENERGY = Energy(500)
SUCCESS_DURATION = timedelta(seconds=60)
"""First-time success (facts kpi_definitions.json, ftcs_attempt): energy >= 0.5 kWh and duration >= 60 s."""


class Totals(Struct, frozen=True):
    """`load` is the power of all running transactions as last reported; `peak` the highest it has been.

    Cost is reckoned in millionths of a currency unit and rounded when read, so that many small steps add up right.
    """

    energy: Energy = Energy(0)
    cost_micro: int = 0
    load: Power = Power(0)
    peak: Power = Power(0)
    transactions: int = 0
    successful: int = 0
    pack_transactions: int = 0
    swaps: int = 0
    swaps_failed: int = 0
    band: Band | None = None
    """The tariff band of now."""
    by_band: dict[BandName, Energy] = {}

    @property
    def cost(self) -> Money:
        return Money(round(self.cost_micro / 10_000), self.band.price.currency if self.band is not None else "CNY")


def _band_now(state: HubState, at: datetime) -> Band:
    band = state.totals.band
    if band is not None and at in band.window:
        return band
    return bands(state.hub.tariff, Window(at, at + timedelta(days=1)))[0]


def on_tariff(totals: Totals) -> Totals:
    """The tariff may be another from here on: its band is looked up anew."""
    return replace(totals, band=None)


def metered(state: HubState, energy: Energy, before: Power, after: Power) -> HubState:
    """Energy was measured at a load point, and its power went from `before` to `after`."""
    totals = state.totals
    load = totals.load + after - before
    if energy.wh == 0 and load == totals.load:
        return state
    band = _band_now(state, state.at)
    by_band = totals.by_band
    if energy.wh:
        by_band = {**by_band, band.name: by_band.get(band.name, Energy(0)) + energy}
    changed = replace(
        totals,
        energy=totals.energy + energy,
        cost_micro=totals.cost_micro + band.price.micro * energy.wh // 1000,
        load=load,
        peak=max(totals.peak, load),
        band=band,
        by_band=by_band,
    )
    return state.having(totals=changed)


def ended(state: HubState, transaction: TransactionState) -> HubState:
    """Count a transaction that is over; a pack's charging in its slot is counted apart."""
    totals = state.totals
    if transaction.pack is not None:
        return state.having(totals=replace(totals, pack_transactions=totals.pack_transactions + 1))
    lasted = (transaction.ended_at or transaction.started_at) - transaction.started_at
    good = transaction.energy >= SUCCESS_ENERGY and lasted >= SUCCESS_DURATION
    return state.having(
        totals=replace(totals, transactions=totals.transactions + 1, successful=totals.successful + int(good))
    )
