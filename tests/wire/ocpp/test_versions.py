"""Negotiation, spelling and directions."""

import pytest

from portwatt.wire.ocpp.versions import KNOWN_ACTIONS, Direction, ErrorCode, OcppVersion, Role, negotiate, spelling


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["ocpp1.6", "ocpp2.0.1", "ocpp2.1"], OcppVersion.V21),
        (["ocpp2.0.1", "ocpp1.6"], OcppVersion.V201),
        ([" ocpp1.6 "], OcppVersion.V16),
        (["ocpp1.5", "mqtt"], None),
        ([], None),
    ],
)
def test_the_newest_common_version_wins(offered: list[str], chosen: OcppVersion | None) -> None:
    assert negotiate(offered) is chosen


def test_a_version_that_is_off_is_not_chosen() -> None:
    assert negotiate(["ocpp2.1", "ocpp1.6"], {OcppVersion.V16}) is OcppVersion.V16


def test_error_codes_are_spelt_as_the_version_does() -> None:
    assert spelling(ErrorCode.FORMAT_VIOLATION, OcppVersion.V16) == "FormationViolation"
    assert spelling(ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, OcppVersion.V16) == "OccurenceConstraintViolation"
    assert spelling(ErrorCode.FORMAT_VIOLATION, OcppVersion.V201) == "FormatViolation"
    assert spelling(ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, OcppVersion.V21) == "OccurrenceConstraintViolation"


def test_1_6_uses_only_the_codes_of_its_table() -> None:
    table_7 = {
        "NotImplemented",
        "NotSupported",
        "InternalError",
        "ProtocolError",
        "SecurityError",
        "FormationViolation",
        "PropertyConstraintViolation",
        "OccurenceConstraintViolation",
        "TypeConstraintViolation",
        "GenericError",
    }
    assert {spelling(code, OcppVersion.V16) for code in ErrorCode} == table_7


def test_directions_reach_the_right_end() -> None:
    assert KNOWN_ACTIONS[OcppVersion.V21]["BatterySwap"].reaches(Role.CENTRAL)
    assert not KNOWN_ACTIONS[OcppVersion.V21]["BatterySwap"].reaches(Role.STATION)
    assert KNOWN_ACTIONS[OcppVersion.V16]["Reset"].reaches(Role.STATION)
    assert not KNOWN_ACTIONS[OcppVersion.V16]["Reset"].reaches(Role.CENTRAL)
    assert all(Direction.BOTH.reaches(role) for role in Role)
