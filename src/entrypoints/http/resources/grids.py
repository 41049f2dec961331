from __future__ import annotations

from litestar import Controller, Response, get, patch

from core.application.stock.set_inventory import read_inventory, set_inventory
from core.application.stock.set_rates import read_rates, set_rates
from core.domain.tenancy import Permission
from entrypoints.http.call import Called, reasoned
from entrypoints.http.operation import operation
from entrypoints.http.wire import grid as wire


class InventoryController(Controller):
    path = "/inventory"
    tags = ("Stock",)

    @get(
        opt=operation(
            summary="Read the grid of rooms",
            needs=Permission.STOCK_READ,
            asks=wire.GridQuery,
            answers={200: wire.Inventory},
            problems=(404, 422),
        )
    )
    async def read(self, call: Called) -> Response[bytes]:
        """Every room type with each night; a night that was never set has nothing in it."""
        asked = call.query(wire.GridQuery)
        found = await read_inventory(call.hub, call.asking, asked.property, asked.first, asked.last)
        return call.answer(wire.inventory(found))

    @patch(
        opt=operation(
            summary="Set rooms by ranges and weekdays",
            needs=Permission.STOCK_WRITE,
            takes=wire.SetInventory,
            answers={200: wire.GridSet},
            problems=(404, 409),
        )
    )
    async def set(self, call: Called) -> Response[bytes]:
        """Absolute, so a repeat changes nothing. 409 `less_than_taken`: fewer rooms than are sold
        or held; nothing was set, and the first such night of each update is named."""
        asked = await call.body(wire.SetInventory)
        asking = reasoned(call.asking, asked.reason)
        done = await set_inventory(call.hub, asking, asked.property, asked.wish())
        return call.answer(wire.GridSet(done))


class RateController(Controller):
    path = "/rates"
    tags = ("Stock",)

    @get(
        opt=operation(
            summary="Read the grid of rates",
            needs=Permission.STOCK_READ,
            asks=wire.GridQuery,
            answers={200: wire.Rates},
            problems=(404, 422),
        )
    )
    async def read(self, call: Called) -> Response[bytes]:
        """As they are sold, derived plans included; nights that were never set are left out."""
        asked = call.query(wire.GridQuery)
        found = await read_rates(call.hub, call.asking, asked.property, asked.first, asked.last)
        return call.answer(wire.rates(found))

    @patch(
        opt=operation(
            summary="Set prices and restrictions by ranges and weekdays",
            needs=Permission.STOCK_WRITE,
            takes=wire.SetRates,
            answers={200: wire.GridSet},
            problems=(404,),
        )
    )
    async def set(self, call: Called) -> Response[bytes]:
        """Absolute, so a repeat changes nothing. What is left out stays; null lifts it."""
        asked = await call.body(wire.SetRates)
        asking = reasoned(call.asking, asked.reason)
        done = await set_rates(call.hub, asking, asked.property, asked.wish())
        return call.answer(wire.GridSet(done))
