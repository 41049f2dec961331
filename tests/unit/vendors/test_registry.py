"""The table of adapters and the folders agree."""

import re
from pathlib import Path

import pytest

import adapters
from adapters import registry

FOLDER = Path(adapters.__file__ or "").parent
DECLARES = re.compile(r"^MANIFEST\b", re.MULTILINE)


def test_every_folder_that_declares_an_adapter_is_in_the_table_and_no_other() -> None:
    declared = {
        f.parent.name for f in FOLDER.glob("*/__init__.py") if DECLARES.search(f.read_text())
    }
    assert set(registry.names()) == declared


@pytest.mark.parametrize("name", registry.names())
def test_an_adapter_is_called_as_its_folder(name: str) -> None:
    assert registry.ADAPTERS[name] == f"adapters.{name}"
    assert registry.load(name).name == name


def test_a_name_that_is_not_in_the_table_is_no_adapter() -> None:
    with pytest.raises(KeyError):
        registry.load("os")
