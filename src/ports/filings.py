"""Departures, pilgrims and filings in the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from core.domain.filings.departure import Departure, Pilgrim
from core.domain.filings.dossier import Dossier
from core.domain.filings.filing import Filing, FilingState
from core.domain.filings.pilgrim_import import PilgrimImport
from ports.paging import Page


class FilingFilter(msgspec.Struct, frozen=True):
    departure: str | None = None
    state: FilingState | None = None


class FilingView(Protocol):
    """Reads of one tenant in one environment. None: there is no such row here."""

    async def departure(self, id: str) -> Departure | None: ...
    async def departures(self, page: Page, *, entity: str | None) -> Sequence[Departure]: ...
    async def pilgrim(self, id: str) -> Pilgrim | None: ...
    async def pilgrims(self, page: Page, *, departure: str | None) -> Sequence[Pilgrim]: ...
    async def group(self, departure: str) -> Sequence[Pilgrim]:
        """All pilgrims of a departure, in the order they were added; never locked."""
        ...

    async def dossiers(self, people: Iterable[str]) -> Mapping[str, Dossier]:
        """By person; an erased one is absent, one of whom nothing is known has an empty one."""
        ...

    async def filing(self, id: str) -> Filing | None: ...
    async def filings(self, page: Page, where: FilingFilter) -> Sequence[Filing]: ...
    async def pilgrim_import(self, id: str) -> PilgrimImport | None: ...
    async def pilgrim_imports(self, page: Page, *, departure: str) -> Sequence[PilgrimImport]: ...


class FilingTx(Protocol):
    """Writes that commit with the rest of a transaction, or not at all."""

    async def put_departure(self, departure: Departure) -> None: ...
    async def put_pilgrim(self, pilgrim: Pilgrim) -> None:
        """Violated: the departure has another of the same reference."""
        ...

    async def put_dossier(self, person: str, dossier: Dossier) -> None:
        """All of it, field by field under the person's key; what is None is forgotten.
        Violated: the person was erased."""
        ...

    async def put_filing(self, filing: Filing) -> None:
        """Violated: the departure has another of the same kind."""
        ...

    async def put_pilgrim_import(self, running: PilgrimImport) -> None: ...
