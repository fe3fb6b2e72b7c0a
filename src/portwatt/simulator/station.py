"""A simulated charging station that speaks real OCPP 1.6J, 2.0.1 or 2.1 frames, in virtual time and without sockets."""

from __future__ import annotations

import random
from datetime import datetime
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from portwatt.errors import UsageError
from portwatt.ids import IdToken
from portwatt.model.station import ChargingStation
from portwatt.model.station import Evse as EvseSpec
from portwatt.simulator.dialect2x import Dialect2x
from portwatt.simulator.dialect16 import Dialect16
from portwatt.simulator.feeder import Load
from portwatt.simulator.line import Post
from portwatt.simulator.notices import BatteryFull, Charging, Finished, HandshakeFailed, Refused, Suspended
from portwatt.simulator.obedience import Decision, ObedientPlant
from portwatt.simulator.outlet import Cause, Outlet, Phase, Reading, Transaction
from portwatt.simulator.plant import OUT_OF_USE, TYPICAL, StationSettings
from portwatt.simulator.profiles import Profile, Purpose
from portwatt.simulator.speech import Ask, CancelReserve, Dialect, Identity, RemoteStart, Reserve
from portwatt.simulator.vehicle import Vehicle
from portwatt.units import Energy, Power
from portwatt.wire.ocpp.actions import SUPPORTED
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.versions import OcppVersion

_SWAP_ACTIONS: Final = frozenset({"RequestBatterySwap"})
_NO_COMMUNICATION: Final = "EVCommunicationError"


def dialect_for(version: OcppVersion) -> Dialect:
    """How a station speaks a version."""
    return Dialect16() if version is OcppVersion.V16 else Dialect2x(version)


class _Held(Struct, frozen=True):
    """A reservation."""

    id: int
    token: IdToken
    until: datetime


class _Awaited(Struct, frozen=True):
    """A remote start that waits for its truck."""

    token: IdToken
    until: datetime
    id: int | None
    profile: Profile | None


class _Evse(Outlet):
    """An outlet trucks plug into."""

    def __init__(self, number: int, spec: EvseSpec, load: Load) -> None:
        super().__init__(number, load)
        self.spec = spec
        self.vehicle: Vehicle | None = None
        self.token = IdToken("")
        self.handshake_ok = True
        self.visit = 0
        """Counts trucks, so that an answer that comes late is not taken for the next one's."""
        self.held: _Held | None = None
        self.awaited: _Awaited | None = None


class SimulatedStation(ObedientPlant):
    """A charging station with n EVSEs, numbered from 1 in the order of its spec."""

    def __init__(
        self,
        spec: ChargingStation,
        version: OcppVersion,
        rng: random.Random,
        settings: StationSettings = TYPICAL,
    ) -> None:
        """`rng` gives the run a number of its own that is part of message and transaction ids: two runs against one
        event log need two seeds."""
        self._evses = {
            number: _Evse(number, evse, Load(number, settings.loss_permille))
            for number, evse in enumerate(spec.evses, start=1)
        }
        identity = Identity(
            spec.id, spec.vendor or "Simulated", spec.model or "Charger", SUPPORTED[version] - _SWAP_ACTIONS
        )
        super().__init__(identity, dialect_for(version), list(self._evses.values()), None, rng, settings)

    # ── trucks ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def plug(
        self, evse_number: int, vehicle: Vehicle, token: IdToken, now: datetime, handshake_ok: bool = True
    ) -> list[str]:
        """A truck plugs in and shows its token. Raises UsageError when the EVSE has a truck or does not exist."""
        self._catch_up(now)
        evse = self._evse(evse_number)
        if evse.vehicle is not None:
            raise UsageError(f"EVSE {evse.spec.id} already has a truck: unplug it first")
        if vehicle.cable(evse.spec) is None:
            self._refuse(evse, token, "no cable of this EVSE fits the truck", now)
            return self._flush(now)
        evse.vehicle, evse.token, evse.handshake_ok = vehicle, token, handshake_ok
        evse.visit += 1
        evse.load.battery, evse.load.target = vehicle.battery, vehicle.target
        if evse.phase in OUT_OF_USE or self._reboot_at is not None:
            self._refuse(evse, token, "out of service", now)
        else:
            self._show(evse, now, Phase.PREPARING)
            self._identify(evse, now)
        return self._flush(now)

    def unplug(self, evse_number: int, now: datetime) -> list[str]:
        """The truck leaves; a transaction that runs ends. Nothing happens when there is no truck."""
        self._catch_up(now)
        evse = self._evse(evse_number)
        if evse.vehicle is not None:
            evse.vehicle = None
            evse.visit += 1
            if evse.transaction is not None:
                self._finish(evse, Cause.UNPLUGGED, now)
            evse.load.battery = None
            self._show(evse, now)
        return self._flush(now)

    def power(self, evse_number: int) -> Power:
        """What an EVSE gives, as of the last call that told the station the time."""
        return Power(self._evse(evse_number).load.draw_w)

    def _evse(self, number: int) -> _Evse:
        self._outlet(number)
        return self._evses[number]

    def _identify(self, evse: _Evse, now: datetime) -> None:
        """Ask who the truck is: a remote start that waits for it, a reservation, the central system, nobody."""
        awaited, held = evse.awaited, evse.held
        if awaited is not None and awaited.token == evse.token:
            self._start(evse, awaited.token, Cause.REMOTE_START, now, awaited)
        elif awaited is not None:
            self._refuse(evse, evse.token, "waiting for another truck", now)
        elif held is not None and held.token != evse.token:
            self._refuse(evse, evse.token, "reserved for another truck", now)
        elif self._line.in_service:
            authorize = partial(self._dialect.authorize, evse.token)
            self._line.post(Post(authorize, partial(self._authorized, evse, evse.visit)), now)
        else:
            self._start_unasked(evse, now)

    def _authorized(self, evse: _Evse, visit: int, response: Message | None, now: datetime) -> None:
        if evse.visit != visit or evse.vehicle is None or evse.transaction is not None or evse.phase in OUT_OF_USE:
            return
        if response is None and not self._line.connected:
            self._start_unasked(evse, now)
            return
        verdict = self._dialect.verdict(response) if response is not None else None
        if verdict is not None and verdict.accepted:
            self._start(evse, evse.token, Cause.AUTHORIZED, now)
        else:
            self._refuse(evse, evse.token, verdict.reason if verdict else "no answer from the central system", now)

    def _start_unasked(self, evse: _Evse, now: datetime) -> None:
        if self._settings.offline_starts:
            self._start(evse, evse.token, Cause.AUTHORIZED, now)
        else:
            self._refuse(evse, evse.token, "nobody can be asked", now)

    def _start(self, evse: _Evse, token: IdToken, cause: Cause, now: datetime, order: _Awaited | None = None) -> None:
        """Authorised: shake hands, then charge. Without a handshake 1.6 stations start no transaction at all; 2.x
        stations have started it on authorisation (TxStartPoint Authorized) and end it without energy."""
        assert evse.vehicle is not None
        evse.token, evse.awaited = token, None
        if not evse.handshake_ok and self.version is OcppVersion.V16:
            self._show(evse, now, Phase.PREPARING, _NO_COMMUNICATION)
            self._notices.append(HandshakeFailed(now, evse.spec.id, token))
            return
        transaction = self._new_transaction(evse, token, now)
        if order is not None:
            transaction.remote_start = order.id
            if order.profile is not None:
                self._profiles.install(evse.number, replace(order.profile, transaction=transaction.key))
        if evse.held is not None:
            transaction.reservation, evse.held = evse.held.id, None
        self._begin(evse, transaction, cause, now)
        if not evse.handshake_ok:
            self._notices.append(HandshakeFailed(now, evse.spec.id, token))
            self._finish(evse, Cause.HANDSHAKE, now)
            return
        cable = evse.vehicle.cable(evse.spec)
        assert cable is not None
        evse.load.switch_on(evse.vehicle.most(evse.spec, cable), now)
        self._feeder.change(now)

    def _refuse(self, evse: _Evse, token: IdToken, reason: str, now: datetime) -> None:
        self._notices.append(Refused(now, evse.spec.id, token, reason))

    # ── what the common part asks of this kind ──────────────────────────────────────────────────────────────────────

    def _reading(self, outlet: Outlet, now: datetime) -> Reading:
        vehicle = self._evses[outlet.number].vehicle
        return outlet.reading(now, vehicle.nominal_v() if vehicle is not None else None)

    def _idle_phase(self, outlet: Outlet) -> Phase:
        evse = self._evses[outlet.number]
        if evse.vehicle is not None:
            return Phase.PREPARING if evse.phase is Phase.PREPARING else Phase.FINISHING
        return Phase.RESERVED if evse.held is not None else Phase.AVAILABLE

    def _phase_changed(self, outlet: Outlet, now: datetime) -> None:
        evse = self._evses[outlet.number]
        self._report(evse, Cause.PHASE, now)
        if evse.phase is Phase.CHARGING:
            self._notices.append(Charging(now, evse.spec.id, evse.token))
        elif evse.phase is Phase.SUSPENDED_EVSE:
            self._notices.append(Suspended(now, evse.spec.id, evse.token))
        elif evse.load.soc is not None:
            self._notices.append(BatteryFull(now, evse.spec.id, evse.token, evse.load.soc))

    def _finished(self, outlet: Outlet, transaction: Transaction, cause: Cause, now: datetime) -> None:
        evse = self._evses[outlet.number]
        energy = Energy(evse.load.register.wh - transaction.started.register.wh)
        self._notices.append(Finished(now, evse.spec.id, transaction.token, energy, cause.value))

    def _broken(self, outlet: Outlet, now: datetime) -> None:
        evse = self._evses[outlet.number]
        evse.awaited = None
        self._drop_reservation(evse, "Removed", now)

    def _own_wake(self) -> datetime | None:
        waits = [e.held.until for e in self._evses.values() if e.held is not None]
        waits += [e.awaited.until for e in self._evses.values() if e.awaited is not None]
        return min(waits, default=None)

    def _own_work(self, now: datetime) -> None:
        for evse in self._evses.values():
            if evse.awaited is not None and evse.awaited.until <= now:
                evse.awaited = None
            if evse.held is not None and evse.held.until <= now:
                self._drop_reservation(evse, "Expired", now)

    # ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _decide(self, ask: Ask, now: datetime) -> Decision:
        match ask:
            case RemoteStart():
                return self._remote_start(ask, now)
            case Reserve():
                return self._reserve(ask, now)
            case CancelReserve():
                return self._cancel(ask, now)
            case _:
                return "Rejected", "UnsupportedRequest"

    def _remote_start(self, ask: RemoteStart, now: datetime) -> Decision:
        """A truck that stands there starts at once, whatever token it showed; otherwise the EVSE waits for this one."""
        evse = self._pick(ask)
        if evse is None or not self._free_for(evse, ask.token):
            return "Rejected", "NotFree"
        if ask.fault or (ask.profile is not None and ask.profile.purpose is not Purpose.TX):
            return "Rejected", ask.fault or "InvalidProfile"
        order = _Awaited(ask.token, now + self._settings.connection_timeout, ask.remote_start, ask.profile)
        if evse.vehicle is not None:
            self._start(evse, ask.token, Cause.REMOTE_START, now, order)
        else:
            evse.awaited = order
        return "Accepted", ""

    def _pick(self, ask: RemoteStart) -> _Evse | None:
        if ask.outlet is not None:
            return self._evses.get(ask.outlet)
        free = [e for e in self._evses.values() if self._free_for(e, ask.token)]
        return max(free, key=lambda e: (e.vehicle is not None and e.token == ask.token, -e.number), default=None)

    def _free_for(self, evse: _Evse, token: IdToken) -> bool:
        held_for_another = evse.held is not None and evse.held.token != token
        return (
            evse.transaction is None
            and evse.phase not in OUT_OF_USE
            and not held_for_another
            and evse.awaited is None
            and self._reboot_at is None
        )

    def _reserve(self, ask: Reserve, now: datetime) -> Decision:
        """Reservations name their EVSE (ReserveConnectorZeroSupported and its like are off)."""
        evse = self._evses.get(ask.outlet) if ask.outlet is not None else None
        if evse is None or ask.until <= now:
            return "Rejected", "InvalidValue"
        if evse.phase is Phase.FAULTED:
            return "Faulted", ""
        if evse.phase is Phase.UNAVAILABLE:
            return "Unavailable", ""
        replaced = evse.held is not None and evse.held.id == ask.reservation
        if evse.vehicle is not None or evse.awaited is not None or (evse.held is not None and not replaced):
            return "Occupied", ""
        for other in self._evses.values():
            if other.held is not None and other.held.id == ask.reservation:
                other.held = None
                self._show(other, now)
        evse.held = _Held(ask.reservation, ask.token, ask.until)
        self._show(evse, now)
        return "Accepted", ""

    def _cancel(self, ask: CancelReserve, now: datetime) -> Decision:
        for evse in self._evses.values():
            if evse.held is not None and evse.held.id == ask.reservation:
                evse.held = None
                if evse.vehicle is None:
                    self._show(evse, now)
                return "Accepted", ""
        return "Rejected", ""

    def _drop_reservation(self, evse: _Evse, why: str, now: datetime) -> None:
        if evse.held is None:
            return
        message = self._dialect.reservation_over(evse.held.id, why)
        evse.held = None
        if message is not None:
            self._line.post(Post(lambda: message, durable=True), now)
        if evse.vehicle is None:
            self._show(evse, now)
