"""Refusals of the simulated vendor, in the two languages it speaks."""

from __future__ import annotations


class Errors(Exception):
    """200 with errors[]. done: what is told beside them."""

    def __init__(self, category: str, type_: str, **done: object) -> None:
        super().__init__(type_)
        self.category = category
        self.type = type_
        self.done = done


class Gateway(Exception):
    """What their gateway says, before anything is looked at."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class SoapFault(Exception):
    """code: of the fault, behind the prefix. usg: their own word in the detail."""

    def __init__(self, code: str, words: str, usg: str) -> None:
        super().__init__(usg)
        self.code = code
        self.words = words
        self.usg = usg


class NotProcessed(Exception):
    """An answer whose ApplicationResults are not Complete."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def bad(type_: str) -> Errors:
    return Errors("BAD_REQUEST", type_)


def failed(type_: str, **done: object) -> Errors:
    return Errors("APPLICATION_ERROR", type_, **done)
