"""A station's side of a conversation with the hub, for tests: real frames in, facts applied, answers checked.

Every request passes the door of its version and every answer is held against the official schema on its way out.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import small_hub as small

from portwatt import translate
from portwatt.events import AnyEvent
from portwatt.gateways.ocpp_schemas import load_schemas
from portwatt.ids import StationId
from portwatt.model.meter import Sample
from portwatt.state import HubState, fold
from portwatt.wire.ocpp.conversation import Conversation, Terms
from portwatt.wire.ocpp.outputs import Request
from portwatt.wire.ocpp.versions import OcppVersion


class Talk:
    """One station that talks to the small hub; the clock moves on by a second with each request."""

    def __init__(self, version: OcppVersion, station: StationId, state: HubState | None = None) -> None:
        self.version = version
        self.station = station
        self.state = state if state is not None else small.in_the_morning()
        self.now = self.state.at
        self.conversation = Conversation(Terms(version), load_schemas()[version])
        self.events: tuple[AnyEvent, ...] = ()
        self.samples: tuple[Sample, ...] = ()
        self._sent = 0

    def says(self, action: str, payload: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Send a request; its facts are applied and stand in `events`. Returns the payload of the answer."""
        self._sent += 1
        self.now += timedelta(seconds=1)
        frame = json.dumps([2, f"m{self._sent}", action, payload])
        (request,) = self.conversation.receive(frame, self.now)
        assert isinstance(request, Request), request
        handled = translate.handle(self.version, self.state, self.station, request.message, self.now, **options)
        (text,) = self.conversation.answer(request.message_id, handled.response)
        self.events, self.samples = handled.events, handled.samples
        self.state = fold(handled.events, self.state)
        answer: dict[str, Any] = json.loads(text)[2]
        return answer

    def kinds(self) -> list[str]:
        """The types of the facts of the last request."""
        return [type(event).__name__ for event in self.events]

    def stamp(self, **shift: float) -> str:
        """The hub's clock (to which the last request was taken), shifted, as a station writes it."""
        moment: datetime = self.now + timedelta(**shift)
        return moment.isoformat().replace("+00:00", "Z")
