"""`portwatt interop`: why a truck and a charger did not shake hands."""

# ruff: noqa: PLC0415, PLR0913, PLR0917 - imports on use; a command has as many arguments as it has options

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from portwatt.cli.saying import FAILED, plainly, readable

if TYPE_CHECKING:
    from portwatt.interop.finding import Verdict

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Why a truck and a charger did not shake hands: captures explained, sorted, compared, generated.",
)


class Role(StrEnum):
    """The sides of a bus."""

    VEHICLE = "vehicle"
    CHARGER = "charger"


Capture = Annotated[Path, typer.Argument(help="Capture: pcap, pcapng, candump, ASC, BLF, TRC or CSV, each also .gz.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the result to this file.")]


@app.command()
def explain(
    file: Capture,
    json_file: JsonFile = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML page to this file.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the report as PDF to this file.")] = None,
) -> None:
    """Say what each attempt in a capture came to, and why.

    Ends with status 0 when it passed or was stopped on purpose, otherwise with 1.
    """
    from portwatt.cli.explaining import explained

    with plainly():
        verdict = explained(readable([file])[0], json_file, html, pdf)
    _end_with(verdict)


@app.command()
def triage(
    folder: Annotated[Path, typer.Argument(help="Folder with captures; folders below it are searched too.")],
    json_file: JsonFile = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: as many as processors.")] = None,
) -> None:
    """Sort the captures of a folder by cause.

    Ends with status 1 when any failed or ended abnormally.
    """
    from portwatt.cli.explaining import triaged

    with plainly():
        good = triaged(folder, json_file, workers)
    if not good:
        raise typer.Exit(FAILED)


@app.command()
def diff(good: Capture, bad: Capture, json_file: JsonFile = None) -> None:
    """Say where a bad session parts from a good one, parameter by parameter.

    Ends with status 1 when they differ.
    """
    from portwatt.cli.explaining import compared

    with plainly():
        readable([good, bad])
        same = compared(good, bad, json_file)
    if not same:
        raise typer.Exit(FAILED)


@app.command()
def conformance(
    plan: Annotated[str, typer.Argument(help="Test plan (TOML), or the id of one that comes with it.")],
    captures: Annotated[list[Path], typer.Argument(help="Captures it is held against.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for JUnit XML and the summary.")] = None,
    key: Annotated[Path | None, typer.Option(help="File with the key that signs the summary (HMAC-SHA-256).")] = None,
) -> None:
    """Hold captures against a test plan.

    Ends with status 1 when a case fails.
    """
    from portwatt.cli.explaining import held_against

    with plainly():
        good = held_against(plan, readable(captures), out, key)
    if not good:
        raise typer.Exit(FAILED)


@app.command()
def twin(
    name: Annotated[str, typer.Argument(help="Session to play; left out: list them.")] = "",
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Capture to write: .log, .asc, .blf, .trc (GB/T), .pcap (CCS2).")
    ] = None,
) -> None:
    """Play a made-up session and write it as a capture: a plain one, or one in which a rule speaks.

    The names of the rules (G01 to G20, V01 to V20) are names of sessions too; NAME-silent is the near one in which the
    rule must not speak.
    """
    from portwatt.cli.explaining import played

    with plainly():
        played(name, out)


@app.command()
def live(
    role: Annotated[Role, typer.Argument(help="Side of GB/T 27930 to play.")],
    name: Annotated[str, typer.Argument(help="Session to play; `twin` lists them.")] = "gbt",
    interface: Annotated[str, typer.Option(help="CAN interface, as python-can names it.")] = "socketcan",
    channel: Annotated[str, typer.Option(help="Channel of the interface.")] = "can0",
    override: Annotated[
        list[str] | None, typer.Option(help="MESSAGE.field=value@from-to in seconds; may be given several times.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="When to give up.")] = 120.0,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="CAN log to write: .log, .asc, .blf or .trc.")] = None,
) -> None:
    """Play the vehicle or the charger of GB/T 27930 on a CAN bus, with faults where asked for."""
    from portwatt.cli.explaining import played_live

    with plainly():
        played_live(role.value, name, (interface, channel), override or [], seconds, out)


def _end_with(verdict: Verdict) -> None:
    from portwatt.interop.finding import Outcome

    if verdict.outcome not in (Outcome.PASS, Outcome.STOPPED):
        raise typer.Exit(FAILED)
