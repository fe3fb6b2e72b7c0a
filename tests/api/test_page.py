"""The page of the API names every endpoint and field, and fetches nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx2
import pytest
from fastapi import FastAPI

from portwatt.api.page import in_words, page


class Seen(HTMLParser):
    """What a page is made of, and what it points at."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open += [tag] if tag not in {"meta", "link", "br"} else []
        self.links += [value or "" for key, value in attrs if key in {"href", "src", "action"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def seen(text: str) -> Seen:
    found = Seen()
    found.feed(text)
    assert not found.open
    return found


async def test_it_fetches_nothing_from_elsewhere_and_runs_no_script(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    found = seen(answer.text)
    assert not found.tags & {"script", "link", "img", "iframe"}
    assert all(link.startswith("/") and not link.startswith("//") for link in found.links)


async def test_it_has_every_endpoint(app: FastAPI, client: httpx2.AsyncClient) -> None:
    text = (await client.get("/docs")).text
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            assert f'<b class="{method.upper()}">{method.upper()}</b> <code>{path}</code>' in text


async def test_its_links_lead_somewhere(client: httpx2.AsyncClient) -> None:
    links = set(seen((await client.get("/docs")).text).links) - {"/api/stream"}  # which never ends
    assert "/api/hubs/test/trains" in links
    answers = {link: await client.get(link) for link in links}
    # Some want to be asked more precisely, or have nothing to say yet; none leads to nowhere.
    assert not [link for link, answer in answers.items() if answer.text == '{"detail":"Not Found"}']
    assert answers["/api/hubs/test/trains"].status_code == 200


async def test_who_comes_without_a_path_is_led_to_it(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


async def test_the_page_is_no_part_of_the_api(app: FastAPI) -> None:
    assert not {"/", "/docs"} & set(app.openapi()["paths"])


def test_the_fields_of_a_body_stand_there_with_what_is_needed(app: FastAPI) -> None:
    entry = re.search(r"<code>/api/hubs/\{hub\}/grid-limit</code>.*?</details>", page(app.openapi(), ["A"]), re.DOTALL)
    assert entry is not None
    assert "<td><code>limit_kw</code></td><td>number, from 0" in entry[0]
    assert "/api/hubs/A/grid-limit" in entry[0]


def test_what_a_hub_is_called_is_text(app: FastAPI) -> None:
    assert "<i>" not in page(app.openapi(), ["<i>"])


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 5000}, "whole number, from 1, to 5000"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}, "time with a zone (RFC 3339)"),
        ({"$ref": "#/components/schemas/Way"}, "in, out"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Row"}, "minItems": 1}, "list of Row, at least 1"),
    ],
)
def test_kinds_in_words(schema: dict[str, object], words: str) -> None:
    assert in_words(schema, {"Way": {"enum": ["in", "out"]}, "Row": {"properties": {}}}) == words
