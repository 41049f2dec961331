"""Large answers are read beside the loop, and leave the interpreter as it was."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading

import pytest

from adapters._kit.apart import IN_THREAD, read_apart
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.anyio
LARGE = b"x" * (IN_THREAD + 1)


def where(_: bytes) -> tuple[int, bool, float]:
    return threading.get_ident(), gc.isenabled(), sys.getswitchinterval()


async def test_a_large_one_is_read_in_a_thread_that_lets_the_loop_go_on() -> None:
    interval = sys.getswitchinterval()
    thread, collecting, passed = await read_apart(LARGE, where)
    assert thread != threading.get_ident()
    assert not collecting
    assert passed < interval
    assert gc.isenabled()
    assert sys.getswitchinterval() == interval


async def test_many_at_once_leave_it_as_it_was() -> None:
    interval, gate = sys.getswitchinterval(), threading.Barrier(3)

    def together(_: bytes) -> bool:
        gate.wait(PATIENCE_S)
        return gc.isenabled()

    assert await asyncio.gather(*(read_apart(LARGE, together) for _ in range(3))) == [False] * 3
    assert gc.isenabled()
    assert sys.getswitchinterval() == interval


async def test_a_reader_that_fails_leaves_it_as_it_was() -> None:
    def stumbles(_: bytes) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await read_apart(LARGE, stumbles)
    assert gc.isenabled()


async def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        await read_apart(LARGE, where)
        assert not gc.isenabled()
    finally:
        gc.enable()


async def test_a_small_one_is_read_where_it_is() -> None:
    assert (await read_apart(b"x", where))[0] == threading.get_ident()
