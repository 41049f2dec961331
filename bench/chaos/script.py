"""What all processes of a play are told: the plan, who is who, and when it begins."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from bench.chaos.plan import Plan

FORGED = "answers 401"  # what is said to a request whose signature is none


class Stand(msgspec.Struct, frozen=True):
    """An endpoint of the hub's, and the port at which its receiver stands."""

    id: str
    port: int
    secret: str
    ordered: bool


class Script(msgspec.Struct, frozen=True):
    """starts_at: unix time. control: the port at which the receiver tells what it received."""

    plan: Plan
    partner: str
    stands: tuple[Stand, ...]
    control: int
    starts_at: float

    def now_s(self) -> float:
        return time.time() - self.starts_at

    def say(self, what: str) -> None:
        print(f"{self.now_s():7.1f} s  {what}", flush=True)


class Receipt(msgspec.Struct, frozen=True, array_like=True):
    """One request that was read to its end. number: in the order of reading, and in the answer,
    so that the hub's record of the attempt names it. taken: answered 2xx."""

    number: int
    endpoint: int
    event: str
    subject: str
    sequence: int
    read_at: float
    taken: bool
    said: str


def read(path: str) -> Script:
    return msgspec.json.decode(Path(path).read_bytes(), type=Script)


def write(script: Script, path: Path) -> None:
    path.write_bytes(msgspec.json.encode(script))
