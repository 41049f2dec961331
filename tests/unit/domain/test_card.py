import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.card import masked, masked_bytes
from tests.unit.domain.given import modest

# Numbers that every scheme publishes for tests.
PANS = [
    "4111111111111111",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "3566002020360505",
    "30569309025904",
    "4222222222222",
]


@pytest.mark.parametrize("pan", PANS)
@pytest.mark.parametrize(
    "around", ["{}", "card {}.", '{{"number":"{}","cvc":""}}', "<pan>{}</pan>", "a={}&b=1", "x:{},"]
)
def test_a_card_number_keeps_only_its_last_four(pan: str, around: str) -> None:
    text = around.format(pan)
    after = masked(text)
    assert pan not in after
    assert after == around.format("*" * (len(pan) - 4) + pan[-4:])
    assert masked_bytes(text.encode()) == after.encode()


@pytest.mark.parametrize("pan", PANS)
@pytest.mark.parametrize("between", [" ", "-"])
@pytest.mark.parametrize("after", ["", " 123", " 12/27", " 12-27", "  0000", " x", " 2027-01-14"])
def test_it_is_found_in_groups_and_beside_other_numbers(pan: str, between: str, after: str) -> None:
    grouped = between.join(pan[i : i + 4] for i in range(0, len(pan), 4))
    for text in (grouped + after, "room 12 " + grouped + after):
        assert not _readable(masked(text), pan), masked(text)


def _readable(text: str, pan: str) -> bool:
    return pan[:-4] in "".join(c for c in text if c.isdigit())


@pytest.mark.parametrize(
    "harmless",
    [
        "5a0db0c5-0000-4000-8000-000000000001",
        "41111111-1111-1111-1111-411111111111",
        "1763772540000",  # milliseconds
        "1763772540000000000",
        "2026-11-22 00:49:15",
        "2026-11-22T00:49:15Z",
        "2026-11-22 2027-01-14",
        "2027-01-14 2027-01-19 2",
        "20270114 20270119",
        "1250000.4111111111111111",
        "bkg_06f3m8t2b5yhkq7d4w1n9xc0ra",
        "4111111111111112",  # the check digit is wrong
        "41111111111111110000000000",  # too long to be a card
        "1234567890128",  # an EAN begins with 1
        "99412500",
    ],
)
def test_what_is_no_card_is_left_alone(harmless: str) -> None:
    assert masked(harmless) == harmless


@modest
@given(
    st.lists(st.sampled_from([*PANS, " ", "-", ",", "x", "12", "2027-01-14", "123"]), max_size=8)
)
def test_masking_twice_is_masking_once(parts: list[str]) -> None:
    once = masked("".join(parts))
    assert masked(once) == once


@modest
@given(st.integers(-(10**12), 10**12), st.text(max_size=20))
def test_a_body_without_cards_stays_what_it_was(amount: int, text: str) -> None:
    raw = json.dumps({"amount": amount, "id": "evt_06f3m8t2b5yhkq7d", "text": text[:3]}).encode()
    assert masked_bytes(raw) == raw


@pytest.mark.parametrize(
    "id",
    [
        "cs_test_e017528f406358c4111111111111111a8aead4d240a5bea2ac9a5bf96",
        "evt_4111111111111111a8b880376bf2",
        "pi_81f0a4111111111111111",
    ],
)
def test_an_id_in_which_letters_and_digits_take_turns_is_no_card(id: str) -> None:
    """A session of the gateway whose own digits were masked was held for another's."""
    text = json.dumps({"id": id, "note": "paid with 4111111111111111"})
    assert json.loads(masked(text)) == {"id": id, "note": "paid with ************1111"}
