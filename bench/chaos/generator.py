"""The platform: commits events in bursts through the hub's own record path, and rings.

    python -m bench.chaos.generator SCRIPT ACKNOWLEDGED

The settings of the hub come by environment. A transaction that fails is made anew, so that an
event may be there twice under two ids: it is not known whether a broken commit came through.
Writes the ids of all whose commit was acknowledged as JSON to the file ACKNOWLEDGED.
"""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

import msgspec
import uvloop

from bench.chaos.plan import Burst
from bench.chaos.script import Script, read
from bench.peers.stock import event_for, scope_of
from core.application.hub import Hub
from core.domain.tenancy import Scope
from entrypoints.bootstrap import open_hub
from entrypoints.settings import Settings
from ports.jobs import Bell
from ports.store import Away, Busy

TOGETHER = 20  # events of a transaction, at most
SIDE_BY_SIDE = 3
AGAIN_S = 0.1


class Platform:
    def __init__(self, hub: Hub, scope: Scope, script: Script) -> None:
        self._hub, self._scope, self._script = hub, scope, script
        self._chance = random.Random(script.plan.seed)
        self._subjects = [hub.mint.id("bkg") for _ in range(script.plan.size.subjects)]
        self._free = asyncio.Semaphore(SIDE_BY_SIDE)
        self.acknowledged: list[str] = []

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for burst in self._script.plan.bursts:
                await asyncio.sleep(burst.at_s - self._script.now_s())
                self._script.say(f"{burst.events} events are committed")
                self._commit(group, burst)

    def _commit(self, group: asyncio.TaskGroup, burst: Burst) -> None:
        left = burst.events
        while left:
            share = min(left, self._chance.randint(1, TOGETHER))
            left -= share
            # in one order, so that two transactions do not wait for each other's subjects
            subjects = sorted(self._chance.choices(self._subjects, k=share))
            group.create_task(self._until_acknowledged(subjects))

    async def _until_acknowledged(self, subjects: list[str]) -> None:
        async with self._free:
            while True:
                try:
                    ids = await self._once(subjects)
                except (Away, Busy):
                    await asyncio.sleep(AGAIN_S)
                    continue
                self.acknowledged += ids
                await self._hub.jobs.ring(Bell.DELIVERIES)
                return

    async def _once(self, subjects: list[str]) -> list[str]:
        hub, now = self._hub, self._hub.clock.now()
        drafts = [event_for(self._script.partner, subject, now) for subject in subjects]
        async with hub.store.begin(self._scope) as tx:
            return [(await tx.record(draft, now)).id for draft in drafts]


async def main(script: Script) -> list[str]:
    """The storm may have begun, and the database be away, before the hub is open."""
    while True:
        try:
            async with open_hub(Settings(), exclusive=False) as hub:
                platform = Platform(hub, await scope_of(hub), script)
                await platform.run()
                return platform.acknowledged
        except Away:
            await asyncio.sleep(AGAIN_S)


if __name__ == "__main__":
    acknowledged = uvloop.run(main(read(sys.argv[1])))
    Path(sys.argv[2]).write_bytes(msgspec.json.encode(acknowledged))
