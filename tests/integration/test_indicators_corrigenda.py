# ruff: noqa: F811  fixtures are taken by their name
"""A published edition stays as it was; what was wrong in it is said beside, in a corrigendum."""

from __future__ import annotations

import asyncpg
import pytest

from tests.integration.editions_house import FIRST, House, begun, house, owner, published, through  # noqa: F401  fixtures
from tests.reading import plain


async def test_a_published_edition_never_changes_and_is_corrected_beside(begun: House) -> None:
    number = FIRST
    await through(begun, number)
    address = f"/api/v1/editions/{number}"
    release = (await begun.get(address)).json()["release"]
    frozen = await _cells(begun, release)
    connection = await owner(begun)
    for statement in (
        "update published_editions set title = 'Autre'",
        "delete from published_editions",
        "update published_cells set value = '0' where value is not null",
        "delete from published_cells",
    ):
        with pytest.raises(asyncpg.RaiseError, match="does not change"):
            await connection.execute(statement)
    await connection.close()
    assert (await begun.post(f"{address}/draft", {})).status_code == 409
    figure = "I01/2025/department/93"
    soon = await begun.post(f"{address}/corrigenda", {"text": "Voici.", "figures": [figure]})
    assert (soon.status_code, soon.json()["errors"][0]["code"]) == (422, "SAME")  # no release prints another figure yet

    await _next_release(begun, release, "2026-2", figure)
    silent = await begun.post(f"{address}/corrigenda", {"text": "", "figures": [figure]})
    assert (silent.status_code, silent.json()["code"]) == (422, "CORRIGENDUM")
    strange = await begun.post(f"{address}/corrigenda", {"text": "Voici.", "figures": ["I01/2025/department/75", "tout"]})
    assert {error["code"] for error in strange.json()["errors"]} == {"SAME", "FIGURE"}
    await _chosen_by_hand(begun, number, figure)
    made = (await begun.get(address)).json()["corrigenda"][0]
    assert (made["corrigendum"], made["release"]) == ("2026-1-c1", "2026-2")
    assert (made["figures"][0]["before"], made["figures"][0]["after"]) == ("15\u202f571\u00a0h", "15\u202f800\u00a0h")
    assert [one["corrigendum"] for one in (await begun.get(address)).json()["corrigenda"]] == ["2026-1-c1"]
    assert await _cells(begun, release) == frozen
    page = (await begun.get(f"/editions/{number}")).text
    assert "Cinq heures par ligne manquaient." in (await begun.get("/revisions")).text
    corrected = "lire 15\u202f800\u00a0h, et non 15\u202f571\u00a0h"
    assert corrected in page
    assert "le corrigendum n’y est pas" in page, "the documents are those of the day"
    assert corrected in (await begun.get(f"/editions/{number}/etudes/jeunes")).text, "wherever the edition's figures stand"
    for _ in range(2):  # two clicks: what is published cannot be taken back
        second = await begun.done(f"{address}/corrigenda", {"text": "Le titre nomme l’année 2025."}, 201)
        assert second["corrigendum"] == "2026-1-c2"
    assert "2 corrigenda publiés" in plain((await begun.get("/editions")).text)


async def _chosen_by_hand(house: House, number: str, figure: str) -> None:
    """The form offers what a later release prints otherwise, keeps what was chosen while one searches on, and refuses a choice without words."""
    form = f"/pilotage/editions/{number}/corrigendum"
    assert (await house.get(form, "coordinator93")).status_code == 403
    offered = (await house.get(form, "team")).text
    assert "15\u202f571\u00a0h" in offered, "as the edition prints it"
    assert "15\u202f800\u00a0h" in offered, "as it is printed now"
    assert offered.count('type="checkbox"') == 1, "what did not change, or is written alike, leaves nothing to correct"
    box = f"chiffre.{figure}"
    assert "ne correspond à « Yvelines »" in plain((await house.send(form, {"chercher": "Yvelines", "action": "chercher"})).text)
    kept = (await house.send(form, {"chercher": "Yvelines", "text": "Cinq heures", box: "oui", "action": "chercher"})).text
    assert f'name="{box}" value="oui" checked' in kept
    assert ">Cinq heures</textarea>" in kept
    assert box in (await house.send(form, {"chercher": "seine saint denis", "action": "chercher"})).text
    silent = await house.send(form, {box: "oui", "action": "publier"})
    assert (silent.status_code, "Le corrigendum ne dit rien" in silent.text) == (422, True)
    done = await house.send(form, {box: "oui", "text": "Cinq heures par ligne manquaient.", "action": "publier"})
    assert (done.status_code, done.headers["location"]) == (303, f"/pilotage/editions/{number}#corrigenda")


async def _cells(house: House, release: str) -> list[asyncpg.Record]:
    return list(
        await house.pool.fetch(
            "select * from published_cells where release = $1 order by indicator, period, split, code_1, code_2", release
        )
    )


async def _next_release(house: House, earlier: str, number: str, figure: str) -> None:
    """A later release that differs in one figure, without the minutes that protecting both together takes."""
    indicator, period, split, code = figure.split("/")
    await house.pool.execute(
        """
        insert into published_releases (release, published_at, figures_until, cells, hidden, periods, positions, rules, fictional, not_ready)
        select $2, published_at + interval '1 month', figures_until, cells, hidden, periods, positions, rules, fictional, not_ready
        from published_releases where release = $1
        """,
        earlier, number,
    )  # fmt: skip
    await house.pool.execute(
        """
        insert into published_cells (release, indicator, period, split, code_1, code_2, value, status)
        select $2, indicator, period, split, code_1, code_2,
            case when (indicator, period, split, code_1) = ($3, $4, $5, $6) then '15800.00'
                when (indicator, period, split, code_1) = ('I18', $4, $5, $6) then (value::numeric + 0.01)::text else value end, status
        from published_cells where release = $1
        """,
        earlier, number, indicator, period, split, code,
    )  # fmt: skip


@pytest.mark.long
async def test_a_corrigendum_after_a_real_release(house: House) -> None:
    number = await published(house, least_share=1)
    await house.pool.execute("update facts set centihours = centihours + 500, revision = 3 where department = '93'")
    await house.counted_anew()
    house.clock.now = house.clock.now.replace(month=12)
    release = await house.done("/api/v1/pilotage/releases", {}, 201)
    made = await house.done(f"/api/v1/editions/{number}/corrigenda", {"text": "Cinq heures par ligne manquaient.", "figures": ["I01/2025/department/93"]}, 201)  # fmt: skip
    assert made["release"] == release["release"]
