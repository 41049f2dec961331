"""The reference under which a supplier knows our booking, minted before it is sent."""

from __future__ import annotations

# No 0, 1, I, L, O, U: people read references over the telephone.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def vendor_reference(entropy: bytes, longest: int) -> str:
    """A reference of at most *longest* characters from 16 random bytes: S and 15 more."""
    length = min(longest, 16)
    if length < 8:
        raise ValueError("a vendor reference needs at least 8 characters")
    number, digits = int.from_bytes(entropy, "big"), ["S"]
    while len(digits) < length:
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)
