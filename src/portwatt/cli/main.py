"""The commands and their options. Heavy imports stand inside the commands, so that `--help` answers at once."""

# ruff: noqa: PLC0415, PLR0913, PLR0917 - imports on use; a command has as many arguments as it has options

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from portwatt import __version__
from portwatt.cli import interop
from portwatt.cli.saying import FAILED, plainly, readable, set_up_logs

app = typer.Typer(
    name="portwatt",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The operating system of a port's green-freight hub: chargers, swap stations, trucks and trains in one plan.",
)
app.add_typer(interop.app, name="interop")

DataDir = Annotated[
    Path | None, typer.Option(help="Where logs are kept; default: portwatt in the user's data directory.")
]
DatabaseUrl = Annotated[
    str,
    typer.Option(envvar="PORTWATT_DATABASE_URL", help="PostgreSQL in place of the SQLite file of the data directory."),
]
HttpPort = Annotated[int, typer.Option(help="Port of the HTTP API; 0: any that is free.")]
OcppPort = Annotated[int, typer.Option(help="OCPP port of the first hub, the next hub takes the next one; 0: any.")]
LogLevel = Annotated[str, typer.Option(help="debug, info, warning or error.")]
Seed = Annotated[int, typer.Option(help="Seed of all chance: the same seed gives the same day.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the result to this file.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"portwatt {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """The operating system of a port's green-freight hub: chargers, swap stations, trucks and trains in one plan."""


@app.command()
def serve(
    hub_files: Annotated[list[Path], typer.Argument(help="Hub files (TOML), one per hub.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = "",
    http_port: HttpPort = 8080,
    ocpp_port: OcppPort = 9000,
    log_level: LogLevel = "info",
    telemetry_days: Annotated[int, typer.Option(help="Days to keep sampled meter values; events stay for good.")] = 90,
    watch: Annotated[bool, typer.Option("--watch", help="Show the hubs live in the terminal.")] = False,
) -> None:
    """Run real hubs. Any OCPP client whose id a hub file lists can connect.

    There is no log-in yet: everything listens on the loopback only.
    """
    from portwatt.cli.serving import serve_hubs
    from portwatt.cli.settings import settings

    with plainly():
        config = settings(
            data_dir,
            hub_files=readable(hub_files),
            database_url=database_url,
            http_port=http_port,
            ocpp_port=ocpp_port,
            log_level=log_level,
            telemetry_days=telemetry_days,
        )
        set_up_logs(config.log_level, config.data_dir / "portwatt.log" if watch else None)
        asyncio.run(serve_hubs(config, watch=watch))


@app.command()
def demo(
    speed: Annotated[float, typer.Option(help="Seconds of the hubs' day in one second.")] = 60.0,
    hours: Annotated[float, typer.Option(help="How much of the day to run.")] = 24.0,
    hubs: Annotated[
        str, typer.Option(help="Scenarios, separated by commas: names of those that come with it, or files.")
    ] = "ningbo,qingdao,guangzhou",
    seed: Seed = 7,
    headless: Annotated[bool, typer.Option("--headless", help="No live view: a line per hub now and then.")] = False,
    json_file: JsonFile = None,
    data_dir: DataDir = None,
    http_port: HttpPort = 8080,
    ocpp_port: OcppPort = 9000,
) -> None:
    """Run hubs with a simulated field: stations over real OCPP sockets, trucks, trains, and a live view."""
    from portwatt.cli.demo import run_demo
    from portwatt.cli.settings import scenario_files, settings

    with plainly():
        config = settings(
            data_dir,
            hub_files=scenario_files(hubs),
            http_port=http_port,
            ocpp_port=ocpp_port,
            speed=speed,
            seed=seed,
        )
        asyncio.run(run_demo(config, hours=hours, headless=headless, json_file=json_file))


@app.command()
def simulate(
    scenarios: Annotated[list[str], typer.Argument(help="Scenario files, or names of those that come with it.")],
    hours: Annotated[float, typer.Option(help="How long to simulate; every day has its freight.")] = 24.0,
    seed: Seed = 7,
    undisturbed: Annotated[
        bool, typer.Option("--undisturbed", help="Trains on time, no faults, every handshake succeeds.")
    ] = False,
    json_file: JsonFile = None,
    log: Annotated[
        Path | None,
        typer.Option(help="File for the event log, read by `portwatt replay`; of several scenarios: a directory."),
    ] = None,
) -> None:
    """Run a hub's day in virtual time, with the same frames as the real thing, and judge it.

    Ends with status 1 when a plan or the world broke a rule.
    """
    from portwatt.cli.settings import scenario_files
    from portwatt.cli.simulating import simulate_days

    with plainly():
        good = simulate_days(
            scenario_files(",".join(scenarios)),
            hours=hours,
            seed=seed,
            undisturbed=undisturbed,
            json_file=json_file,
            log=log,
        )
    if not good:
        raise typer.Exit(FAILED)


@app.command()
def plan(
    hub_file: Annotated[Path, typer.Argument(help="Hub file (TOML).")],
    trains: Annotated[Path, typer.Option(help="Trains (CSV or XLSX).")],
    moves: Annotated[Path, typer.Option(help="Moves (CSV or XLSX).")],
    trucks: Annotated[Path | None, typer.Option(help="Trucks (CSV or XLSX); default: those of the hub file.")] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="Directory for plan.json, plan.csv and plan.html.")] = Path(
        "out"
    ),
    now: Annotated[
        str, typer.Option(help="When the plan begins, hub time (2026-11-24T06:00); default: the first release.")
    ] = "",
    budget: Annotated[float, typer.Option(help="Seconds the planner may take.")] = 10.0,
    seed: Seed = 7,
) -> None:
    """Plan a day from spreadsheets.

    Ends with status 1 when the independent check finds a violation.
    """
    from portwatt.cli.planning import plan_from_tables

    with plainly():
        good = plan_from_tables(
            hub_file=hub_file, trains=trains, moves=moves, trucks=trucks, out=out, now=now, budget=budget, seed=seed
        )
    if not good:
        raise typer.Exit(FAILED)


@app.command()
def replay(
    file: Annotated[Path | None, typer.Argument(help="An event log (JSON Lines).")] = None,
    hub: Annotated[str, typer.Option(help="Or: the hub whose log in the store is folded.")] = "",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = "",
) -> None:
    """Fold an event log from its first event and hold the state against the live one.

    Checks every link of the chain. Ends with status 1 when the states differ or the log was changed.
    """
    from portwatt.cli.replaying import replay_log

    with plainly():
        good = replay_log(file, hub, data_dir, database_url)
    if not good:
        raise typer.Exit(FAILED)
