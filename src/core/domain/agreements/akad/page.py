"""A template and its terms together, as plain data that a layout sets. Same in, same out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from core.domain.agreements.akad.template import Clause, Form, Template, paragraphs, runs, table_of
from core.domain.agreements.akad.terms import Terms
from core.domain.agreements.akad.words import amount, day, in_words, weekday
from core.domain.bookings.booking import Booking
from core.domain.bookings.hotel import HotelOffer
from core.domain.money import Money

UNREVIEWED = (
    "Naskah contoh. Belum ditelaah oleh penasihat hukum dan Dewan Pengawas Syariah;"
    " tidak untuk dipakai sebelum keduanya menyetujui."
)


class Table(msgspec.Struct, frozen=True):
    """right: columns of figures. total: the last row is the sum of the others."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()
    total: bool = False


def page(
    id: str, template: Template, form: Form, terms: Terms, bookings: Sequence[Booking]
) -> dict[str, Any]:
    """id: of the agreement, in the foot of every page. Faults of template and terms are looked
    for before: here everything fits."""
    values, tables = _values(terms), _tables(terms, bookings)
    return {
        "id": id,
        "title": template.title,
        "arabic": template.arabic,
        "version": f"{template.name} v{template.version}",
        "notice": "" if template.is_reviewed else UNREVIEWED,
        "clauses": [_clause(clause, values, tables) for clause in template.clauses],
        "date": [terms.on.year, terms.on.month, terms.on.day],
        "place": f"{terms.place}, {day(terms.on)}",
        "signatures": [_signature(role, terms) for role in form.roles],
    }


def _clause(
    clause: Clause, values: Mapping[str, str], tables: Mapping[str, Table]
) -> dict[str, Any]:
    parts: list[dict[str, Any]] = []
    for paragraph in paragraphs(clause.text):
        name = table_of(paragraph)
        if name is not None:
            parts.append({"table": msgspec.to_builtins(tables[name])})
        else:
            parts.append({"runs": [list(run) for run in runs(paragraph, values)]})
    return {"heading": clause.heading, "arabic": clause.arabic, "parts": parts}


def _signature(role: str, terms: Terms) -> dict[str, str]:
    wakil, muwakkil = terms.wakil, terms.muwakkil
    if role == "wakil":
        return {
            "role": role,
            "title": "Pihak Kedua (Wakil)",
            "arabic": "الوكيل",
            "name": wakil.representative,
            "under": f"{wakil.position}, {wakil.name}",
        }
    of = muwakkil.guardian_of
    under = f"wali dari {of}" if of else "Muwakkil"
    return {
        "role": role,
        "title": "Pihak Pertama (Muwakkil)",
        "arabic": "الموكِّل",
        "name": muwakkil.name,
        "under": under,
    }


def _values(terms: Terms) -> dict[str, str]:
    guardian = terms.muwakkil.guardian_of
    return {
        "place": terms.place,
        "on": day(terms.on),
        "weekday": weekday(terms.on),
        "departs": day(terms.departs),
        "returns": day(terms.returns),
        "pilgrims": str(len(terms.pilgrims)),
        "guardian": f", selaku wali dari {guardian}" if guardian else "",
        "wakil_name": terms.wakil.name,
        "wakil_licence": terms.wakil.licence,
        "wakil_representative": terms.wakil.representative,
        "wakil_position": terms.wakil.position,
        "wakil_address": terms.wakil.address,
        "muwakkil_name": terms.muwakkil.name,
        "muwakkil_identity": terms.muwakkil.identity,
        "muwakkil_address": terms.muwakkil.address,
        "ujrah": amount(terms.ujrah),
        "ujrah_words": in_words(terms.ujrah),
        "entrusted": amount(terms.entrusted),
        "total": amount(terms.total),
        "total_words": in_words(terms.total),
        "escrow_bank": terms.escrow_bank,
        "escrow_account": terms.escrow_account,
        "court": terms.court,
    }


def _tables(terms: Terms, bookings: Sequence[Booking]) -> dict[str, Table]:
    return {
        "pilgrims": _pilgrims(terms),
        "stays": _stays(bookings),
        "costs": _costs(terms),
        "plan": _plan(terms),
        "refunds": _refunds(terms),
    }


def _pilgrims(terms: Terms) -> Table:
    rows = [(str(n), p.name, p.passport or "–") for n, p in enumerate(terms.pilgrims, 1)]
    return Table(("No.", "Nama", "Nomor paspor"), tuple(rows))


def _stays(bookings: Sequence[Booking]) -> Table:
    hotels = [(b.offer, b.id) for b in bookings if isinstance(b.offer, HotelOffer)]
    rows = [
        (
            offer.hotel.name,
            day(offer.stay.check_in),
            day(offer.stay.check_out),
            f"{len(offer.rooms)} kamar",
        )
        for offer, _ in sorted(hotels, key=lambda pair: (pair[0].stay.check_in, pair[1]))
    ]
    none = ("Belum ada; diberitahukan sebelum keberangkatan", "–", "–", "–")
    return Table(("Hotel", "Masuk", "Keluar", "Kamar"), tuple(rows) or (none,))


def _costs(terms: Terms) -> Table:
    rows = [(line.label, _also(line.amount, line.sold_for)) for line in terms.lines]
    total = ("Jumlah dana titipan", amount(terms.entrusted))
    return Table(("Keperluan", "Jumlah"), (*rows, total), right=(1,), total=True)


def _also(money: Money, sold_for: Money | None) -> str:
    return amount(money) if sold_for is None else f"{amount(money)} ({amount(sold_for)})"


def _plan(terms: Terms) -> Table:
    rows = [(part.label, day(part.due), amount(part.amount)) for part in terms.plan]
    total = ("Jumlah seluruhnya", "", amount(terms.total))
    return Table(("Pembayaran", "Selambat-lambatnya", "Jumlah"), (*rows, total), (2,), total=True)


def _refunds(terms: Terms) -> Table:
    rows = [
        (f"{step.days_before} hari atau lebih sebelum keberangkatan", f"{step.percent} %")
        for step in terms.refunds
    ]
    last = terms.refunds[-1].days_before if terms.refunds else 0
    if last > 0:
        rows.append((f"kurang dari {last} hari sebelum keberangkatan", "0 %"))
    return Table(
        ("Waktu pengunduran diri", "Dana titipan yang belum terpakai dikembalikan"),
        tuple(rows) or (("kapan pun sebelum keberangkatan", "100 %"),),
        right=(1,),
    )
