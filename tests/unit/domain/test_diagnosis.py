"""The signature doctor, case by case: what a partner pastes, and what it is told."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from core.domain.secret import Secret
from core.domain.webhooks.diagnosis import Cause, Diagnosis, Known, Received, diagnose
from core.domain.webhooks.partner import SigningSecret
from core.domain.webhooks.signature import hmac_of, key_of, secret_from, signed_content
from tests.unit.domain.given import NOW, modest

C = Cause
NEW, OLD, EXPIRED, FOREIGN, NOBODYS = (secret_from(bytes([n]) * 32) for n in b"nofxy")
ENDED = NOW - timedelta(hours=3)
ID, STAMP = "evt_06f3m8t2b5yhkq7d4w1n9xc0ra", str(int(NOW.timestamp()))
BODY = (
    '{"id":"evt_06f3m8t2b5yhkq7d4w1n9xc0ra","price":1.0,"hotel":"Zamżam Mënara","n":[1,2]}'.encode()
)
KNOWN = Known(
    secrets=(
        SigningSecret(Secret(NEW)),
        SigningSecret(Secret(OLD), NOW + timedelta(hours=1)),
        SigningSecret(Secret(EXPIRED), ENDED),
    ),
    elsewhere=(("end_other", (SigningSecret(Secret(FOREIGN)),)),),
    sent=BODY,
)


def token(*secrets: str, id: str = ID, stamp: str = STAMP, raw: bytes = BODY) -> str:
    """As Serai makes it."""
    content = signed_content(id, int(stamp), raw)
    every = (base64.b64encode(hmac_of(s, content)).decode() for s in secrets or (NEW, OLD))
    return " ".join(f"v1,{text}" for text in every)


def headers(**other: str | None) -> tuple[tuple[str, str], ...]:
    """The three as Serai sends them, with some changed or (None) left out."""
    ours = {"id": ID, "timestamp": STAMP, "signature": token()}
    values: dict[str, str | None] = {**ours, **other}
    return tuple((f"webhook-{n}", v) for n, v in values.items() if v is not None)


def asked(
    raw: bytes = BODY,
    given: tuple[tuple[str, str], ...] | None = None,
    *,
    known: Known = KNOWN,
    expected: str | None = None,
    at: datetime | None = None,
    **other: str | None,
) -> Diagnosis:
    pasted = headers(**other) if given is None else given
    return diagnose(Received(pasted, raw, expected, at), known, now=NOW)


def stamp_of(at: datetime) -> str:
    return str(int(at.timestamp()))


def signed_at(seconds: int) -> dict[str, Any]:
    stamp = stamp_of(NOW + timedelta(seconds=seconds))
    return {"timestamp": stamp, "signature": token(stamp=stamp)}


def renamed(name: str, to: str) -> tuple[tuple[str, str], ...]:
    return tuple((to if n == name else n, v) for n, v in headers())


def v1(digest: bytes) -> str:
    return "v1," + base64.b64encode(digest).decode()


NEW_DIGEST = hmac_of(NEW, signed_content(ID, int(STAMP), BODY))
VALUE = json.loads(BODY)
UNSENT = Known(KNOWN.secrets, KNOWN.elsewhere)
LATIN = BODY.decode().replace("ż", "z").encode()

# What was pasted, the findings in order, and words that one of them holds.
CASES: dict[str, tuple[Diagnosis, list[Cause], str]] = {
    "nothing at all": (asked(b"", ()), [C.HEADER_MISSING] * 3 + [C.BODY_EMPTY], "webhook-id is m"),
    "one missing": (asked(timestamp=None), [C.HEADER_MISSING], "webhook-timestamp is missing"),
    "one empty": (asked(id=""), [C.HEADER_MISSING], "webhook-id is empty"),
    "doubled": (
        asked(given=(*headers(), ("Webhook-Id", ID))), [C.HEADER_DOUBLED], "2 times, with the same",
    ),
    "doubled, differing": (
        asked(given=(*headers(), ("webhook-timestamp", "1"))),
        [C.HEADER_DOUBLED], "2 times, with different values",
    ),
    "of another sender": (
        asked(given=renamed("webhook-id", "svix-id")), [C.HEADER_MISNAMED], "only “svix-id”",
    ),
    "of nobody": (
        asked(given=renamed("webhook-signature", "X-Signature")),
        [C.HEADER_MISNAMED], "only “X-Signature”",
    ),
    "of CGI": (
        asked(given=renamed("webhook-timestamp", "HTTP_WEBHOOK_TIMESTAMP")),
        [C.HEADER_MISNAMED], "as CGI, WSGI or PHP name it",
    ),
    "an id with a full stop": (
        asked(id=ID + ".1"), [C.ID_WITH_FULL_STOP, C.ID_NOT_AS_SENT], "holds no full stop",
    ),
    "another id": (asked(id="evt_1"), [C.ID_NOT_AS_SENT], f"the signature fits “{ID}”"),
    "an id in quotes": (asked(id=f'"{ID}"'), [C.ID_NOT_AS_SENT], f"fits “{ID}”"),
    "an id folded": (asked(id=f"{ID}, {ID}"), [C.ID_NOT_AS_SENT], f"fits “{ID}”"),
    "another id, and no token fits": (
        asked(id="evt_1", signature=token(NOBODYS)),
        [C.ID_NOT_AS_SENT, C.SIGNATURE_UNEXPLAINED], f"the body's own id is “{ID}”",
    ),
    "no id of ours": (
        asked(b"{}", known=UNSENT, id="msg_1"),
        [C.ID_NOT_AS_SENT, C.SIGNATURE_UNEXPLAINED], "begin with evt_",
    ),
    "milliseconds": (
        asked(timestamp=STAMP + "000"), [C.TIMESTAMP_NOT_SECONDS], f"milliseconds, not whole unix "
        f"seconds; {STAMP} would be",
    ),
    "a fraction": (asked(timestamp=STAMP + ".25"), [C.TIMESTAMP_NOT_SECONDS], "with a fraction"),
    "ISO text": (asked(timestamp="2026-11-22T09:00:00Z"), [C.TIMESTAMP_NOT_SECONDS], "date and time"),
    "no time": (
        asked(timestamp="soon"), [C.TIMESTAMP_NOT_SECONDS, C.SIGNATURE_UNEXPLAINED], "“soon”: some",
    ),
    "too old": (asked(**signed_at(-301)), [C.TOO_OLD], "timestamp is 301 s before"),
    "too old when it came": (
        asked(at=NOW + timedelta(seconds=400)), [C.TOO_OLD], "by the receiver's clock; 300 s",
    ),
    "from the future": (asked(**signed_at(900)), [C.FROM_THE_FUTURE], "is 900 s after"),
    "from the receiver's future": (
        asked(at=NOW - timedelta(days=1)), [C.FROM_THE_FUTURE], "is 86400 s after 2026-11-21",
    ),
    "v1a alone": (asked(signature="v1a," + "A" * 86 + "=="), [C.ONLY_V1A], "public key"),
    "an unknown version": (asked(signature="v9,AAAA"), [C.NO_V1_TOKEN], "no token of version v1"),
    "hex": (asked(signature="v1," + NEW_DIGEST.hex()), [C.TOKEN_HEX], "in hex instead of base64"),
    "base64url": (
        asked(signature=token().replace("+", "-").replace("/", "_").replace("=", "")),
        [C.TOKEN_BASE64URL], "or lacks the =",
    ),
    "no version": (
        asked(signature=token(NEW).removeprefix("v1,")), [C.TOKEN_WITHOUT_VERSION], "`v1,`",
    ),
    "of GitHub's kind": (
        asked(signature="sha256=" + NEW_DIGEST.hex()),
        [C.TOKEN_WITHOUT_VERSION, C.TOKEN_HEX], "in hex",
    ),
    "of Stripe's kind": (
        asked(signature=f"t={STAMP},v1={NEW_DIGEST.hex()}"),
        [C.TOKEN_SEPARATOR, C.TOKEN_HEX], "no single comma",
    ),
    "commas between tokens": (
        asked(signature=token().replace(" ", ",")), [C.TOKEN_SEPARATOR], "than spaces between them",
    ),
    "a space for the comma": (
        asked(signature=token(NEW).replace(",", " ")), [C.TOKEN_SEPARATOR], "no single comma",
    ),
    "garbage": (asked(signature="garbage"), [C.TOKEN_MALFORMED, C.NO_V1_TOKEN], "“garbage”"),
    "no body": (asked(b""), [C.BODY_EMPTY], f"{len(BODY)} bytes were signed"),
    "compressed": (asked(gzip.compress(BODY)), [C.BODY_COMPRESSED], "(gzip)"),
    "compressed by brotli": (
        asked(b"\x0b\x02\x80", (*headers(), ("Content-Encoding", "br"))),
        [C.BODY_COMPRESSED], "(br)",
    ),
    "a byte order mark": (asked(b"\xef\xbb\xbf" + BODY), [C.BODY_BOM], "byte order mark"),
    "a line break": (asked(BODY + b"\n"), [C.BODY_WHITESPACE], "white space at its ends"),
    "a line break, bytes unknown": (asked(BODY + b"\n", known=UNSENT), [C.BODY_WHITESPACE], "ends"),
    "UTF-16": (asked(BODY.decode().encode("utf-16")), [C.BODY_CHARSET], "(utf-16)"),
    "read as Latin-1": (
        asked(BODY.decode("latin-1").encode()), [C.BODY_CHARSET], "UTF-8 read as latin-1",
    ),
    "question marks": (
        asked(BODY.decode().encode("ascii", "replace")), [C.BODY_CHARSET], "ASCII with ?",
    ),
    "in quotes": (asked(json.dumps(BODY.decode()).encode()), [C.BODY_QUOTED], "quoted copy"),
    "Python's notation": (asked(repr(BODY).encode()), [C.BODY_QUOTED], "quoted copy"),
    "written again": (
        asked(json.dumps(VALUE).encode()),
        [C.BODY_RESERIALISED], 'at byte 6 it has “{"id": "evt_06f3m8”, where “{"id":"evt_06f3m8t”',
    ),
    "written again, bytes unknown": (
        asked(json.dumps(VALUE, indent=2, ensure_ascii=False).encode(), known=UNSENT),
        [C.BODY_RESERIALISED], "at byte 1 it has",
    ),
    "1.0 became 1": (asked(BODY.replace(b"1.0", b"1")), [C.BODY_RESERIALISED], "the same JSON"),
    "cut short": (
        asked(BODY[:40]), [C.BODY_TRUNCATED], f"the first 40 of {len(BODY)} bytes are there",
    ),
    "true is not 1": (asked(BODY.replace(b"[1", b"[true")), [C.BODY_CHANGED], "not the one"),
    "changed": (asked(LATIN), [C.BODY_CHANGED], "at byte"),
    "expired": (
        asked(signature=token(EXPIRED)), [C.SECRET_EXPIRED], "ended at 2026-11-22 06:00:00 UTC",
    ),
    "of another endpoint": (
        asked(signature=token(FOREIGN)), [C.SECRET_OF_ANOTHER_ENDPOINT], "another endpoint, end_o",
    ),
    "of nobody we know": (
        asked(signature=token(NOBODYS)), [C.SIGNATURE_UNEXPLAINED], "byte for byte what Serai sends",
    ),
    "of nobody, and bytes unknown": (
        asked(signature=token(NOBODYS), known=UNSENT), [C.SIGNATURE_UNEXPLAINED], "not at hand",
    ),
    "of nobody, and another body": (
        asked(b'{"a":1}', signature=token(NOBODYS)),
        [C.BODY_CHANGED, C.SIGNATURE_UNEXPLAINED], "nor do the bytes it sends fit",
    ),
    "made by a tool of theirs": (
        asked(signature=v1(hmac.new(NEW.encode(), BODY, "sha256").digest())),
        [C.NOT_SIGNED_BY_SERAI], "with its prefix whsec_. The body alone was signed.",
    ),
    "several at once": (
        asked(BODY + b"\n", **signed_at(-1000)), [C.BODY_WHITESPACE, C.TOO_OLD], "1000 s before",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_does_not_verify_is_told_exactly_why(case: str) -> None:
    told, causes, words = CASES[case]

    assert not told.verifies
    assert [f.code for f in told.findings] == causes
    assert any(words in f.words + f.remedy for f in told.findings), told.findings


def test_a_message_as_serai_sends_it_verifies() -> None:
    assert asked() == Diagnosis(True, ())
    assert asked(known=UNSENT).verifies
    mixed = tuple((n.title(), f" {v}\t") for n, v in headers())
    assert asked(given=(("content-type", "application/json"), *mixed)) == Diagnosis(True, ())


def test_during_a_rotation_either_secret_verifies_and_the_old_one_is_said() -> None:
    assert asked(signature=token(NEW)) == Diagnosis(True, ())
    old = asked(signature=token(OLD))
    assert (old.verifies, [f.code for f in old.findings]) == (True, [C.SECRET_ROTATED])


def test_what_had_not_ended_when_it_was_received_still_verifies() -> None:
    then = ENDED - timedelta(seconds=5)
    stamp = stamp_of(then)
    told = asked(timestamp=stamp, signature=token(EXPIRED, stamp=stamp), at=then)
    assert told.verifies


def test_a_token_of_another_version_beside_ours_is_passed_over() -> None:
    assert asked(signature="v1a,AAAA " + token()) == Diagnosis(True, ())
    odd = asked(signature=token() + " garbage")
    assert (odd.verifies, [f.code for f in odd.findings]) == (True, [C.TOKEN_MALFORMED])


def content(*parts: str | bytes, by: str = ".") -> bytes:
    return by.encode().join(p if isinstance(p, bytes) else p.encode() for p in parts)


def made(key: bytes, signed: bytes, name: str = "sha256") -> str:
    return base64.b64encode(hmac.new(key, signed, getattr(hashlib, name)).digest()).decode()


KEY, TEXT, RIGHT = key_of(NEW), NEW.removeprefix("whsec_").encode(), content(ID, STAMP, BODY)
COMPUTED: dict[str, tuple[str, list[Cause]]] = {
    "right": (made(KEY, RIGHT), [C.EXPECTED_RIGHT]),
    "right, with its version": ("v1," + made(KEY, RIGHT), [C.EXPECTED_RIGHT]),
    "key as text": (made(TEXT, RIGHT), [C.KEY_NOT_DECODED]),
    "prefix as text": (made(NEW.encode(), RIGHT), [C.PREFIX_KEPT]),
    "prefix decoded": (
        made(base64.urlsafe_b64decode(NEW.replace("/", "_").replace("+", "-")[:48]), RIGHT),
        [C.PREFIX_KEPT],
    ),
    "body alone": (made(KEY, BODY), [C.SIGNED_BODY_ALONE]),
    "no timestamp": (made(KEY, content(ID, BODY)), [C.SIGNED_WITHOUT_TIMESTAMP]),
    "no id": (made(KEY, content(STAMP, BODY)), [C.SIGNED_WITHOUT_ID]),
    "commas": (made(KEY, content(ID, STAMP, BODY, by=",")), [C.SEPARATOR_WRONG]),
    "nothing between": (made(KEY, content(ID, STAMP, BODY, by="")), [C.SEPARATOR_WRONG]),
    "turned round": (made(KEY, content(STAMP, ID, BODY)), [C.ORDER_WRONG]),
    "milliseconds": (made(KEY, content(ID, STAMP + "000", BODY)), [C.TIMESTAMP_REWRITTEN]),
    "a float": (made(KEY, content(ID, STAMP + ".0", BODY)), [C.TIMESTAMP_REWRITTEN]),
    "SHA-1": (made(KEY, RIGHT, "sha1"), [C.HASH_WRONG]),
    "SHA-512": (made(KEY, RIGHT, "sha512"), [C.HASH_WRONG]),
    "hex": (NEW_DIGEST.hex(), [C.DIGEST_IN_HEX]),
    "hex, as GitHub": ("sha256=" + NEW_DIGEST.hex(), [C.DIGEST_IN_HEX]),
    "base64url": (base64.urlsafe_b64encode(NEW_DIGEST).decode().rstrip("="), [C.DIGEST_IN_BASE64URL]),
    "no body": (made(KEY, content(ID, STAMP, b"")), [C.SIGNED_EMPTY_BODY]),
    "written again": (
        made(KEY, content(ID, STAMP, json.dumps(VALUE).encode())), [C.SIGNED_RESERIALISED],
    ),
    "a line break": (made(KEY, RIGHT + b"\n"), [C.SIGNED_OTHER_BYTES]),
    "bytes' notation": (made(KEY, content(ID, STAMP, repr(BODY))), [C.SIGNED_OTHER_BYTES]),
    "Latin-1": (
        made(KEY, content(ID, STAMP, BODY.decode("latin-1"))), [C.SIGNED_OTHER_BYTES],
    ),
    "an expired secret": (made(key_of(EXPIRED), RIGHT), [C.SECRET_EXPIRED]),
    "another endpoint's": (made(key_of(FOREIGN), RIGHT), [C.SECRET_OF_ANOTHER_ENDPOINT]),
    "two mistakes": (made(TEXT, BODY), [C.KEY_NOT_DECODED, C.SIGNED_BODY_ALONE]),
    "three mistakes": (
        hmac.new(TEXT, BODY, "sha1").hexdigest(),
        [C.KEY_NOT_DECODED, C.HASH_WRONG, C.SIGNED_BODY_ALONE, C.DIGEST_IN_HEX],
    ),
    "a secret nobody knows": (made(key_of(NOBODYS), RIGHT), [C.EXPECTED_UNEXPLAINED]),
    "no digest": ("true", [C.EXPECTED_UNREADABLE]),
}  # fmt: skip


@pytest.mark.parametrize("case", COMPUTED, ids=str)
def test_how_a_receiver_computed_its_signature_is_found_out(case: str) -> None:
    expected, causes = COMPUTED[case]

    told = asked(expected=expected)

    assert told.verifies, "the message itself is good"
    assert [f.code for f in told.findings] == causes


def test_every_cause_there_is_has_a_case() -> None:
    told = [*(c for _, causes, _ in CASES.values() for c in causes), C.SECRET_ROTATED]
    told += [c for _, causes in COMPUTED.values() for c in causes]
    assert set(Cause) - set(told) == set()


def test_without_id_and_timestamp_the_expected_signature_is_read_only() -> None:
    told = asked(expected=NEW_DIGEST.hex(), id=None)
    assert [f.code for f in told.findings] == [C.HEADER_MISSING, C.DIGEST_IN_HEX]


@pytest.mark.parametrize("secret", [NEW, OLD, EXPIRED, FOREIGN, "whsk_" + "x" * 44])
@pytest.mark.parametrize("bare", [False, True])
def test_a_secret_is_never_repeated_wherever_it_was_pasted(secret: str, bare: bool) -> None:
    text = secret.removeprefix("whsec_") if bare else secret
    body = json.dumps({"id": text, "x": text}).encode()
    pasted = [(name, text) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")]
    told = [
        asked(body, (*headers(), ("x-signature", text)), expected=text),
        asked(body, tuple(pasted), expected=text, known=Known(KNOWN.secrets, KNOWN.elsewhere, text.encode())),
        asked(text.encode(), tuple((text, value) for _, value in pasted)),
        asked(BODY, headers(id=text, timestamp="-" * 50 + text)),
    ]  # fmt: skip
    pieces = [text[at : at + 8] for at in range(6, len(text) - 8)]
    for finding in (f for t in told for f in t.findings):
        if not secret.startswith("whsk_") or not bare:
            assert not any(piece in finding.words + finding.remedy for piece in pieces), finding


anything = st.text(max_size=60) | st.sampled_from(
    [ID, STAMP, token(), "v1,", "t=1,v1=" + "a" * 64, "9" * 5000, "v1," + "," * 300, NEW]
)
names = st.text(max_size=20) | st.sampled_from(
    ["webhook-id", "webhook-timestamp", "Webhook-Signature", "svix-id", "content-encoding"]
)
bodies = st.binary(max_size=200) | st.sampled_from(
    [b"[" * 100_000, b"1" * 6000, b"1e99999999999999999999", b'{"id":' * 500, b'"\\ud800"', b"NaN"]
)


@modest
@given(
    st.lists(st.tuples(names, anything), max_size=6), bodies, st.none() | anything,
    st.none() | st.datetimes(timezones=st.just(UTC)), st.none() | bodies,
)  # fmt: skip
def test_no_input_makes_it_fall(
    given_headers: list[tuple[str, str]], raw: bytes, expected: str | None, at: datetime | None,
    sent: bytes | None,
) -> None:  # fmt: skip
    known = Known(KNOWN.secrets, KNOWN.elsewhere, sent)
    told = asked(raw, tuple(given_headers), known=known, expected=expected, at=at)
    assert told.verifies or told.findings
    json.dumps([f.words + f.remedy for f in told.findings]).encode()
    "".join(f.words for f in told.findings).encode()


@modest
@given(
    st.binary(max_size=300),
    st.integers(-300, 300),
    st.lists(st.binary(min_size=24, max_size=64), min_size=1, max_size=3),
)
def test_what_is_signed_rightly_always_verifies(raw: bytes, skew: int, every: list[bytes]) -> None:
    secrets = tuple(SigningSecret(Secret(secret_from(key))) for key in every)
    stamp = stamp_of(NOW + timedelta(seconds=skew))
    signature = token(secret_from(every[-1]), stamp=stamp, raw=raw)
    for sent in (None, raw, BODY):
        told = asked(raw, known=Known(secrets, sent=sent), timestamp=stamp, signature=signature)
        assert told == Diagnosis(True, ())


def _drop(text: str, place: int) -> str:
    return text[:place] + text[place + 1 :]


@modest
@given(st.sampled_from(["id", "timestamp", "signature", "body", "none"]), st.data())
def test_it_says_what_the_reference_library_says(part: str, data: st.DataObject) -> None:
    """One character of one part is lost, or none: both accept it, or both refuse it."""
    now = datetime.now(UTC)
    stamp = stamp_of(now)
    values: dict[str, Any] = {
        "id": ID, "timestamp": stamp, "signature": token(NEW, stamp=stamp), "body": BODY,
    }  # fmt: skip
    if part == "body":
        place = data.draw(st.integers(0, len(BODY) - 1))
        values["body"] = BODY[:place] + BODY[place + 1 :]
    elif part != "none":
        place = data.draw(st.integers(3 if part == "signature" else 0, len(values[part]) - 1))
        values[part] = _drop(values[part], place)
    raw = values.pop("body")
    named = {f"webhook-{n}": v for n, v in values.items()}
    told = diagnose(Received(tuple(named.items()), raw, at=now), KNOWN, now=now)
    assert told.verifies == (part == "none") == _library_takes(raw, named)


def _library_takes(raw: bytes, named: dict[str, str]) -> bool:
    try:
        Webhook(NEW).verify(raw, named)
    except (WebhookVerificationError, ValueError):
        return False
    return True


def test_what_is_hostile_and_large_is_answered_in_good_time() -> None:
    raw = b'{"a":[' + b",".join([b'"\\u00e9"'] * 25_000) + b"]}"
    crowd = tuple(
        (f"end_{n}", (SigningSecret(Secret(secret_from(n.to_bytes(24, "big")))),))
        for n in range(200)
    )
    known = Known(KNOWN.secrets, crowd, raw + b"!")
    began = time.process_time()
    told = asked(raw, known=known, expected=made(b"k", b""), signature="," * 9000 + token(NOBODYS))
    assert time.process_time() - began < 10
    assert told.findings[-1].code is C.EXPECTED_UNEXPLAINED
