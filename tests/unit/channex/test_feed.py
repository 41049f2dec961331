"""The feed of booking revisions, item by item: what is wrong with one hides no other."""

from __future__ import annotations

import json

import pytest

from adapters.channex.client import _pulled

GOOD = b'{"id":"good","type":"booking_revision","attributes":{"status":"new"}}'


@pytest.mark.parametrize(
    "bad",
    [
        b'{"id":"bad","attributes":{"notes":"\xff"}}',
        b'{"id":"b\xff","attributes":{}}',
        b'{"id":"bad","attributes":' + b"[" * 600 + b"]" * 600 + b"}",
        b"7",
    ],
    ids=["text not UTF-8", "id not UTF-8", "too deep", "no object"],
)
def test_one_that_cannot_be_read_goes_by_a_digest_and_hides_no_other(bad: bytes) -> None:
    told = _pulled(b'{"data":[' + bad + b"," + GOOD + b'],"meta":{}}')
    assert [one.message.partition("-")[0] for one in told] == ["unnamed", "good"]
    assert b"\xff" not in told[0].raw
    assert _pulled(b'{"data":[' + bad + b'],"meta":{}}')[0].message == told[0].message


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (rb"Ana \ud83d", rb"Ana \ufffd"),
        (rb"Ana \udE00\ud83d!", rb"Ana \ufffd\ufffd!"),
        (rb"\ud83d\ude00 \\ud83d \\\\ud83d \u00e9", rb"\ud83d\ude00 \\ud83d \\\\ud83d \u00e9"),
    ],
    ids=["cut", "two halves", "whole"],
)
def test_half_a_character_hides_nothing(told: bytes, kept: bytes) -> None:
    bad = b'{"id":"cut","attributes":{"notes":"%s"}}'
    found = _pulled(b'{"data":[' + bad % told + b"," + GOOD + b'],"meta":{}}')
    assert [one.message for one in found] == ["cut", "good"]
    assert json.loads(found[0].raw) == json.loads(bad % kept)
