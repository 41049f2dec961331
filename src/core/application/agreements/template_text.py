"""Which text an agreement is made from: what ships with the hub, and a tenant's own versions."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.agreements.akad import wakalah
from core.domain.agreements.akad.template import Form, Template
from core.domain.problem import NotFound
from ports.store import View

FORMS: dict[str, Form] = {wakalah.NAME: wakalah.FORM}
SHIPPED: dict[str, Template] = {wakalah.NAME: wakalah.FIRST}


def form_of(name: str) -> Form:
    """NotFound: there is no form of that name."""
    form = FORMS.get(name)
    if form is None:
        raise NotFound("template", name)
    return form


async def versions_of(view: View, name: str) -> Sequence[Template]:
    """Oldest first; the first one ships with the hub. NotFound: there is none of that name."""
    form_of(name)
    own = {t.version: t for t in await view.templates(name)}
    shipped = SHIPPED[name]
    return [own.pop(shipped.version, shipped), *(own[v] for v in sorted(own))]


async def version_of(view: View, name: str, version: int | None) -> Template:
    """version None: the newest. NotFound: there is no such version."""
    versions = await versions_of(view, name)
    if version is None:
        return versions[-1]
    for template in versions:
        if template.version == version:
            return template
    raise NotFound("template", f"{name} version {version}")
