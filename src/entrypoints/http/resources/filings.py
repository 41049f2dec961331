from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from core.application.filings.file_report import (
    export_report,
    list_filings,
    read_filing,
    record_filing,
    reopen_filing,
)
from core.application.hub import Asking
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, listing
from entrypoints.http.wire import filing as wire
from entrypoints.http.wire.values import BecauseOwed
from ports.filings import FilingFilter


class FilingController(Controller):
    path = "/filings"
    tags = ("Pilgrims",)

    @get(
        opt=operation(
            summary="List reports owed to the regulator, newest first",
            needs=Permission.FILINGS_READ,
            asks=wire.FilingQuery,
            answers={200: Listing[wire.Filing]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.FilingQuery)
        where = FilingFilter(departure=asked.departure, state=asked.state)
        found = await list_filings(call.hub, call.asking, asked.page, where)
        return call.answer(listing(found, asked, wire.filing))

    @get(
        "/{filing_id:str}",
        opt=operation(
            summary="Read a filing, with what it still wants",
            needs=Permission.FILINGS_READ,
            answers={200: wire.FilingDetail},
        ),
    )
    async def read(self, call: Called, filing_id: FromPath[str]) -> Response[bytes]:
        """Gaps name the pilgrim and the field, never what stands in it."""
        found = await read_filing(call.hub, call.asking, filing_id)
        return call.answer(wire.detail(*found))

    @get(
        "/{filing_id:str}/report",
        opt=operation(
            summary="Export the report as a file",
            needs=Permission.FILINGS_READ,
            asks=wire.ReportQuery,
            answers={200: None},
            problems=(409,),
            media_type="application/octet-stream",
        ),
    )
    async def report(self, call: Called, filing_id: FromPath[str]) -> Response[bytes]:
        """XLSX, or CSV of the pilgrims alone. It holds personal data: `pilgrims:read` is needed
        too, and the audit trail says who took it. 409: it is incomplete; `errors` names each gap."""
        asked = call.query(wire.ReportQuery)
        file = await export_report(
            call.hub, call.asking, filing_id, asked.form, incomplete=asked.incomplete
        )
        return Response(
            file.content,
            media_type=file.media_type,
            headers={"content-disposition": f'attachment; filename="{file.name}"'},
        )

    @post(
        "/{filing_id:str}/filed",
        opt=operation(
            summary="Record that a report was filed",
            needs=Permission.FILINGS_WRITE,
            takes=wire.FilingDone,
            key=Key.HONOURED,
            answers={200: wire.Filing},
        ),
    )
    async def filed(self, call: Called, filing_id: FromPath[str]) -> Response[bytes]:
        """A repeat with the same number does nothing. 409: it is incomplete, or filed under
        another number."""
        done = await call.body(wire.FilingDone)

        async def act(asking: Asking, _: str | None) -> Answer:
            after = await record_filing(
                call.hub,
                reasoned(asking, done.reason),
                filing_id,
                done.number,
                done.evidence,
                incomplete=done.incomplete,
            )
            return answers.given(wire.filing(after), 200)

        return await once(call, act)

    @post(
        "/{filing_id:str}/reopen",
        opt=operation(
            summary="Owe a filed report again",
            needs=Permission.FILINGS_WRITE,
            takes=BecauseOwed,
            key=Key.HONOURED,
            answers={200: wire.Filing},
        ),
    )
    async def reopen(self, call: Called, filing_id: FromPath[str]) -> Response[bytes]:
        """The number was wrong, or the regulator sent it back."""
        because = await call.body(BecauseOwed)

        async def act(asking: Asking, _: str | None) -> Answer:
            after = await reopen_filing(call.hub, reasoned(asking, because.reason), filing_id)
            return answers.given(wire.filing(after), 200)

        return await once(call, act)
