"""The feed of booking revisions, item by item: what is wrong with one hides no other."""

from __future__ import annotations

import pytest

from adapters.channex.client import _pulled

GOOD = b'{"id":"good","type":"booking_revision","attributes":{"status":"new"}}'


@pytest.mark.parametrize(
    "bad",
    [
        b'{"id":"bad","attributes":{"notes":"\xff"}}',
        b'{"id":"b\xff","attributes":{}}',
        b'{"id":"bad","attributes":{"notes":"\\ud800"}}',
        b'{"id":"bad","attributes":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"7",
    ],
    ids=["text not UTF-8", "id not UTF-8", "half a pair", "too deep", "no object"],
)
def test_one_that_cannot_be_read_goes_by_a_digest_and_hides_no_other(bad: bytes) -> None:
    told = _pulled(b'{"data":[' + bad + b"," + GOOD + b'],"meta":{}}')
    assert [one.message.partition("-")[0] for one in told] == ["unnamed", "good"]
    assert b"\xff" not in told[0].raw
    assert _pulled(b'{"data":[' + bad + b'],"meta":{}}')[0].message == told[0].message
