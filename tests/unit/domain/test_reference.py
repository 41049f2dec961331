import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.bookings.reference import vendor_reference
from tests.unit.domain.given import modest

noises = st.binary(min_size=16, max_size=16)


@modest
@given(noises, st.integers(8, 40))
def test_it_fits_the_vendor_and_reads_over_the_telephone(noise: bytes, longest: int) -> None:
    made = vendor_reference(noise, longest)
    assert len(made) == min(longest, 16)
    assert made[0] == "S"
    assert made.isascii()
    assert made.isalnum()
    assert made == made.upper()
    assert not set(made) & set("01ILOU")


@modest
@given(noises, noises)
def test_two_draws_are_two_references(one: bytes, two: bytes) -> None:
    # 15 letters of 30 hold 73 bits: only the draw's last part is used, so compare that.
    same = int.from_bytes(one, "big") % 30**15 == int.from_bytes(two, "big") % 30**15
    assert (vendor_reference(one, 20) == vendor_reference(two, 20)) == same


@pytest.mark.parametrize("longest", [0, 7])
def test_too_short_to_be_unique_is_refused(longest: int) -> None:
    with pytest.raises(ValueError, match="at least 8"):
        vendor_reference(bytes(16), longest)
