"""Amounts of money between what people write and minor units of a currency. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from crm_bridge.model import Matter, NotValid

#: Currencies with other than two decimal places (ISO 4217).
_PLACES = dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "XAF"), 0)
_PLACES |= dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
_LONGEST = 30


def written(amount: int, currency: str) -> str:
    """Write an amount for people.

    >>> written(1250000, "EUR"), written(1234567, "EUR"), written(500, "JPY"), written(0, "EUR")
    ('12,500 EUR', '12,345.67 EUR', '500 JPY', '0 EUR')
    """
    return f"{_figure(amount, currency)} {currency}"


def in_field(amount: int, currency: str) -> str:
    """Write an amount as a form's field has it, '' for none.

    >>> in_field(1234567, "EUR"), in_field(0, "EUR")
    ('12345.67', '')
    """
    return _figure(amount, currency).replace(",", "") if amount else ""


def read(text: str, currency: str) -> int:
    """Read an amount in minor units; '' is nothing. Raises NotValid.

    A sign before exactly three figures separates thousands, as nobody writes thousandths of a euro.

    >>> [read(text, "EUR") for text in ("12 500,50", "12,500.50", "12.500", "12500", "0,5", "")]
    [1250050, 1250050, 1250000, 1250000, 50, 0]
    """
    plain = re.sub(r"[\s'’]", "", text[: _LONGEST * 2])
    if not plain:
        return 0
    places = _PLACES.get(currency, 2)
    last = max(plain.rfind(","), plain.rfind("."))
    behind = len(plain) - last - 1
    signs = sum(plain.count(sign) for sign in ",.")
    only_thousands = behind == 3 and places != 3 and (signs == 1 or len({*plain} & {",", "."}) == 1)
    if last >= 0 and not only_thousands:
        plain = re.sub(r"[,.]", "", plain[:last]) + "." + plain[last + 1 :]
    else:
        plain = re.sub(r"[,.]", "", plain)
    try:
        if not re.fullmatch(r"\d{1,16}(\.\d{1,3})?", plain, re.ASCII) or len(text) > _LONGEST:
            raise InvalidOperation
        minor = Decimal(plain).scaleb(places)
    except InvalidOperation:
        raise NotValid("the amount is a number such as 12500 or 12500.50") from None
    if minor != minor.to_integral_value():
        raise NotValid(f"the amount has more decimal places than {currency} has")
    return int(minor)


def sums(matters: Iterable[Matter]) -> str:
    """Say what these come to, each currency by itself, '' for nothing.

    >>> from datetime import datetime; from crm_bridge.model import MatterKind
    >>> one = Matter("1", "c", MatterKind.ORDER, "x", datetime.max, 5000, "EUR")
    >>> sums([one, one, Matter("2", "c", MatterKind.ORDER, "x", datetime.max, 100, "USD")])
    '100 EUR + 1 USD'
    """
    totals: dict[str, int] = {}
    for matter in matters:
        totals[matter.currency] = totals.get(matter.currency, 0) + matter.amount
    return " + ".join(written(total, currency) for currency, total in sorted(totals.items()) if total)


def _figure(amount: int, currency: str) -> str:
    places = _PLACES.get(currency, 2)
    figure = f"{Decimal(amount).scaleb(-places):,.{places}f}"
    return figure.partition(".")[0] if places and not amount % 10**places else figure
