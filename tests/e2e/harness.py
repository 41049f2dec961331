"""Real processes for end-to-end and chaos tests, with what only a test may do to them.

The parties, their ports and logs are the demonstration's own House; a step of the journey is
the demonstration's too, so that what is shown and what is tested cannot drift apart.
"""

import contextlib
import io
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

from rich.console import Console

from entrypoints.demo.house import House
from entrypoints.demo.processes import environment, wait_until
from entrypoints.demo.stage import Stage, Step
from tests.patience import PATIENCE_S
from tests.servers import Postgres

FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


class Rig(House):
    """A House whose hub dies, comes back later, and answers the command line."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """A test that failed shows what is stuck, what was sent, and what everybody logged."""
        if error is not None:
            for command in (("doctor",), ("deliveries", "list")):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    told = self.serai(*command)
                    print(f"--- serai {' '.join(command)}\n{told.stdout}{told.stderr}")
            for process in self.processes:
                print(f"--- {process.name}\n{process.tail(60)}")
        super().__exit__(kind, error, trace)

    def kill_hub(self) -> None:
        """As in a power cut."""
        self.hub.kill()

    def come_back(self, *, after_s: float = 0) -> None:
        """Start the hub again, as if *after_s* had passed meanwhile. SQLite only."""
        if after_s:
            let_time_pass(Path(self.settings["data_dir"]) / "serai.db", after_s)
        self.start_hub()

    def serai(
        self, *arguments: str, settings: Mapping[str, str] | None = None, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """One command with the hub's own settings, or those with some of them changed."""
        return serai(*arguments, settings={**self.settings, **(settings or {})}, text=text)


def serai(
    *arguments: str, settings: Mapping[str, str], text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `serai …` to its end. text: its stdin."""
    return subprocess.run(
        [sys.executable, "-m", "entrypoints.cli", *arguments],
        env=environment({k: v for k, v in settings.items() if v}) | {"COLUMNS": "200"},
        cwd=Path(settings["data_dir"]).parent,
        input=text,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE_S,
        check=False,
    )


@contextlib.contextmanager
def staged(rig: House) -> Iterator[Stage]:
    """A stage for the journey's steps, telling nobody."""
    stage = Stage(rig, Console(file=io.StringIO()))
    try:
        yield stage
    finally:
        stage.close()


def play(stage: Stage, steps: Sequence[Step]) -> None:
    for step in steps:
        step(stage)


def let_time_pass(database: Path, seconds: float) -> None:
    """Move back every instant a dead hub left to wait for: leases, checks, sendings, keys."""
    back = timedelta(seconds=seconds)
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        for table, columns in _WAITING.items():
            sets = ", ".join(f"{column} = ?" for column in columns)
            for row, *values in db.execute(f"SELECT rowid, {', '.join(columns)} FROM {table}"):  # noqa: S608
                moved = [_earlier(value, back) for value in values]
                db.execute(f"UPDATE {table} SET {sets} WHERE rowid = ?", (*moved, row))  # noqa: S608


CHANNEL_WORK = dict.fromkeys(("push", "pull", "acknowledgement"), ("check_at", "checked_until"))
_WAITING = {
    "pending": ("due_at", "lease_until"),
    "booking": ("check_at", "checked_until", "body"),
    "payment": ("check_at", "checked_until", "body"),
    "refund": ("check_at", "checked_until", "body"),
    "pnr": ("check_at", "checked_until", "body"),
    "voucher": ("check_at", "checked_until"),
    "queue_watch": ("check_at", "checked_until"),
    "inbox": ("check_at", "checked_until"),
    **CHANNEL_WORK,
    "recovery": ("check_at", "checked_until"),
    "idempotency": ("started_at",),
}


def let_leases_end(postgres: Postgres, database: str, seconds: float) -> None:
    """As let_time_pass, of what concerns channels; the hub's other processes may be at work."""
    for table, columns in (CHANNEL_WORK | {"inbox": _WAITING["inbox"]}).items():
        sets = ", ".join(f"{c} = {c} - interval '{seconds} seconds'" for c in columns)
        postgres.sql(f"UPDATE {table} SET {sets}", database)  # noqa: S608


def _earlier(value: str | None, back: timedelta) -> str | None:
    if value is None:
        return None
    if not value.startswith("{"):
        return (datetime.fromisoformat(value).astimezone(UTC) - back).strftime(FORM)
    body = json.loads(value)
    submission = body.get("submission") or {}
    for name in submission.keys() & {"sent_at", "sent_by", "check_at"}:
        submission[name] = _earlier(submission[name], back)
    return json.dumps(body)


def wait_for_exit(rig: House, within_s: float = PATIENCE_S) -> None:
    """TimeoutError: the hub still runs."""
    wait_until(lambda: not rig.hub.alive, within_s=within_s)
