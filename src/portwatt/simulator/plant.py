"""What charging stations and swap stations have in common: a line, outlets with transactions, power, profiles."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Final

from msgspec import Struct

from portwatt.errors import UsageError
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.ids import IdToken, StationId
from portwatt.simulator.feeder import Feeder
from portwatt.simulator.line import Line, Post
from portwatt.simulator.notices import Notice
from portwatt.simulator.outlet import Cause, Outlet, Phase, Reading, Report, Transaction
from portwatt.simulator.profiles import STATION, ChargingProfiles
from portwatt.simulator.speech import Dialect, Identity
from portwatt.units import Power
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.versions import OcppVersion

OUT_OF_USE: Final = (Phase.FAULTED, Phase.UNAVAILABLE)


class StationSettings(Struct, frozen=True):
    """How simulated stations are set up. All of it is assumption: typical values, none from the facts."""

    heartbeat: timedelta = timedelta(minutes=5)
    """Until the answer to the boot names an interval."""
    meter_interval: timedelta = timedelta(minutes=1)
    """Between two reports of a transaction while power flows."""
    idle_interval: timedelta = timedelta(minutes=15)
    """The same while none flows: full packs stand in their slots for hours."""
    call_timeout: timedelta = timedelta(seconds=30)
    """In the station's own time: a world that runs faster than real sockets answer needs more."""
    reboot: timedelta = timedelta(seconds=20)
    """From the end of the old to the boot of the new, at a reset."""
    connection_timeout: timedelta = timedelta(minutes=2)
    """How long a remote start waits for its truck (OCPP: EVConnectionTimeOut)."""
    offline_starts: bool = True
    """Whether a truck may charge while nobody can be asked."""
    loss_permille: int = 0
    """Share of the metered energy that does not reach the battery; 0 agrees with the planner, which loses nothing."""
    grant: timedelta = timedelta(minutes=30)
    """How long a swap station keeps a pack for a token it was told of."""
    pickup: timedelta = timedelta(minutes=1)
    """How long a swap station offers a pack nobody takes (BatterySwapOutTimeout)."""


TYPICAL: Final = StationSettings()


class Plant(ABC):
    """A simulated station: text and time in, text out. Virtual time never goes back."""

    _full_phase: ClassVar[Phase] = Phase.SUSPENDED_EV
    """What an outlet shows whose battery takes no more."""

    def __init__(
        self,
        identity: Identity,
        dialect: Dialect,
        outlets: Sequence[Outlet],
        most: Power | None,
        rng: random.Random,
        settings: StationSettings,
    ) -> None:
        """`most`: what the whole station may draw whatever its profiles say."""
        self._run = f"{rng.getrandbits(32):08x}"
        self._identity = identity
        self._dialect = dialect
        self._settings = settings
        self._outlets = {outlet.number: outlet for outlet in outlets}
        self._profiles = ChargingProfiles()
        self._feeder = Feeder([o.load for o in outlets], self._profiles, most, self._observe)
        self._line = Line(self, dialect, load_schemas()[dialect.version], identity, self._run)
        self._line.heartbeat, self._line.call_timeout = settings.heartbeat, settings.call_timeout
        self._notices: list[Notice] = []
        self._transactions = 0
        self._events = 0
        self._reboot_at: datetime | None = None
        self._reboot_when_idle = False

    @property
    def id(self) -> StationId:
        return self._identity.station

    @property
    def version(self) -> OcppVersion:
        return self._dialect.version

    @property
    def connected(self) -> bool:
        """Whether its socket is open."""
        return self._line.connected

    @property
    def line(self) -> Line:
        """Its line, for counters."""
        return self._line

    # ── from outside ────────────────────────────────────────────────────────────────────────────────────────────────

    def connect(self, now: datetime) -> list[str]:
        """The socket is open: boots, then tells its statuses, then what waited."""
        self._catch_up(now)
        self._line.open(now)
        return self._flush(now)

    def disconnect(self, now: datetime) -> None:
        """The socket is gone: transactions go on, what belongs to them is kept."""
        self._catch_up(now)
        self._line.close(now)

    def receive(self, text: str, now: datetime) -> list[str]:
        """A frame from the central system; returns the frames to send."""
        self._catch_up(now)
        self._line.receive(text, now)
        return self._flush(now)

    def advance(self, now: datetime) -> list[str]:
        """Live through the time up to now, wake by wake: power and energy do not depend on how often this is called.

        Answers that are on their way do: call it at `next_wake`, or at least more often than `call_timeout`.
        """
        self._catch_up(now)
        return self._flush(now)

    def next_wake(self) -> datetime | None:
        """When something happens here by itself; None: nothing will. Any call may change it."""
        moments = [self._line.next_wake(), self._feeder.until, self._reboot_at, self._own_wake()]
        moments += [o.transaction.meter_due for o in self._outlets.values() if o.transaction is not None]
        return min((moment for moment in moments if moment is not None), default=None)

    def total_power(self) -> Power:
        """What it draws, as of the last call that told it the time."""
        return Power(self._feeder.total_w())

    def notices(self) -> list[Notice]:
        """What happened at the posts since this was called last."""
        notices, self._notices = self._notices, []
        return notices

    def fault(self, number: int, error_code: str, now: datetime) -> list[str]:
        """An outlet breaks down. `error_code`: ChargePointErrorCode of OCPP 1.6, or the maker's own word."""
        self._catch_up(now)
        outlet = self._outlet(number)
        outlet.error = error_code
        if outlet.transaction is not None:
            self._finish(outlet, Cause.FAULT, now)
        self._broken(outlet, now)
        self._show(outlet, now)
        self._tell_trouble(outlet, now)
        return self._flush(now)

    def clear(self, number: int, now: datetime) -> list[str]:
        """An outlet is repaired."""
        self._catch_up(now)
        outlet = self._outlet(number)
        outlet.error = ""
        self._show(outlet, now)
        self._tell_trouble(outlet, now)
        self._repaired(outlet, now)
        return self._flush(now)

    # ── for the kinds of station ────────────────────────────────────────────────────────────────────────────────────

    @abstractmethod
    def _idle_phase(self, outlet: Outlet) -> Phase:
        """What an outlet in order shows while no transaction runs."""

    @abstractmethod
    def _phase_changed(self, outlet: Outlet, now: datetime) -> None:
        """The phase of a running transaction changed: report it, tell the driver."""

    @abstractmethod
    def serve(self, request: Message, now: datetime) -> Message:
        """Do what the central system asks, and say whether."""

    @abstractmethod
    def _own_wake(self) -> datetime | None:
        """When `_own_work` is due."""

    @abstractmethod
    def _own_work(self, now: datetime) -> None:
        """What time brings at this kind of station."""

    def _broken(self, outlet: Outlet, now: datetime) -> None:  # noqa: B027 a hook, not a duty
        """An outlet broke down."""

    def _repaired(self, outlet: Outlet, now: datetime) -> None:  # noqa: B027 a hook, not a duty
        """An outlet is repaired."""

    def _finished(  # noqa: B027 a hook, not a duty
        self, outlet: Outlet, transaction: Transaction, cause: Cause, now: datetime
    ) -> None:
        """A transaction is over."""

    def _restarted(self, now: datetime) -> None:  # noqa: B027 a hook, not a duty
        """The station came up again after a reset."""

    def _snapshot(self, now: datetime) -> None:  # noqa: B027 a hook, not a duty
        """Say, after a boot and behind everything that waits, how things stand."""

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _catch_up(self, now: datetime) -> None:
        while (wake := self.next_wake()) is not None and wake <= now:
            self._live(wake)
        self._feeder.run_to(now)

    def _live(self, now: datetime) -> None:
        self._feeder.run_to(now)
        for outlet in self._outlets.values():
            transaction = outlet.transaction
            if transaction is not None and transaction.meter_due is not None and transaction.meter_due <= now:
                transaction.meter_due = now + self._report_interval(outlet)
                self._report(outlet, Cause.PERIODIC, now)
        if self._reboot_at is not None and self._reboot_at <= now:
            self._reboot_at = None
            self._line.restart(now, "RemoteReset")
            for outlet in self._outlets.values():
                self._report(outlet, Cause.RESUMED, now)
            self._restarted(now)
        self._own_work(now)
        self._line.tick(now)

    def _flush(self, now: datetime) -> list[str]:
        self._line.pump(now)
        return self._line.take()

    def _outlet(self, number: int) -> Outlet:
        outlet = self._outlets.get(number)
        if outlet is None:
            raise UsageError(f"station {self.id} has no outlet {number}; it has {', '.join(map(str, self._outlets))}")
        return outlet

    def _aimed_at(self, number: int | None) -> list[Outlet]:
        """The outlets a request is about: one, or all when it names none."""
        if number is None:
            return list(self._outlets.values())
        return [self._outlets[number]] if number in self._outlets else []

    # ── transactions ────────────────────────────────────────────────────────────────────────────────────────────────

    def _new_transaction(self, outlet: Outlet, token: IdToken, now: datetime) -> Transaction:
        self._transactions += 1
        key = f"{self._run}-T{self._transactions}"
        return Transaction(key, outlet.number, token, self._reading(outlet, now))

    def _begin(self, outlet: Outlet, transaction: Transaction, cause: Cause, now: datetime) -> None:
        """The transaction is on; power comes later."""
        outlet.transaction = transaction
        outlet.phase = Phase.PREPARING
        transaction.meter_due = now + self._settings.meter_interval
        self._post_report(self._dialect.started, self._reported(outlet, transaction, cause, now), now)
        self._show(outlet, now, Phase.PREPARING)

    def _report(self, outlet: Outlet, cause: Cause, now: datetime) -> None:
        if outlet.transaction is not None and self._dialect.reports(cause):
            self._post_report(self._dialect.updated, self._reported(outlet, outlet.transaction, cause, now), now)

    def _finish(self, outlet: Outlet, cause: Cause, now: datetime) -> None:
        """The transaction is over: no more power, its profiles go, and what waited for its end happens."""
        transaction = outlet.transaction
        assert transaction is not None
        outlet.transaction = None
        outlet.load.switch_off()
        self._profiles.forget_transaction(transaction.key)
        self._feeder.change(now)
        transaction.nameless = transaction.number is None and not self._line.connected
        if outlet.operative_next is not None:
            outlet.operative, outlet.operative_next = outlet.operative_next, None
        outlet.phase = self._resting(outlet)
        self._post_report(self._dialect.ended, self._reported(outlet, transaction, cause, now), now)
        self._show(outlet, now)
        self._finished(outlet, transaction, cause, now)
        self._reboot_if_idle(now)

    def _reboot_if_idle(self, now: datetime) -> None:
        """The reset that waited (OnIdle) comes now, if nothing is under way any more."""
        if not self._reboot_when_idle or self._busy():
            return
        self._reboot_when_idle = False
        for outlet in self._outlets.values():
            if outlet.transaction is not None:
                self._finish(outlet, Cause.SOFT_RESET, now)
        self._reboot_at = now + self._settings.reboot

    def _reported(self, outlet: Outlet, transaction: Transaction, cause: Cause, now: datetime) -> Report:
        return Report(
            transaction,
            cause,
            outlet.phase,
            self._reading(outlet, now),
            transaction.next_seq_no(),
            offline=not self._line.connected,
        )

    def _post_report(self, build: Callable[[Report], Message], report: Report, now: datetime) -> None:
        answer = partial(self._heard, report.transaction)
        self._line.post(Post(partial(build, report), answer, durable=True), now)

    def _heard(self, transaction: Transaction, response: Message | None, now: datetime) -> None:
        """The answer to a report may name the transaction, or refuse its token."""
        verdict = self._dialect.verdict(response) if response is not None else None
        if verdict is None:
            return
        if verdict.number is not None:
            transaction.number = verdict.number
        outlet = self._outlets[transaction.outlet]
        if not verdict.accepted and outlet.transaction is transaction and transaction.token:
            self._finish(outlet, Cause.DEAUTHORIZED, now)

    def _reading(self, outlet: Outlet, now: datetime) -> Reading:
        return outlet.reading(now)

    def _observe(self, now: datetime) -> None:
        """Power was divided anew: what does that mean at each outlet?"""
        for outlet in self._outlets.values():
            load = outlet.load
            if outlet.transaction is None or load.started is None:
                continue
            stands = Phase.SUSPENDED_EVSE if load.wish_w > 0 else self._full_phase
            phase = Phase.CHARGING if load.draw_w > 0 else stands
            if phase is not outlet.phase:
                outlet.transaction.meter_due = now + self._report_interval(outlet)
                self._show(outlet, now, phase)
                self._phase_changed(outlet, now)

    def _report_interval(self, outlet: Outlet) -> timedelta:
        return self._settings.meter_interval if outlet.load.draw_w else self._settings.idle_interval

    def _busy(self) -> bool:
        """Whether a reset on idle has to wait."""
        return any(outlet.transaction is not None for outlet in self._outlets.values())

    # ── statuses ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _resting(self, outlet: Outlet) -> Phase:
        if outlet.error:
            return Phase.FAULTED
        return self._idle_phase(outlet) if outlet.operative else Phase.UNAVAILABLE

    def _show(self, outlet: Outlet, now: datetime, phase: Phase | None = None, error: str | None = None) -> None:
        """Show a phase (None: that of rest), and tell the central system when it can tell the difference."""
        outlet.phase = self._resting(outlet) if phase is None else phase
        said = outlet.error if error is None else error
        word = self._dialect.status_word(outlet.phase, said)
        if self._line.in_service and word != outlet.told:
            outlet.told = word
            self._tell_status(outlet, said, now)

    def _tell_status(self, outlet: Outlet, error: str, now: datetime) -> None:
        self._line.post(Post(partial(self._dialect.status, outlet.number, outlet.phase, error, now)), now)

    def _tell_trouble(self, outlet: Outlet, now: datetime) -> None:
        message = self._dialect.trouble(outlet.number, outlet.error, self._next_event(), now)
        if message is not None:
            self._line.post(Post(lambda: message, durable=True), now)

    def _next_event(self) -> int:
        self._events += 1
        return self._events

    def registered(self, now: datetime) -> Iterable[Post]:
        """The boot was accepted: the status of every outlet; 1.6 has one for the station, too."""
        posts = []
        if self._dialect.version is OcppVersion.V16:
            posts.append(Post(partial(self._dialect.status, STATION, Phase.AVAILABLE, "", now)))
        for outlet in self._outlets.values():
            outlet.told = self._dialect.status_word(outlet.phase, outlet.error)
            posts.append(Post(partial(self._dialect.status, outlet.number, outlet.phase, outlet.error, now)))
        self._snapshot(now)
        return posts
