from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from v2g_frames import EV_MAC, RUN_ID, SLAC_RUN, STATION_MAC, homeplug, slac

from portwatt.wire.v2g.errors import V2gError
from portwatt.wire.v2g.ethernet import HomePlug, parse_ethernet
from portwatt.wire.v2g.slac import Slac, SlacMessage, parse_slac


def parsed(data: bytes) -> SlacMessage | None:
    frame = parse_ethernet(data)
    assert isinstance(frame, HomePlug)
    return parse_slac(frame)


@pytest.mark.parametrize("name", sorted(set(SLAC_RUN)))
def test_run_id_of_each_message(name: str) -> None:
    message = parsed(slac(name))
    assert message is not None
    assert message.run_id == RUN_ID
    assert message.source == (EV_MAC if message.kind.from_ev else STATION_MAC)


def test_attenuation_is_the_mean_of_the_groups() -> None:
    message = parsed(slac("atten_ind"))
    assert message is not None
    assert message.attenuation == 12.0


def test_version_0_has_no_fragmentation_field() -> None:
    assert parse_slac(HomePlug(EV_MAC, STATION_MAC, b"\x00\x64\x60" + b"\0\0" + RUN_ID)) == SlacMessage(
        Slac.PARAM_REQ, EV_MAC, STATION_MAC, RUN_ID
    )


def test_talk_of_modems_is_nothing() -> None:
    assert parsed(homeplug(0xA038, bytes(20))) is None


def test_message_cut_before_its_run_id() -> None:
    with pytest.raises(V2gError, match=r"CM_SLAC_PARAM.REQ of 5 bytes ends before its run id"):
        parsed(homeplug(0x6064, bytes(5)))


def test_every_kind_has_a_label() -> None:
    assert all(kind.label.startswith("CM_") for kind in Slac)


@given(st.sampled_from(list(Slac)), st.binary(max_size=100))
def test_garbage_raises_nothing_else(kind: Slac, body: bytes) -> None:
    try:
        parsed(homeplug(kind, body))
    except V2gError as error:
        assert kind.label in str(error)  # noqa: PT017
