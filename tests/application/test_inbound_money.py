"""From a gateway's own webhook to the payment: what agrees moves it, and nothing else does.

The adapters and their simulators are real, on real sockets; the store is real, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from adapters import registry
from core.application.connections.add_connection import NewConnection, add_connection
from core.application.inbound.process_message import process_message
from core.application.inbound.receive_message import receive_message
from core.application.inbound.record_rejection import list_rejections
from core.application.payments.add_plan import NewPlan, add_plan
from core.application.payments.reconcile_settlements import Period, reconcile_settlements
from core.application.payments.refund_payment import NewRefund, refund_payment
from core.application.payments.resolve_payment import MoneyOutcome, ResolveMoney, resolve_payment
from core.application.payments.start_payment import NewPayment, start_payment
from core.domain.connections.connection import Connection
from core.domain.inbound.inbox import InboxMessage, InboxState
from core.domain.money import Money
from core.domain.payments.payment import Payment, PaymentState, RefundState, known_checkout
from core.domain.payments.payment_plan import Instalment
from core.domain.problem import Forbidden
from ports.store import InboxFilter, Page
from tests.contract.inbound_senders import FIXTURES, SENDERS, Signed
from tests.contract.payment_rigs import (
    CALLBACK_TOKEN,
    KEY,
    MERCHANT,
    MIDTRANS_KEY,
    WEBHOOK_SECRET,
    WIRES,
    XENDIT_KEY,
    WireRig,
)
from tests.fakes.hub import World

pytestmark = pytest.mark.anyio
PRICE = Money.of("5000000", "IDR")


class Counter:
    """One gateway, connected to a hub in both directions."""

    def __init__(self, name: str, world: World, rig: WireRig, connection: Connection) -> None:
        self.name, self.world, self.rig, self.connection = name, world, rig, connection
        self.sender = SENDERS[name]

    async def started(self) -> Payment:
        due = Instalment(PRICE, self.world.clock.now().date())
        new = NewPlan(entity=self.world.entity.id, price=PRICE, instalments=(due,))
        plan = await add_plan(self.world.hub, self.world.asking, new)
        wish = NewPayment(None, self.connection.id, "https://agency.test/back", plan=plan.id)
        payment = await start_payment(self.world.hub, self.world.asking, wish)
        assert payment.state is PaymentState.OPEN, payment
        return payment

    async def payment(self, id: str) -> Payment:
        async with self.world.store.read(self.world.scope) as view:
            found = await view.payment(id)
        assert found is not None
        return found

    async def takes(self, message: Signed) -> InboxMessage:
        headers: Mapping[str, str] = message.headers
        kept = await receive_message(self.world.hub, self.connection.id, headers, message.raw)
        assert kept is not None
        return await process_message(self.world.hub, self.world.scope, kept.id)

    async def inbox(self) -> list[InboxMessage]:
        async with self.world.store.read(self.world.scope) as view:
            return list(await view.inbox(Page(), InboxFilter(self.connection.id)))

    def told(self, payment: Payment, **changes: Any) -> Signed:
        """The vendor's word that *payment* is paid, as it signs it now."""
        raw = self.sender.vector.raw
        body = json.loads(raw)
        if self.name == "stripe":
            thing = body["data"]["object"]
            thing |= {
                "id": payment.gateway_reference,
                "client_reference_id": payment.id,
                "amount_total": PRICE.minor,
                **changes,
            }
        elif self.name == "midtrans":
            body |= {"order_id": payment.id, "gross_amount": "5000000.00", **changes}
            body |= {"transaction_id": self._transaction(payment)}
        else:
            body |= {"external_id": payment.id, "id": payment.gateway_reference}
            body |= {"amount": 5_000_000, "paid_amount": 5_000_000, **changes}
        at = int(self.world.clock.now().timestamp())
        return self.sender.sign(json.dumps(body).encode(), at=at)

    def _transaction(self, payment: Payment) -> str:
        books: Any = self.rig.simulator.books  # type: ignore[attr-defined]
        found = [t for t in books.transactions.values() if t["order_id"] == payment.id]
        return str(found[0]["transaction_id"]) if found else "not-begun"


CONFIGS = {
    "stripe": {"api_key": KEY, "webhook_secret": WEBHOOK_SECRET},
    "midtrans": {"server_key": MIDTRANS_KEY, "merchant_id": MERCHANT},
    "xendit": {"secret_key": XENDIT_KEY, "callback_token": CALLBACK_TOKEN},
}
LESS: dict[str, dict[str, Any]] = {
    "stripe": {"amount_total": 100},
    "midtrans": {"gross_amount": "1.00"},
    "xendit": {"amount": 1},
}


@pytest.fixture(params=SENDERS)
async def counter(request: pytest.FixtureRequest, world: World) -> AsyncIterator[Counter]:
    name: str = request.param
    async with WIRES[name]() as rig:
        world.vendors.known[name] = registry.load(name)
        world.vendors.inbounds[name] = SENDERS[name].webhooks
        new = NewConnection(name, name, world.entity.id, CONFIGS[name])
        connection = await add_connection(world.hub, world.asking, new)
        world.vendors.clients[connection.id] = rig.gateway
        world.clock.move((rig.time.now() - world.clock.now()).total_seconds())
        yield Counter(name, world, rig, connection)


@pytest.mark.parametrize("counter", ["stripe"], indirect=True)
async def test_a_dispute_takes_what_it_is_about_and_the_ledger_does_not_take_it_again(
    counter: Counter,
) -> None:
    simulator: Any = counter.rig.simulator  # type: ignore[attr-defined]
    payment = await paid_at_stripe(counter)
    simulator.books.charge_back(payment.gateway_reference, 200_000_000)
    at = counter.world.clock.now()
    for event in simulator.webhooks.events[-2:]:  # created, and funds withdrawn
        message = counter.sender.sign(json.dumps(event).encode(), at=int(at.timestamp()))
        assert (await counter.takes(message)).state is InboxState.PROCESSED
    after = await counter.payment(payment.id)
    taken = Money.of("2000000", "IDR")
    assert (after.state, after.charged_back) == (PaymentState.CHARGED_BACK, taken)
    period = Period(counter.connection.id, at - timedelta(days=1), at + timedelta(days=1))
    found = await reconcile_settlements(counter.world.hub, counter.world.asking, period)
    assert found.mismatches == ()
    assert await counter.payment(payment.id) == after
    assert (await counter.world.told(payment.id)).count("payment.charged_back") == 1


@pytest.mark.parametrize("counter", ["stripe"], indirect=True)
async def test_a_dispute_before_the_word_that_it_was_paid_waits_until_its_gateway_says_whose_it_is(
    counter: Counter,
) -> None:
    simulator: Any = counter.rig.simulator  # type: ignore[attr-defined]
    payment = await counter.started()
    await counter.rig.pay(known_checkout(payment))
    simulator.books.charge_back(payment.gateway_reference, 200_000_000)
    at = int(counter.world.clock.now().timestamp())
    counter.rig.break_("fail_before", "find_intent", times=9)  # more than a question is repeated
    raw = json.dumps(simulator.webhooks.events[-1]).encode()
    waits = await counter.takes(counter.sender.sign(raw, at=at))
    assert (waits.state, waits.attempts) == (InboxState.RECEIVED, 1)
    assert "could not be asked" in waits.note
    simulator.faults.clear()
    read = await process_message(counter.world.hub, counter.world.scope, waits.id)
    assert (read.state, read.note) == (InboxState.PROCESSED, "")
    intent = simulator.books.sessions[payment.gateway_reference]["payment_intent"]
    await counter.takes(counter.told(payment, payment_intent=intent))  # an old word
    after = await counter.payment(payment.id)
    taken = Money.of("2000000", "IDR")
    assert (after.state, after.charged_back) == (PaymentState.CHARGED_BACK, taken)
    assert (after.charge_reference, after.paid_at is not None) == (intent, True)


@pytest.mark.parametrize("counter", ["stripe"], indirect=True)
async def test_a_late_word_of_a_dispute_that_was_won_takes_nothing_and_another_dispute_does(
    counter: Counter,
) -> None:
    simulator: Any = counter.rig.simulator  # type: ignore[attr-defined]
    payment = await paid_at_stripe(counter)
    simulator.books.charge_back(payment.gateway_reference, 200_000_000)
    created, withdrawn = simulator.webhooks.events[-2:]
    await counter.takes(counter.sender.sign(json.dumps(created).encode(), at=now_of(counter)))
    won = ResolveMoney(MoneyOutcome.SUCCEEDED, "the bank's letter", payment.charge_reference)
    world = counter.world
    await resolve_payment(world.hub, world.asking, payment.id, won)
    await counter.takes(counter.sender.sign(json.dumps(withdrawn).encode(), at=now_of(counter)))
    after = await counter.payment(payment.id)
    assert (after.state, after.charged_back) == (PaymentState.SUCCEEDED, Money(0, "IDR"))
    simulator.books.charge_back(payment.gateway_reference, 100_000_000)
    raw = json.dumps(simulator.webhooks.events[-1]).encode()
    await counter.takes(counter.sender.sign(raw, at=now_of(counter)))
    after = await counter.payment(payment.id)
    taken = Money(100_000_000, "IDR")
    assert (after.state, after.charged_back) == (PaymentState.CHARGED_BACK, taken)


@pytest.mark.parametrize("counter", ["stripe"], indirect=True)
async def test_what_the_ledger_alone_tells_of_a_payment_is_enough_to_refund_the_rest(
    counter: Counter,
) -> None:
    simulator: Any = counter.rig.simulator  # type: ignore[attr-defined]
    payment = await counter.started()
    await counter.rig.pay(known_checkout(payment))
    simulator.books.charge_back(payment.gateway_reference, 200_000_000)
    world, at = counter.world, counter.world.clock.now()
    period = Period(counter.connection.id, at - timedelta(days=1), at + timedelta(days=1))
    found = await reconcile_settlements(world.hub, world.asking, period)
    assert found.mismatches == ()
    after = await counter.payment(payment.id)
    assert (after.state, after.charged_back) == (
        PaymentState.CHARGED_BACK,
        Money(200_000_000, "IDR"),
    )
    (line, _) = found.lines
    assert (after.charge_reference, after.paid_at) == (line.charge_reference, line.at)
    rest = NewRefund(Money(300_000_000, "IDR"))
    refund = await refund_payment(world.hub, world.asking, payment.id, rest)
    assert refund.state is RefundState.SUCCEEDED


def now_of(counter: Counter) -> int:
    return int(counter.world.clock.now().timestamp())


@pytest.mark.parametrize("counter", ["stripe"], indirect=True)
async def test_a_dispute_of_another_connection_moves_nothing_here(counter: Counter) -> None:
    paid = payment = await paid_at_stripe(counter)
    at = int(counter.world.clock.now().timestamp())
    raw = (FIXTURES / "stripe/webhook/dispute_created/body.json").read_bytes()
    raw = raw.replace(b"evt_exampleEvent0001", b"evt_exampleEvent0002")
    assert (await counter.takes(counter.sender.sign(raw, at=at))).state is InboxState.PROCESSED
    async with counter.world.store.read(counter.world.scope) as view:
        assert paid.charge_reference
        assert await view.payment_of_charge(counter.connection.id, paid.charge_reference) == paid
        assert await view.payment_of_charge("con_other", paid.charge_reference) is None
    assert await counter.payment(payment.id) == paid


async def paid_at_stripe(counter: Counter) -> Payment:
    payment = await counter.started()
    await counter.rig.pay(known_checkout(payment))
    sessions: Any = counter.rig.simulator.books.sessions  # type: ignore[attr-defined]
    intent = sessions[payment.gateway_reference]["payment_intent"]
    await counter.takes(counter.told(payment, payment_intent=intent))
    return await counter.payment(payment.id)


async def test_what_agrees_and_was_paid_is_paid(counter: Counter) -> None:
    payment = await counter.started()
    await counter.rig.pay(known_checkout(payment))
    message = await counter.takes(counter.told(payment))
    assert (message.state, message.note) == (InboxState.PROCESSED, "")
    after = await counter.payment(payment.id)
    assert after.state is PaymentState.SUCCEEDED
    assert after.charge_reference


async def test_a_repeat_is_kept_once_and_told_once(counter: Counter) -> None:
    payment = await counter.started()
    await counter.rig.pay(known_checkout(payment))
    message = counter.told(payment)
    await counter.takes(message)
    again = await receive_message(
        counter.world.hub, counter.connection.id, message.headers, message.raw
    )
    assert again is None
    assert await counter.world.told(payment.id) == ["payment.opened", "payment.succeeded"]


async def test_a_wrong_amount_is_kept_shown_and_moves_nothing(counter: Counter) -> None:
    payment = await counter.started()
    await counter.rig.pay(known_checkout(payment))
    message = await counter.takes(counter.told(payment, **LESS[counter.name]))
    assert message.state is InboxState.QUARANTINED
    assert "amount is" in message.note
    assert await counter.world.told(message.id) == ["inbox.quarantined"]
    assert (await counter.payment(payment.id)).state is PaymentState.OPEN


async def test_a_message_through_another_account_is_shown_and_moves_nothing(
    counter: Counter,
) -> None:
    payment = await counter.started()
    await counter.rig.pay(known_checkout(payment))
    new = NewConnection(counter.name, "other", counter.world.entity.id, CONFIGS[counter.name])
    counter.connection = await add_connection(counter.world.hub, counter.world.asking, new)
    message = await counter.takes(counter.told(payment))
    assert message.state is InboxState.QUARANTINED
    assert (await counter.payment(payment.id)).state is PaymentState.OPEN


async def test_what_only_claims_to_be_paid_is_not(counter: Counter) -> None:
    """Where a message proves nothing. One that is signed whole is taken at its word."""
    payment = await counter.started()
    await counter.takes(counter.told(payment))
    state = PaymentState.SUCCEEDED if counter.sender.proves else PaymentState.OPEN
    assert (await counter.payment(payment.id)).state is state


async def test_what_is_not_genuine_is_refused_and_recorded_and_not_kept(counter: Counter) -> None:
    payment = await counter.started()
    message = counter.told(payment)
    forged = counter.sender.sign(message.raw, secret="another-secret-altogether")
    for _ in range(2):
        with pytest.raises(Forbidden):
            await receive_message(
                counter.world.hub, counter.connection.id, forged.headers, forged.raw
            )
    assert await counter.inbox() == []
    assert counter.world.meter.rejections[counter.name] == 2
    hub, asking = counter.world.hub, counter.world.asking
    recorded = await list_rejections(hub, asking, counter.connection.id, Page())
    digest = hashlib.sha256(forged.raw).hexdigest()
    assert [(r.adapter, r.digest) for r in recorded] == [(counter.name, digest)] * 2
    assert all(payment.id not in repr(r) and r.reason for r in recorded)
