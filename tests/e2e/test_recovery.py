"""A receiver that was down for 300 events gets each of them, through a kill of the hub."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from core.application.hub import Hub
from core.application.webhooks.attempt_delivery import attempt_delivery
from core.application.webhooks.settle_deliveries import settle_deliveries
from core.domain.events.catalogue import CATALOGUE, draft
from core.domain.tenancy import Environment, Scope
from core.domain.webhooks.pace import Pacing
from core.domain.webhooks.retry import RetrySchedule
from entrypoints.bootstrap import open_hub
from entrypoints.demo.connecting import add_partner
from entrypoints.demo.processes import wait_until
from entrypoints.demo.stage import Stage
from entrypoints.settings import Settings
from tests.e2e.harness import Rig, staged
from tests.patience import PATIENCE_S

EVENTS = 300
PACE = 50
LATER_S = 150  # longer than any lease


async def tell_in_vain(folder: Path, partner: str) -> None:
    """EVENTS of them, each tried over the wire and given up, by a hub of no patience."""
    settings = Settings(_env_file=None, data_dir=folder, egress_allow=("127.0.0.0/8",))
    async with open_hub(settings) as opened:
        hub = dataclasses.replace(
            opened, schedule=RetrySchedule(delays_s=()), pacing=Pacing(breaker_after=None)
        )
        (tenant,) = await hub.store.tenants()
        scope = Scope(tenant.id, Environment.TEST)
        for number in range(EVENTS):
            payload = CATALOGUE["booking.confirmed"].example
            told = draft("booking.confirmed", f"bkg_{number % 7}", payload, partner)
            async with hub.store.begin(scope) as tx:
                await tx.record(told, hub.clock.now())
        while await _dispatch(hub):
            pass


async def _dispatch(hub: Hub) -> int:
    claimed = await hub.store.claim_deliveries("lse_test", lease_s=60, limit=64, retries=64)
    since = hub.clock.monotonic()
    tried = await asyncio.gather(*(attempt_delivery(hub, one, since) for one in claimed))
    await settle_deliveries(hub, tried)
    return len(claimed)


def received(rig: Rig) -> dict[str, int]:
    told = httpx.get(f"{rig.receiver_url}/received", timeout=PATIENCE_S, trust_env=False).json()
    return {
        one["webhook_id"]: one["times"]
        for one in told["received"]
        if one["body"]["type"] == "booking.confirmed"
    }


def sent(stage: Stage, path: str) -> int:
    return int(stage.call("GET", path).json()["sent"])


def test_what_was_missed_is_recovered_once_at_a_pace_through_a_kill() -> None:
    with Rig() as rig, staged(rig) as stage:
        add_partner(stage)
        secret = rotated(stage)
        set_secret(rig, "")
        rig.kill_hub()
        asyncio.run(tell_in_vain(rig.folder / "var", stage.facts.partner))
        set_secret(rig, secret)
        rig.start_hub()
        assert received(rig) == {}
        endpoint = stage.facts.endpoint

        counted = rig.serai("recoveries", "start", endpoint, "--since", "1h", "--dry-run")
        assert counted.returncode == 0, counted.stderr
        assert "300 events, 30 s at 10 a second." in counted.stdout
        assert "Nothing was made." in counted.stdout

        began = time.monotonic()
        made = rig.serai(
            "recoveries",
            "start",
            endpoint,
            "--since",
            "1h",
            "--pace",
            str(PACE),
            "--reason",
            "down",
        )
        assert made.returncode == 0, made.stderr
        id = made.stdout.split()[0]
        path = f"/v1/recoveries/{id}"
        wait_until(lambda: sent(stage, path) >= 25, within_s=PATIENCE_S)
        rig.kill_hub()
        at_kill = _stored(rig, id)
        assert 25 <= at_kill["sent"] < EVENTS
        assert at_kill["sent"] <= PACE * (time.monotonic() - began + 1)
        rig.come_back(after_s=LATER_S)

        watched = rig.serai("recoveries", "show", id, "--watch")
        assert watched.returncode == 0, watched.stdout + watched.stderr
        assert "300 of 300 sent (100%), done" in watched.stdout
        wait_until(lambda: len(received(rig)) == EVENTS, within_s=PATIENCE_S)
        # One delivery more for each; what was under way at the kill may have come twice.
        assert _deliveries(rig) == {2: EVENTS}
        assert sum(received(rig).values()) <= EVENTS + 64
        again = rig.serai("recoveries", "start", endpoint, "--since", "1h", "--dry-run")
        assert "There is nothing to send." in again.stdout
        listed = rig.serai("recoveries", "list", "--state", "done")
        assert id in listed.stdout
        over = rig.serai("recoveries", "pause", id)
        assert (over.returncode, "the recovery is done" in over.stderr) == (1, True)


def rotated(stage: Stage) -> str:
    """A secret of the endpoint that the test knows."""
    path = f"/v1/endpoints/{stage.facts.endpoint}/rotate-secret"
    return str(stage.call("POST", path).json()["secret"])


def set_secret(rig: Rig, secret: str) -> None:
    """The receiver answers 503 to everything while it has none."""
    httpx.put(f"{rig.receiver_url}/secret", content=secret, timeout=PATIENCE_S, trust_env=False)


def _stored(rig: Rig, id: str) -> dict[str, Any]:
    with closing(_database(rig)) as db:
        (body,) = db.execute("SELECT body FROM recovery WHERE id = ?", (id,)).fetchone()
    found: dict[str, Any] = json.loads(body)
    return found


def _deliveries(rig: Rig) -> dict[int, int]:
    """How many events have how many deliveries."""
    counts = (
        "SELECT count(*) AS n FROM delivery WHERE event_type = 'booking.confirmed' GROUP BY event"
    )
    with closing(_database(rig)) as db:
        return dict(db.execute(f"SELECT n, count(*) FROM ({counts}) GROUP BY n").fetchall())  # noqa: S608


def _database(rig: Rig) -> sqlite3.Connection:
    return sqlite3.connect(rig.folder / "var" / "serai.db")
