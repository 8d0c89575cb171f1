"""Three ready sentences for a coordinator's director: true, complete with their year and source, never over a hidden figure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kit.web import filters
from services.indicators.panorama.figures import share
from services.indicators.panorama.sheet import Sheet, Table, joined, percent

COUNT: Final = 3
_IN: Final = {
    "75": "à Paris", "77": "en Seine-et-Marne", "78": "dans les Yvelines", "91": "en Essonne", "92": "dans les Hauts-de-Seine",
    "93": "en Seine-Saint-Denis", "94": "dans le Val-de-Marne", "95": "dans le Val-d’Oise",
}  # fmt: skip


def where(sheet: Sheet) -> str:
    return _IN[sheet.code] if sheet.code else "en Île-de-France"


def ready(sheet: Sheet) -> list[str]:
    """Exactly three, the strongest that the published figures allow."""
    found = list(_possible(sheet))
    return [*found, *_fallbacks(sheet)][:COUNT]


def _possible(sheet: Sheet) -> Iterator[str]:
    yield from _hours(sheet)
    yield from _persons(sheet)
    yield from _evolution(sheet)
    yield from _publics(sheet)
    yield from _commitments(sheet)


def _hours(sheet: Sheet) -> Iterator[str]:
    hours = sheet.key("I01")
    if hours.number is None:
        return
    text = f"En {sheet.year}, {hours.value.removesuffix('h').strip()} heures d’insertion ont été réalisées {where(sheet)} grâce aux clauses sociales des marchés publics"
    part = share(hours, sheet.region) if sheet.code else None
    if part is not None:
        text += f", soit {percent(part)} des heures de la région"
        if sheet.rank is not None:
            text += f" ({'premier' if sheet.rank[0] == 1 else f'{sheet.rank[0]}e'} rang des {sheet.rank[1]} départements)"
    yield text + "."


def _persons(sheet: Sheet) -> Iterator[str]:
    persons, women, fte = sheet.key("I05"), sheet.key("I07"), sheet.key("I18")
    if persons.number is None or not persons.number:
        return
    bound = "au plus " if sheet.upper_bound else ""
    text = f"Elles ont été réalisées par {bound}{persons.value} personnes"
    if women.number is not None:
        text += f", dont {women.value} de femmes"
        if sheet.code and next(key.beside for key in sheet.keys if key.figure is women)[0].isdigit():
            text += f" (région : {next(key.beside for key in sheet.keys if key.figure is women)})"
    if fte.number is not None:
        text += f", et représentent {fte.value} emplois à temps plein sur l’année ({filters.number(sheet.full_time, 0)} heures par emploi)"
    yield text + "."


def _evolution(sheet: Sheet) -> Iterator[str]:
    hours, before = sheet.key("I01"), sheet.before
    if before is None or hours.number is None or not before.number:
        return
    change = (hours.number - before.number) / before.number
    verb = "augmenté" if change > 0 else "diminué"
    if abs(change) < 0.005:
        yield f"Par rapport à {int(sheet.year) - 1} ({before.value}), les heures {where(sheet)} sont stables."
        return
    yield f"Par rapport à {int(sheet.year) - 1} ({before.value}), les heures {where(sheet)} ont {verb} de {percent(abs(change))}."


def _publics(sheet: Sheet) -> Iterator[str]:
    table: Table = next(table for table in sheet.tables if table.name == "public")
    total = sheet.key("I01")
    known = [(row.label, part) for row in table.rows if (part := share(row.figures[0], total)) and row.label.lower() != "non communiqué"]
    if known:
        said = [f"« {label} » ({percent(part)})" for label, part in known[:3]]
        hidden = any(row.figures[0].status == "secret" for row in table.rows)
        among = ", parmi ceux dont le chiffre est publié" if hidden else ""
        yield f"Les publics qui réalisent le plus d’heures {where(sheet)} en {sheet.year}{among} : {joined(said)}."


def _commitments(sheet: Sheet) -> Iterator[str]:
    promised, running = sheet.key("I15"), sheet.key("I10")
    if promised.number and running.number:
        yield f"Les marchés notifiés en {sheet.year} engagent {promised.value} d’insertion de plus ; {filters.number(running.number, 0)} marchés avec une clause sociale étaient en cours dans l’année."


def _fallbacks(sheet: Sheet) -> list[str]:
    """Where nearly everything is hidden: what may be said instead."""
    return [
        f"Les chiffres {sheet.year} {sheet.of} portent sur trop peu de personnes ou d’entreprises pour être tous publiés.",
        "Un chiffre masqué (« s. ») n’est pas nul : il protège des personnes ou des entreprises.",
        "La coordination départementale peut présenter les chiffres de son département à ceux qui y ont droit.",
    ]
