import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.ids import PREFIXES, encode, is_id
from tests.unit.domain.given import modest

entropy = st.binary(min_size=10, max_size=10)
instants = st.integers(0, 2**48 - 1)


@modest
@given(st.sampled_from(sorted(PREFIXES)), instants, entropy)
def test_an_id_has_its_form_and_is_no_other_kind(prefix: str, ms: int, noise: bytes) -> None:
    made = encode(prefix, ms, noise)
    assert is_id(made, prefix)
    assert not any(is_id(made, other) for other in PREFIXES if other != prefix)


@modest
@given(instants, instants, entropy, entropy)
def test_ids_sort_by_time(a: int, b: int, one: bytes, two: bytes) -> None:
    if a != b:
        assert (encode("bkg", a, one) < encode("bkg", b, two)) == (a < b)


@modest
@given(instants, entropy)
def test_the_number_in_it_is_a_uuid_of_version_7(ms: int, noise: bytes) -> None:
    value = 0
    for digit in encode("evt", ms, noise).removeprefix("evt_"):
        value = value * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(digit)
    assert value >> 80 == ms
    assert (value >> 76) & 0xF == 7
    assert (value >> 62) & 0x3 == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bkg",
        "bkg_",
        "bkg_" + "0" * 25,
        "bkg_" + "0" * 27,
        "bkg_" + "u" * 26,
        "BKG_" + "0" * 26,
        "bkg_" + "0" * 26 + "\n",
        " bkg_" + "0" * 26,
        "bkg-" + "0" * 26,
        "bkg_" + "O" * 26,
    ],
)
def test_what_is_not_an_id(text: str) -> None:
    assert not is_id(text, "bkg")


def test_a_prefix_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown id prefix"):
        encode("xyz", 0, b"0123456789")
