"""The store, narrowed to one tenant's stock: all of it that an adapter may reach."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from core.domain.tenancy import Scope
from ports.mint import Mint
from ports.stock import StockTx, StockView
from ports.store import Store


class OwnStock:
    def __init__(self, store: Store, mint: Mint, scope: Scope) -> None:
        self._store, self._mint, self._scope = store, mint, scope

    def id(self, prefix: str) -> str:
        return self._mint.id(prefix)

    def read(self) -> AbstractAsyncContextManager[StockView]:
        return self._store.read(self._scope)

    def begin(self) -> AbstractAsyncContextManager[StockTx]:
        return self._store.begin(self._scope)
