"""Our four top-level names are ours alone, in the environment as in the tree."""

import importlib.metadata
import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OURS = ("core", "ports", "adapters", "entrypoints")


def owners(name: str, path: list[str] | None = None) -> set[str]:
    """The installed distributions that ship a top-level *name*, as a package or as a module."""
    found = importlib.metadata.distributions(path=sys.path if path is None else path)
    return {
        dist.metadata["Name"]
        for dist in found
        for file in dist.files or ()
        if file.parts[0] in {name, f"{name}.py"}
    }


@pytest.mark.parametrize("name", OURS)
def test_nobody_else_ships_it(name: str) -> None:
    assert owners(name) <= {"serai"}


@pytest.mark.parametrize("name", OURS)
def test_it_is_imported_from_here(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin == str(ROOT / "src" / name / "__init__.py")


@pytest.mark.parametrize("shipped", ["adapters/__init__.py", "adapters.py"])
def test_a_stranger_would_be_found(shipped: str, tmp_path: Path) -> None:
    info = tmp_path / "stranger-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"{shipped},,\n")
    assert owners("adapters", [str(tmp_path)]) == {"stranger"}
