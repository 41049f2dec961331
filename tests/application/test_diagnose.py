"""The signature doctor over a real store: whose secrets it tries, and which bytes it may show."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from core.application.hub import Asking
from core.application.webhooks.add_endpoint import (
    EndpointChange,
    NewEndpoint,
    add_endpoint,
    change_endpoint,
    rotate_endpoint_secret,
)
from core.application.webhooks.add_partner import add_partner
from core.application.webhooks.diagnose_signature import diagnose_signature
from core.domain.event import Event, body
from core.domain.problem import Forbidden, Invalid, NotFound
from core.domain.tenancy import Permission
from core.domain.webhooks.diagnosis import Cause, Received
from core.domain.webhooks.partner import Endpoint, Partner, Sees, Signatures
from core.domain.webhooks.signature import hmac_of, signed_content
from tests.application.test_booking import OFFER
from tests.fakes.hub import World, an_asking

pytestmark = pytest.mark.anyio
READS = (Permission.ENDPOINTS_READ, Permission.EVENTS_READ)


class Desk:
    """A partner that sees all, its two endpoints, and an event they were told."""

    def __init__(self, world: World, partner: Partner, one: Endpoint, other: Endpoint) -> None:
        self.world, self.partner, self.one, self.other = world, partner, one, other
        self.event: Event

    def asks(self, *permissions: Permission) -> Asking:
        return an_asking(self.world.scope, *permissions or READS, partner=self.partner.id)

    def message(self, endpoint: Endpoint | None = None, *, tail: bytes = b"") -> Received:
        """Signed by the endpoint's newest secret; *tail* came to its body on the way."""
        raw, secret = body(self.event), (endpoint or self.one).secrets[0].value.reveal()
        stamp = int(self.world.clock.now().timestamp())
        made = hmac_of(secret, signed_content(self.event.id, stamp, raw))
        token = f"v1,{base64.b64encode(made).decode()}"
        headers = {"id": self.event.id, "timestamp": str(stamp), "signature": token}
        return Received(tuple((f"webhook-{n}", v) for n, v in headers.items()), raw + tail)


@pytest.fixture
async def desk(world: World) -> Desk:
    partner = await add_partner(world.hub, world.asking, "Portal", Sees.ALL)
    new = NewEndpoint("https://hooks.example.test/a", ("*",), partner.id)
    one, other = [await add_endpoint(world.hub, world.asking, new) for _ in range(2)]
    made = Desk(world, partner, one, other)
    booking = await world.book(OFFER)
    made.event = (await world.events(booking.id))[-1]
    return made


async def test_a_good_message_verifies_and_nothing_is_written(desk: Desk) -> None:
    before = len(await desk.world.events())
    told = await diagnose_signature(desk.world.hub, desk.asks(), desk.one.id, desk.message())
    assert (told.verifies, told.findings) == (True, ())
    assert len(await desk.world.events()) == before


async def test_a_secret_of_a_sibling_is_named_by_its_endpoint(desk: Desk) -> None:
    message = desk.message(desk.other)
    told = await diagnose_signature(desk.world.hub, desk.asks(), desk.one.id, message)
    assert [f.code for f in told.findings] == [Cause.SECRET_OF_ANOTHER_ENDPOINT]
    assert desk.other.id in told.findings[0].words


async def test_a_secret_rotated_out_verifies_until_it_ends(desk: Desk) -> None:
    hub, clock = desk.world.hub, desk.world.clock
    await rotate_endpoint_secret(hub, desk.world.asking, desk.one.id)
    soon = await diagnose_signature(hub, desk.asks(), desk.one.id, desk.message())
    assert (soon.verifies, [f.code for f in soon.findings]) == (True, [Cause.SECRET_ROTATED])
    clock.move(timedelta(hours=25).total_seconds())
    late = await diagnose_signature(hub, desk.asks(), desk.one.id, desk.message())
    assert (late.verifies, [f.code for f in late.findings]) == (False, [Cause.SECRET_EXPIRED])


async def test_the_bytes_serai_sent_are_compared_where_they_may_be_seen(desk: Desk) -> None:
    changed = Received(desk.message().headers, body(desk.event).replace(b"booking", b"Booking"))
    seen = await diagnose_signature(desk.world.hub, desk.asks(), desk.one.id, changed)
    assert [f.code for f in seen.findings] == [Cause.BODY_CHANGED]
    blind = desk.asks(Permission.ENDPOINTS_READ)
    unseen = await diagnose_signature(desk.world.hub, blind, desk.one.id, changed)
    assert [f.code for f in unseen.findings] == [Cause.SIGNATURE_UNEXPLAINED]
    assert "not at hand" in unseen.findings[0].words


async def test_an_endpoint_of_somebody_else_is_not_there(desk: Desk) -> None:
    other = await add_partner(desk.world.hub, desk.world.asking, "Other", Sees.ALL)
    stranger = an_asking(desk.world.scope, *READS, partner=other.id)
    with pytest.raises(NotFound):
        await diagnose_signature(desk.world.hub, stranger, desk.one.id, desk.message())
    asks = desk.asks(Permission.EVENTS_READ)
    with pytest.raises(Forbidden):
        await diagnose_signature(desk.world.hub, asks, desk.one.id, desk.message())


@pytest.mark.parametrize(
    ("received", "pointer"),
    [
        (Received((), b"x" * (256 * 1024 + 1)), "/body"),
        (Received((("a", "b"),) * 101, b""), "/headers"),
    ],
)
async def test_too_much_is_refused(desk: Desk, received: Received, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        await diagnose_signature(desk.world.hub, desk.asks(), desk.one.id, received)
    assert [f.pointer for f in caught.value.faults] == [pointer]


async def test_a_message_signed_by_v1a_alone_is_checked_by_the_public_keys(desk: Desk) -> None:
    world = desk.world
    change = EndpointChange(signatures=Signatures.V1A)
    await change_endpoint(world.hub, world.asking, desk.one.id, change)
    await world.dispatch()
    sent = next(p for p in world.sender.posted if "v1a," in p.headers["webhook-signature"])
    headers = tuple(sent.headers.items())
    told = await diagnose_signature(
        world.hub, desk.asks(), desk.one.id, Received(headers, sent.raw)
    )
    assert told.verifies
    assert [f.code for f in told.findings] == [Cause.ONLY_V1A]
    assert "fits a key" in told.findings[0].words
    told = await diagnose_signature(
        world.hub, desk.asks(), desk.one.id, Received(headers, sent.raw + b" ")
    )
    assert not told.verifies
    assert "none fits a key" in told.findings[0].words
    world.clock.move(600)
    told = await diagnose_signature(
        world.hub, desk.asks(), desk.one.id, Received(headers, sent.raw)
    )
    assert not told.verifies
    assert [f.code for f in told.findings] == [Cause.ONLY_V1A, Cause.TOO_OLD]
