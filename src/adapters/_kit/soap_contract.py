"""Requests built and validated against a WSDL of our own, never against one from the network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import zeep
import zeep.exceptions
from lxml import etree

from adapters._kit.xml import Element

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
_SETTINGS = {"strict": True, "forbid_dtd": True, "forbid_entities": True, "forbid_external": False}


class DoesNotFit(ValueError):
    """The message is not what the contract allows. Names the element, never what stands in it."""


def contract_folder(vendor: str) -> Path:
    """Where contracts/<vendor> lies: beside the sources, or inside the installed package."""
    installed = Path(__file__).parents[1] / "contracts" / vendor
    return installed if installed.is_dir() else Path(__file__).parents[3] / "contracts" / vendor


class SoapContract:
    """One WSDL with one service, and the schema of everything that goes into an envelope.

    Loading takes blocking file reads: make it while opening, never in a request.
    folder: nothing outside it is ever read. schema: an XSD that imports those of the WSDL.
    """

    def __init__(self, folder: Path, wsdl: str, schema: str) -> None:
        client: Any = zeep.Client  # zeep carries no types
        self._client: Any = client(
            str(folder / wsdl),
            transport=_Files(folder),
            settings=zeep.Settings(**_SETTINGS),
        )
        self._schema = etree.XMLSchema(etree.parse(str(folder / schema), _local_parser()))

    def envelope(
        self, operation: str, message: Mapping[str, Any] | Element, headers: Mapping[str, Any]
    ) -> bytes:
        """The whole envelope. headers: by the name of their message part in the WSDL.

        message: its values; or the element itself, where zeep would take a second for a
        thousand lines. Either is held to the schema.
        DoesNotFit: the message or a header is not what the contract says.
        """
        problem = None
        try:
            if isinstance(message, Mapping):
                built = self._built(operation, message, headers)
            else:
                built = self._built(operation, self._nothing(operation), headers)
                body = built.find(f"{{{SOAP_11}}}Body")
                body.replace(body[0], message)
        except (zeep.exceptions.Error, TypeError, ValueError, AttributeError) as e:
            problem = f"{operation}: {type(e).__name__}"
        if problem is not None:  # outside the except: zeep's words may quote a value
            raise DoesNotFit(problem)
        self._validate(built, operation)
        raw: bytes = etree.tostring(built, xml_declaration=True, encoding="utf-8")
        return raw

    def action(self, operation: str) -> str:
        """The SOAPAction of *operation*."""
        return str(self._client.service._binding.get(operation).soapaction)

    def fits(self, element: Any) -> bool:
        """Whether an element of a message is what the contract's schema says."""
        return bool(self._schema.validate(element))

    def _built(self, operation: str, message: Mapping[str, Any], headers: Mapping[str, Any]) -> Any:
        return self._client.create_message(
            self._client.service, operation, _soapheaders=dict(headers), **message
        )

    def _nothing(self, operation: str) -> dict[str, Any]:
        """Values that make the message's element, empty."""
        parts = self._client.service._binding.get(operation).input.body.type
        return {name: zeep.xsd.SkipValue for name, _ in (*parts.elements, *parts.attributes)}

    def _validate(self, envelope: Any, operation: str) -> None:
        for part in envelope:
            for element in part:
                if not self.fits(element):
                    name = etree.QName(element).localname
                    raise DoesNotFit(f"{operation}: {name} does not fit the schema")


class _Files:
    """zeep's transport for loading: files of one folder, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def load(self, url: str) -> bytes:
        path = Path(unquote(urlsplit(url).path) if url.startswith("file:") else url).resolve()
        if not path.is_relative_to(self._folder):
            raise DoesNotFit(f"not in {self._folder.name}: a contract is never fetched")
        return path.read_bytes()


def _local_parser() -> Any:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
