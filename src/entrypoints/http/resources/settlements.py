from __future__ import annotations

from litestar import Controller, Response, get, post

from core.application.hub import Asking
from core.application.payments.reconcile_settlements import list_settlements, reconcile_settlements
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Called
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.wire import settlement as wire


class SettlementController(Controller):
    path = "/settlements"
    tags = ("Payments",)

    @get(
        opt=operation(
            summary="List a gateway's ledger: payments, refunds, disputes, payouts, fees",
            needs=Permission.PAYMENTS_READ,
            asks=wire.SettlementQuery,
            answers={200: wire.Settlements},
            problems=(404, 409, 502, 503),
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        """Asked of the gateway now. 409: it has no ledger that can be asked."""
        asked = call.query(wire.SettlementQuery)
        rows = await list_settlements(call.hub, call.asking, asked.period())
        return call.answer(wire.Settlements(tuple(wire.line(r) for r in rows)))

    @post(
        "/reconcile",
        opt=operation(
            summary="Hold a gateway's ledger against ours, and name what differs",
            needs=Permission.PAYMENTS_WRITE,
            takes=wire.NewReconciliation,
            key=Key.HONOURED,
            answers={200: wire.Reconciliation},
            problems=(404, 409, 502, 503),
        ),
    )
    async def reconcile(self, call: Called) -> Response[bytes]:
        """Each difference is told by `reconciliation.mismatch`. Only a dispute moves anything: a
        payment that succeeded is `charged_back` then."""
        period = (await call.body(wire.NewReconciliation)).period()

        async def act(asking: Asking, _: str | None) -> Answer:
            found = await reconcile_settlements(call.hub, asking, period)
            return answers.given(wire.reconciliation(found), 200)

        return await once(call, act)
