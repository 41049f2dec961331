"""What the two sides hold: the hub's database, and the receiver's book."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from bench.chaos.script import Receipt

_ANSWERED = "SELECT excerpt FROM attempt WHERE status = 200"
_DELIVERIES = "SELECT endpoint, event, state, attempts FROM delivery"


class Made(msgspec.Struct, frozen=True, array_like=True):
    """A delivery as SQL has it."""

    endpoint: str
    event: str
    state: str
    attempts: int


class Ledger:
    """The hub's side."""

    def __init__(self, url: str) -> None:
        self._url = url

    def settled(self) -> set[int]:
        """The receipts whose answer is on record."""
        return {int(row[0].removeprefix("receipt ")) for row in self._rows(_ANSWERED)}

    def open(self) -> int:
        """Deliveries that are not settled."""
        ((count,),) = self._rows("SELECT count(*) FROM pending")
        return int(count)

    def deliveries(self) -> list[Made]:
        return [Made(*row) for row in self._rows(_DELIVERIES)]

    def _rows(self, question: str) -> Sequence[Any]:
        async def asked() -> Sequence[Any]:
            engine = create_async_engine(self._url)
            try:
                async with engine.connect() as conn:
                    return (await conn.execute(sa.text(question))).all()
            finally:
                await engine.dispose()

        return asyncio.run(asked())


class Book:
    """The receiver's side."""

    def __init__(self, control: int) -> None:
        self._url = f"http://127.0.0.1:{control}"
        self._http = httpx.Client(timeout=30, trust_env=False)
        self._read: list[Receipt] = []

    def receipts(self) -> Sequence[Receipt]:
        """All so far."""
        new = self._http.get(f"{self._url}/{len(self._read)}").content
        self._read += msgspec.json.decode(new, type=list[Receipt])
        return self._read

    def answers(self) -> bool:
        try:
            self.receipts()
        except httpx.TransportError:
            return False
        return True

    def close(self) -> None:
        self._http.close()
