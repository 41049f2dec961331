"""What is wrong is said in words for people, and never repeats a value."""

from __future__ import annotations

import datetime
import decimal
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from core.domain.wrong_value import wrong


class Circle(msgspec.Struct, tag_field="type", tag="circle"):
    radius: float


class Codes(msgspec.Struct, tag_field="type", tag="codes"):
    codes: list[str]


Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (datetime.date, "secret", "must be a date, as 2026-12-31"),
        (datetime.date, 5, "must be a date, as 2026-12-31, not a whole number"),
        (datetime.datetime, "secret", "must be an instant, as 2026-12-31T08:30:00Z"),
        (datetime.time, "secret", "must be a time, as 08:30:00"),
        (decimal.Decimal, "secret", 'must be a decimal number in quotes, as "12.5"'),
        (bool | None, "secret", "must be true or false or null, not text"),
        (int, 1.5, "must be a whole number, not a number"),
        (list[int], {}, "must be a list, not an object"),
        (Annotated[str, Meta(min_length=5)], "abc", "must have at least 5 characters"),
        (Annotated[list[int], Meta(max_length=1)], [1, 2], "must have at most 1 entries"),
        (Annotated[int, Meta(ge=1)], 0, "must be at least 1"),
        (Annotated[float, Meta(lt=1)], 2.0, "must be below 1.0"),
        (Country, "Saudi", "must be two capital letters, as SA"),
        (Annotated[str, Meta(pattern="^x+$")], "secret", "must match ^x+$"),
        (Circle | Codes, {"type": "square"}, "is not one of the values allowed"),
        (Circle | Codes, {}, "must name its type"),
    ],
)
def test_it_is_said_in_words(kind: Any, value: object, said: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(value, kind)
    assert wrong(str(caught.value).partition(" - at ")[0]) == said


def test_what_it_does_not_know_is_said_as_it_is() -> None:
    assert wrong("Some new sentence") == "some new sentence"
