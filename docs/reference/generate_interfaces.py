"""Writes the pages on commands, HTTP, events, OCPP and limits from the program itself, so that they cannot disagree.

Run it after a change of any of them: ``uv run python docs/reference/generate_interfaces.py``. A test fails while it has
not been run. What stands outside the marked blocks of a page is written by hand and kept.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import typer.main

from portwatt import commands, events
from portwatt.api.app import create_app
from portwatt.api.page import in_words
from portwatt.cli import app as command_line
from portwatt.rules.authorise import Verdict
from portwatt.rules.react import REACTIONS
from portwatt.state.fold import REDUCERS
from portwatt.translate.authorization import STATUS_2X, STATUS_16
from portwatt.translate.ocpp import HANDLERS, WORDS
from portwatt.translate.ocpp16 import STATUS
from portwatt.wire.ocpp.actions import ACTIONS
from portwatt.wire.ocpp.ledger import SURVIVES_RECONNECT
from portwatt.wire.ocpp.quirks import PROFILES
from portwatt.wire.ocpp.versions import KNOWN_ACTIONS, NEWEST_FIRST, Direction, ErrorCode, OcppVersion, spelling

HERE = Path(__file__).parent


def pages() -> dict[Path, str]:
    """The pages as they should be."""
    blocks = {
        "cli.md": {"commands": _command_line()},
        "api.md": {"endpoints": _endpoints(), "bodies": _bodies()},
        "events.md": {"events": _structs(events, "Event", _event_notes), "commands": _commands()},
        "ocpp.md": {
            "actions": "\n\n".join(_actions(version) for version in NEWEST_FIRST),
            "errors": _errors(),
            "verdicts": _verdicts(),
            "statuses": _statuses(),
            "repeated": ", ".join(f"`{name}`" for name in sorted(SURVIVES_RECONNECT)) + ".",
            "quirks": _quirks(),
        },
        "limits.md": {"limits": _limits()},
    }
    return {HERE / name: _filled((HERE / name).read_text(encoding="utf-8"), made) for name, made in blocks.items()}


def _filled(page: str, blocks: dict[str, str]) -> str:
    for name, text in blocks.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        head, found, rest = page.partition(begin)
        _, closed, tail = rest.partition(end)
        if not found or not closed:
            raise SystemExit(f"a page has no {begin} … {end}")
        page = f"{head}{begin}\n{text}\n{end}{tail}"
    return page


def _table(*heads: str, rows: Any) -> str:
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)


# ── the command line ────────────────────────────────────────────────────────────────────────────────────────────────


def _command_line() -> str:
    group: Any = typer.main.get_command(command_line)
    return "\n\n".join(_command(name, command) for name, command in group.commands.items())


def _command(name: str, command: Any) -> str:
    shown = [p for p in command.params if not p.hidden and p.name != "help"]
    given = [p for p in shown if p.param_type_name == "argument"]
    wanted = [_usage(p) for p in given]
    rows = [(f"`{', '.join(p.opts) if p not in given else p.name}`", p.help or "", _default(p)) for p in shown]
    usage = f"`portwatt {' '.join([name, *wanted])} [options]`"
    head = f"## `portwatt {name}`\n\n{usage}\n\n{command.help.strip()}\n\n"
    return head + _table("argument or option", "meaning", "when left out", rows=rows)


def _usage(parameter: Any) -> str:
    name = parameter.name.upper() + ("…" if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def _default(parameter: Any) -> str:
    if parameter.required:
        return "**needed**"
    said = "" if parameter.default in (None, "", False) else f"`{parameter.default}`"
    variable = f"environment: `{parameter.envvar}`" if parameter.envvar else ""
    return "; ".join(filter(None, (variable, said)))


# ── HTTP ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in create_app({}).openapi()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _endpoints() -> str:
    rows = []
    for method, path, operation in _operations():
        query = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
        schema = _body_schema(operation)
        takes = f"[`{schema}`](#{schema.lower()})" if schema else ", ".join(f"`?{name}=`" for name in query)
        rows.append((f"`{method}`", f"`{path}`", " ".join(operation["description"].split()), takes))
    return _table("method", "path", "purpose", "body, or query", rows=rows)


def _body_schema(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return content["application/json"]["schema"]["$ref"].rpartition("/")[2] if content else ""


def _bodies() -> str:
    schemas = create_app({}).openapi()["components"]["schemas"]
    waiting = [name for *_, operation in _operations() if (name := _body_schema(operation))]
    names: set[str] = set()
    while waiting:
        name = waiting.pop()
        names.add(name)
        waiting += _inner(schemas[name])
    return "\n\n".join(_body(name, schemas) for name in sorted(names))


def _inner(schema: dict[str, Any]) -> Iterator[str]:
    for value in schema["properties"].values():
        if "$ref" in value.get("items", {}):
            yield value["items"]["$ref"].rpartition("/")[2]


def _body(name: str, schemas: dict[str, Any]) -> str:
    schema = schemas[name]
    more = set(_inner(schema))
    rows = []
    for key, value in schema.get("properties", {}).items():
        needed = "yes" if key in schema.get("required", []) else ""
        default = value.get("default")
        rows.append((f"`{key}`", in_words(value, schemas), needed, "" if default in (None, "", []) else f"`{default}`"))
    below = "".join(f"\n\nEach of the list is a [`{inner}`](#{inner.lower()})." for inner in sorted(more))
    words = schema.get("description", "")
    head = f"### {name}\n\n" + (f"{words}\n\n" if words else "")
    return head + _table("field", "kind", "needed", "default", rows=rows) + below


# ── events and commands ─────────────────────────────────────────────────────────────────────────────────────────────


class _Struct(NamedTuple):
    name: str
    base: str
    section: str
    doc: str
    fields: list[tuple[str, str, str]]


def _read(module: ModuleType) -> Iterator[_Struct]:
    """The structs of a module, as its source has them: annotations in the words of the code, docs beside the fields."""
    source = inspect.getsource(module)
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            above = [line for line in lines[: node.lineno] if line.startswith("# ── ")]
            section = above[-1].strip("# ─").strip() if above else ""
            base = ast.unparse(node.bases[0]) if node.bases else ""
            yield _Struct(node.name, base, section, ast.get_docstring(node) or "", list(_fields(node)))


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str, str]]:
    for item, after in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            said = after.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else None
            kind = ast.unparse(item.annotation) + ("" if item.value is None else f" = {ast.unparse(item.value)}")
            yield item.target.id, kind, " ".join(str(said.value).split()) if said else ""


def _structs(module: ModuleType, base: str, notes: Callable[[str], str]) -> str:
    out, section = [], ""
    for struct in _read(module):
        if struct.base != base:
            continue
        if struct.section != section:
            section = struct.section
            out.append(f"### {section[:1].upper()}{section[1:]}")
        out.append(_entry(struct, notes(struct.name)))
    return "\n\n".join(out)


def _entry(struct: _Struct, note: str) -> str:
    rows = [(f"`{name}`", f"`{kind}`", words) for name, kind, words in struct.fields]
    parts = [f"#### {struct.name}", " ".join(struct.doc.split()), note]
    if rows:
        parts.append(_table("field", "type", "meaning", rows=rows))
    return "\n\n".join(part for part in parts if part)


def _event_notes(name: str) -> str:
    kind = getattr(events, name)
    reducer = REDUCERS[kind]
    where = reducer.__module__.removeprefix("portwatt.").replace(".", "/") + ".py"
    reactions = ", ".join(f"`{r.__module__.removeprefix('portwatt.')}.{r.__name__}`" for r in REACTIONS.get(kind, ()))
    return f"Changes: `{where}` (`{reducer.__name__}`). Rules that answer: {reactions or 'none'}."


def _commands() -> str:
    return "\n\n".join(
        _entry(struct, _command_notes(struct.name))
        for struct in _read(commands)
        if struct.base in ("StationCommand", "Command") and struct.name != "StationCommand"
    )


def _command_notes(name: str) -> str:
    kind = getattr(commands, name)
    if not issubclass(kind, commands.StationCommand):
        return "Carried out by: " + ("the planner workers." if kind is commands.Replan else "the order board.")
    spoken = [v.value for v in reversed(NEWEST_FIRST) if kind in WORDS[v]]
    return f"Carried out by: a station, in {', '.join(spoken)}. Also has `station`."


# ── OCPP ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _actions(version: OcppVersion) -> str:
    handled = set(HANDLERS[version])
    spoken = ACTIONS[version]
    rows = []
    for name, action in sorted(spoken.items()):
        serves = "yes" if action.request in handled else ""
        sends = "yes" if action.direction is not Direction.FROM_STATION else ""
        frame = "CALL" if action.response is not None else "SEND"
        rows.append((f"`{name}`", action.direction.value, serves, sends, frame))
    rest = {name: way for name, way in KNOWN_ACTIONS[version].items() if name not in spoken}
    others = "\n\n".join(
        f"Known and not served, {way.value}: " + ", ".join(f"`{n}`" for n, w in sorted(rest.items()) if w is way) + "."
        for way in Direction
        if way in rest.values()
    )
    table = _table("action", "direction", "served by the hub", "hub can ask", "frame", rows=rows)
    return f"### {version.value}\n\n{table}\n\n{others}"


def _errors() -> str:
    rows = [(f"`{code.value}`", f"`{spelling(code, OcppVersion.V16)}`") for code in ErrorCode]
    return _table("2.0.1 and 2.1", "1.6", rows=rows)


def _verdicts() -> str:
    blocked = "Blocked"
    rows = []
    for verdict in Verdict:
        word16 = STATUS_16[verdict].value if verdict in STATUS_16 else blocked
        rows.append((f"`{verdict.value}`", f"`{word16}`", f"`{STATUS_2X[verdict].value}`"))
    return _table("verdict", "1.6 idTagInfo.status", "2.x idTokenInfo.status", rows=rows)


def _statuses() -> str:
    return _table("1.6 connector", "EVSE here", rows=((f"`{a.value}`", f"`{b.value}`") for a, b in STATUS.items()))


def _quirks() -> str:
    rows = []
    for profile in PROFILES.values():
        repairs = ", ".join(f"`{r.pattern}` → `{r.replacement}`" for r in profile.repairs)
        rows.append((f"`{profile.name}`", f"`{profile.vendor}`", f"`{profile.model}`", repairs))
    return _table("profile", "vendor", "model", "repairs of frames that are not JSON", rows=rows)


# ── limits ──────────────────────────────────────────────────────────────────────────────────────────────────────────

LIMITS: dict[tuple[str, str], dict[str, str]] = {
    ("OCPP frames", "wire.ocpp.frames"): {
        "MAX_FRAME_BYTES": "bytes of a frame; a larger one closes the socket (1009)",
        "MAX_DEPTH": "levels of arrays and objects",
        "MAX_INTEGER": "largest integer",
        "MAX_ID_LENGTH": "characters of a message id",
        "MAX_DESCRIPTION": "characters of an errorDescription we send",
    },
    ("OCPP sockets", "wire.ocpp.conversation"): {
        "MAX_UNANSWERED": "requests of a station that have no answer yet",
        "DEFAULT_TIMEOUT": "a command waits so long in the queue, and again for its answer",
    },
    ("OCPP sockets", "wire.ocpp.ledger"): {
        "DEFAULT_CAPACITY": "requests per station remembered, to answer a repeated one alike"
    },
    ("OCPP sockets", "gateways.ocpp_server"): {
        "MAX_OUTBOX": "frames a station may leave unread before its socket is closed (1008)",
        "PING_INTERVAL_S": "seconds between WebSocket pings, and to wait for a pong",
    },
    ("OCPP sockets", "translate.boot"): {
        "HEARTBEAT_S": "seconds between heartbeats; a station's own share makes it up to a fifth longer"
    },
    ("OCPP sockets", "translate.clocks"): {"TOLERATED": "a station's clock may be off before it is alarmed"},
    ("OCPP sockets", "runtime.station_link"): {
        "FAULTS_RECORDED": "protocol faults of a connection recorded within the period below; the rest is counted",
        "FAULT_PERIOD": "that period",
    },
    ("OCPP sockets", "translate.vendors"): {"LONGEST": "characters of a DataTransfer that are kept"},
    ("hub loop", "runtime.loop"): {
        "MAX_BATCH": "callers that share one commit",
        "TICK": "time between two ticks of the hub's clock",
        "RETRY_STORE": "pause between tries to reach a store that failed",
    },
    ("grid limit", "rules.limit"): {
        "FIRST_RETRY": "pause after a limit that was not accepted; doubles each time",
        "LONGEST_RETRY": "longest such pause",
    },
    ("planning", "state.reasons"): {
        "NOTICEABLE": "a train's estimate has to move by this before a new plan is made",
        "LATE": "a truck has to be this late before a new plan is made",
    },
    ("planning", "runtime.workers"): {
        "LEAST_PATIENCE": "a worker has at least this long before it is ended",
        "PATIENCE": "budgets a worker may take, if that is longer",
    },
    ("planning", "state.replanning"): {
        "LONGEST_HOLD": "for a plan being computed, orders are held back this long at most"
    },
    ("planning", "rules.promise"): {"COMMIT_EVERY": "shortest time between two commitments for one train"},
    ("state", "state.keeping"): {"KEEP": "what is over is kept in the state; in log and read model it stays"},
    ("reservations", "rules.ask_stations"): {"HELD_AFTER": "a reservation outlives its planned start by this"},
    ("swaps", "translate.ocpp21_swaps"): {
        "LOWEST_SOH": "a returned pack below this state of health is not welcome (assumption)"
    },
    ("live stream", "api.stream"): {
        "KEPT_BATCHES": "commits kept per hub for a reader that comes back",
        "MAX_BEHIND": "messages a reader may be behind before it gets `reset`",
        "KEEP_ALIVE_S": "seconds of silence before a comment line is sent",
    },
    ("files", "gateways.sheets"): {
        "MAX_BYTES": "bytes of a table",
        "MAX_UNPACKED": "bytes of an XLSX table unpacked",
        "MAX_ROWS": "rows of a table",
        "MAX_COLUMNS": "columns of a table",
    },
    ("files", "config.faults"): {"MOST_FAULTS": "faults of a file that are told"},
    ("files", "config.hub_file"): {
        "MAX_SERIES": "entries a series (`count`) may stand for",
        "MAX_PLACES": "places of a hub",
    },
}
"""What a person can run into: where, the module, its constants and what each bounds."""


def _limits() -> str:
    rows = []
    for (where, module), constants in LIMITS.items():
        holder = importlib.import_module(f"portwatt.{module}")
        for name, words in constants.items():
            rows.append((where, words, _figure(getattr(holder, name)), f"`{module}.{name}`"))
    return _table("where", "what", "figure", "constant", rows=rows)


def _figure(value: Any) -> str:
    if hasattr(value, "as_percent"):
        return f"{value.as_percent:g} %"
    if isinstance(value, int):
        return f"{value:,}".replace(",", " ")
    return str(value)


if __name__ == "__main__":
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")
