"""Settings, database, Redis, encryption key: what must be right before anything else can be."""

from __future__ import annotations

import asyncio
import ipaddress
import os
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from entrypoints.bootstrap import (
    UNFIT,
    BadSetting,
    look_at_database,
    look_at_proxy,
    look_at_redis,
    open_vault,
)
from entrypoints.cli.doctor.finding import Finding, wrong
from entrypoints.logging import without_secrets
from entrypoints.settings import Settings
from ports.store import Away, Busy, Violated

WITHIN_S = 5.0
SKEW_S = 2.0
ABSENT = (SQLAlchemyError, OSError, Away, Busy, Violated, *UNFIT)


def settings_findings(settings: Settings) -> list[Finding]:
    """Settings that read well and still cannot work."""
    found = [_egress(settings), _public_url(settings)]
    if settings.embedded and settings.redis_url is not None:
        found.append(
            wrong(
                "settings",
                "SERAI_REDIS_URL is set, but the database is SQLite, which one process serves.",
                "Unset SERAI_REDIS_URL, or set SERAI_DATABASE_URL to PostgreSQL.",
            )
        )
    bad = [finding for finding in found if not finding.good]
    engine = "SQLite" if settings.embedded else "PostgreSQL"
    return bad or [Finding("settings", f"{engine}, {_bells(settings)}")]


def _bells(settings: Settings) -> str:
    return "loops in the server" if settings.redis_url is None else "Redis, loops in workers"


def _egress(settings: Settings) -> Finding:
    for cidr in settings.egress_allow:
        try:
            ipaddress.ip_network(cidr)
        except ValueError:
            return wrong(
                "settings",
                f"SERAI_EGRESS_ALLOW names {cidr!r}, which is not a CIDR range.",
                "Write it as 10.0.0.0/8, several by comma, with no bits set behind the prefix.",
            )
    return Finding("settings", "")


def _public_url(settings: Settings) -> Finding:
    if settings.public_url and not settings.public_url.startswith(("http://", "https://")):
        return wrong(
            "settings",
            "SERAI_PUBLIC_URL is not an address.",
            "Write it as https://hub.example.com, as vendors reach this hub.",
        )
    return Finding("settings", "")


async def database_findings(settings: Settings) -> list[Finding]:
    """Reach, schema and clock. Nothing is made or changed."""
    if settings.embedded:
        missing = _no_file(settings)
        if missing is not None:
            return [missing]
    try:
        async with asyncio.timeout(WITHIN_S):
            facts = await look_at_database(settings)
    except TimeoutError:
        return [_away(settings, f"no answer within {WITHIN_S:g} s")]
    except ABSENT as e:
        return [_away(settings, str(e).partition("\n")[0])]
    found = [_schema(facts.revision, facts.newest)]
    if not settings.embedded:
        found.append(_clock(facts.ahead_s))
    return found


def _no_file(settings: Settings) -> Finding | None:
    path = settings.database.partition(":///")[2]
    if not os.path.exists(path):
        return wrong(
            "database",
            f"There is no database at {path}.",
            "serai serve or serai migrate makes it; or mend SERAI_DATA_DIR.",
        )
    if not os.access(path, os.R_OK | os.W_OK):
        return wrong("database", f"{path} cannot be read and written.", "Mend its owner or mode.")
    return None


def _away(settings: Settings, why: str) -> Finding:
    remedy = "Start PostgreSQL, or mend SERAI_DATABASE_URL (host, port, name, user, password)."
    if settings.embedded:
        remedy = "See whether the disk is full or the file damaged; serai restore fills a new one."
    return wrong("database", f"It cannot be used: {without_secrets(why)}.", remedy)


def _schema(revision: str | None, newest: str) -> Finding:
    if revision == newest:
        return Finding("database", f"answers, at the newest schema ({newest})")
    return wrong(
        "database",
        f"Its schema is {revision or 'not there yet'}, and this version works with {newest}.",
        "serai migrate",
    )


def _clock(ahead_s: float) -> Finding:
    if abs(ahead_s) <= SKEW_S:
        return Finding("clock", "agrees with the database's")
    way = "ahead of" if ahead_s > 0 else "behind"
    return wrong(
        "clock",
        f"This machine's clock is {abs(ahead_s):.0f} s {way} the database's.",
        "Let both keep time by NTP: signatures and schedules depend on it.",
    )


async def redis_findings(settings: Settings) -> list[Finding]:
    if settings.redis_url is None:
        return []
    why = await look_at_redis(settings.redis_url)
    if why is None:
        return [Finding("Redis", "answers")]
    return [
        wrong(
            "Redis",
            f"It cannot be used: {why}. Nothing is lost; work is found by polling, slower.",
            "Start Redis, or mend SERAI_REDIS_URL.",
        )
    ]


async def proxy_findings(settings: Settings) -> list[Finding]:
    """It is asked for a tunnel that leads nowhere; no partner is."""
    if settings.webhook_proxy is None or not settings.webhook_proxy.get_secret_value():
        return []
    remedy = "Start the proxy, or mend SERAI_WEBHOOK_PROXY (host, port, user, password)."
    try:
        why = await look_at_proxy(settings)
    except BadSetting as e:
        return [wrong("egress proxy", str(e), "Mend it in the environment or in .env.")]
    if why is None:
        return [Finding("egress proxy", "answers")]
    return [wrong("egress proxy", f"No webhook can go through it: {without_secrets(why)}.", remedy)]


def key_findings(settings: Settings) -> list[Finding]:
    """Whether there is a key at all; whether it is the right one shows when the store opens."""
    path = settings.data_dir / "serai.key"
    made = Path(settings.database.partition(":///")[2]).exists()
    if settings.encryption_keys is None and settings.embedded and not path.exists():
        if not made:  # the first start makes both
            return []
        return [
            wrong(
                "encryption key",
                f"There is no {path}.",
                "Put the key back beside its database; only for a new database is one made.",
            )
        ]
    try:
        open_vault(settings)
    except (BadSetting, OSError) as e:
        return [
            wrong(
                "encryption key",
                without_secrets(str(e)),
                "Make one by: openssl rand -base64 32; every process of the hub needs the same.",
            )
        ]
    return []
