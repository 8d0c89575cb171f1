"""What must hold before an edition is signed off, each condition with the sentence that was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from kit.web.filters import plural
from schemas.vocabulary.places import DEPARTMENTS
from services.indicators.rules.editions import Check, Draft, Edition, Plan, fresh
from services.indicators.rules.reviews import POSITIONS, Comment, Review, position


def checks(
    edition: Edition, draft: Draft | None, reviews: Sequence[Review], comments: Sequence[Comment], newest: str | None, today: date
) -> list[Check]:
    """Every condition of a validation but the minutes, met or not, in a fixed order."""
    if draft is None:
        return [Check("DRAFT", "Une épreuve", good=False, said="Aucune épreuve n’est composée.")]
    return [
        _covered(edition.plan, draft),
        Check("DISCLOSURE", "Secret statistique", good=True, said=_attacked(draft)),
        _totals(edition.plan, draft),
        fresh(draft, newest),
        _answers(comments),
        _reviewed(edition, draft, reviews, comments, today),
    ]


def _attacked(draft: Draft) -> str:
    return f"{plural(draft.attacked, 'chiffre masqué attaqué', 'chiffres masqués attaqués')}, aucun retrouvé."


def covered(plan: Plan, coverage: Mapping[str, Decimal | None]) -> list[str]:
    """The departments from which enough structures have sent something."""
    return [code for code in DEPARTMENTS if (share := coverage.get(code)) is not None and share >= plan.least_share]


def _covered(plan: Plan, draft: Draft) -> Check:
    good = covered(plan, draft.coverage)
    missing = [f"{DEPARTMENTS[code]} ({_share(draft.coverage.get(code))})" for code in DEPARTMENTS if code not in good]
    text = f"{plural(len(good), 'département couvert', 'départements couverts')} sur {len(DEPARTMENTS)}, {plural(plan.minimum_coverage, 'demandé')} (un département est couvert quand {plan.least_share} % des structures attendues ont transmis)."
    return Check(
        "COVERAGE",
        "Couverture (I33)",
        len(good) >= plan.minimum_coverage,
        f"{text} Non couvert : {', '.join(missing)}." if missing else text,
    )


def _share(value: Decimal | None) -> str:
    """Whole per cents that are reached: 49,9 % is not told as the 50 % that were asked for."""
    return "aucune structure attendue" if value is None else f"{int(value)} %"


def _totals(plan: Plan, draft: Draft) -> Check:
    if not draft.hidden_totals:
        said = f"Les heures {plan.year} de la région et des huit départements sont publiées."
        return Check("TOTALS", "Totaux annuels", good=True, said=said)
    where = ", ".join(DEPARTMENTS.get(code, "la région") for code in draft.hidden_totals)
    return Check("TOTALS", "Totaux annuels", good=False, said=f"Les heures {plan.year} seraient masquées pour : {where}.")


def _answers(comments: Sequence[Comment]) -> Check:
    waiting = [one for one in comments if one.is_open]
    if waiting:
        where = ", ".join(dict.fromkeys(DEPARTMENTS[one.department] for one in waiting))
        text = f"Remarques sans réponse : {len(waiting)} ({where})."
        again = sum(one.reopened_draft is not None for one in waiting)
        if again:
            text += f" À reprendre, la dernière épreuve ne confirme plus la réponse : {again}."
        return Check("ANSWERS", "Remarques", good=False, said=text)
    received = plural(len(comments), "remarque reçue, avec une réponse", "remarques reçues, toutes avec une réponse")
    said = f"{received}." if comments else "Aucune remarque reçue."
    return Check("ANSWERS", "Remarques", good=True, said=said)


def _reviewed(edition: Edition, draft: Draft, reviews: Sequence[Review], comments: Sequence[Comment], today: date) -> Check:
    known = {review.department: review for review in reviews}
    found = {code: position(known.get(code, Review(code)), comments, draft) for code in DEPARTMENTS}
    missing = [f"{DEPARTMENTS[code]} ({POSITIONS[where]})" for code, where in found.items() if where != "AGREED"]
    over = edition.deadline is not None and today > edition.deadline
    read = len(DEPARTMENTS) - len(missing)
    text = f"{plural(read, 'coordination')} sur {len(DEPARTMENTS)} {'ont' if read > 1 else 'a'} relu {'leur' if read > 1 else 'sa'} fiche."
    if missing:
        text += f" Les autres : {', '.join(missing)}." + (" L’échéance est passée." if over else "")
    return Check("REVIEW", "Relecture des coordinations", not missing or over, text)
