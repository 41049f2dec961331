"""Headings, and standing phrases of every category."""

from __future__ import annotations

from core.domain.fare_rules.grammar import Pattern, Words
from core.domain.fare_rules.qualifiers import stretch
from core.domain.fare_rules.rules import ANY_TIME, Act, When
from core.domain.fare_rules.sentence import Sentence, nothing

FORMS = (
    Sentence(
        "TEXT BELOW NOT VALIDATED FOR AUTOPRICING",
        "[THE] [FOLLOWING] TEXT [BELOW] [IS INFORMATIONAL AND] [IS] NOT VALIDATED FOR AUTOPRICING",
        nothing,
    ),
    Sentence("RULE XX01 IN IPRXX APPLIES", "RULE {code} IN {code} APPLIES", nothing),
    Sentence("FARE RULE", "(FARE RULE|BASE FARE|FARE BY RULE)", nothing),
)
GENERAL = Pattern(
    "GENERAL RULE - APPLY UNLESS OTHERWISE SPECIFIED|GENERAL RULE|UNLESS OTHERWISE SPECIFIED", {}
)
NOTE = Pattern("NOTE (-|:)", {})
OR_ELSE = Pattern("OR -", {})
AND_ALSO = Pattern("AND -", {})

# Before these words a heading is a phrase of a running sentence: "FOR CHANGES", "NAME CHANGES".
RUNNING = frozenset(
    "FOR OF AND OR ANY IN TO ALL THE FROM ON WITH BY NO NOT IF SUCH BOTH DATE NAME MADE WHEN EACH"
    " VOLUNTARY INVOLUNTARY SCHEDULE ROUTE ROUTING FLIGHT FURTHER FREE OTHER THESE ONLY / - ,"
    " (".split()
)
_ACTS = {
    "CHANGES": Act.CHANGE,
    "CHANGE": Act.CHANGE,
    "REISSUE": Act.CHANGE,
    "CANCELLATIONS": Act.REFUND,
    "CANCELLATION": Act.REFUND,
    "REFUNDS": Act.REFUND,
    "REFUND": Act.REFUND,
}
_MOST = 4


class Heading:
    """A run of headings: what they said of acts and moments, and the word after them."""

    def __init__(self, acts: tuple[Act, ...], when: tuple[When, ...], end: int) -> None:
        self.acts, self.when, self.end = acts, when, end


def heading(words: Words, i: int) -> Heading | None:
    """CHANGES, CANCELLATIONS, ANY TIME, BEFORE or AFTER DEPARTURE, NO-SHOW; one or several."""
    acts: tuple[Act, ...] = ()
    when: tuple[When, ...] = ()
    end = i
    for _ in range(_MOST):
        if words[end] in _ACTS and not acts and not when:
            acts, end = _named(words, end)
        elif not when and (found := _moment(words, end)):
            when, end = found
        else:
            break
        end += words[end] == ":"
    return Heading(acts, when, end) if end > i else None


def _named(words: Words, i: int) -> tuple[tuple[Act, ...], int]:
    """CHANGES, or CHANGES/CANCELLATIONS."""
    first, other = _ACTS[words[i]], None
    if words[i + 1] in ("/", "AND"):
        other = _ACTS.get(words[i + 2])
    return ((first,), i + 1) if other in (None, first) else ((first, other), i + 3)


def _moment(words: Words, i: int) -> tuple[tuple[When, ...], int] | None:
    missed = _NO_SHOW.match(words, i)
    if missed and words[missed[1]] not in _FEES:  # "NO-SHOW FEE USD 50" is a sentence
        return (When.NO_SHOW,), missed[1]
    if words[i] not in ("ANY", "ANYTIME", "BEFORE", "AFTER"):
        return None
    found = stretch(words, i)
    if found is None or found[0][1] is not None:
        return None
    when, _ = found[0]
    return (ANY_TIME if len(when) > 1 else when), found[1]


_FEES = frozenset({"FEE", "FEES", "PENALTY", "PENALTIES", "CHARGES"})
_NO_SHOW = Pattern("NO [-] SHOW|NOSHOW", {})
