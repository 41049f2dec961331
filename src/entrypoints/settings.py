"""The only reader of the environment. Every setting has a default that works embedded."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(BaseSettings):
    """SERAI_<NAME> in the environment, or in a file `.env` in the working folder."""

    model_config = SettingsConfigDict(
        env_prefix="SERAI_", env_file=".env", extra="forbid", frozen=True
    )

    data_dir: Path = Field(Path("var"), description="Where the embedded engine keeps its files.")
    database_url: str = Field(
        "",
        description="postgresql+asyncpg://user:password@host/name for production; "
        "empty keeps everything in <data_dir>/serai.db.",
    )
    redis_url: str | None = Field(
        None, description="redis://host:6379/0; empty runs everything in the one process."
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
    egress_allow: tuple[str, ...] = Field(
        (),
        description="CIDR ranges that webhooks and vendors' clients may reach although they are "
        "not public. Empty allows this machine itself while the hub is embedded and listens "
        "nowhere else.",
    )
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    search_deadline_s: float = Field(8.0, gt=0, le=60)
    delivery_deadline_s: float = Field(15.0, gt=0, le=60)
    requests_per_hour: int = Field(1000, ge=1, description="Of one API key.")

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
