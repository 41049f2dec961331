from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.audit import GENESIS, AuditEntry, sealed, verify
from tests.unit.domain.given import NOW, modest

FIELDS: dict[str, Any] = {
    "id": "aud_other",
    "at": NOW + timedelta(microseconds=1),
    "actor": "key_other",
    "action": "booking.other",
    "subject": "bkg_other",
    "reason": "another",
    "before": {"state": "other"},
    "after": None,
    "request": "req_other",
    "position": 99,
    "previous": "f" * 64,
    "digest": "e" * 64,
}


def a_chain(length: int) -> list[AuditEntry]:
    chain, previous = [], GENESIS
    for number in range(1, length + 1):
        entry = AuditEntry(
            id=f"aud_{number}",
            at=NOW + timedelta(seconds=number),
            actor="key_1",
            action="booking.settled",
            subject="bkg_1",
            reason="",
            before=None,
            after={"b": number, "a": [1, {"z": None, "y": "é"}]},
            request="req_1",
        )
        chain.append(sealed(entry, number, previous))
        previous = chain[-1].digest or ""
    return chain


def test_a_whole_chain_holds() -> None:
    assert verify(a_chain(5)) == (5, None)
    assert verify([]) == (0, None)


def test_every_field_is_tried() -> None:
    assert set(FIELDS) == {f.name for f in msgspec.structs.fields(AuditEntry)}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("place", [0, 2, 4])
def test_one_changed_field_is_found_where_it_is(field: str, place: int) -> None:
    chain = a_chain(5)
    chain[place] = msgspec.structs.replace(chain[place], **{field: FIELDS[field]})
    held, broken = verify(chain)
    assert broken is not None
    assert (held, broken.position) == (place, place + 1)


@modest
@given(st.integers(2, 8).flatmap(lambda n: st.tuples(st.just(n), st.permutations(range(n)))))
def test_any_other_order_is_found(case: tuple[int, list[int]]) -> None:
    length, order = case
    chain = a_chain(length)
    _, broken = verify([chain[i] for i in order])
    assert (broken is None) == (order == list(range(length)))


@pytest.mark.parametrize("place", range(4))
def test_a_removed_entry_is_found_unless_it_was_the_last(place: int) -> None:
    chain = a_chain(5)
    del chain[place]
    held, broken = verify(chain)
    assert broken is not None
    assert held == place


@pytest.mark.parametrize("place", range(6))
def test_an_inserted_entry_is_found(place: int) -> None:
    chain = a_chain(5)
    previous = chain[place - 1].digest if place else GENESIS
    forged = sealed(msgspec.structs.replace(chain[0], id="aud_forged"), place + 1, previous or "")
    chain.insert(place, forged)
    held, broken = verify(chain)
    if place == 5:  # at the end it is one more entry, honestly sealed
        assert (held, broken) == (6, None)
    else:
        assert broken is not None


def test_the_order_of_keys_in_what_is_stored_does_not_matter() -> None:
    (entry,) = a_chain(1)
    turned = msgspec.structs.replace(entry, after=dict(reversed((entry.after or {}).items())))
    assert verify([turned]) == (1, None)


def test_an_entry_that_was_never_sealed_does_not_pass() -> None:
    chain = a_chain(2)
    chain[1] = msgspec.structs.replace(chain[1], position=None, previous=None, digest=None)
    assert verify(chain)[1] is not None
