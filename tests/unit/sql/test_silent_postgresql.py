"""A PostgreSQL that takes the call and says nothing."""

from __future__ import annotations

import asyncio
import socket

import pytest

from adapters.sql import engine, postgresql
from ports.store import Away
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.anyio


async def test_one_that_never_greets_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "CONNECTS_WITHIN_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as never_accepts:
        url = f"postgresql+asyncpg://127.0.0.1:{never_accepts.getsockname()[1]}/serai"
        async with engine.opened(url) as database, asyncio.timeout(PATIENCE_S):
            with pytest.raises(Away, match=r"does not answer \(TimeoutError\)"):
                async with database.read():
                    pass
