"""Texts as GDSs give them, what must come of each, and what must remain unparsed.

All are ours, out of the standing phrases of the trade.
"""

from __future__ import annotations

import msgspec
import pytest

from core.domain.fare_rules import FareRules, parse
from core.domain.fare_rules.rules import Discount, Penalty, Remark
from core.domain.fare_rules.terms import Charge, Per, Terms
from core.domain.fare_rules.timing import Deadline, Span, Stay, Window


class Case(msgspec.Struct, frozen=True):
    """values: as told() tells them; unparsed: the sentences, on one line each."""

    category: int
    text: str
    values: tuple[str, ...] = ()
    unparsed: tuple[str, ...] = ()


CASES = {
    "a flat change fee": Case(
        16,
        "CHANGES\n  ANY TIME\n    CHARGE USD 150.00 FOR REISSUE/REVALIDATION.",
        ("change before+after: USD 150.00",),
        (),
    ),
    "before and after departure": Case(
        16,
        "CHANGES\n"
        "BEFORE DEPARTURE\n"
        "CHARGE SAR 120 FOR REISSUE.\n"
        "AFTER DEPARTURE\n"
        "CHARGE SAR 240 FOR REISSUE.",
        ("change before: SAR 120.00", "change after: SAR 240.00"),
        (),
    ),
    "no refund at all": Case(
        16,
        "CANCELLATIONS\nANY TIME\nTICKET IS NON-REFUNDABLE.",
        ("refund before+after: not_allowed",),
        (),
    ),
    "refunds, cancellations and no-shows in one": Case(
        16,
        "CANCELLATIONS\nANY TIME\nTICKET IS NON-REFUNDABLE IN CASE OF CANCEL/NO-SHOW/\nREFUND.",
        ("refund before+after+no: not_allowed",),
        (),
    ),
    "no change after a no-show": Case(
        16,
        "CHANGES\n"
        "ANY TIME\n"
        "CHARGE EUR 60.00 FOR REISSUE.\n"
        "CHANGES NOT PERMITTED IN CASE OF NO-SHOW.",
        ("change before+after: EUR 60.00", "change no: not_allowed"),
        (),
    ),
    "a percentage of the fare": Case(
        16,
        "CANCELLATIONS\nBEFORE DEPARTURE\nCHARGE 25 PERCENT OF THE FARE FOR CANCEL/REFUND.",
        ("refund before: 25%",),
        (),
    ),
    "the higher of two": Case(
        16,
        "CANCELLATIONS\n"
        "BEFORE DEPARTURE\n"
        "CHARGE THE HIGHER OF USD 100.00 OR 20 PERCENT FOR REFUND.",
        ("refund before: higher of USD 100.00 and 20%",),
        (),
    ),
    "whichever is lower": Case(
        16,
        "CHANGES\nANY TIME\nCHARGE USD 75.00 OR 10 PERCENT WHICHEVER IS LOWER FOR REISSUE.",
        ("change before+after: lower of USD 75.00 and 10%",),
        (),
    ),
    "per direction, said first": Case(
        16,
        "CHANGES\nANY TIME\nPER DIRECTION CHARGE EUR 45.00 FOR REISSUE.",
        ("change before+after: EUR 45.00/direction",),
        (),
    ),
    "per ticket, said last": Case(
        16,
        "CHANGES\nANY TIME\nCHARGE IDR 1,500,000 FOR REISSUE PER TICKET.",
        ("change before+after: IDR 1,500,000.00/ticket",),
        (),
    ),
    "the difference of fares on top": Case(
        16,
        "CHANGES\nBEFORE DEPARTURE\nCHARGE SAR 100 FOR REISSUE PLUS ANY FARE DIFFERENCE.",
        ("change before: SAR 100.00 and difference",),
        (),
    ),
    "the difference of fares alone": Case(
        16,
        "CHANGES\nANY TIME\nCHANGES PERMITTED.\nANY DIFFERENCE IN FARES MUST BE COLLECTED.",
        ("change before+after: allowed", "fare_difference"),
        (),
    ),
    "a no-show fee of its own heading": Case(
        16, "CANCELLATIONS\nNO-SHOW\nCHARGE KWD 25.500 FOR REFUND.", ("refund no: KWD 25.500",), ()
    ),
    "a no-show fee without a heading": Case(
        16,
        "NO-SHOW FEE OF SAR 200 PER DIRECTION APPLIES.",
        ("change no: SAR 200.00/direction", "refund no: SAR 200.00/direction"),
        (),
    ),
    "the amount before its currency": Case(
        16,
        "CHANGES\nANY TIME\nA CHARGE OF 90 CHF MUST BE COLLECTED FOR CHANGE OF RESERVATION.",
        ("change before+after: CHF 90.00",),
        (),
    ),
    "amount and currency in one word": Case(
        16,
        "CANCELLATIONS\nBEFORE DEPARTURE\nCHARGE MYR250 FOR CANCEL.",
        ("refund before: MYR 250.00",),
        (),
    ),
    "a window before departure": Case(
        16,
        "CHANGES\n"
        "ANY TIME\n"
        "CHARGE AED 200 FOR REISSUE.\n"
        "NOTE -\n"
        "FOR ALL CHANGES WITHIN 48 HOURS BEFORE DEPARTURE\n"
        "OF A FLIGHT A CHARGE OF 350 AED APPLIES.",
        ("change before+after: AED 200.00", "change before [<48 hour]: AED 350.00"),
        (),
    ),
    "permitted up to a moment": Case(
        16,
        "CHANGES\nBEFORE DEPARTURE\nCHANGES PERMITTED UP TO 4 HOURS BEFORE DEPARTURE.",
        ("change before [4 hour+]: allowed", "change before [<4 hour]: not_allowed"),
        (),
    ),
    "free while there is time": Case(
        16,
        "CHANGES\n"
        "BEFORE DEPARTURE\n"
        "CHARGE QAR 300 FOR REISSUE.\n"
        "CHANGES PERMITTED WITHOUT CHARGE MORE THAN 7 DAYS BEFORE DEPARTURE.",
        ("change before: QAR 300.00", "change before [7 day+]: allowed"),
        (),
    ),
    "to be asked for in time": Case(
        16,
        "CHANGES\nCHANGES MUST BE MADE AT LEAST 24 HOURS BEFORE DEPARTURE.",
        ("change before [<24 hour]: not_allowed",),
        (),
    ),
    "waived, and children's discounts": Case(
        16,
        "CANCELLATIONS\n"
        "BEFORE DEPARTURE\n"
        "CHARGE USD 90.00 FOR CANCEL/REFUND.\n"
        "CHILD/INFANT DISCOUNTS APPLY.\n"
        "WAIVED FOR DEATH OF PASSENGER OR FAMILY MEMBER.",
        ("refund before: USD 90.00", "discounts_apply CHD/INF", "waived"),
        (),
    ),
    "children pay it in full, infants nothing": Case(
        16,
        "CANCELLATIONS\n"
        "ANY TIME\n"
        "CHARGE CNY 800 FOR REFUND.\n"
        "CHILD DISCOUNTS DO NOT APPLY.\n"
        "INFANT UNDER 2 WITHOUT A SEAT REFUNDS FREE.",
        (
            "refund before+after: CNY 800.00",
            "refund before+after INF: allowed",
            "discounts_do_not_apply CHD",
        ),
        (),
    ),
    "unused taxes": Case(
        16,
        "CANCELLATIONS\n"
        "AFTER DEPARTURE\n"
        "TICKET IS NON-REFUNDABLE.\n"
        "REFUND OF UNUSED TAXES PERMITTED.",
        ("refund after: not_allowed", "taxes_refunded"),
        (),
    ),
    "combined fares": Case(
        16,
        "CHANGES\n"
        "ANY TIME\n"
        "CHARGE GBP 60.00 FOR REISSUE.\n"
        "NOTE -\n"
        "WHEN COMBINING FARES THE MOST RESTRICTIVE RULE APPLIES.",
        ("change before+after: GBP 60.00", "strictest_applies"),
        (),
    ),
    "charges per transaction": Case(
        16,
        "CHANGES\n"
        "ANY TIME\n"
        "CHARGE GBP 60.00 FOR REISSUE.\n"
        "NOTE -\n"
        "CHARGES FOR CHANGES APPLY PER TRANSACTION.",
        ("change before+after: GBP 60.00", "charged_per transaction"),
        (),
    ),
    "a table for some fares": Case(
        16,
        "FOR -LC TYPE FARES\n  CHANGES\n    ANY TIME\n      CHANGES NOT PERMITTED.",
        ("change before+after: not_allowed (FOR -LC TYPE FARES)",),
        (),
    ),
    "a table for tickets of a date": Case(
        16,
        "FOR TICKETING ON/AFTER 01APR26\n"
        "  CANCELLATIONS\n"
        "    ANY TIME\n"
        "      CHARGE USD 200.00 FOR CANCEL/REFUND.",
        ("refund before+after: USD 200.00 (FOR TICKETING ON/AFTER 01APR26)",),
        (),
    ),
    "a condition in a note": Case(
        16,
        "CANCELLATIONS\n"
        "ANY TIME\n"
        "TICKET IS NON-REFUNDABLE.\n"
        "NOTE -\n"
        "IF VISA IS REFUSED CHARGE SAR 50 FOR REFUND.",
        ("refund before+after: not_allowed", "refund before+after: SAR 50.00 (IF VISA IS REFUSED)"),
        (),
    ),
    "a condition after the sentence": Case(
        16,
        "CHANGES\nANY TIME\nCHANGES PERMITTED IF MADE BY PHONE.",
        (),
        ("CHANGES ANY TIME CHANGES PERMITTED IF MADE BY PHONE.",),
    ),
    "sentences that contradict": Case(
        16,
        "CHANGES\nANY TIME\nCHARGE USD 50.00 FOR REISSUE.\nCHANGES NOT PERMITTED.\n",
        ("change before+after: USD 50.00", "change before+after: not_allowed"),
        (),
    ),
    "prose without a full stop before a heading": Case(
        16,
        "CANCELLATIONS\n"
        "ANY TIME\n"
        "TICKET IS NON-REFUNDABLE.\n"
        "NOTE -\n"
        "GOVERNMENT LEVIES ARE HANDED BACK ON DEMAND\n"
        "CHANGES\n"
        "ANY TIME\n"
        "CHARGE AUD 300.00 FOR NO-SHOW.",
        ("refund before+after: not_allowed", "change no: AUD 300.00"),
        ("GOVERNMENT LEVIES ARE HANDED BACK ON DEMAND",),
    ),
    "a heading we cannot read what stands under": Case(
        16,
        "CANCELLATIONS\n"
        "ANY TIME\n"
        "CHARGE USD 10.00.\n"
        "CHANGES BEFORE DEPARTURE SEE OUR DESK.\n"
        "CHARGE USD 99.00.",
        ("refund before+after: USD 10.00",),
        ("CHANGES BEFORE DEPARTURE SEE OUR DESK.", "CHARGE USD 99.00."),
    ),
    "two acts under one heading": Case(
        16,
        "CHANGES/CANCELLATIONS\n"
        "BEFORE DEPARTURE\n"
        "CHARGE TRY 900 FOR REISSUE/REFUND.\n"
        "AFTER DEPARTURE\n"
        "CHANGES/CANCELLATIONS NOT PERMITTED.",
        (
            "change before: TRY 900.00",
            "refund before: TRY 900.00",
            "change after: not_allowed",
            "refund after: not_allowed",
        ),
        (),
    ),
    "an amount that is not one": Case(
        16,
        "CHANGES\n"
        "ANY TIME\n"
        "CHARGE IDR 1.500.000 FOR REISSUE.\n"
        "CHARGE XXX 20 FOR REISSUE.\n"
        "CHARGE 250 PERCENT FOR REISSUE.",
        (),
        (
            "CHANGES ANY TIME CHARGE IDR 1.500.000 FOR REISSUE.",
            "CHARGE XXX 20 FOR REISSUE.",
            "CHARGE 250 PERCENT FOR REISSUE.",
        ),
    ),
    "names are not dates": Case(
        16,
        "CHANGES\nANY TIME\nCHANGES PERMITTED.\nNAME CHANGES NOT PERMITTED.",
        ("change before+after: allowed",),
        ("NAME CHANGES NOT PERMITTED.",),
    ),
    "voluntary changes": Case(
        31,
        "BEFORE DEPARTURE\nCHARGE USD 70.00.\nREPRICE WITH FARES OF TODAY.",
        ("change before: USD 70.00",),
        ("REPRICE WITH FARES OF TODAY.",),
    ),
    "voluntary refunds": Case(
        33, "AFTER DEPARTURE\nTICKET IS NON-REFUNDABLE.", ("refund after: not_allowed",), ()
    ),
    "nothing but standing phrases": Case(
        16, "FARE RULE\nNOTE - TEXT BELOW NOT VALIDATED FOR AUTOPRICING.\n-----------", (), ()
    ),
    "ticketing so long before departure": Case(
        5,
        "RESERVATIONS AND TICKETING MUST BE COMPLETED AT LEAST 7 DAYS BEFORE DEPARTURE.",
        ("reserve #0: 7 day before", "ticket #0: 7 day before"),
        (),
    ),
    "ticketing so soon after reserving": Case(
        5,
        "RESERVATIONS ARE REQUIRED FOR ALL SECTORS.\n"
        "TICKETING MUST BE COMPLETED WITHIN 24 HOURS AFTER\n"
        "RESERVATIONS ARE MADE.",
        ("reserve #0: no limit", "ticket #0: 24 hour after"),
        (),
    ),
    "whichever is earlier": Case(
        5,
        "TICKETING MUST BE COMPLETED WITHIN 72 HOURS AFTER\n"
        "RESERVATIONS ARE MADE OR AT LEAST 10 DAYS BEFORE DEPARTURE\n"
        "WHICHEVER IS EARLIER.",
        ("ticket #0: 10 day before or 72 hour after",),
        (),
    ),
    "by when it was reserved": Case(
        5,
        "WHEN RESERVATIONS ARE MADE AT LEAST 4 DAYS BEFORE DEPARTURE,\n"
        "TICKETING MUST BE COMPLETED WITHIN 2 DAYS AFTER RESERVATIONS ARE MADE.\n"
        "OR - RESERVATIONS FOR ALL SECTORS AND TICKETING MUST BE\n"
        "COMPLETED AT THE SAME TIME.",
        ("ticket [4 day+] #0: 2 day after", "reserve #1: at once", "ticket #1: at once"),
        (),
    ),
    "no advance purchase": Case(
        5,
        "NO ADVANCE RESERVATION/TICKETING REQUIREMENTS APPLY.",
        ("reserve #0: no limit", "ticket #0: no limit"),
        (),
    ),
    "waitlists": Case(
        5,
        "WAITLIST AND STANDBY NOT PERMITTED.\nSEATS ARE LIMITED.",
        ("waitlist_not_permitted",),
        ("SEATS ARE LIMITED.",),
    ),
    "a minimum in days": Case(
        6,
        "TRAVEL FROM LAST STOPOVER MUST COMMENCE NO EARLIER THAN 3 DAYS\n"
        "AFTER DEPARTURE FROM FARE ORIGIN.",
        ("minimum #0: 3 day",),
        (),
    ),
    "a sunday, or some days": Case(
        6,
        "TRAVEL FROM TURNAROUND MUST COMMENCE NO EARLIER THAN THE FIRST SUN\n"
        "AFTER ARRIVAL.\n"
        "OR - TRAVEL FROM TURNAROUND MUST COMMENCE NO EARLIER THAN 5 DAYS AFTER DEPARTURE FROM FARE ORIGIN.",
        ("minimum #0: weekday 6 from arrival", "minimum #1: 5 day"),
        (),
    ),
    "no minimum": Case(6, "NO MINIMUM STAY REQUIREMENTS APPLY.", ("minimum #0: none",), ()),
    "a maximum in months": Case(
        7,
        "FOR ROUND TRIP FARES\n"
        "TRAVEL FROM LAST STOPOVER MUST COMMENCE NO LATER THAN 3\n"
        "MONTHS AFTER DEPARTURE FROM FARE ORIGIN.",
        ("maximum #0: 3 month",),
        (),
    ),
    "over by a day": Case(
        7,
        "ALL TRAVEL MUST BE COMPLETED NO LATER THAN 31MAR27.",
        ("maximum #0: 2027-03-31 completed",),
        (),
    ),
    "none, in the words of every category": Case(
        7, "NONE UNLESS OTHERWISE SPECIFIED", ("maximum #0: none",), ()
    ),
    "sold until a day": Case(
        15,
        "TICKETS MUST BE ISSUED ON/BEFORE 31DEC26.\nSALE IS LIMITED TO THE OFFICES OF THE CARRIER.",
        ("ticket #0: 2026-12-31",),
        ("SALE IS LIMITED TO THE OFFICES OF THE CARRIER.",),
    ),
    "children and infants": Case(
        19,
        "ACCOMPANIED CHILD 2-11 - CHARGE 75 PERCENT OF THE FARE.\n"
        "TICKET DESIGNATOR - CH.\n"
        "OR - 1ST INFANT UNDER 2 WITHOUT A SEAT - CHARGE 10 PERCENT OF THE FARE.\n"
        "OR - INFANT UNDER 2 WITH A SEAT - CHARGE 75 PERCENT OF THE FARE.\n"
        "OR - UNACCOMPANIED CHILD 5-11 - CHARGE 100 PERCENT OF THE FARE.",
        (
            "ticket_designator",
            "CHD (2, 11) True #0: 75%",
            "INF (0, 1) None #1: 10%",
            "INS (0, 1) None #0: 75%",
            "CHD (5, 11) False #0: 100%",
        ),
        (),
    ),
    "an infant, with a seat or without": Case(
        19,
        "INFANT UNDER 2 - CHARGE 10 PERCENT OF THE FARE.",
        (),
        ("INFANT UNDER 2 - CHARGE 10 PERCENT OF THE FARE.",),
    ),
    "blackouts are kept as text": Case(
        11, "OUTBOUND -\nTRAVEL IS NOT PERMITTED 20DEC26 THROUGH 05JAN27.", (), ()
    ),
}


def told(rules: FareRules) -> tuple[str, ...]:
    """Every value in a few words, in the order of their kinds."""
    return (
        *(_penalty(one) for one in rules.penalties),
        *(_remark(one) for one in rules.remarks),
        *(_deadline(one) for one in rules.deadlines),
        *(_stay(one) for one in rules.stays),
        *(_discount(one) for one in rules.discounts),
    )


def _penalty(one: Penalty) -> str:
    when = "+".join(moment.partition("_")[0] for moment in one.when)
    who = f" {'/'.join(one.passengers)}" if one.passengers else ""
    under = one.header or one.condition
    told = f"{one.act} {when}{who}{_window(one.window)}: {_terms(one.terms)}"
    return f"{told} ({under})" if under else told


def _terms(terms: Terms) -> str:
    if terms.fee is None:
        return str(terms.verdict)
    each = [_charge(charge) for charge in terms.fee.charges]
    each += ["difference"] if terms.fee.fare_difference else []
    pick = f"{terms.fee.pick} of " if len(terms.fee.charges) > 1 else ""
    return pick + " and ".join(each)


def _charge(charge: Charge) -> str:
    amount = f"{charge.percent}%" if charge.money is None else str(charge.money)
    return amount if charge.per is Per.UNSTATED else f"{amount}/{charge.per}"


def _window(window: Window | None) -> str:
    if window is None:
        return ""
    if window.at_least is not None:
        return f" [{_span(window.at_least)}+]"
    return f" [<{_span(window.less_than)}]" if window.less_than else ""


def _span(span: Span) -> str:
    return f"{span.count} {span.unit}"


def _remark(one: Remark) -> str:
    per = "" if one.per is Per.UNSTATED else f" {one.per}"
    who = f" {'/'.join(one.passengers)}" if one.passengers else ""
    return f"{one.saying}{per}{who}"


def _deadline(one: Deadline) -> str:
    limits = [
        f"{_span(one.before_departure)} before" if one.before_departure else "",
        f"{_span(one.after_reservation)} after" if one.after_reservation else "",
        "at once" if one.at_once else "",
        str(one.by) if one.by else "",
    ]
    told = " or ".join(limit for limit in limits if limit) or "no limit"
    what = "ticket" if one.ticketing else "reserve"
    return f"{what}{_window(one.reserved)} #{one.alternative}: {told}"


def _stay(one: Stay) -> str:
    limits = [
        _span(limit.span) if limit.span else str(limit.day or f"weekday {limit.weekday}")
        for limit in one.limits
    ]
    told = f"{one.bound} #{one.alternative}: {' or '.join(limits) or 'none'}"
    told += " from arrival" if one.from_arrival else ""
    return f"{told} completed" if one.completed else told


def _discount(one: Discount) -> str:
    return f"{one.passenger} {one.ages} {one.accompanied} #{one.nth}: {_charge(one.charge)}"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_text_is_read_and_the_rest_is_named(case: Case) -> None:
    rules = parse({case.category: case.text})
    assert told(rules) == case.values
    assert tuple(part.text for part in rules.unparsed) == case.unparsed


def test_the_text_is_kept_beside_with_its_title() -> None:
    case = CASES["blackouts are kept as text"]
    (category,) = parse({11: case.text}).categories
    assert (category.title, category.read) == ("blackout dates", False)
    assert category.lines == tuple(case.text.splitlines())


def test_a_value_names_its_lines_and_what_stands_there() -> None:
    rules = parse({16: CASES["prose without a full stop before a heading"].text})
    fee = rules.penalties[-1].source
    assert (fee.category, fee.first, fee.last) == (16, 8, 8)
    assert fee.text == "CHARGE AUD 300.00 FOR NO-SHOW."
    (unread,) = rules.unparsed
    assert (unread.first, unread.last) == (5, 5)


def test_sentences_that_contradict_are_both_named_and_the_stricter_is_shown() -> None:
    rules = parse({16: CASES["sentences that contradict"].text})
    before = rules.conflicts[0]
    assert _terms(before.shown) == "not_allowed"
    assert [part.text for part in before.because] == ["CHANGES NOT PERMITTED."]
    assert [part.text for part in before.against] == ["CHARGE USD 50.00 FOR REISSUE."]
