"""`portwatt replay`: fold a log again and hold the state against the live one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from portwatt.cli.saying import set_up_logs
from portwatt.cli.settings import settings
from portwatt.errors import UsageError
from portwatt.ids import HubId
from portwatt.runtime.clock import Stopwatch
from portwatt.store.replay import ReplayReport, replay_file, replay_hub
from portwatt.store.sql_log import SqlStore


def replay_log(file: Path | None, hub: str, data_dir: Path | None, database_url: str) -> bool:
    """Replay a file or a hub of the store, say what was found; return whether the states are equal."""
    if (file is None) == (not hub):
        raise UsageError("name either a log file or, with --hub, a hub of the store")
    set_up_logs("warning")
    watch = Stopwatch()
    report = replay_file(file) if file is not None else asyncio.run(_from_store(hub, data_dir, database_url))
    _say(report, watch.seconds)
    return report.matches


async def _from_store(hub: str, data_dir: Path | None, database_url: str) -> ReplayReport:
    # The hub files of a configuration play no part in reading a log.
    config = settings(data_dir, hub_files=(Path("-"),), database_url=database_url)
    if not database_url and not (config.data_dir / "portwatt.db").is_file():
        raise UsageError(f"there is no log in {config.data_dir}; give the --data-dir that serve or demo was run with")
    store = SqlStore(config.database)
    try:
        return await replay_hub(store, HubId(hub))
    finally:
        await store.close()


def _say(report: ReplayReport, seconds: float) -> None:
    typer.echo(f"hub {report.hub}: {report.events} events folded in {seconds:.2f} s, every link of the chain holds")
    typer.echo(f"state after record {report.state.seq}: {report.digest}")
    if not report.compared:
        typer.echo("there is nothing to hold it against: the log names no live state", err=True)
    elif report.difference:
        typer.echo(f"DIFFERENT: {report.difference}", err=True)
    else:
        typer.echo(f"equal to: {', '.join(report.compared)}")
