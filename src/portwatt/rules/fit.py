"""Whether a truck and an outlet go together: inlet, adapter, voltage, barred pairs, pack family."""

from __future__ import annotations

from msgspec import Struct

from portwatt.ids import station_of
from portwatt.interop.matrix import from_state
from portwatt.interop.odds import rows_at
from portwatt.model.connector import ConnectorStandard, fits
from portwatt.model.handshake import HandshakeOdds, odds_for
from portwatt.model.hub import Hub
from portwatt.model.pack import SwapStation
from portwatt.model.station import ChargingStation, Connector, Evse
from portwatt.model.truck import TruckModel
from portwatt.state import HubState
from portwatt.units import Power


class Mated(Struct, frozen=True):
    """The cable a truck takes at an EVSE, and the most power that can go through it."""

    connector: Connector
    power: Power
    odds: HandshakeOdds


class Misfit(Struct, frozen=True):
    """Why a truck cannot use an outlet; `barred`: the plug fits, but the pair is not allowed to try."""

    why: str
    barred: bool = False


def mate_now(state: HubState, model: TruckModel, evse: Evse) -> Mated | Misfit:
    """As `mate`, with what the hub has learnt and what its people decided up to now."""
    station = state.hub.station_by_id.get(station_of(evse.id))
    if not isinstance(station, ChargingStation):
        return mate(state.hub, model, evse)
    return mate(state.hub, model, evse, rows_at(state, from_state(state), station, state.at, (model,)))


def mate(hub: Hub, model: TruckModel, evse: Evse, learnt: tuple[HandshakeOdds, ...] = ()) -> Mated | Misfit:
    """The strongest cable of an EVSE that a truck model can take, or why it can take none.

    `learnt`: rows that go before those of the hub file.
    """
    if not evse.voltage.covers(model.voltage):
        given, needed = evse.voltage, model.voltage
        return Misfit(
            f"it gives {given.low_v} to {given.high_v} V, the battery needs {needed.low_v} to {needed.high_v} V"
        )
    plugs = [c for c in evse.connectors if fits(c.standard, model.inlets, model.adapters)]
    if not plugs:
        return Misfit(_no_plug(model, evse))
    rows = [(c, odds_for((*learnt, *hub.odds), c.standard, _inlets(model, c.standard), model.id)) for c in plugs]
    allowed = [Mated(c, min(evse.max_power, _cable(c, model)), odds) for c, odds in rows if not odds.barred]
    if not allowed:
        pairs = ", ".join(f"{c.standard.value} to {odds.inlet.value}" for c, odds in rows)
        return Misfit(f"the pair {pairs} is barred until its handshake has been proven", barred=True)
    return max(allowed, key=lambda m: (m.power, m.odds.success))


def swap_misfit(model: TruckModel, station: SwapStation) -> Misfit | None:
    """Why a truck model cannot swap at a station; None: it can."""
    if model.family is None:
        return Misfit(f"trucks of model {model.id} cannot swap their battery")
    if model.family != station.family:
        return Misfit(f"it holds packs of {station.family}, the truck takes {model.family}")
    return None


def _inlets(model: TruckModel, plug: ConnectorStandard) -> tuple[ConnectorStandard, ...]:
    """The inlets a plug can end in: its own, or those an adapter leads to."""
    through = tuple(a.inlet for a in model.adapters if a.plug == plug and a.inlet in model.inlets)
    return ((plug,) if plug in model.inlets else ()) + through


def _cable(connector: Connector, model: TruckModel) -> Power:
    """Most a cable carries into a battery: its current at the middle of the voltage window (assumption: makers
    publish the window, not its course)."""
    return Power(connector.max_a * (model.voltage.low_v + model.voltage.high_v) // 2)


def _no_plug(model: TruckModel, evse: Evse) -> str:
    has = " and ".join(c.standard.value for c in evse.connectors)
    takes = " and ".join(i.value for i in model.inlets)
    adapters = f", adapter for {' and '.join(a.plug.value for a in model.adapters)}" if model.adapters else ""
    return f"it has {has}, the truck's inlet is {takes}{adapters or ', without an adapter'}"
