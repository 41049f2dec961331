"""The hosted page, where the customer of a demonstration pays without a card."""

from __future__ import annotations

from html import escape

from adapters._kit.simulator.web import Request, Response
from adapters.stripe.simulator.books import Books, Object
from adapters.stripe.simulator.errors import ApiError

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Pay</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:16px/1.5 system-ui;max-width:26rem;margin:4rem auto;padding:0 1rem}}
button{{font:inherit;padding:.6rem 1rem;margin:.3rem .3rem 0 0}}small{{color:#666}}</style></head>
<body><h1>{title}</h1><p>{text}</p>{form}
<p><small>A simulated Stripe page: no money moves.</small></p></body></html>"""
_FORM = """<form method="post">
<button name="how" value="pay">Pay</button>
<button name="how" value="pay_later">Pay by bank debit</button>
<button name="how" value="decline">Be declined</button></form>"""


def serve(books: Books, request: Request) -> Response:
    """GET shows, POST `how=pay|pay_later|decline` acts (pay when it says nothing)."""
    try:
        session = books.session(request.path.removeprefix("/pay/"))
        if request.method == "POST":
            return _act(books, session, request.form.get("how", "pay"))
    except ApiError as e:
        return _page(e.status, "This page cannot be used", str(e))
    if session["status"] != "open":
        return _page(410, "Nothing to pay", f"This checkout is {session['status']}.")
    return _page(200, books.name_of(session["id"]), _amount(session), _FORM)


def _act(books: Books, session: Object, how: str) -> Response:
    if how == "decline":
        return _page(402, "Declined", "The card was declined. Try again.", _FORM)
    books.pay(session["id"], settles=how != "pay_later")
    return Response(303, b"", {"location": session["success_url"]})


def _amount(session: Object) -> str:
    return f"{session['amount_total']} in Stripe's units of {session['currency'].upper()}"


def _page(status: int, title: str, text: str, form: str = "") -> Response:
    html = _PAGE.format(title=escape(title), text=escape(text), form=form)
    return Response(status, html.encode("utf-8"), {"content-type": "text/html; charset=utf-8"})
