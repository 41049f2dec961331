"""docs/capabilities.md: what each vendor can and what stands behind it, from the manifests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ports.manifest import Evidence, Manifest, Role

_ABOUT = """# Capabilities

What each vendor can through Serai, and what stands behind it.
Made from the adapters' manifests by `python -m entrypoints.contracts`; `make check` compares it.
The same is in the API: `GET /v1/adapters`.

| evidence | means |
|---|---|
| constructed | written from the vendor's contract; nobody saw the vendor answer so |
| documented | agrees with the examples that the vendor publishes |
| recorded | agrees with messages recorded at the vendor |
| sandbox | ran against the vendor's own test system |
| production | runs in production |

**–** is not had: the vendor has no such thing, or Serai does not speak it yet; the vendor's page says which.
An adapter that has met only its simulator says at most *documented*. Try it in the vendor's sandbox before you sell through it."""

KINDS = {
    Role.HOTEL_SUPPLIER: "Hotel suppliers",
    Role.ACTIVITY_SUPPLIER: "Suppliers of activities",
    Role.GDS: "Global distribution systems",
    Role.ARI_CHANNEL: "Channels",
    Role.RESERVATION_SOURCE: "Sources of reservations",
    Role.SHOWN_RATES: "Rates that guests see",
    Role.PAYMENT_GATEWAY: "Payment gateways",
    Role.ESIGN: "E-signature",
    Role.REGULATOR_FILING: "Filings to the regulator",
    Role.INBOUND_WEBHOOK: "Senders of webhooks",
}
WORDS = {
    "acknowledge": "say that reservations were taken over",
    "amend": "change dates or guests of a booking",
    "book": "book",
    "cancel": "cancel",
    "cancellation_fee": "ask what cancelling would cost",
    "catalogue": "read its rooms and rate plans",
    "check": "ask an offer again before it is booked",
    "create_pnr": "make a PNR",
    "dequeue": "take a PNR off a queue",
    "enqueue": "put a PNR on a queue",
    "expire": "end a payment link early",
    "export": "write the report as a file",
    "extend": "keep a hold longer",
    "fare_rules": "read the rules of a fare",
    "find": "look for what may have been made",
    "find_refund": "look for a refund that may have been made",
    "find_reference": "tell whose a disputed charge is",
    "list_settlements": "list its ledger, to be held against ours",
    "messages": "say it in its own messages",
    "on_request": "book what a person there has to confirm",
    "parse": "read what it sends",
    "probe": "test a connection",
    "pull": "fetch reservations",
    "push": "tell availability, rates and restrictions",
    "queue": "work through queues",
    "queued": "list a queue",
    "refund": "give money back",
    "refund_quote": "ask what a refund would come to",
    "retrieve": "read a PNR",
    "search": "search",
    "send": "send a document to sign",
    "shop": "search flights",
    "signer_ids": "know who signs by its own id of them",
    "shown": "read the rates that guests see",
    "signed_document": "fetch what was signed",
    "start_checkout": "make a payment link",
    "status": "ask how it stands",
    "submit": "send the report",
    "ticket": "issue tickets",
    "verify": "prove that a webhook is theirs",
    "void": "undo a ticket or a document",
    "vouchers": "fetch vouchers",
}


def page(manifests: Sequence[Manifest]) -> str:
    parts = [_ABOUT, *(_of(role, manifests) for role in Role if _main(manifests, role))]
    return "\n\n".join([*parts, _when_unclear(manifests), _distribution(manifests)]) + "\n"


def _main(manifests: Iterable[Manifest], role: Role) -> list[Manifest]:
    """Those for whom *role* is the first, so that each is shown once."""
    return [m for m in manifests if next(r for r in Role if r in m.roles) is role]


def _of(role: Role, manifests: Sequence[Manifest]) -> str:
    those = _main(manifests, role)
    names = list(dict.fromkeys(name for m in those for name in (*m.evidence, *sorted(m.can))))
    head = ("", *(f"[{m.title}](adapters/{m.name}.md)" for m in those))
    rows = [("version", *(m.api_version for m in those))]
    rows += [("also", *(_also(m, role) for m in those))]
    rows += [(_words(name), *(_cell(m, name) for m in those)) for name in names]
    weakest = [(m.title, *_weakest(m)) for m in those]
    said = [f"Weakest at {title}: {evidence} ({what})." for title, evidence, what in weakest]
    return "\n".join([f"## {KINDS[role]}", *_table(head, rows), "", *said])


def _also(manifest: Manifest, but: Role) -> str:
    others = [KINDS[r].lower() for r in Role if r in manifest.roles and r is not but]
    return ", ".join(others) or "–"


def _cell(manifest: Manifest, name: str) -> str:
    if name in manifest.evidence:
        return manifest.evidence[name].name.lower()
    return "yes" if name in manifest.can else "–"


def _weakest(manifest: Manifest) -> tuple[str, str]:
    weakest = min(manifest.evidence.values(), default=Evidence.CONSTRUCTED)
    names = [_words(n) for n, e in manifest.evidence.items() if e is weakest]
    every = len(names) == len(manifest.evidence)
    return weakest.name.lower(), "all of it" if every else ", ".join(names)


def _words(name: str) -> str:
    return WORDS.get(name, name.replace("_", " "))


def _when_unclear(manifests: Sequence[Manifest]) -> str:
    rows = [
        (
            f"[{m.title}](adapters/{m.name}.md)",
            f"{m.deadline_s:g} s",
            _span(m.absence_certain_after_s) or "never: a person decides",
            _span(m.repeatable_for_s) or "makes a second one: we look first",
            f"{m.reference_length} characters",
        )
        for m in manifests
        if m.distribution is None  # a channel is told how things stand until it agrees
    ]
    head = ("", "waited for at most", '"not found" is final after', "a repeat under our key")
    return "\n".join(
        [
            "## When no clear answer came",
            "A call that may have arrived is not repeated: the vendor is asked whether it did.",
            "A repeat under our key is answered with the first result for as long as the table says.",
            "",
            *_table((*head, "our reference"), rows),
        ]
    )


def _distribution(manifests: Sequence[Manifest]) -> str:
    rows = [
        (
            f"[{m.title}](adapters/{m.name}.md)",
            f"{d.first_day} to {d.last_day} days ahead",
            "yes" if d.weekdays else "no",
            "yes" if d.decrements_itself else "no",
            _span(d.pull_every_s),
            _span(d.acknowledge_within_s),
        )
        for m in manifests
        if (d := m.distribution) is not None
    ]
    head = ("", "takes", "some weekdays only", "counts its own bookings off", "asked every")
    return "\n".join(["## How channels are told", *_table((*head, "acknowledged within"), rows)])


def _span(seconds: float | None) -> str:
    """The largest unit that says it in full. None is ""."""
    if seconds is None:
        return ""
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= unit and seconds % unit == 0:
            count = seconds / unit
            return f"{count:g} {name if count != 1 else name[:-1]}"
    return f"{seconds:g} s"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
