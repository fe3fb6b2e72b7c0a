"""The settings of a running system: one validated object."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_DRIVERS = ("sqlite:///", "postgresql://", "sqlite+aiosqlite:///", "postgresql+asyncpg://")
Port = Annotated[int, Field(ge=0, le=65_535)]


def default_data_dir(environ: Mapping[str, str], home: Path) -> Path:
    """Where a user's data go: XDG base directory specification 0.8, or the platform's own place."""
    xdg = environ.get("XDG_DATA_HOME", "")
    if xdg and Path(xdg).is_absolute():  # the specification: a relative path is invalid and to be ignored
        return Path(xdg) / "portwatt"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "portwatt"
    return home / ".local" / "share" / "portwatt"


class Config(BaseModel):
    """What `serve` and `demo` run with. There is no log-in yet, so it binds to loopback and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    data_dir: Path
    hub_files: Annotated[tuple[Path, ...], Field(min_length=1)]
    database_url: str = ""
    """``sqlite:///FILE`` or ``postgresql://…``; empty: a SQLite file in `data_dir`."""
    bind_host: str = "127.0.0.1"
    http_port: Port = 8080
    """0: any free port; so for OCPP."""
    ocpp_port: Port = 9000
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    speed: Annotated[float, Field(gt=0, le=100_000)] = 60.0
    """Of the demo: seconds of the hub's day in a second."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 7
    telemetry_days: Annotated[int, Field(ge=1, le=36_500)] = 90
    """How long sampled meter values are kept; events are kept for good."""

    @field_validator("bind_host")
    @classmethod
    def _loopback(cls, host: str) -> str:
        try:
            loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise ValueError(f"{host!r} is not this machine; there is no log-in yet, so use 127.0.0.1 or ::1")
        return host

    @field_validator("database_url")
    @classmethod
    def _driver(cls, url: str) -> str:
        if url and not url.startswith(_DRIVERS):
            # Never echoed: it may hold a password.
            raise ValueError("a database URL starts with sqlite:/// or postgresql://")
        return url

    @model_validator(mode="after")
    def _two_ports(self) -> Self:
        if self.http_port == self.ocpp_port != 0:
            raise ValueError(f"HTTP and OCPP cannot both listen on port {self.http_port}; change one")
        return self

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'portwatt.db').as_posix()}"
