"""Several addresses: the first that connects is used, and no other socket stays open."""

import asyncio
import socket

import pytest

from adapters.webhook_sender import race
from adapters.webhook_sender.egress import Vetoed
from tests.patience import until

pytestmark = pytest.mark.anyio


class Net:
    """waits: seconds until each address connects; None: it never does."""

    def __init__(self, **waits: float | None) -> None:
        self._waits = waits
        self.made: list[socket.socket] = []
        self.tried: list[str] = []

    async def connect(self, ip: str) -> socket.socket:
        self.tried.append(ip)
        if ip.startswith("no"):
            raise Vetoed("not public") if ip == "no_veto" else OSError(111, "refused")
        sock = socket.socket()
        self.made.append(sock)
        try:
            await asyncio.sleep(60 if self._waits[ip] is None else self._waits[ip] or 0)
        except BaseException:
            sock.close()
            raise
        return sock

    def closed(self) -> list[bool]:
        return [sock.fileno() == -1 for sock in self.made]


async def test_one_that_fails_gives_way_at_once() -> None:
    net = Net(b=0)
    ip, sock = await race.first_to_connect(["no_a", "b", "c"], net.connect)
    sock.close()
    assert (ip, net.tried) == ("b", ["no_a", "b"])


async def test_one_that_hangs_gives_way_after_its_head_start_and_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(race, "HEAD_START_S", 0.02)
    net = Net(a=None, b=None, c=0)
    ip, sock = await race.first_to_connect(["a", "b", "c"], net.connect)
    assert ip == "c"
    assert net.closed() == [True, True, False]
    sock.close()


async def test_two_in_the_same_moment_leave_one_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race, "HEAD_START_S", 0)
    net = Net(a=0.02, b=0.02)
    _, sock = await race.first_to_connect(["a", "b"], net.connect)
    assert sorted(net.closed()) == [False, True]
    sock.close()


async def test_a_refusal_of_ours_is_told_only_when_there_is_nothing_else() -> None:
    with pytest.raises(OSError, match="refused"):
        await race.first_to_connect(["no_a", "no_veto"], Net().connect)
    with pytest.raises(Vetoed):
        await race.first_to_connect(["no_veto"], Net().connect)


async def test_giving_up_closes_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race, "HEAD_START_S", 0.01)
    net = Net(a=None, b=None)
    racing = asyncio.create_task(race.first_to_connect(["a", "b"], net.connect))
    await until(lambda: len(net.made) == 2)
    racing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await racing
    assert net.closed() == [True, True]


def test_families_take_turns() -> None:
    assert race.alternating(["::1", "::2", "::3", "1.1.1.1"]) == ["::1", "1.1.1.1", "::2", "::3"]
    assert race.alternating(["1.1.1.1", "2.2.2.2"]) == ["1.1.1.1", "2.2.2.2"]
