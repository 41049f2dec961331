"""A dispute names a charge; whose it is, its gateway knows where we do not yet."""

from __future__ import annotations

import msgspec

from core.application.connection_parts import connection_parts
from core.application.hub import Hub
from core.domain.inbound.inbox import InboxMessage
from core.domain.payments.payment import DisputeFact
from core.domain.tenancy import Scope


async def follow_dispute(
    hub: Hub, scope: Scope, message: InboxMessage, fact: DisputeFact
) -> DisputeFact:
    """*fact* with the payment it is about, "" where that is certainly none of ours.

    The gateway is asked where no payment of the connection has the charge: the word that it was
    paid may come later, or be lost. VendorError: it could not be asked; ask again later.
    """
    async with hub.store.read(scope) as view:
        payment = await view.payment_of_charge(message.connection, fact.charge_reference)
        if payment is not None:
            return msgspec.structs.replace(fact, payment=payment.id)
        connection, account, _ = await connection_parts(hub, view, message.connection)
    gateway = await hub.vendors.payment_gateway(scope, connection, account)
    reference = await gateway.find_reference(fact.charge_reference)
    return msgspec.structs.replace(fact, payment=reference)
