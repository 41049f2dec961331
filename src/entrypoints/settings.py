"""The only reader of the environment. Every setting has a default that works embedded."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ENGINES = ("sqlite+aiosqlite://", "postgresql+asyncpg://")
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(BaseSettings):
    """SERAI_<NAME> in the environment, or in a file `.env` in the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="SERAI_", env_file=".env", extra="ignore", frozen=True
    )

    data_dir: Path = Field(Path("var"), description="Where the embedded engine keeps its files.")
    database_url: str = Field(
        "",
        description="postgresql+asyncpg://user:password@host/name for production; "
        "empty keeps everything in <data_dir>/serai.db.",
    )
    redis_url: str | None = Field(
        None,
        description="redis://host:6379/0; empty: PostgreSQL rings the bells, `serai serve` "
        "runs the loops too, and each process counts rate budgets for itself.",
    )
    encryption_keys: SecretStr | None = Field(
        None,
        description="32 bytes in base64, several by comma; the first encrypts, all decrypt. "
        "Empty keeps one in <data_dir>/serai.key (embedded only).",
    )
    host: str = "127.0.0.1"
    port: int = Field(8321, ge=0, le=65535)
    public_url: str = Field(
        "", description="Where vendors reach this hub, for the addresses of inbound webhooks."
    )
    egress_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="CIDR ranges, by comma, that webhooks and vendors' clients may reach although "
        "they are not public. Empty allows this machine itself while the hub is embedded and listens "
        "nowhere else.",
    )
    webhook_proxy: SecretStr | None = Field(
        None,
        description="http://host:port or http://user:password@host:port: an egress proxy that all "
        "webhooks go through, by CONNECT to an address. Empty sends them straight.",
    )
    s3_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[A-Za-z0-9.\[\]:-]+$",
        description="https://host[:port] of an S3-compatible store, for agreements and other large "
        "things. Empty keeps them in <data_dir>/blobs, which all processes then have to share.",
    )
    s3_bucket: str = Field("", description="It has to exist.")
    s3_region: str = "us-east-1"
    s3_access_key: str = ""
    s3_secret_key: SecretStr | None = None
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="Where `serai worker` shows its own /metrics, on SERAI_HOST; empty: nowhere. "
        "`serai serve` has them on its own port.",
    )
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    search_deadline_s: float = Field(8.0, gt=0, le=60)
    delivery_deadline_s: float = Field(15.0, gt=0, le=60)
    queues_every_s: float = Field(
        60.0, gt=0, le=3600, description="Between two readings of a GDS's queues."
    )
    deliveries_in_flight: int = Field(
        256, ge=1, le=4096, description="Webhooks that one process sends at once."
    )
    requests_per_hour: int = Field(1000, ge=1, description="Of one API key.")

    @field_validator("egress_allow", mode="before")
    @classmethod
    def _ranges(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip(" \"'[]") for part in value.split(",") if part.strip(" \"'[]"))

    @field_validator("database_url")
    @classmethod
    def _engine(cls, value: str) -> str:
        if value and not value.startswith(ENGINES):
            raise ValueError(f"write it as {ENGINES[1]}user:password@host/name, or leave it empty")
        return value

    @model_validator(mode="after")
    def _no_stranger(self) -> Self:
        """A misspelt name would leave its default standing, and nobody would know."""
        known = {f"SERAI_{name.upper()}" for name in type(self).model_fields}
        for name in _named():
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise ValueError(f"{name} is no setting{hint}")
        return self

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'serai.db'}"

    @property
    def egress(self) -> tuple[str, ...]:
        """The ranges that are as good as public."""
        if self.egress_allow or not self.embedded or self.host not in LOOPBACK:
            return self.egress_allow
        return ("127.0.0.0/8", "::1/128")

    @property
    def embedded(self) -> bool:
        return self.database.startswith("sqlite")


def _named() -> Iterator[str]:
    """Every SERAI_ name in the environment and in `.env`. The live tests have names of their own."""
    lines = Path(".env").read_text("utf-8").splitlines() if Path(".env").is_file() else []
    written = (line.partition("=")[0].removeprefix("export ").strip() for line in lines)
    for name in (*os.environ, *written):
        ours = name.startswith("SERAI_") and not name.startswith(("SERAI_LIVE_", "SERAI_VENDOR_"))
        if ours and name != "SERAI_INSTALLER":
            yield name
