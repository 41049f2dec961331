"""Refusals of the simulated vendor, in the two languages it speaks."""

from __future__ import annotations


class Error(Exception):
    """An OTA error: the message as a whole is not taken."""

    def __init__(self, type_: str, code: str, words: str) -> None:
        super().__init__(words)
        self.type = type_
        self.code = code
        self.words = words


class SoapFault(Exception):
    """What is said before an OTA message is looked at."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def business(words: str, code: str = "450") -> Error:
    return Error("3", code, words)


def missing(words: str) -> Error:
    return Error("10", "", words)
