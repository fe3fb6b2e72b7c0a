"""Frames of a CAN log to attempts: where one ends and the next begins, and which of them share a plug-in.

Source: GB/T 27930-2015 clause 8 (after a time-out the charger returns to CRM(0x00), at most three times; facts.json
`limits` REHANDSHAKE, `retries`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from portwatt.interop.gbt_record import GbtRecord, Keeper
from portwatt.interop.gbt_stages import STAGE_OF, GbtStage, StageMark
from portwatt.model.capture import Bus, Frame
from portwatt.wire.gbt27930.codec import Message
from portwatt.wire.gbt27930.decoder import Decoder, Layouts
from portwatt.wire.gbt27930.identifier import Address
from portwatt.wire.gbt27930.negotiation import VersionOffer
from portwatt.wire.gbt27930.transport import LapsedMessage

_RECOGNISED: Final = 0xAA
_OURS: Final = frozenset({Address.CHARGER << 8 | Address.BMS, Address.BMS << 8 | Address.CHARGER})
_MAX_LAPSES: Final = 256


class PluggedRecord(Struct, frozen=True):
    """An attempt and its plug-in, counted from 1 over the whole capture."""

    plug_in: int
    record: GbtRecord


class GbtCapture(Struct, frozen=True):
    """All attempts of a capture, in the order they began. `foreign`: other identifiers; `frames`: all of CAN."""

    attempts: tuple[PluggedRecord, ...]
    foreign: Counter[int]
    frames: int


def gather(frames: Iterable[Frame], layouts: Layouts) -> GbtCapture:
    """Read a capture once, front to back; channels of a log are told apart. Memory does not grow with its length."""
    channels: dict[str, _Channel] = {}
    count = 0
    for frame in frames:
        if frame.bus is not Bus.CAN or frame.can_id is None:
            continue
        count += 1
        channel = channels.get(frame.channel)
        if channel is None:
            channel = channels[frame.channel] = _Channel(frame.channel, layouts)
        channel.receive(frame)
    foreign: Counter[int] = Counter()
    plugged: list[PluggedRecord] = []
    for channel in channels.values():
        channel.finish()
        foreign.update(channel.decoder.foreign)
        plugged += _plug_ins(channel.records, layouts, after=max((p.plug_in for p in plugged), default=0))
    plugged.sort(key=lambda p: p.record.first_number)
    return GbtCapture(tuple(plugged), foreign, count)


class _Channel:
    """One bus: its decoder, and the attempts on it."""

    def __init__(self, name: str, layouts: Layouts) -> None:
        self._name = name
        self.decoder = Decoder(layouts)
        self._keeper = Keeper(layouts)
        self.records: list[GbtRecord] = []
        self._current: GbtRecord | None = None
        self._charger_stage = GbtStage.NEGOTIATION
        """Where the charger was with its last message."""
        self._recognised = False

    def receive(self, frame: Frame) -> None:
        can_id = frame.can_id or 0
        number, at = frame.number, frame.at
        if not frame.extended:
            self.decoder.foreign[can_id] += 1
            return
        item = self.decoder.receive(number, at, can_id, frame.data)
        if isinstance(item, Message):
            self._message(item)
        elif isinstance(item, VersionOffer):
            self._offer(item)
        elif item is not None:
            self._lapse(item)
        if self._current is not None and can_id & 0xFFFF in _OURS:
            self._keeper.frame(self._current, number, at)

    def finish(self) -> None:
        """The log is over."""
        for lapsed in self.decoder.finish():
            self._lapse(lapsed)

    def _message(self, message: Message) -> None:
        current = self._current
        if current is None or self._restarts(current, message):
            current = self._begin(message.first, message.at, from_start=self._from_start(message))
        self._keeper.message(current, message)
        if message.code in _CHARGERS:
            self._charger_stage = _stage_of_charger(message)
            self._recognised = message.code == "CRM" and message.values.get("recognition_result") == _RECOGNISED

    def _from_start(self, message: Message) -> bool:
        """An attempt that follows another, or a greeting, was seen from its start; so was CRM(0x00) on a bus that
        carried something else before."""
        if self.records or message.code == "CHM":
            return True
        return message.values.get("recognition_result") == 0 and bool(self.decoder.foreign)

    def _offer(self, offer: VersionOffer) -> None:
        current = self._current
        moved_on = self._charger_stage > GbtStage.HANDSHAKE and offer.sender is Address.CHARGER
        if current is None or moved_on:
            current = self._begin(offer.number, offer.at, from_start=True)
        if not current.marks:
            current.marks.append(StageMark(GbtStage.NEGOTIATION, offer.at, offer.number))
        elif current.marks[-1].stage is GbtStage.NEGOTIATION:
            current.marks[-1].extend(offer.at, offer.number)
        if len(current.offers) < _MAX_LAPSES:
            current.offers.append(offer)

    def _lapse(self, lapsed: LapsedMessage) -> None:
        """A failed long message belongs to the attempt in which it began."""
        owner = next((r for r in reversed(self.records) if r.first_number <= lapsed.first), None)
        if owner is None:
            owner = self._begin(lapsed.first, lapsed.started, from_start=False)
        if len(owner.lapses) < _MAX_LAPSES:
            owner.lapses.append((self.decoder.code_of(lapsed), lapsed))

    def _begin(self, number: int, at: datetime, *, from_start: bool) -> GbtRecord:
        if self._current is not None:
            self._current.cut_off = False
        retry = bool(self.records) and self._current is not None
        self._current = GbtRecord(number, at, channel=self._name, from_start=from_start, retry=retry)
        self.records.append(self._current)
        self._charger_stage = GbtStage.NEGOTIATION
        self._recognised = False
        return self._current

    def _restarts(self, current: GbtRecord, message: Message) -> bool:
        """Whether the charger begins anew with this message: it greets or identifies itself after it was further.

        Judged by order and not by time, so that logs without times are cut the same way.
        """
        if message.code == "CHM":
            return self._charger_stage > GbtStage.HANDSHAKE
        if message.code != "CRM" or message.values.get("recognition_result") != 0:
            return False
        if current.tracks.keys() <= {"CRM", "CEM"}:
            return False  # complaints of a vehicle that says nothing at all: still the same attempt
        return self._recognised or self._charger_stage > GbtStage.IDENTIFICATION


_CHARGERS: Final = frozenset({"CHM", "CRM", "CTS", "CML", "CRO", "CCS", "CST", "CSD", "CEM"})


def _stage_of_charger(message: Message) -> GbtStage:
    """An error message ends what was under way, as the end stage does."""
    return STAGE_OF.get(message.code, GbtStage.END)


def _plug_ins(records: list[GbtRecord], layouts: Layouts, after: int) -> list[PluggedRecord]:
    """Attempts share a plug-in until one of them ended in order, the vehicle is another, or nothing was said for as
    long as a side waits to shake hands again."""
    wait = layouts.tables.limits["REHANDSHAKE"]
    number = after
    plugged = []
    for position, record in enumerate(records):
        if position == 0 or _unplugged(records[position - 1], record, wait):
            number += 1
        plugged.append(PluggedRecord(number, record))
    return plugged


def _unplugged(before: GbtRecord, after: GbtRecord, wait: timedelta) -> bool:
    in_order = before.has("BSD", "CSD") and not before.has("BEM") and not before.has("CEM")
    return in_order or after.first_at - before.end > wait or _other_vehicle(before, after)


def _other_vehicle(before: GbtRecord, after: GbtRecord) -> bool:
    """Both said who they are, and differ."""
    one, other = before.first("BRM"), after.first("BRM")
    if one is None or other is None:
        return False
    return any(one.values.get(name) != other.values.get(name) for name in ("vin", "pack_serial"))
