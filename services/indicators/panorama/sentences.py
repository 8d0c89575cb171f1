"""Three ready sentences for a coordinator's director: true, complete with their year and source, never over a hidden figure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from kit.web import filters
from services.indicators.panorama.figures import Figure, share
from services.indicators.panorama.sheet import Sheet, Table, joined, percent
from services.indicators.release.disclosure import NOT_NIL
from services.indicators.rules.reviews import KEPT

COUNT: Final = 3
_NAMED: Final = 3
_STABLE: Final = Decimal("0.005")
_OLDER: Final = " (non mis à jour : chiffre d’une publication antérieure)"
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


def _bare(figure: Figure) -> str:
    """As printed, without the mark that a sentence says in words (`_older`)."""
    return figure.value.removesuffix(KEPT)


def _older(*figures: Figure) -> str:
    return _OLDER if any(figure.value.endswith(KEPT) for figure in figures) else ""


def _hours(sheet: Sheet) -> Iterator[str]:
    hours = sheet.key("I01")
    if hours.number is None:
        return
    said = _bare(hours).removesuffix("h").strip()
    text = (
        f"En {sheet.said_year}, {said} heures d’insertion ont été réalisées {where(sheet)} grâce aux clauses sociales des marchés publics"
    )
    part = share(hours, sheet.region) if sheet.code else None
    if part is not None:
        text += f", soit {percent(part)} des heures de la région"
        if sheet.rank is not None:
            text += f" ({'premier' if sheet.rank[0] == 1 else f'{sheet.rank[0]}e'} rang des {sheet.rank[1]} départements)"
    yield text + _older(hours, *([sheet.region] if part is not None else [])) + "."


def _persons(sheet: Sheet) -> Iterator[str]:
    """Who made the hours: persons declared one by one, and those of whom a declarant gives the number only."""
    persons, women, groups, fte = (sheet.key(name) for name in ("I05", "I07", "I05G", "I18"))
    if not persons.number:
        return
    bound, alone = "au plus " if sheet.upper_bound else "", groups.status != "secret" and not groups.number
    who = f"par {bound}{_bare(persons)} personnes" + ("" if alone else " déclarées individuellement")
    if women.number is not None:
        who += f", dont {_bare(women)} de femmes"
        beside = next(key.beside for key in sheet.keys if key.figure is women).removesuffix(KEPT)
        who += f" (région : {beside})" if sheet.code and beside[:1].isdigit() else ""
    if not alone:
        number = f"au moins {_bare(groups)}" if groups.number else "d’autres"
        who += f", et par {number} personnes déclarées en groupe"
    opening = f"En {sheet.said_year}, les heures d’insertion {where(sheet)} ont été réalisées"
    if fte.number is not None:
        opening = f"Les heures réalisées en {sheet.said_year} {where(sheet)} représentent {_bare(fte)} emplois à temps plein ({filters.number(sheet.full_time, 0)} heures par emploi et par an) ; elles l’ont été"
    yield f"{opening} {who}{_older(persons, women, groups, fte)}."


def _evolution(sheet: Sheet) -> Iterator[str]:
    hours, before = sheet.key("I01"), sheet.before
    if before is None or hours.number is None or not before.number:
        return
    change, older = (hours.number - before.number) / before.number, _older(hours, before)
    since = f"Par rapport à {int(sheet.year) - 1} ({_bare(before)}), les heures réalisées en {sheet.year} {where(sheet)}"
    if abs(change) < _STABLE:
        yield f"{since} sont stables{older}."
        return
    yield f"{since} ont {'augmenté' if change > 0 else 'diminué'} de {percent(abs(change))}{older}."


def _publics(sheet: Sheet) -> Iterator[str]:
    table: Table = next(table for table in sheet.tables if table.name == "public")
    total = sheet.key("I01")
    known = [
        (row.label, part, row.figures[0])
        for row in table.rows
        if (part := share(row.figures[0], total)) and row.label.lower() != "non communiqué"
    ][:_NAMED]
    if known:
        said = [f"« {label} » ({percent(part)}{'' if place else ' des heures'})" for place, (label, part, _) in enumerate(known)]
        hidden = any(row.figures[0].status == "secret" for row in table.rows)
        opening = f"Les publics qui réalisent le plus d’heures {where(sheet)} en {sheet.said_year}"
        opening += ", parmi ceux dont le chiffre est publié" if hidden else ""
        if len(known) == 1:  # what nobody is compared with is not the most
            opening = f"Un seul public {'a un chiffre publié' if hidden else 'a des heures'} {where(sheet)} en {sheet.said_year}"
        yield f"{opening} : {joined(said)}{_older(total, *(hours for _, _, hours in known))}."


def _commitments(sheet: Sheet) -> Iterator[str]:
    promised, running = sheet.key("I15"), sheet.key("I10")
    if promised.number and running.number:
        under_way = filters.plural(int(running.number), "marché avec une clause sociale était", "marchés avec une clause sociale étaient")
        yield f"Les marchés notifiés en {sheet.year} {where(sheet)} engagent {promised.value} d’insertion de plus ; {under_way} en cours dans l’année."


def _fallbacks(sheet: Sheet) -> list[str]:
    """Where nearly everything is hidden: what may be said instead."""
    return [
        f"Les chiffres {sheet.year} {sheet.of} portent sur trop peu de personnes ou d’entreprises pour être tous publiés.",
        f"Un chiffre masqué (« s. ») protège des personnes ou des entreprises ; {NOT_NIL}.",
        "La coordination départementale peut présenter les chiffres de son département à ceux qui y ont droit.",
    ]
