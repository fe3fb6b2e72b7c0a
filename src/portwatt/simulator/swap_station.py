"""A simulated battery swap station: OCPP 2.1 block S, slots are EVSEs, the order is In-Out.

A truck stands in a lane, its pack goes into an empty slot half-way through the swap time, a ready pack comes out at
its end. Every slot with a pack runs a transaction (S04), whose power is shared out of what the station may draw.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Final

from msgspec import Struct

from portwatt.errors import UsageError
from portwatt.ids import EvseId, IdToken, PackId
from portwatt.model.pack import BatteryPack, PackFamily, SwapStation
from portwatt.simulator.dialect2x import Dialect2x
from portwatt.simulator.feeder import Load
from portwatt.simulator.line import Post
from portwatt.simulator.notices import PackGiven, PackNotCollected, PackTaken, SwapRefused
from portwatt.simulator.obedience import Decision, ObedientPlant
from portwatt.simulator.outlet import Cause, Outlet, Phase
from portwatt.simulator.plant import TYPICAL, StationSettings
from portwatt.simulator.speech import Ask, AskSwap, Identity
from portwatt.simulator.vehicle import FULL, Battery
from portwatt.units import SoC
from portwatt.wire.ocpp.actions import SUPPORTED
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.v2x_enums import BatterySwapEvent
from portwatt.wire.ocpp.versions import OcppVersion

NO_BATTERY: Final = "NoBatteryAvailable"
OWN_REQUESTS: Final = 1_000_000
"""Request ids the station chooses itself start here, away from those of the central system (an assumption: block S
leaves it to chance)."""


class _Slot(Outlet):
    """A slot: holds a pack, or none."""

    def __init__(self, number: int, name: EvseId, load: Load) -> None:
        super().__init__(number, load)
        self.name = name
        self.pack: PackId | None = None
        self.promised = False
        """Its pack, or its emptiness, is spoken for."""


class _Grant(Struct):
    """A swap the central system asked for: its pack is kept."""

    request_id: int
    slot: _Slot
    until: datetime


class _Stage(Enum):
    QUEUED = "waits for a lane"
    IN = "the robot fetches the truck's pack"
    OUT = "the robot brings the other pack"
    OFFERED = "nobody takes the pack"


class _Job(Struct):
    """One truck in a lane, or waiting for one. `brings` None: it comes without a pack."""

    token: IdToken
    request_id: int
    brings: tuple[PackId, Battery] | None
    out: _Slot
    into: _Slot | None = None
    stage: _Stage = _Stage.QUEUED
    due: datetime | None = None


class SimulatedSwapStation(ObedientPlant):
    """A swap station; slots are numbered from 1 in the order of its spec."""

    _full_phase = Phase.SUSPENDED_EVSE

    def __init__(
        self,
        spec: SwapStation,
        family: PackFamily,
        packs: Sequence[BatteryPack],
        rng: random.Random,
        settings: StationSettings = TYPICAL,
    ) -> None:
        """`packs`: any; those whose slot is here stand in it. A pack takes the slot's power until it is full
        (assumption: the facts give no curve for packs)."""
        self._spec = spec
        self._family = family
        self._slots = {
            number: _Slot(number, name, Load(number, settings.loss_permille))
            for number, name in enumerate(spec.slots, start=1)
        }
        identity = Identity(spec.id, spec.vendor or "Simulated", spec.model or "Swapper", SUPPORTED[OcppVersion.V21])
        self._speech = Dialect2x(OcppVersion.V21)
        super().__init__(identity, self._speech, list(self._slots.values()), spec.max_power, rng, settings)
        by_name = {slot.name: slot for slot in self._slots.values()}
        for pack in packs:
            if pack.slot in by_name:
                self._put(by_name[pack.slot], pack.id, self._battery(pack.soc))
        self._powered = False
        self._grants: dict[IdToken, _Grant] = {}
        self._jobs: list[_Job] = []
        self._asked: set[IdToken] = set()
        self._own_requests = OWN_REQUESTS
        self._pickups_to_fail = 0

    def connect(self, now: datetime) -> list[str]:
        """The first time, the station powers up and its packs begin to charge."""
        texts = super().connect(now)
        if not self._powered:
            self._powered = True
            self._restarted(now)
        return texts + self._flush(now)

    def packs(self) -> dict[EvseId, tuple[PackId, SoC] | None]:
        """What stands in each slot, as of the last call that told the station the time."""
        return {
            slot.name: None if slot.pack is None or slot.load.soc is None else (slot.pack, slot.load.soc)
            for slot in self._slots.values()
        }

    @property
    def lanes_busy(self) -> int:
        """Trucks in lanes."""
        return sum(job.stage is not _Stage.QUEUED for job in self._jobs)

    def swap(self, pack: PackId | None, soc: SoC, token: IdToken, now: datetime) -> list[str]:
        """A truck stands at the entry, with a pack of this charge (None: without one), and shows its token.

        With a RequestBatterySwap accepted for the token the swap begins at once, otherwise the central system is
        asked (S01). Notices tell how it goes. Raises UsageError when the token already has a swap under way.
        """
        self._catch_up(now)
        if token in self._asked or any(job.token == token for job in self._jobs):
            raise UsageError(f"the token {token} already has a swap under way at {self.id}")
        brings = None if pack is None else (pack, self._battery(soc))
        grant = self._grants.pop(token, None)
        if grant is not None:
            self._enter(_Job(token, grant.request_id, brings, grant.slot), now)
        elif self._line.in_service:
            self._asked.add(token)
            authorize = partial(self._dialect.authorize, token)
            self._line.post(Post(authorize, partial(self._authorized, token, brings)), now)
        elif self._settings.offline_starts:
            self._admit(token, brings, now)
        else:
            self._refuse(token, None, "nobody can be asked", now)
        return self._flush(now)

    def fail_next_pickup(self) -> None:
        """The next pack brought out will not be taken (BatteryOutTimeout)."""
        self._pickups_to_fail += 1

    # ── a swap, step by step ────────────────────────────────────────────────────────────────────────────────────────

    def _authorized(
        self, token: IdToken, brings: tuple[PackId, Battery] | None, response: Message | None, now: datetime
    ) -> None:
        self._asked.discard(token)
        lost = response is None and not self._line.connected and self._settings.offline_starts
        verdict = self._dialect.verdict(response) if response is not None else None
        if lost or (verdict is not None and verdict.accepted):
            self._admit(token, brings, now)
        else:
            self._refuse(token, None, verdict.reason if verdict else "no answer from the central system", now)

    def _admit(self, token: IdToken, brings: tuple[PackId, Battery] | None, now: datetime) -> None:
        out = self._ready_slot()
        if out is None:
            self._refuse(token, None, NO_BATTERY, now)
            return
        self._own_requests += 1
        out.promised = True
        self._enter(_Job(token, self._own_requests, brings, out), now)

    def _enter(self, job: _Job, now: datetime) -> None:
        self._jobs.append(job)
        self._fill_lanes(now)

    def _fill_lanes(self, now: datetime) -> None:
        for job in [job for job in self._jobs if job.stage is _Stage.QUEUED]:
            if self.lanes_busy >= self._spec.lanes:
                return
            if job.brings is not None:
                job.into = self._empty_slot()
                if job.into is None:
                    if self.lanes_busy == 0:
                        self._leave(job)
                        self._refuse(job.token, job.request_id, "no empty slot", now)
                    continue
                job.into.promised = True
            job.stage = _Stage.IN
            job.due = now + self._spec.swap_time / 2

    def _leave(self, job: _Job) -> None:
        self._jobs.remove(job)
        job.out.promised = False
        if job.into is not None:
            job.into.promised = False

    def _own_wake(self) -> datetime | None:
        waits = [job.due for job in self._jobs if job.due is not None]
        waits += [grant.until for grant in self._grants.values()]
        return min(waits, default=None)

    def _own_work(self, now: datetime) -> None:
        for token, grant in list(self._grants.items()):
            if grant.until <= now:
                grant.slot.promised = False
                del self._grants[token]
        for job in [job for job in self._jobs if job.due is not None and job.due <= now]:
            match job.stage:
                case _Stage.IN:
                    self._take_in(job, now)
                case _Stage.OUT:
                    self._bring_out(job, now)
                case _:
                    self._time_out(job, now)
        self._fill_lanes(now)
        self._reboot_if_idle(now)

    def _take_in(self, job: _Job, now: datetime) -> None:
        job.stage, job.due = _Stage.OUT, now + self._spec.swap_time / 2
        if job.brings is None or job.into is None:
            return
        slot, (pack, battery) = job.into, job.brings
        self._put(slot, pack, battery)
        self._tell_slot(slot, now)
        self._charge(slot, now)
        said = self._swapped(BatterySwapEvent.BATTERY_IN, job, slot)
        self._line.post(Post(lambda: said, partial(self._pack_judged, job), durable=True), now)
        self._notices.append(PackTaken(now, self.id, job.token, job.request_id, pack, battery.soc, slot.name))

    def _pack_judged(self, job: _Job, response: Message | None, now: datetime) -> None:
        """A pack the central system does not want goes back into its truck."""
        reason = self._speech.refusal(response) if response is not None else ""
        if reason and job.into is not None and job.stage is _Stage.OUT and job in self._jobs:
            job.out.promised = False
            job.out = job.into
            self._refuse(job.token, job.request_id, reason, now)

    def _bring_out(self, job: _Job, now: datetime) -> None:
        slot = job.out
        assert slot.pack is not None
        assert slot.load.battery is not None
        if self._pickups_to_fail:
            self._pickups_to_fail -= 1
            job.stage, job.due = _Stage.OFFERED, now + self._settings.pickup
            return
        said = self._swapped(BatterySwapEvent.BATTERY_OUT, job, slot)
        pack, soc = slot.pack, slot.load.battery.soc
        slot.pack = None
        if slot.transaction is not None:
            self._finish(slot, Cause.UNPLUGGED, now)
        slot.load.battery = None
        self._show(slot, now)
        self._tell_slot(slot, now)
        self._line.post(Post(lambda: said, durable=True), now)
        self._leave(job)
        self._notices.append(PackGiven(now, self.id, job.token, job.request_id, pack, soc, slot.name))

    def _time_out(self, job: _Job, now: datetime) -> None:
        slot = job.out
        assert slot.pack is not None
        said = self._swapped(BatterySwapEvent.BATTERY_OUT_TIMEOUT, job, slot)
        self._line.post(Post(lambda: said, durable=True), now)
        self._leave(job)
        self._notices.append(PackNotCollected(now, self.id, job.token, job.request_id, slot.pack))

    def _refuse(self, token: IdToken, request_id: int | None, reason: str, now: datetime) -> None:
        self._notices.append(SwapRefused(now, self.id, token, request_id, reason))

    # ── slots ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _battery(self, soc: SoC) -> Battery:
        return Battery(self._family.capacity, soc, lambda _: self._family.slot_power)

    def _put(self, slot: _Slot, pack: PackId, battery: Battery) -> None:
        slot.pack, slot.load.battery = pack, battery
        slot.load.target = FULL
        slot.phase = self._resting(slot)

    def _charge(self, slot: _Slot, now: datetime) -> None:
        """A pack in a working slot: its transaction begins, for nobody (S04: NoAuthorization)."""
        if slot.pack is None or slot.transaction is not None or slot.error or not slot.operative:
            return
        self._begin(slot, self._new_transaction(slot, IdToken(""), now), Cause.PLUGGED_IN, now)
        slot.load.switch_on(self._family.slot_power, now)
        self._feeder.change(now)

    def _usable(self, slot: _Slot) -> bool:
        return not slot.promised and not slot.error and slot.operative and slot.operative_next is not False

    def _ready_slot(self) -> _Slot | None:
        """The slot of the fullest pack that is ready and not spoken for."""
        ready = [
            (soc, -slot.number)
            for slot in self._slots.values()
            if self._usable(slot) and (soc := slot.load.soc) is not None and soc >= self._family.ready_soc
        ]
        return self._slots[-max(ready)[1]] if ready else None

    def _empty_slot(self) -> _Slot | None:
        return next((s for s in self._slots.values() if self._usable(s) and s.pack is None), None)

    def _swapped(self, event: BatterySwapEvent, job: _Job, slot: _Slot) -> Message:
        assert slot.pack is not None
        assert slot.load.soc is not None
        pack = (slot.number, str(slot.pack), slot.load.soc.as_percent)
        return self._speech.swapped(event, job.request_id, job.token, pack)

    def _tell_slot(self, slot: _Slot, now: datetime) -> None:
        soc = slot.load.soc.as_percent if slot.load.soc is not None else 0.0
        first = self._next_event()
        self._events += 2
        message = self._speech.slot(slot.number, slot.pack, soc, first, now)
        self._line.post(Post(lambda: message, durable=True), now)

    # ── what the common part asks of this kind ──────────────────────────────────────────────────────────────────────

    def _idle_phase(self, outlet: Outlet) -> Phase:
        """Occupied means: holds a pack (block S)."""
        return Phase.FINISHING if self._slots[outlet.number].pack is not None else Phase.AVAILABLE

    def _phase_changed(self, outlet: Outlet, now: datetime) -> None:
        full = outlet.load.wish_w == 0
        self._report(outlet, Cause.TARGET_REACHED if full else Cause.PHASE, now)

    def _busy(self) -> bool:
        """Packs charge all the time; only a swap under way is worth waiting for."""
        return bool(self._jobs)

    def _repaired(self, outlet: Outlet, now: datetime) -> None:
        self._charge(self._slots[outlet.number], now)

    def _restarted(self, now: datetime) -> None:
        """Every pack gets a transaction again."""
        for slot in self._slots.values():
            self._charge(slot, now)

    def _snapshot(self, now: datetime) -> None:
        """What each slot holds, behind what waited: the last word is the newest."""
        for slot in self._slots.values():
            self._tell_slot(slot, now)

    def _decide(self, ask: Ask, now: datetime) -> Decision:
        """Packs are not charged on demand and slots are not reserved; packs are asked for."""
        if not isinstance(ask, AskSwap):
            return "Rejected", "UnsupportedRequest"
        former = self._grants.pop(ask.token, None)
        if former is not None:
            former.slot.promised = False
        slot = self._ready_slot()
        if slot is None or (self._empty_slot() is None and not self._jobs):
            return "Rejected", NO_BATTERY
        slot.promised = True
        self._grants[ask.token] = _Grant(ask.request_id, slot, now + self._settings.grant)
        return "Accepted", ""
