"""How one key follows another: by time, with both signing, and shown for longer than it signs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from core.domain.secret import Secret
from core.domain.webhooks.partner import Endpoint, Signatures, SigningSecret
from core.domain.webhooks.signature import MOST, TooManySign, secret_from
from core.domain.webhooks.signing_key import SigningKey, rotated, signing

NOW = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
DAY = timedelta(hours=24)
TICK = timedelta(microseconds=1)


def a_key(number: int, **other: object) -> SigningKey:
    made = SigningKey(f"sgk_{number}", f"whpk_{number}", Secret(f"whsk_{number}"), NOW)
    return msgspec.structs.replace(made, **other)


def after(keys: tuple[SigningKey, ...], fresh: SigningKey, at: datetime) -> tuple[SigningKey, ...]:
    """Every key after *fresh* came, newest first."""
    changed = rotated(keys, fresh, at)
    assert not isinstance(changed, TooManySign)
    by_id = {k.id: k for k in (*keys, *changed)}
    return tuple(sorted(by_id.values(), key=lambda k: k.id, reverse=True))


def test_the_first_key_changes_nothing_else() -> None:
    assert rotated((), a_key(1), NOW) == (a_key(1),)


def test_the_old_key_signs_for_a_day_and_is_shown_for_two() -> None:
    old, fresh = a_key(1), a_key(2)
    ended, new = after((old,), fresh, NOW)[::-1]
    assert new == fresh
    assert (ended.signs_until, ended.shown_until) == (NOW + DAY, NOW + 2 * DAY)
    assert [ended.signs(NOW + DAY - TICK), ended.signs(NOW + DAY)] == [True, False]
    assert [ended.shown(NOW + 2 * DAY - TICK), ended.shown(NOW + 2 * DAY)] == [True, False]
    assert new.signs(NOW + 1000 * DAY)
    assert new.shown(NOW + 1000 * DAY)


def test_what_ends_is_told_before_the_new_one() -> None:
    """At no moment do two keys sign without an end."""
    changed = rotated((a_key(1),), a_key(2), NOW)
    assert not isinstance(changed, TooManySign)
    assert [k.id for k in changed] == ["sgk_1", "sgk_2"]


def test_a_second_rotation_keeps_the_promise_of_the_first() -> None:
    keys = after((a_key(1),), a_key(2), NOW)
    keys = after(keys, a_key(3), NOW + DAY / 2)
    by_id = {k.id: k for k in keys}
    assert by_id["sgk_1"].signs_until == NOW + DAY
    assert by_id["sgk_2"].signs_until == NOW + DAY * 1.5
    assert by_id["sgk_3"].signs_until is None


@pytest.mark.parametrize(
    ("passed", "signs"),
    [(timedelta(0), "321"), (DAY - TICK, "321"), (DAY, "32"), (DAY * 1.5, "3")],
)
def test_who_signs_is_a_matter_of_time(passed: timedelta, signs: str) -> None:
    keys = after(after((a_key(1),), a_key(2), NOW), a_key(3), NOW + DAY / 2)
    assert [s.reveal()[-1] for s in signing(keys, NOW + passed)] == list(signs)


def test_a_key_that_does_not_open_signs_nothing() -> None:
    assert signing((a_key(2), a_key(1, private=None)), NOW) == (Secret("whsk_2"),)


def test_no_more_sign_than_a_header_may_hold() -> None:
    keys: tuple[SigningKey, ...] = ()
    for number in range(MOST):
        keys = after(keys, a_key(number), NOW + timedelta(minutes=number))
    at = NOW + timedelta(hours=1)
    assert len(signing(keys, at)) == MOST
    first_ends = NOW + timedelta(minutes=1) + DAY
    assert rotated(keys, a_key(99), at) == TooManySign(first_ends)
    assert not isinstance(rotated(keys, a_key(99), first_ends), TooManySign)


def an_endpoint(signatures: Signatures = Signatures.V1) -> Endpoint:
    secret = SigningSecret(Secret(secret_from(b"0" * 32)))
    return Endpoint(
        "end_1", "ptn_1", "https://x.test", ("*",), NOW, (secret,), signatures=signatures
    )


def test_no_more_secrets_sign_than_a_header_may_hold() -> None:
    endpoint = an_endpoint()
    for number in range(1, MOST):
        changed = endpoint.rotated(Secret(str(number)), NOW + timedelta(minutes=number))
        assert isinstance(changed, Endpoint)
        endpoint = changed
    at = NOW + timedelta(hours=1)
    assert len(endpoint.signing(at)) == MOST
    first_ends = NOW + timedelta(minutes=1) + DAY
    assert endpoint.rotated(Secret("x"), at) == TooManySign(first_ends)
    changed = endpoint.rotated(Secret("x"), first_ends)
    assert isinstance(changed, Endpoint)
    assert len(changed.signing(first_ends)) == MOST


@pytest.mark.parametrize(
    ("signatures", "secrets", "keys"),
    [(Signatures.V1, 1, False), (Signatures.V1A, 0, True), (Signatures.BOTH, 1, True)],
)
def test_an_endpoint_is_signed_as_it_wants(
    signatures: Signatures, secrets: int, keys: bool
) -> None:
    endpoint = an_endpoint(signatures)
    assert len(endpoint.signing(NOW)) == secrets
    assert endpoint.takes_v1a is keys
