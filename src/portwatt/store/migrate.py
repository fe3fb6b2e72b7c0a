"""The migrations of the package: one history for SQLite and PostgreSQL. Imported only when there is one to run."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from portwatt.errors import StoreError


def upgrade(connection: Connection, current: str | None) -> None:
    """Bring the schema from a revision to this version's, in the transaction that is open on the connection.

    Raises StoreError for a revision this version does not know.
    """
    with as_file(files("portwatt.store") / "migrations") as folder:
        config = _config(folder)
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if current is not None and current not in known:
            raise StoreError(
                f"the database was written by a newer Portwatt (schema {current}); "
                "run that version, or restore a backup made before it"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def newest() -> str | None:
    """The last revision there is."""
    with as_file(files("portwatt.store") / "migrations") as folder:
        return ScriptDirectory.from_config(_config(folder)).get_current_head()


def _config(folder: Path) -> Config:
    config = Config()  # there is no alembic.ini
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config
