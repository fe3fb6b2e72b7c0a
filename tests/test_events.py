"""Events."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from any_event import EVENT_TYPES, struct
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portwatt import events
from portwatt.events import AnyEvent, Event


def test_the_union_holds_every_event_there_is():
    defined = {c for c in vars(events).values() if isinstance(c, type) and issubclass(c, Event)} - {Event}
    assert defined == set(get_args(AnyEvent))


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.__name__)
def test_every_event_goes_through_json_and_back(kind):
    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def there_and_back(data):
        event = data.draw(struct(kind))
        body = msgspec.json.encode(event)
        again = msgspec.json.decode(body, type=AnyEvent)
        assert again == event
        assert type(again) is kind
        assert msgspec.json.encode(again) == body

    there_and_back()


def test_an_event_of_no_known_kind_is_refused():
    with pytest.raises(msgspec.ValidationError, match="Invalid value 'Exploded'"):
        msgspec.json.decode(b'{"type":"Exploded","at":"2026-11-23T00:00:00Z"}', type=AnyEvent)
