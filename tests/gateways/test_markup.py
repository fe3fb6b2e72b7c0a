from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portwatt.errors import BugError
from portwatt.gateways.markup import Html, join, tag


class Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_elements_nest_and_attributes_are_named_as_in_html() -> None:
    made = tag("p", tag("b", "one"), " & ", 2, None, class_="x", aria_label="y", title=None)
    assert made == '<p class="x" aria-label="y"><b>one</b> &amp; 2</p>'


def test_elements_without_content_have_no_end() -> None:
    assert tag("meta", charset="utf-8") == '<meta charset="utf-8">'


def test_an_attribute_that_runs_a_script_is_our_bug() -> None:
    with pytest.raises(BugError, match="onclick"):
        tag("p", onclick="x()")


def test_markup_is_not_escaped_twice() -> None:
    assert join(Html("<i></i>"), "<i>") == "<i></i>&lt;i&gt;"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")))
def test_any_text_is_read_back_as_text(text: str) -> None:
    seen = Reader(tag("p", text, title=text))
    assert [name for name, _ in seen.tags] == ["p"]
    assert seen.tags[0][1]["title"] == text
    assert seen.text == text
