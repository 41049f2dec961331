"""XML that means harm is refused, quickly, and nothing of it is quoted."""

from __future__ import annotations

import time

import pytest

from adapters._kit.unreadable import Unreadable
from adapters._kit.xml import read_xml, text

LAUGHS = "".join(
    f'<!ENTITY {name} "{10 * f"&{before};"}">'
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "billion laughs": f'<!DOCTYPE l [<!ENTITY a "ha">{LAUGHS}]><l>&i;</l>',
    "laughs in an attribute": f'<!DOCTYPE l [<!ENTITY a "ha">{LAUGHS}]><l x="&i;"/>',
    "quadratic": f'<!DOCTYPE l [<!ENTITY a "{"x" * 50_000}">]><l>{"&a;" * 20_000}</l>',
    "a file": '<!DOCTYPE l [<!ENTITY f SYSTEM "file:///etc/passwd">]><l>&f;</l>',
    "an address": '<!DOCTYPE l [<!ENTITY f SYSTEM "http://127.0.0.1:1/x">]><l>&f;</l>',
    "a parameter entity": '<!DOCTYPE l [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><l/>',
    "a DTD elsewhere": '<!DOCTYPE l SYSTEM "http://127.0.0.1:1/l.dtd"><l/>',
    "a harmless DTD": "<!DOCTYPE l><l/>",
    "an unknown entity": "<l>&nobody;</l>",
    "too deep": "<a>" * 300 + "</a>" * 300,
    "very deep": "<a>" * 200_000,
    "cut off": "<a><b>Siti Contoh</b",
    "crossed": "<a><b>Siti Contoh</a></b>",
    "two roots": "<a/><b/>",
    "nothing": "",
    "JSON": '{"a": 1}',
    "a null": "<a>\0</a>",
    "an unknown prefix": "<x:a/>",
    "an open CDATA": "<a><![CDATA[Siti Contoh</a>",
    "HTML": "<html><body><br>Siti Contoh</body></html>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_at_once_and_not_quoted(name: str) -> None:
    began = time.process_time()
    with pytest.raises(Unreadable) as refused:
        read_xml(HOSTILE[name].encode())
    assert time.process_time() - began < 1
    assert "Contoh" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


@pytest.mark.parametrize(
    "raw",
    [
        b'<?xml version="1.0" encoding="utf-8"?><a>\xe9</a>',
        b'<?xml version="1.0" encoding="no-such-charset"?><a/>',
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
        b"\xff\xfe<a/>",
    ],
)
def test_another_charset_than_it_says_is_refused(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_xml(raw)


def test_a_charset_it_says_is_read() -> None:
    for charset in ("utf-8", "iso-8859-1", "utf-16"):
        raw = f'<?xml version="1.0" encoding="{charset}"?><a>é</a>'.encode(charset)
        assert read_xml(raw).text == "é"
    marked = '<?xml version="1.0" encoding="utf-8"?><a>é</a>'.encode("utf-16")
    assert read_xml(marked).text == "é"  # a byte order mark is stronger (RFC 7303, 3.3)


def test_cdata_is_text_and_never_markup() -> None:
    root = read_xml(b"<a><b><![CDATA[</b><Fault>x</Fault>]]></b></a>")
    assert text(root, "b") == "</b><Fault>x</Fault>"
    assert root.find("Fault") is None


def test_comments_and_instructions_do_not_split_what_is_read() -> None:
    root = read_xml(b"<a><b>one<!-- two -->three</b><?target data?></a>")
    assert text(root, "b") == "onethree"
    assert len(root) == 1


def test_a_deep_but_honest_answer_is_read() -> None:
    assert read_xml(b"<a>" * 200 + b"</a>" * 200).tag == "a"
