"""What a declarant is told when another source counts instead of its hours, or does no more (practice, ruling 2). Pure."""

from __future__ import annotations

from typing import Final

from kit.web.filters import plural
from schemas.declarations import HoursOfPeriod, SourceChanged
from schemas.zones import PARIS
from services.notify.rules import wording
from services.notify.rules.declarant_letters import FREQUENCY, period
from services.notify.rules.letters import Letter

_SOURCES: Final = {"facilitator": "le facilitateur", "buyer": "l’acheteur", "company": "l’entreprise"}
RULE: Final = (
    "Quand plusieurs déclarent les mêmes heures, une seule source compte par marché et par période : le facilitateur d’abord, sinon l’acheteur, "
    "sinon l’entreprise."
)


def title(changed: SourceChanged) -> str:
    """« Vos 150,00 h (marché 2026-001) sont gardées à côté : PLIE fictif fait référence »."""
    hours = f"Vos {wording.hours(changed.centihours)} h ({_where(changed)})"
    return f"{hours} comptent de nouveau" if changed.counts else f"{hours} sont gardées à côté : {_who(changed)} fait référence"


def letter(changed: SourceChanged) -> Letter:
    at = changed.occurred_at.astimezone(PARIS)
    when = f"le {wording.day(at.date(), weekday=False, year=True)} à {wording.clock(at)}"
    who = f"{changed.source_name} ({_SOURCES[changed.source]})" if changed.source_name else _SOURCES[changed.source].capitalize()
    if changed.counts:
        said: tuple[str, ...] = (f"{who} a retiré ou corrigé ses heures {when} : les vôtres comptent de nouveau.", RULE)
        closing = "Vous n’avez rien à faire."
    else:
        kept = "Les vôtres ne sont ni perdues ni effacées : elles sont gardées à côté, et compteront de nouveau si cette source retire les siennes."
        said = (f"{who} a déclaré {when} des heures que vous aviez déclarées aussi. {RULE}", kept)
        closing = (
            "Si l’écart vous paraît normal, vous n’avez rien à faire. Sinon, voyez-le ensemble, puis corrigez la déclaration qui se trompe."
        )
    return Letter(
        subject=title(changed), greeting="", paragraphs=said, items=_items(changed),
        actions=(("Voir les rapprochements", "/declarer/rapprochements"),), closing=(closing,), footer=(FREQUENCY,),
    )  # fmt: skip


def _items(changed: SourceChanged) -> tuple[str, ...]:
    listed = [_item(one) for one in changed.periods]
    more = changed.lines - sum(one.lines for one in changed.periods)
    return (*listed, *((f"et {plural(more, 'autre ligne', 'autres lignes')}",) if more > 0 else ()))


def _item(one: HoursOfPeriod) -> str:
    said = f"{one.contract}, {period(one.period)} : {wording.hours(one.centihours)} h déclarées par vous"
    if one.counted_centihours is None:
        return said
    apart = one.centihours - one.counted_centihours
    return f"{said}, {wording.hours(one.counted_centihours)} h comptées" + (f", écart {wording.signed_hours(apart)} h" if apart else "")


def _where(changed: SourceChanged) -> str:
    return (
        f"marché {changed.periods[0].contract}"
        if changed.contracts == 1 and changed.periods
        else plural(changed.contracts, "marché", "marchés")
    )


def _who(changed: SourceChanged) -> str:
    return changed.source_name or _SOURCES[changed.source]
