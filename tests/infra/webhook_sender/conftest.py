from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.system import SystemClock
from adapters.webhook_sender import pool
from adapters.webhook_sender.sender import HttpWebhookSender
from tests.infra.webhook_sender.rig import LOOPBACK
from tests.patience import PATIENCE_S


@pytest.fixture(scope="package", params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Both loops: production runs on uvloop, whose transports differ in small things."""
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


@pytest.fixture
async def sender(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HttpWebhookSender]:
    """It keeps its connections through any pause of the machine."""
    monkeypatch.setattr(pool, "KEEPALIVE_S", PATIENCE_S)
    sender = HttpWebhookSender(SystemClock(), allow=LOOPBACK)
    yield sender
    await sender.aclose()
    assert not sender._pool.open
