"""The API reference: one page made from the OpenAPI document, that needs no internet."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import FromPath

from core.domain.problem import NotFound
from entrypoints.http.operation import operation
from entrypoints.http.reference_page import CSS, page, problem_page
from entrypoints.http.titles import PROBLEMS

_CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
SAFE = {"content-security-policy": _CSP, "x-frame-options": "DENY"}


class ReferenceController(Controller):
    tags = ("Reference",)

    @get(
        "/v1/openapi.json",
        opt=operation(
            summary="This API as OpenAPI 3.1", public=True, answers={200: dict[str, Any]}
        ),
    )
    async def openapi(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(msgspec.json.encode(request.app.state.document))

    @get("/docs", opt={})
    async def docs(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        base = request.app.state.settings.public_url or str(request.base_url)
        text = page(request.app.state.document, base.rstrip("/"))
        return Response(text.encode(), media_type="text/html", headers=SAFE)

    @get("/docs/reference.css", opt={})
    async def css(self) -> Response[bytes]:
        return Response(CSS.encode(), media_type="text/css")

    @get("/problems/{code:str}", opt={})
    async def problem(self, code: FromPath[str]) -> Response[bytes]:
        """Where the `type` of a problem leads."""
        if code not in PROBLEMS:
            raise NotFound("problem", code)
        text = problem_page(code, *PROBLEMS[code])
        return Response(text.encode(), media_type="text/html", headers=SAFE)
