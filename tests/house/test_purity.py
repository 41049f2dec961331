"""What an import contract cannot see: an allow-list for the domain, and no clock in the core."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent.parent / "src"
PURE = frozenset(
    "__future__ abc base64 binascii bisect calendar collections contextlib csv dataclasses datetime"
    " decimal enum fractions functools hashlib hmac itertools json math operator re string struct textwrap types"
    " typing unicodedata zoneinfo msgspec core.domain".split()
)
CLOCKS = frozenset({"now", "today", "utcnow"})


def test_the_domain_imports_only_what_is_pure() -> None:
    found = _imports(SRC / "core/domain")
    assert [f"{file.name}: {name}" for file, name in found if not _pure(name)] == []


def test_the_core_reads_no_clock() -> None:
    """datetime and date are pure but for three methods; the instant is handed in."""
    assert [line for part in ("core", "ports") for line in _clock_calls(SRC / part)] == []


@pytest.mark.parametrize("name", ["os", "time", "random", "timeit", "core.application.book"])
def test_what_is_impure_is_told_from_what_is_pure(name: str) -> None:
    assert not _pure(name)
    assert _pure("core.domain.money")


@pytest.mark.parametrize("source", ["dt.datetime.now(dt.UTC)", "date.today()", "x = dt.date.today"])
def test_a_clock_is_found(source: str, tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(source)
    assert list(_clock_calls(tmp_path))


def _pure(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in PURE)


def _imports(folder: Path) -> Iterator[tuple[Path, str]]:
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield file, node.module or "."


def _clock_calls(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in CLOCKS and _is_date(node.value):
                yield f"{file.name}:{node.lineno}"


def _is_date(owner: ast.expr) -> bool:
    """date.today, dt.datetime.now; a port's own clock.now is somebody else's."""
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return name in {"date", "datetime"}
