"""A PDF of one page and a few lines, and a PDF with a page's worth of proof behind it."""

from __future__ import annotations

from collections.abc import Sequence


def one_page(lines: Sequence[str]) -> bytes:
    """A whole PDF; letters beyond Latin-1 become question marks."""
    text = b"".join(b"(%s) Tj T*\n" % _escaped(line) for line in lines)
    stream = b"BT /F1 11 Tf 14 TL 60 780 Td\n%sET" % text
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, thing in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, thing)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\n" % (
        size,
        table,
        size,
    )
    return out + end + b"startxref\n%d\n%%%%EOF\n" % len(out)


def signed(pdf: bytes, lines: Sequence[str]) -> bytes:
    """*pdf* with a note of who signed: readers show it as it was."""
    notes = b"".join(b"%% %s\n" % line.encode("ascii", "replace") for line in lines)
    startxref = pdf.rindex(b"startxref")
    return pdf + notes + pdf[startxref:]


def _escaped(line: str) -> bytes:
    raw = line.encode("latin-1", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
