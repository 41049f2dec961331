"""What a whole journey leaves behind, on disk and in logs: no secret, no card, nobody's data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from core.domain.card import masked_bytes
from entrypoints.demo.booking import HOLDER
from entrypoints.demo.filing import PEOPLE
from entrypoints.sandbox import STALLS
from tests.e2e.harness import Rig

SECRET = re.compile(r"secret|key|password|token")
# One word of a surname alone says nothing; an address, a number and a document do.
PERSONAL = (HOLDER["email"], HOLDER["phone"], "+6281200000002")


def _words(rig: Rig) -> Iterator[str]:
    yield rig.admin_key
    yield from PERSONAL
    yield f"{HOLDER['name']} {HOLDER['surname']}"
    for _, nik, name, _, _ in PEOPLE:
        yield from (nik, name)
    for stall in STALLS:
        yield from (v for n, v in stall.config.items() if SECRET.search(n) and isinstance(v, str))


def _left_behind(rig: Rig) -> dict[Path, bytes]:
    """Databases with their journals, blobs, and the hub's log; not the key file, which is one."""
    var = Path(rig.settings["data_dir"])
    files = [f for f in var.rglob("*") if f.is_file() and f.name != "serai.key"]
    return {file: file.read_bytes() for file in (*files, rig.hub.log)}


def test_a_journey_leaves_no_secret_and_nobody_behind(travelled: Rig) -> None:
    words = {word.encode() for word in _words(travelled)}
    left = _left_behind(travelled)
    assert any(file.name.startswith("serai.db") for file in left)
    # The first run prints the key once, for whoever started it; it is said nowhere else.
    shown = left[travelled.hub.log].count(travelled.admin_key.encode())
    assert shown == 1
    found = {
        (file.name, word)
        for file, raw in left.items()
        for word in words
        if word in raw and not (file == travelled.hub.log and word == travelled.admin_key.encode())
    }
    assert found == set()


def test_a_journey_leaves_no_card_behind(travelled: Rig) -> None:
    cards = {f.name for f, raw in _left_behind(travelled).items() if _has_card(f, raw)}
    assert cards == set()


def _has_card(file: Path, raw: bytes) -> bool:
    """Of the log and of texts in the database; ciphertext may look like anything."""
    if file == file.with_suffix(".log"):
        return masked_bytes(raw) != raw
    texts = re.findall(rb'"[^"\x00-\x1f\x7f-\xff]{13,200}"', raw)
    return any(masked_bytes(text) != text for text in texts)


def test_the_search_finds_what_is_there(travelled: Rig, tmp_path: Path) -> None:
    """Planted, it is found: else the tests above would hold whatever lay there."""
    planted = tmp_path / "planted.db"
    planted.write_bytes(b'{"card": "4242 4242 4242 4242"}')
    assert _has_card(planted, planted.read_bytes())
    every = b"".join(_left_behind(travelled).values())
    assert b"PKT-001" in every
