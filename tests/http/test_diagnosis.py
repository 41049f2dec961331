"""POST /v1/endpoints/{id}/diagnose-signature: every form of what is pasted, and what is refused."""

from __future__ import annotations

import base64
import logging
from typing import Any

import pytest

from core.domain.webhooks.signature import hmac_of, signed_content
from tests.http.rig import Api, row_counts

pytestmark = pytest.mark.anyio
ID, RAW = "evt_06f3m8t2b5yhkq7d4w1n9xc0ra", b'{"type":"booking.confirmed"}'


class Pasted:
    """An endpoint, and a message signed with its secret just now."""

    def __init__(self, api: Api, made: Any) -> None:
        stamp = int(api.world.clock.now().timestamp())
        digest = hmac_of(made["secret"], signed_content(ID, stamp, RAW))
        self.api, self.secret = api, made["secret"]
        self.path = f"/v1/endpoints/{made['endpoint']['id']}/diagnose-signature"
        self.hex = digest.hex()
        self.headers = {
            "Webhook-Id": ID,
            "Webhook-Timestamp": str(stamp),
            "Webhook-Signature": f"v1,{base64.b64encode(digest).decode()}",
        }

    async def told(self, **asked: Any) -> Any:
        answer = await self.api.post(self.path, {"headers": self.headers, **asked})
        assert answer.status_code == 200, answer.text
        assert self.secret not in answer.text
        return answer.json()


@pytest.fixture
async def pasted(api: Api) -> Pasted:
    return Pasted(api, await api.an_endpoint(await api.a_partner()))


async def test_headers_and_body_may_be_pasted_in_any_form(pasted: Pasted) -> None:
    good = {"verifies": True, "findings": []}
    assert await pasted.told(body=RAW.decode()) == good
    assert await pasted.told(body_base64=base64.b64encode(RAW).decode()) == good
    pairs = [[name, value] for name, value in pasted.headers.items()]
    assert await pasted.told(headers=pairs, body=RAW.decode()) == good
    lists = {name: [value] for name, value in pasted.headers.items()}
    assert await pasted.told(headers=lists, body=RAW.decode()) == good


async def test_a_finding_has_a_code_words_and_a_remedy(pasted: Pasted) -> None:
    told = await pasted.told(body=RAW.decode() + "\n", expected=pasted.hex)
    assert told["verifies"] is False
    codes = [finding["code"] for finding in told["findings"]]
    assert codes[0] == "body_whitespace"
    assert all(f["words"] and f["remedy"] for f in told["findings"])
    doubled = [*pasted.headers.items(), ("webhook-id", ID)]
    told = await pasted.told(headers=doubled, body=RAW.decode())
    assert [f["code"] for f in told["findings"]] == ["header_doubled"]


async def test_the_instant_of_receipt_may_be_told(pasted: Pasted) -> None:
    told = await pasted.told(body=RAW.decode(), at="2020-01-01T07:00:00+07:00")
    assert [f["code"] for f in told["findings"]] == ["from_the_future"]
    assert "2020-01-01 00:00:00 UTC" in told["findings"][0]["words"]
    for edge in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        assert not (await pasted.told(body=RAW.decode(), at=edge))["verifies"]


async def test_nothing_pasted_is_stored_or_logged(
    pasted: Pasted, database: Any, caplog: pytest.LogCaptureFixture
) -> None:
    before = row_counts(database)
    with caplog.at_level(logging.DEBUG):
        await pasted.told(body="a-body-nobody-keeps " + pasted.secret, expected=pasted.secret)
    assert row_counts(database) == before
    assert "nobody-keeps" not in caplog.text
    assert pasted.secret not in caplog.text


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({}, "/body"),
        ({"body": "", "body_base64": ""}, "/body"),
        ({"body_base64": "no base64!"}, "/body_base64"),
        ({"body": "x" * (256 * 1024 + 1)}, "/body"),
        ({"body": "é" * (256 * 1024 - 1)}, "/body"),
        ({"body": "", "headers": [["a", "b"]] * 101}, "/headers"),
        ({"body": "", "headers": {f"a{n}": ["b"] * 10 for n in range(11)}}, "/headers"),
        ({"body": "", "headers": [["a"]]}, "/headers/0"),
        ({"body": "", "headers": {"a": 1}}, "/headers"),
        ({"body": "", "at": "2026-11-22T09:00:00"}, "/at"),
        ({"body": "", "expected": "x" * 1001}, "/expected"),
        ({"body": "", "secret": "x"}, "/secret"),
    ],
)
async def test_what_cannot_be_examined_is_named(
    pasted: Pasted, asked: dict[str, Any], pointer: str
) -> None:
    answer = await pasted.api.post(pasted.path, {"headers": pasted.headers, **asked})
    assert answer.status_code == 422, answer.text
    pointers = [fault["pointer"] for fault in answer.json()["errors"]]
    assert [p[: len(pointer)] for p in pointers] == [pointer], pointers
