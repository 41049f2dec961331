"""The hosted invoice, where the customer of a demonstration pays without a bank."""

from __future__ import annotations

from html import escape

from adapters._kit.simulator.web import Request, Response
from adapters.xendit.simulator.books import Books
from adapters.xendit.simulator.errors import ApiError

ROOT = "/web/"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Invoice</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:16px/1.5 system-ui;max-width:26rem;margin:4rem auto;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1rem}}small{{color:#666}}</style></head>
<body><h1>{title}</h1><p>{text}</p>{form}
<p><small>A simulated Xendit invoice: no money moves.</small></p></body></html>"""
_FORM = '<form method="post"><button name="how" value="pay">Pay</button></form>'


def serve(books: Books, request: Request) -> Response:
    """GET shows, POST pays."""
    id = request.path.removeprefix(ROOT)
    try:
        invoice = books.invoice(id)
        if request.method == "POST":
            books.pay(id)
            return Response(303, b"", {"location": invoice["success_redirect_url"] or "/"})
    except ApiError as e:
        return _page(e.status if e.status == 404 else 410, "This invoice cannot be used", str(e))
    if invoice["status"] != "PENDING":
        return _page(410, "Nothing to pay", f"This invoice is {invoice['status']}.")
    amount = f"{invoice['currency']} {invoice['amount']:,}"
    return _page(200, invoice["description"] or invoice["external_id"], amount, _FORM)


def _page(status: int, title: str, text: str, form: str = "") -> Response:
    html = _PAGE.format(title=escape(title), text=escape(text), form=form)
    return Response(status, html.encode("utf-8"), {"content-type": "text/html; charset=utf-8"})
