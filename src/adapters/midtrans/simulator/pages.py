"""The Snap page, where the customer of a demonstration pays without a bank."""

from __future__ import annotations

from html import escape

from adapters._kit.simulator.web import Request, Response
from adapters.midtrans.simulator.books import Books
from adapters.midtrans.simulator.errors import Refusal

ROOT = "/snap/v4/redirection/"
_PAGE = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><title>Bayar</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:16px/1.5 system-ui;max-width:26rem;margin:4rem auto;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1rem;margin:.3rem .3rem 0 0}}small{{color:#666}}</style></head>
<body><h1>{title}</h1><p>{text}</p>{form}
<p><small>A simulated Snap page: no money moves.</small></p></body></html>"""
_FORM = """<form method="post">
<button name="how" value="bank_transfer">Virtual account</button>
<button name="how" value="credit_card">Card</button>
<button name="how" value="dana">DANA</button>
<button name="how" value="later">Take the account number, pay later</button>
<button name="how" value="deny">Be denied</button></form>"""


def serve(books: Books, request: Request) -> Response:
    """GET shows; POST `how=` acts, by virtual account when it says nothing."""
    token = request.path.removeprefix(ROOT)
    page = books.pages.get(token)
    if page is None:
        return _page(404, "Tidak ditemukan", "There is no such page.")
    if request.method != "POST":
        return _page(200, page["name"], f"Rp {page['gross_amount']:,}", _FORM)
    how = request.form.get("how", "bank_transfer")
    try:
        if how == "later":
            books.choose(token, "bank_transfer")
        elif how == "deny":
            books.deny(token)
            return _page(402, "Ditolak", "The card was denied. Try again.", _FORM)
        else:
            books.pay(token, how)
    except Refusal:
        return _page(410, "Tutup", "This page can no longer be used.")
    return Response(303, b"", {"location": page["finish"] or request.base})


def _page(status: int, title: str, text: str, form: str = "") -> Response:
    html = _PAGE.format(title=escape(title), text=escape(text), form=form)
    return Response(status, html.encode("utf-8"), {"content-type": "text/html; charset=utf-8"})
