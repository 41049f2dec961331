"""An offer travels as an encrypted, expiring token: nothing is stored for a search, and
no net price leaks to whoever carries it."""

from __future__ import annotations

import base64
import binascii
from typing import Generic

import msgspec

from core.domain.bookings.offer import AnOffer, Offer
from core.domain.problem import Conflict, Fault, Invalid
from core.domain.tenancy import Scope
from ports.clock import Clock
from ports.vault import Unreadable, Vault

_PREFIX = "ofr_"
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Offer] = msgspec.msgpack.Decoder(Offer)


class OfferOnSale(msgspec.Struct, Generic[AnOffer], frozen=True):
    """An offer with the token that stands for it."""

    token: str
    offer: AnOffer


def _context(scope: Scope) -> str:
    return f"offer|{scope.tenant}|{scope.environment}"


def seal_offer(vault: Vault, scope: Scope, offer: AnOffer) -> OfferOnSale[AnOffer]:
    sealed = vault.seal(_encoder.encode(offer), _context(scope))
    token = _PREFIX + base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")
    return OfferOnSale(token, offer)


def open_offer(vault: Vault, scope: Scope, token: str, clock: Clock) -> Offer:
    """Invalid: not a token of this tenant and environment. Conflict: it has expired."""
    text = token.removeprefix(_PREFIX)
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        offer = _decoder.decode(vault.open(sealed, _context(scope)))
    except (Unreadable, binascii.Error, ValueError, msgspec.DecodeError):
        fault = Fault("/offer", "is not an offer of this tenant and environment")
        raise Invalid(fault) from None
    if offer.expires_at is not None and offer.expires_at <= clock.now():
        raise Conflict("offer_expired", "the offer has expired; search again")
    return offer
