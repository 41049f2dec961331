"""Money when a process wakes up late, and when there is more to count than fits one page."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest

from core.application.payments.refund_payment import NewRefund, refund_payment
from core.application.payments.start_payment import NewPayment, start_payment
from core.domain.connections.connection import Connection, VendorAccount
from core.domain.payments.payment import PaymentState, RefundState
from core.domain.problem import Conflict
from core.domain.tenancy import Scope
from ports import errors
from tests.application.test_booking import OFFER, error
from tests.application.test_killed_anywhere import paid
from tests.fakes.hub import World
from tests.fakes.vendors import FakeVendors
from tests.unit.domain.given import sar

pytestmark = pytest.mark.anyio


class Sleeper(FakeVendors):
    """The first who asks for the gateway sleeps, while others go on; then *woken* is there."""

    def __init__(self, world: World, wait_s: float, woken: errors.VendorError | None) -> None:
        super().__init__(*world.vendors.known.values())
        self.clients = world.vendors.clients
        self.world, self.wait_s, self.woken = world, wait_s, woken
        self.slept = False

    async def payment_gateway(
        self, scope: Scope, connection: Connection, account: VendorAccount
    ) -> Any:
        if not self.slept:
            self.slept = True
            self.world.clock.move(self.wait_s)
            await self.world.check_due()
            if self.woken is not None:
                raise self.woken
        return await self._client(scope, connection, account)


@pytest.mark.parametrize("woken", [None, error(errors.Unavailable)])
async def test_who_slept_through_the_second_sending_of_a_refund_says_nothing_of_it(
    world: World, woken: errors.VendorError | None
) -> None:
    payment = await paid(world)
    world.gateway.refunds_pend = False
    world.gateway.lose_answer("refund")  # that of the second sending
    hub = dataclasses.replace(world.hub, vendors=Sleeper(world, 1000, woken))
    refund = await refund_payment(hub, world.asking, payment.id, NewRefund(sar(100)))
    assert refund.state is RefundState.SUBMITTING
    await world.until_quiet()
    assert len(world.gateway.refunds) == 1
    assert (await world.told(refund.id))[-1] == "refund.succeeded"


async def test_a_payment_beyond_the_first_page_still_counts(world: World) -> None:
    payment = await paid(world)
    async with world.store.begin(world.scope) as tx:
        for _ in range(201):
            gone = msgspec.structs.replace(
                payment, id=world.hub.mint.id("pay"), state=PaymentState.FAILED, submission=None
            )
            await tx.put_payment(gone)
    wish = NewPayment(payment.booking, world.pay.id, "https://agency.test/back")
    with pytest.raises(Conflict) as caught:
        await start_payment(world.hub, world.asking, wish)
    assert caught.value.code == "already_paid"
    assert payment.amount == OFFER.price.sell
