"""The main journey, step by step. A later chapter is one more tuple here."""

from __future__ import annotations

from entrypoints.demo import (
    booking,
    cancelling,
    connecting,
    filing,
    instalments,
    paying,
    proving,
    selling,
    signing,
    travelling,
)
from entrypoints.demo.stage import Step

CHAPTERS: dict[str, tuple[Step, ...]] = {
    "Connect": (
        connecting.connect_badly,
        connecting.connect_hotelbeds,
        connecting.connect_stripe,
        connecting.add_partner,
    ),
    "Book": (booking.search, booking.quote, booking.book, booking.hear_of_booking),
    "Pay": (paying.ask_for_payment, paying.pay, paying.hear_of_payment),
    "Cancel": (
        cancelling.ask_fee,
        cancelling.cancel,
        cancelling.hear_of_cancellation,
        cancelling.refund,
        cancelling.hear_of_refund,
    ),
    "Fly and tour": (
        travelling.connect_sabre,
        travelling.connect_octo,
        travelling.shop,
        travelling.read_rules,
        travelling.book_flight,
        travelling.hear_of_limit,
        travelling.ticket,
        travelling.move_flight,
        travelling.search_tour,
        travelling.book_tour,
        travelling.read_voucher,
    ),
    "Sign": (signing.connect_docusign, signing.draft, signing.sign, signing.keep),
    "Pay in parts": (
        instalments.connect_midtrans,
        instalments.plan_payments,
        instalments.pay_deposit,
        instalments.pay_instalment,
        instalments.see_plan,
    ),
    "File": (
        filing.plan_group,
        filing.import_pilgrims,
        filing.export_report,
        filing.record_filing,
    ),
    "Sell": (
        selling.open_property,
        selling.sell_at_channels,
        selling.race,
        selling.let_go,
        selling.hear_of_reservation,
    ),
    "Prove": (proving.feed, proving.deliveries, proving.audit),
}
STEPS: tuple[Step, ...] = tuple(step for steps in CHAPTERS.values() for step in steps)


def title_of(step: Step) -> str:
    """Its docstring: what is done, for whoever watches."""
    return (step.__doc__ or step.__name__).strip()
