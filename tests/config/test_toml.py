from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portwatt.config.faults import FaultyFileError
from portwatt.config.toml import MAX_BYTES, parse_toml, read_text


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(FaultyFileError) as caught:
        parse_toml(text, "x.toml")
    return [(f.place, f.message) for f in caught.value.faults]


def test_a_mistake_in_the_syntax_is_told_with_its_line():
    ((place, message),) = faults('id = "X"\nname = \n')
    assert place == "line 2, column 8"
    assert "TOML" in message


def test_a_number_of_thousands_of_digits_is_told():
    assert faults("a = " + "1" * 5000) == [("", "a whole number in it has thousands of digits")]


def test_deep_nesting_is_told():
    assert "deeply" in faults("a = " + "[" * 100_000)[0][1]


def test_an_endless_dotted_key_is_not_parsed():
    assert "dots" in faults("a." * 50_000 + "b = 1")[0][1]


def test_too_long_a_text_is_not_parsed():
    assert "longer" in faults("#" * (MAX_BYTES + 1))[0][1]


@given(st.text())
@example("a = 1\x00")
@example("a.b = 1\na = 2")
@example("a = 2026-13-41")
@example("[" * 5000)
def test_any_text_parses_or_is_faulty(text):
    with suppress(FaultyFileError):
        assert isinstance(parse_toml(text, "x"), dict)


def test_files_that_cannot_be_read_say_why(tmp_path):
    (tmp_path / "bad.toml").write_bytes(b"a = 1\nb = '\xff'\n")
    (tmp_path / "large.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    for name, said in (("none.toml", "No such file"), ("bad.toml", "line 2: is not UTF-8"), ("large.toml", "larger")):
        with pytest.raises(FaultyFileError, match=said):
            read_text(tmp_path / name)
    with pytest.raises(FaultyFileError, match="cannot be read"):
        read_text(tmp_path)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbfa = 1")
    assert parse_toml(read_text(tmp_path / "a.toml"), "a") == {"a": 1}
