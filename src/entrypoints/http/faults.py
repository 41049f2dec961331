"""Every fault of a JSON value against its Struct, where msgspec alone tells only the first."""

from __future__ import annotations

import enum
import re
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from core.domain.problem import Fault
from core.domain.wrong_value import wrong

_WHERE = re.compile(r" - at `\$([^`]*)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_NOTHING = (type(None), msgspec.UnsetType)


def escaped(step: str) -> str:
    """A step of a JSON Pointer (RFC 6901)."""
    return step.replace("~", "~0").replace("/", "~1")


def faults_of(value: Any, kind: Any, at: str = "", *, strict: bool = True) -> list[Fault]:
    """[] when *value* is a *kind*, else every fault in it, each under its own pointer."""
    try:
        msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as e:
        return _inside(value, kind, at, strict) or [_choice(value, kind, at) or _fault(e, at)]
    return []


def _choice(value: Any, kind: Any, at: str) -> Fault | None:
    """Where only some texts are allowed, which; None: it is another kind of fault."""
    kind = _plain(value, kind)
    allowed: list[Any] = []
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        allowed = [member.value for member in kind]
    elif get_origin(kind) is Literal:
        allowed = list(get_args(kind))
    if not isinstance(value, str) or not all(isinstance(one, str) for one in allowed):
        return None
    return Fault(at, f"is none of {', '.join(allowed)}") if allowed else None


def _fault(error: msgspec.ValidationError, at: str) -> Fault:
    text = str(error)
    where = _WHERE.search(text)
    steps = _STEP.findall(where.group(1)) if where else ()
    pointer = at + "".join("/" + escaped(name or number) for name, number in steps)
    return Fault(pointer, wrong(_WHERE.sub("", text)))


def _inside(value: Any, kind: Any, at: str, strict: bool) -> list[Fault]:
    """The faults of the parts; [] when the fault lies in the whole."""
    kind = _plain(value, kind)
    if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _of_fields(value, kind, at, strict)
    if isinstance(value, dict) and get_origin(kind) in (Union, types.UnionType):
        return _of_tag(value, kind, at)
    if isinstance(value, list) and get_origin(kind) in (tuple, list, frozenset):
        item = get_args(kind)[0]
        return [
            fault
            for place, part in enumerate(value)
            for fault in faults_of(part, item, f"{at}/{place}", strict=strict)
        ]
    return []


def _of_tag(value: dict[str, Any], kind: Any, at: str) -> list[Fault]:
    """Which of several Structs is meant, is not said, or none of them is."""
    tags = {
        config.tag_field: [*_tags(kind, config.tag_field)]
        for member in get_args(kind)
        if (config := getattr(member, "__struct_config__", None)) and config.tag_field
    }
    if len(tags) != 1:
        return []
    ((field, allowed),) = tags.items()
    said = "is none of" if field in value else "is required, one of"
    return [Fault(f"{at}/{field}", f"{said} {', '.join(allowed)}")]


def _tags(kind: Any, field: str) -> Iterator[str]:
    for member in get_args(kind):
        config = getattr(member, "__struct_config__", None)
        if config is not None and config.tag_field == field:
            yield str(config.tag)


def _of_fields(
    value: dict[str, Any], kind: type[msgspec.Struct], at: str, strict: bool
) -> list[Fault]:
    config = kind.__struct_config__
    fields = {f.encode_name: f for f in msgspec.structs.fields(kind)}
    strange = [n for n in value if n not in fields and n != config.tag_field]
    found = []
    if config.forbid_unknown_fields:
        found = [Fault(f"{at}/{escaped(n)}", "there is no such field") for n in strange]
    for name, field in fields.items():
        here = f"{at}/{escaped(name)}"
        if name in value:
            found += faults_of(value[name], field.type, here, strict=strict)
        elif field.required:
            found.append(Fault(here, "is required"))
    return found


def _plain(value: Any, kind: Any) -> Any:
    """*kind* without its constraints; of a union the one member that *value* is meant to be."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) not in (Union, types.UnionType):
        return kind
    members = [m for m in get_args(kind) if m not in _NOTHING]
    if len(members) > 1 and isinstance(value, dict):
        members = [m for m in members if _tagged(m, value)]
    return _plain(value, members[0]) if len(members) == 1 else kind


def _tagged(kind: Any, value: dict[str, Any]) -> bool:
    config = getattr(kind, "__struct_config__", None)
    return config is not None and value.get(config.tag_field or "") == config.tag
