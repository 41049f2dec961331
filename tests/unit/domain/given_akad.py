"""The figures of an umrah agreement that agree with each other. All names are invented."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from core.domain.agreements.akad.terms import (
    Figures,
    Instalment,
    Line,
    Muwakkil,
    Pilgrim,
    RefundStep,
    Terms,
    Wakil,
)
from core.domain.money import Money


def idr(rupiah: int) -> Money:
    return Money(rupiah * 100, "IDR")


def some_figures(**other: Any) -> Figures:
    figures = Figures(
        place="Jakarta",
        on=date(2026, 11, 22),
        departs=date(2027, 1, 13),
        returns=date(2027, 1, 22),
        lines=(
            Line("Tiket pesawat", idr(36_500_000)),
            Line("Visa dan asuransi", idr(9_000_000)),
        ),
        ujrah=idr(4_500_000),
        total=idr(50_000_000),
        plan=(
            Instalment("Uang muka", date(2026, 12, 1), idr(20_000_000)),
            Instalment("Pelunasan", date(2027, 1, 5), idr(30_000_000)),
        ),
        refunds=(RefundStep(45, 90), RefundStep(30, 50)),
        escrow_bank="Bank Contoh Syariah",
        escrow_account="000-111-222",
        court="Pengadilan Agama Jakarta Selatan",
    )
    return msgspec.structs.replace(figures, **other)


def some_terms(**other: Any) -> Terms:
    figures = some_figures()
    made = Terms(
        wakil=Wakil(
            "PT Contoh Wisata", "U.000 Tahun 2025", "Ahmad Contoh", "Direktur", "Jalan Contoh 1"
        ),
        muwakkil=Muwakkil("Siti Contoh", "0000000000000000", "Jalan Melati 7, Depok"),
        pilgrims=(Pilgrim("Siti Contoh", "X0000001"), Pilgrim("Budi Contoh")),
        **{name: getattr(figures, name) for name in Figures.__struct_fields__},
    )
    return msgspec.structs.replace(made, **other)
