"""What a simulated station does for its central system: the requests both kinds of station serve alike."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from portwatt.simulator.line import Post
from portwatt.simulator.outlet import Cause, Outlet
from portwatt.simulator.plant import Plant
from portwatt.simulator.profiles import STATION, Purpose
from portwatt.simulator.speech import (
    Ask,
    ClearProfiles,
    RemoteStop,
    Restart,
    SetAvailability,
    SetProfile,
    Trigger,
    VendorData,
)
from portwatt.wire.ocpp.message import Message
from portwatt.wire.ocpp.versions import OcppVersion

Decision = tuple[str, str]
"""A word of the status enumeration of the response, and a reason code or nothing."""


class ObedientPlant(Plant):
    """A plant that serves requests; what only one kind of station can do is left to it."""

    @abstractmethod
    def _decide(self, ask: Ask, now: datetime) -> Decision:
        """The decision on what only this kind of station can do."""

    def serve(self, request: Message, now: datetime) -> Message:
        """Do what the central system asks, and say whether."""
        ask = self._dialect.ask(request, now)
        match ask:
            case RemoteStop():
                status, reason = self._remote_stop(ask, now)
            case SetProfile():
                status, reason = self._set_profile(ask, now)
            case ClearProfiles():
                found = ask.criteria is not None and self._profiles.clear(ask.criteria)
                self._feeder.change(now)
                status, reason = ("Accepted", "") if found else ("Unknown", "")
            case SetAvailability():
                status, reason = self._set_availability(ask, now)
            case Restart():
                status, reason = self._restart(ask, now)
            case Trigger():
                status, reason = self._trigger(ask, now)
            case VendorData():
                status, reason = "UnknownVendorId", ""
            case _:
                status, reason = self._decide(ask, now)
        return self._dialect.reply(request, status, reason)

    def _holder(self, transaction: str) -> Outlet | None:
        """The outlet of a running transaction, by its name on the wire."""
        for outlet in self._outlets.values():
            running = outlet.transaction
            if running is None:
                continue
            if transaction == running.key or (running.number is not None and transaction == str(running.number)):
                return outlet
        return None

    def _remote_stop(self, ask: RemoteStop, now: datetime) -> Decision:
        outlet = self._holder(ask.transaction)
        if outlet is None:
            return "Rejected", "TxNotFound"
        self._finish(outlet, Cause.REMOTE_STOP, now)
        return "Accepted", ""

    def _set_profile(self, ask: SetProfile, now: datetime) -> Decision:
        profile = ask.profile
        if profile is None:
            return "Rejected", ask.fault
        if ask.outlet != STATION and ask.outlet not in self._outlets:
            return "Rejected", "UnknownEvse"
        if (profile.purpose is Purpose.STATION_MAX) != (ask.outlet == STATION) and (
            profile.purpose is not Purpose.TX_DEFAULT
        ):
            return "Rejected", "InvalidEvse"
        if profile.purpose is Purpose.STATION_MAX and profile.start is None:
            return "Rejected", "InvalidProfile"
        if profile.purpose is Purpose.TX:
            running = self._outlets[ask.outlet].transaction
            named = self._holder(profile.transaction) if profile.transaction is not None else None
            if running is None or (profile.transaction is not None and named is not self._outlets[ask.outlet]):
                return "Rejected", "TxNotFound"
            profile = replace(profile, transaction=running.key)
        if self._dialect.version is not OcppVersion.V16 and self._profiles.rival(ask.outlet, profile):
            return "Rejected", "DuplicateProfile"
        self._profiles.install(ask.outlet, profile)
        self._feeder.change(now)
        return "Accepted", ""

    def _set_availability(self, ask: SetAvailability, now: datetime) -> Decision:
        targets = self._aimed_at(ask.outlet)
        if not targets:
            return "Rejected", "UnknownEvse"
        for outlet in targets:
            if outlet.transaction is not None:
                outlet.operative_next = ask.operative
            else:
                outlet.operative = ask.operative
                self._show(outlet, now)
        waits = not ask.operative and any(outlet.transaction is not None for outlet in targets)
        return ("Scheduled", "") if waits else ("Accepted", "")

    def _restart(self, ask: Restart, now: datetime) -> Decision:
        """A restart of one EVSE leaves no trace but the end of its transaction; waiting for that, none at all."""
        targets = self._aimed_at(ask.outlet)
        if not targets:
            return "Rejected", "UnknownEvse"
        if ask.wait and (self._busy() if ask.outlet is None else targets[0].transaction is not None):
            self._reboot_when_idle = self._reboot_when_idle or ask.outlet is None
            return "Scheduled", ""
        for outlet in targets:
            if outlet.transaction is not None and not ask.resume:
                self._finish(outlet, Cause.HARD_RESET if ask.hard else Cause.SOFT_RESET, now)
        if ask.outlet is None:
            self._reboot_at = self._reboot_at or now + self._settings.reboot
        return "Accepted", ""

    def _trigger(self, ask: Trigger, now: datetime) -> Decision:
        targets = self._aimed_at(ask.outlet)
        if not targets:
            return "Rejected", "UnknownEvse"
        match ask.message:
            case "BootNotification":
                if self._line.accepted and self._dialect.version is not OcppVersion.V16:
                    return "Rejected", "AlreadyAccepted"
                self._line.boot_again(now)
            case "Heartbeat":
                self._line.say_heartbeat(now)
            case "StatusNotification":
                for outlet in targets:
                    self._tell_status(outlet, outlet.error, now)
            case "MeterValues":
                for outlet in targets:
                    metered = partial(self._dialect.metered, outlet.number, self._reading(outlet, now))
                    self._line.post(Post(metered), now)
            case "TransactionEvent":
                for outlet in targets:
                    self._report(outlet, Cause.TRIGGERED, now)
            case _:
                return "NotImplemented", ""
        return "Accepted", ""
