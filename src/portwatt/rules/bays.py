"""Which bays of a hub a truck can use at all, said before it comes: what fits, and why the rest does not.

Whether a bay is free is another question (`portwatt.rules.admit`), for the hour it arrives.
"""

from __future__ import annotations

from msgspec import Struct

from portwatt.ids import EvseId, PackFamilyId, PlaceId, StationId, TruckModelId
from portwatt.model.connector import Adapter, ConnectorStandard
from portwatt.model.handshake import HandshakeOdds
from portwatt.model.station import VoltageWindow
from portwatt.model.truck import TruckModel
from portwatt.rules.fit import Misfit, mate_now, swap_misfit
from portwatt.state import HubState
from portwatt.units import Consumption, Energy, Power

VISITOR = TruckModelId("")
"""A truck whose model the hub does not know: nothing was learnt of it."""


class Bay(Struct, frozen=True):
    """An EVSE, or a swap station as a whole. `why` says why it does not fit; empty: it does, with `plug`, `power` and
    `odds` at an EVSE."""

    station: StationId
    place: PlaceId
    evse: EvseId | None = None
    why: str = ""
    barred: bool = False
    plug: ConnectorStandard | None = None
    power: Power | None = None
    odds: HandshakeOdds | None = None

    @property
    def fits(self) -> bool:
        return not self.why


def visitor(
    inlets: tuple[ConnectorStandard, ...],
    voltage: VoltageWindow,
    adapters: tuple[Adapter, ...] = (),
    family: PackFamilyId | None = None,
) -> TruckModel:
    """A truck of which only this is known. Its battery, curve and consumption are empty: fitting looks at none."""
    nothing = Consumption(0)
    return TruckModel(VISITOR, Energy(0), inlets, (), voltage, nothing, nothing, adapters, family, "told by the caller")


def bays(state: HubState, model: TruckModel) -> tuple[Bay, ...]:
    """Every EVSE and swap station: what fits first, strongest first, then the rest in the order of the hub file."""
    found = [_evse(state, station.id, station.place, evse.id, model) for station in state.hub.stations
             for evse in station.evses]  # fmt: skip
    for swap in state.hub.swap_stations:
        misfit = swap_misfit(model, swap)
        found.append(Bay(swap.id, swap.place, why=misfit.why if misfit is not None else ""))
    return tuple(sorted(found, key=lambda bay: (not bay.fits, -(bay.power or Power(0)).w)))


def say(found: tuple[Bay, ...]) -> str:
    """One sentence for the driver or importer."""
    fitting = [bay for bay in found if bay.fits]
    if not fitting:
        barred = " some plugs fit, but the pair is barred." if any(bay.barred for bay in found) else ""
        return f"None of {len(found)} bays fits this truck;{barred or ' see why at each.'}"
    most = max((bay.power or Power(0) for bay in fitting), key=lambda power: power.w)
    power = f", up to {most.as_kw:.0f} kW" if most.w else ""
    return f"{len(fitting)} of {len(found)} bays fit this truck{power}."


def _evse(state: HubState, station: StationId, place: PlaceId, evse: EvseId, model: TruckModel) -> Bay:
    fit = mate_now(state, model, state.hub.evse_by_id[evse])
    if isinstance(fit, Misfit):
        return Bay(station, place, evse, fit.why, fit.barred)
    return Bay(station, place, evse, plug=fit.connector.standard, power=fit.power, odds=fit.odds)
