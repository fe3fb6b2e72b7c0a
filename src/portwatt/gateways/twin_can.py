"""Plays the vehicle or the charger of GB/T 27930 live on a CAN bus, and records what it saw.

Any interface of python-can: "virtual" for two twins in one process, "socketcan" and the like for real stations.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Final

import can
from msgspec import Struct
from msgspec.structs import replace

from portwatt.errors import UsageError
from portwatt.gateways.gbt_tables import load_gbt
from portwatt.gateways.twin_files import can_log, can_message
from portwatt.interop.twin_script import During, Override, Script
from portwatt.interop.twin_speaker import TICK, Speaker
from portwatt.model.capture import Bus, Frame
from portwatt.runtime.clock import Clock, SystemClock
from portwatt.wire.gbt27930.identifier import Address

_REST: Final = timedelta(seconds=1)
"""How long is listened after this side is done."""
_OVERRIDE: Final = re.compile(
    r"(?P<code>[A-Z]{3})\.(?P<field>\w+)=(?P<value>[^@]+)(?:@(?P<after>\d+(?:\.\d+)?)(?:-(?P<until>\d+(?:\.\d+)?))?)?"
)


class BusOptions(Struct, frozen=True):
    """Which bus: interface and channel as python-can names them, bits a second (GB/T 27930: 250 kbit/s)."""

    interface: str = "virtual"
    channel: str = "portwatt"
    bitrate: int = 250_000


def run_twin_live(
    role: Address,
    bus: BusOptions,
    script: Script,
    out: Path | None,
    seconds: float,
    clock: Clock | None = None,
) -> int:
    """Play one side until it is done or `seconds` are over; how many frames were seen, its own among them.

    `out`: a CAN log, written as the frames come (.log, .asc, .blf, .trc). Raises UsageError when the bus cannot be
    opened or used, when the suffix is none of these, or when an override does not fit its field.
    """
    with ExitStack() as stack:
        record = stack.enter_context(can_log(out)) if out is not None else _unrecorded
        opened = stack.enter_context(open_bus(bus))
        twin = CanTwin(role, opened, script, record, clock or SystemClock())
        asyncio.run(twin.play(timedelta(seconds=seconds)))
        return twin.seen


def open_bus(options: BusOptions) -> can.BusABC:
    """The bus, to be closed by the caller (`with`). Raises UsageError with what python-can says."""
    try:
        return can.Bus(interface=options.interface, channel=options.channel, bitrate=options.bitrate)
    except (can.CanError, OSError, ValueError, ImportError) as error:
        raise UsageError(
            f"CAN interface {options.interface!r}, channel {options.channel!r} cannot be opened: {error}"
        ) from error


def parse_override(text: str) -> Override:
    """An override as people write it: "BCL.demand_voltage=500", with "@2" or "@2-4": seconds after the first BCL.

    Raises UsageError when it is none, or when there is no such message or field.
    """
    found = _OVERRIDE.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no override; write it as BCL.demand_voltage=500 or BCL.demand_voltage=500@2-4")
    code, field = found["code"], found["field"]
    layout = load_gbt().by_code.get(code)
    if layout is None:
        raise UsageError(f"GB/T 27930 has no message {code}; there are: {', '.join(load_gbt().by_code)}")
    layout.table.field(field)
    during = During()
    if found["after"] is not None:
        during = During(code, float(found["after"]), float(found["until"] or "inf"))
    return Override(code, field, _value(found["value"]), during)


def _value(text: str) -> int | float | str:
    for kind in (lambda: int(text, 0), lambda: float(text)):
        try:
            return kind()
        except ValueError:
            continue
    return text


class CanTwin:
    """One side on an open bus. `record` is told every frame, heard or said, in the order of this side."""

    def __init__(
        self, role: Address, bus: can.BusABC, script: Script, record: Callable[[Frame], None], clock: Clock
    ) -> None:
        self._bus, self._record, self._clock = bus, record, clock
        self._begun = clock.now()
        self._speaker = Speaker(role, replace(script, start=self._begun), load_gbt())
        self.seen = 0

    async def play(self, longest: timedelta) -> None:
        """Until this side is done and a second has passed, or `longest` is over. Raises UsageError."""
        done: timedelta | None = None
        while (elapsed := self._clock.now() - self._begun) < longest:
            try:
                self.turn(elapsed)
            except can.CanError as error:
                raise UsageError(f"the CAN bus failed: {error}") from error
            if self._speaker.over:
                done = elapsed if done is None else done
                if elapsed - done >= _REST:
                    return
            else:
                done = None
            await self._clock.sleep(TICK)

    def turn(self, elapsed: timedelta) -> None:
        """Hear everything that came, then send what is due."""
        now = elapsed.total_seconds()
        while (message := self._bus.recv(timeout=0)) is not None:
            if message.is_error_frame or message.is_remote_frame:
                continue
            data = bytes(message.data)
            self._note(message.arbitration_id, data, message.is_extended_id)
            if message.is_extended_id:
                self._speaker.hear(message.arbitration_id, data, now)
        for can_id, data in self._speaker.due(now):
            frame = self._note(can_id, data, extended=True)
            self._bus.send(can_message(frame))

    def _note(self, can_id: int, data: bytes, extended: bool) -> Frame:
        self.seen += 1
        frame = Frame(self.seen, self._clock.now(), Bus.CAN, data, can_id, extended, "can0")
        self._record(frame)
        return frame


def _unrecorded(_: Frame) -> None:
    """For runs without a recording."""
