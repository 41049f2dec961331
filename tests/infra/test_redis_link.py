"""Whether Redis can be used, said without its address or password."""

import pytest

from adapters._kit.redis_link import unusable
from tests.wire_http import scripts
from tests.wire_http.server import closed_port, serving

pytestmark = pytest.mark.anyio


async def test_a_redis_that_answers_is_usable(redis_url: str) -> None:
    assert await unusable(redis_url) is None


async def test_whatever_is_wrong_is_said_and_no_password(redis_url: str) -> None:
    address = redis_url.removeprefix("redis://")
    async with serving(scripts.hang_at_once) as hanging, serving(scripts.plain_http) as web:
        said = [
            await unusable(url)
            for url in (
                f"redis://:not-a-password@{address}",
                f"redis://:not-a-password@127.0.0.1:{closed_port()}/0",
                f"redis://:not-a-password@127.0.0.1:{hanging.port}/0",
                f"redis://:not-a-password@127.0.0.1:{web.port}/0",
                "http://:not-a-password@127.0.0.1/",
                "",
            )
        ]
    assert all(said)
    assert "not-a-password" not in str(said)
    assert "127.0.0.1" not in str(said)
