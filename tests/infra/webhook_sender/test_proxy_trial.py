"""What the doctor says of an egress proxy: good, wrong, or none at all."""

from __future__ import annotations

import base64

import pytest

from adapters.webhook_sender.proxy import proxy_of
from adapters.webhook_sender.proxy_trial import why_unusable
from entrypoints.cli.doctor.surroundings import proxy_findings
from entrypoints.settings import Settings
from tests.infra.webhook_sender import proxies
from tests.wire_http import scripts
from tests.wire_http.server import Script, closed_port, serving

pytestmark = pytest.mark.anyio
GOOD, BAD = "user:notARealPassword@", "user:wrong@"
WANTING = proxies.wanting(base64.b64encode(b"user:notARealPassword"))


async def found(url: str) -> tuple[bool, str]:
    settings = Settings(_env_file=None, webhook_proxy=url)
    (finding,) = await proxy_findings(settings)
    assert "notARealPassword" not in f"{finding.said}{finding.remedy}"
    return finding.good, finding.said


@pytest.mark.parametrize(
    ("script", "user", "good", "said"),
    [
        (proxies.tunnels, "", True, "answers"),
        (WANTING, GOOD, True, "answers"),
        (proxies.answering(b"403 Forbidden"), "", True, "answers"),
        (WANTING, BAD, False, "refuses the user and password"),
        (WANTING, "", False, "wants a user"),
        (scripts.garbage, "", False, "no HTTP proxy"),
        (scripts.close_before, "", False, "No webhook can go through it"),
    ],
)
async def test_a_proxy_is_tried(script: Script, user: str, good: bool, said: str) -> None:
    async with serving(script) as server:
        told = await found(f"http://{user}127.0.0.1:{server.port}")
    assert told[0] is good
    assert said in told[1]


async def test_one_that_is_away_or_hangs_is_named() -> None:
    good, said = await found(f"http://127.0.0.1:{closed_port()}")
    assert (good, "No webhook can go through it" in said) == (False, True)
    async with serving(scripts.hang_at_once) as server:
        why = await why_unusable(proxy_of(f"http://127.0.0.1:{server.port}"), within_s=0.2)
    assert why == "it does not answer within 0.2 s"


async def test_without_one_nothing_is_said_and_a_bad_setting_is_one_sentence() -> None:
    assert await proxy_findings(Settings(_env_file=None)) == []
    good, said = await found("socks5://127.0.0.1:1")
    assert (good, said.startswith("SERAI_WEBHOOK_PROXY: ")) == (False, True)
