"""A SQLite connection that nobody closes any more lets go of its lock, and says nothing of it."""

from __future__ import annotations

import gc
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sql.sqlite import _Connection
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.anyio


async def test_its_own_thread_closes_it(tmp_path: Path) -> None:
    path = tmp_path / "serai.db"
    abandoned = await _Connection(lambda: sqlite3.connect(path, isolation_level=None), 64)
    thread = abandoned._thread
    await abandoned.execute("CREATE TABLE room (code TEXT)")
    await abandoned.execute("BEGIN IMMEDIATE")
    await abandoned.execute("INSERT INTO room VALUES ('DBL')")
    del abandoned
    gc.collect()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT count(*) FROM room").fetchone() == (0,)
