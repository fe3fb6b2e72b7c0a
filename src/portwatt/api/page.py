"""`/docs`: every endpoint on one page that fetches nothing from elsewhere.

FastAPI's own page loads its script from a CDN: it stays empty on a machine without internet, and with internet it would
run a stranger's script beside an API that has no log-in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from portwatt.api.loops import AllLoops

router = APIRouter(include_in_schema=False)

Schema = Mapping[str, Any]

_TITLES = {"read": "Read", "write": "Tell", "live": "Follow", "operation": "Operate"}
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b2733 }
h1 { margin-bottom: 0 } h2 { margin-top: 2rem; border-bottom: 1px solid #cdd6df }
details { border-bottom: 1px solid #e6ebf0; padding: .3rem 0 } summary { cursor: pointer }
code, pre { font: 13px/1.45 ui-monospace, monospace } pre { background: #f3f6f9; padding: .6rem; overflow-x: auto }
b.GET, b.POST { display: inline-block; width: 3.2rem; font: bold 12px ui-monospace, monospace; color: #0b6b3a }
b.POST { color: #8a4b00 } .say { color: #526170 } table { border-collapse: collapse; margin: .4rem 0 }
td, th { text-align: left; padding: .15rem 1rem .15rem 0; vertical-align: top }
th { color: #526170; font-weight: normal }
"""
_BOUNDS = (
    ("minimum", "from {:.15g}"),
    ("maximum", "to {:.15g}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {}"),
    ("maxItems", "at most {}"),
)


@router.get("/")
async def front() -> RedirectResponse:
    """Whoever comes without a path wants to know what there is."""
    return RedirectResponse("/docs")


@router.get("/docs")
async def docs(request: Request, loops: AllLoops) -> HTMLResponse:
    """The API for people."""
    return HTMLResponse(page(request.app.openapi(), sorted(loops)), headers=_HEADERS)


def page(api: Schema, hubs: Iterable[str]) -> str:
    """An OpenAPI document as one HTML page; what can be read of `hubs` without further names is linked for each."""
    about, schemas, hubs = api["info"], api["components"]["schemas"], list(hubs)
    parts: dict[str, list[str]] = {}
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            tag = operation["tags"][0]
            entry = _entry(method.upper(), path, operation, schemas, hubs)
            parts.setdefault(_TITLES.get(tag, tag.capitalize()), []).append(entry)
    sections = "".join(f"<h2>{escape(title)}</h2>{''.join(entries)}" for title, entries in parts.items())
    name = escape(f"{about['title']} {about['version']}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}: HTTP API</title>'
        f"<style>{_STYLE}</style></head><body><h1>{name}: HTTP API</h1><p>{escape(about['description'])} Times carry "
        'their zone. For programs: <a href="/openapi.json">openapi.json</a>.</p>'
        f"{sections}</body></html>"
    )


def in_words(schema: Schema, schemas: Mapping[str, Schema]) -> str:
    """What a JSON value has to be, for people."""
    kinds = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    kind = kinds[0]
    if "$ref" in kind:
        name = kind["$ref"].rpartition("/")[2]
        named = schemas.get(name, {})
        return in_words(named, schemas) if "enum" in named else name
    if "enum" in kind:
        return ", ".join(str(choice) for choice in kind["enum"])
    if kind.get("format") == "date-time":
        return "time with a zone (RFC 3339)"
    words = {"array": "list", "string": "text", "integer": "whole number", "boolean": "true or false"}
    said = words.get(kind.get("type", ""), kind.get("type", ""))
    if "items" in kind and "$ref" in kind["items"]:
        said += f" of {kind['items']['$ref'].rpartition('/')[2]}"
    return ", ".join([said, *(bound.format(kind[key]) for key, bound in _BOUNDS if key in kind)])


def _entry(method: str, path: str, operation: Schema, schemas: Mapping[str, Schema], hubs: list[str]) -> str:
    body = _body_of(operation)
    query = [(p["name"], p["schema"], p["required"]) for p in operation.get("parameters", []) if p["in"] == "query"]
    inner = [_table("query", query, schemas)]
    inner += [_fields(name, schemas) for name in _with_inner(body, schemas)] if body else []
    if method == "GET":
        inner += [] if any(needed for *_, needed in query) else [_links(path, hubs)]
    else:
        inner += [_curl(path, body, schemas, hubs)]
    answer = _answer_of(operation)
    inner += [_fields(name, schemas, answered=True) for name in _with_inner(answer, schemas)] if answer else []
    said = escape(" ".join(operation["description"].split()))
    return (
        f'<details><summary><b class="{method}">{method}</b> <code>{escape(path)}</code> '
        f'<span class="say">{said}</span></summary>{"".join(inner)}</details>'
    )


def _body_of(operation: Schema) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return _name(content["application/json"]["schema"]) if content else ""


def _answer_of(operation: Schema) -> str:
    answers: Schema = operation["responses"]
    good: Schema = next((answer for status, answer in answers.items() if status.startswith("2")), {})
    return _name(good.get("content", {}).get("application/json", {}).get("schema", {}))


def _name(schema: Schema) -> str:
    """The structure a schema names, itself or as that of its list; empty: it names none."""
    parts = [schema, schema.get("items", {}), *schema.get("anyOf", ())]
    return next((part["$ref"].rpartition("/")[2] for part in parts if "$ref" in part), "")


def _with_inner(name: str, schemas: Mapping[str, Schema]) -> Iterator[str]:
    """A structure and those it is made of, each once, from the outside in."""
    waiting, seen = [name], set()
    while waiting:
        one = waiting.pop(0)
        fields = schemas.get(one, {}).get("properties", {})
        if one in seen or not fields:
            continue
        seen.add(one)
        yield one
        waiting += filter(None, (_name(value) for value in fields.values()))


def _fields(name: str, schemas: Mapping[str, Schema], answered: bool = False) -> str:
    schema = schemas[name]
    needed = () if answered else schema.get("required", ())
    rows = [(key, value, key in needed) for key, value in schema["properties"].items()]
    said = f'<p class="say">{escape(schema["description"])}</p>' if "description" in schema else ""
    return _table(f"{'answer' if answered else 'body'}: {name}", rows, schemas) + said


def _table(head: str, rows: Iterable[tuple[str, Schema, bool]], schemas: Mapping[str, Schema]) -> str:
    lines = [
        f"<tr><td><code>{escape(key)}</code></td><td>{escape(in_words(value, schemas))}</td>"
        f"<td>{'needed' if needed else ''}</td></tr>"
        for key, value, needed in rows
    ]
    return f'<table><tr><th colspan="3">{escape(head)}</th></tr>{"".join(lines)}</table>' if lines else ""


def _links(path: str, hubs: list[str]) -> str:
    """Where a reader can go at once: the path itself, or that of each hub."""
    filled = [path.replace("{hub}", hub) for hub in hubs] if "{hub}" in path else [path]
    links = (f'<a href="{escape(p)}">{escape(p)}</a>' for p in filled if "{" not in p)
    said = " · ".join(links)
    return f"<p>{said}</p>" if said else ""


def _curl(path: str, body: str, schemas: Mapping[str, Schema], hubs: list[str]) -> str:
    """A command to begin with: the fields that are needed, and the hub's name."""
    fields = schemas.get(body, {})
    wanted = ", ".join(f'"{key}": …' for key in fields.get("required", []))
    where = path.replace("{hub}", hubs[0]) if hubs else path
    return (
        f"<pre>curl -s -X POST 'http://127.0.0.1:8080{escape(where)}' \\\n"
        f"    -H 'content-type: application/json' -d '{{{escape(wanted)}}}'</pre>"
    )
