"""Container numbers (ISO 6346)."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from portwatt.errors import UsageError
from portwatt.model.container import check_digit, parse_container_id


@pytest.mark.parametrize("number", ["CSQU3054383", "csqu 305438-3", "CSQU-305438-3"])
def test_a_number_as_people_write_it(number):
    assert parse_container_id(number) == "CSQU3054383"


def test_the_standard_s_own_example():
    assert check_digit("CSQU305438") == 3


@pytest.mark.parametrize("text", ["", "CSQU305438", "CSQX3054383", "CS1U3054383", "CSQU30543833"])
def test_what_is_no_number_is_told_what_one_looks_like(text):
    with pytest.raises(UsageError, match="three letters, U, J or Z, then seven digits"):
        parse_container_id(text)


@given(st.from_regex(r"[A-Z]{3}[UJZ][0-9]{6}", fullmatch=True), st.integers(0, 9))
def test_only_one_last_digit_is_right(first_ten, digit):
    wanted = check_digit(first_ten)
    assert 0 <= wanted <= 9
    if digit == wanted:
        assert parse_container_id(f"{first_ten}{digit}") == f"{first_ten}{digit}"
    else:
        with pytest.raises(UsageError, match=f"last digit should be {wanted}"):
            parse_container_id(f"{first_ten}{digit}")


@given(st.from_regex(r"[A-Z]{3}U[0-9]{6}", fullmatch=True), st.integers(4, 8))
def test_two_digits_exchanged_are_noticed(first_ten, place):
    """Except where the two add the same to the sum modulo 11, which the standard accepts."""
    swapped = first_ten[:place] + first_ten[place + 1] + first_ten[place] + first_ten[place + 2 :]
    gap = (int(first_ten[place]) - int(first_ten[place + 1])) * (2**place - 2 ** (place + 1)) % 11
    if gap == 0:
        assert check_digit(swapped) == check_digit(first_ten)
    elif {check_digit(swapped), check_digit(first_ten)} != {0}:
        assert check_digit(swapped) != check_digit(first_ten)
