"""Hours as whole centi-hours, so that sums stay equal to the cent after a million corrections."""

from __future__ import annotations

from decimal import Decimal


def hours_text(centihours: int) -> str:
    """Centi-hours as a decimal string with two places: 750 → "7.50"."""
    sign, value = ("-", -centihours) if centihours < 0 else ("", centihours)
    return f"{sign}{value // 100}.{value % 100:02d}"


def centihours(hours: Decimal) -> int:
    """Decimal hours as centi-hours. Raises ValueError when there are more than two decimals or the value is not finite."""
    if not hours.is_finite():
        raise ValueError("not a finite number of hours")
    scaled = hours * 100
    if scaled != scaled.to_integral_value():
        raise ValueError("hours are counted in hundredths")
    return int(scaled)
