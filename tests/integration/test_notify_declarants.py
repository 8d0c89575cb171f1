"""What whoever declares is told: the receipt, that hours are counted, questions, silences."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from schemas.declarations import HoursOfPeriod, NothingToDeclare, QuestionAnswered, QuestionAsked, SourceChanged
from schemas.directory import ApiKeyRecorded, OrganisationRecorded, PersonRecorded
from schemas.indicators import SilenceNoticed
from schemas.periods import Period
from services.notify import schedule
from services.notify.dispatch import declarants
from services.notify.store import declarants as store
from services.notify.store import preferences
from tests.integration.notify_house import House, counted, declared
from tests.reading import plain

ORGANISATION = uuid4()
NUMBER = "D-2028-000456"


async def declarant(house: House, name: str = "sonia") -> UUID:
    person = uuid4()
    await house.tell(
        OrganisationRecorded(organisation_id=ORGANISATION, siret="12345678200010", name="Bailleur fictif", kind="OPH", department="93")
    )
    await house.tell(PersonRecorded(
        person_id=person, first_name=name.title(), name="Fictive", email=f"{name}@exemple.test", organisation_id=ORGANISATION,
        roles=("declarant",),
    ))  # fmt: skip
    return person


def filed(by: object, **change: Any) -> Any:
    period = Period.parse("2018-Q3")
    return declared().model_copy(update={
        "declarant_id": ORGANISATION, "declared_by": str(by), "door": "file", "contracts": 14, "lines": 207, "centihours": 1_248_050, "parked": 2,
        "complete_by": date(2029, 1, 31), "period": period, "occurred_at": datetime(2028, 10, 16, 12, 12, tzinfo=UTC), **change,
    })  # fmt: skip


def text_of(house: House, name: str, which: int = -1) -> str:
    body = house.post.mails(f"{name}@exemple.test")[which].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def test_the_receipt_goes_to_the_account_and_says_what_was_received(house: House) -> None:
    sonia = await declarant(house)
    await declarant(house, "other")
    for _ in range(2):
        await house.tell(filed(sonia))
        await house.send()
    [mail] = house.post.mails()
    assert (mail["to"], mail["subject"]) == ("Sonia Fictive <sonia@exemple.test>", f"Déclaration {NUMBER} bien reçue")
    said = text_of(house, "sonia")
    assert (
        f"Déclaration {NUMBER} bien reçue le 16 octobre 2028 à 14\u00a0h\u00a012. 207\u00a0lignes, 12\u202f480,50 heures, 14\u00a0marchés, 3e trimestre 2018."
        in said
    )
    assert "2\u00a0lignes restent à compléter avant le 31 janvier 2029." in said
    assert f"http://gateway.test/declarer/recu/{NUMBER}" in said
    assert all(row["department"] is None for row in await house.announced_payloads("MessageSent")), (
        "the coordination is not told by a receipt"
    )


async def test_what_a_program_sends_is_acknowledged_by_its_answer_unless_a_mail_is_asked_for(house: House) -> None:
    sonia = await declarant(house)
    await house.tell(ApiKeyRecorded(key_id="k1", sha256="0" * 64, name="Logiciel", organisation_id=ORGANISATION, roles=("declarant",)))
    await house.tell(filed("k1", door="api"))
    await house.send()
    assert house.post.taken == []
    async with house.pool.acquire() as connection:
        await preferences.choose(connection, str(sonia), "RECEIPTS", "immediate")
    await house.tell(filed("k1", door="api", declaration_id="D-2028-000457"))
    await house.send()
    assert [str(mail["subject"]) for mail in house.post.mails("sonia@exemple.test")] == ["Déclaration D-2028-000457 bien reçue"]


async def test_counted_hours_are_in_the_tool_and_mailed_to_who_wants_that(house: House) -> None:
    sonia = await declarant(house)
    await house.tell(filed(sonia))
    await house.tell(counted(after=1_248_050))
    [item] = await house.rows("kind = 'HOURS_COUNTED'")
    assert (item["done_by"], item["page"]) == ("info", f"/declarer/{NUMBER}"), "nothing is asked of anybody"
    assert (item["channel"], item["title"]) == ("inbox", f"Vos 12\u202f480,50 heures sont comptées ({NUMBER})")
    async with house.pool.acquire() as connection:
        await preferences.choose(connection, str(sonia), "COUNTED", "daily")
    await house.tell(filed(sonia, declaration_id="D-2028-000457"))
    await house.tell(counted("D-2028-000457", after=100))
    await house.send(rounds=3)
    await morning(house, date(2028, 10, 17))
    [mail] = [mail for mail in house.post.mails("sonia@exemple.test") if "résumé" in str(mail["subject"])]
    assert "1 déclaration comptée" in str(mail["subject"])
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


async def test_question_and_answer_are_mailed_to_both_sides(house: House) -> None:
    sonia, anne, question = await declarant(house), await house.person("anne"), uuid4()
    await house.tell(QuestionAsked(
        declaration_id=NUMBER, question_id=question, declarant_id=ORGANISATION, declared_by=str(sonia), asked_by=str(anne),
        asked_by_name="Anne Fictive", departments=("93",), line=42, contract="2018-045", text="Ces heures sont-elles cumulées ?",
    ))  # fmt: skip
    await house.send()
    assert "Anne Fictive vous pose une question sur votre déclaration D-2028-000456, ligne 42." in text_of(house, "sonia")
    assert "Ces heures sont-elles cumulées ?" in plain(text_of(house, "sonia"))
    await house.tell(QuestionAnswered(
        declaration_id=NUMBER, question_id=question, declarant_id=ORGANISATION, asked_by=str(anne), answered_by_name="Sonia Fictive",
        departments=("93",), line=42, text="Oui, depuis janvier.",
    ))  # fmt: skip
    await house.send()
    assert "Oui, depuis janvier." in text_of(house, "anne")
    [item] = await house.rows("kind = 'QUESTION' and channel = 'inbox'")
    assert item["done_by"] == "answer"


def source_changed(*, counts: bool = False, **change: Any) -> SourceChanged:
    period = HoursOfPeriod(contract="2018-045", period=Period.parse("2018-07"), lines=2, centihours=15_000, counted_centihours=14_000)
    said: dict[str, Any] = {
        "declaration_id": "D-2028-000999", "revision": 1, "declarant_id": ORGANISATION, "counts": counts, "source": "facilitator",
        "source_name": "PLIE fictif", "departments": ("93",), "lines": 2, "centihours": 15_000, "contracts": 1, "periods": (period,),
        "occurred_at": datetime(2028, 10, 16, 12, 12, tzinfo=UTC),
    }  # fmt: skip
    return SourceChanged(**{**said, **change})


async def test_hours_that_gave_way_to_another_source_are_in_the_digest_once(house: House) -> None:
    await declarant(house)
    for _ in range(2):
        await house.tell(source_changed())
    await house.send()
    assert house.post.taken == [], "few mails: it waits for the morning"
    [item] = await house.rows("channel = 'inbox'")
    assert (item["kind"], item["page"], item["done_by"]) == ("SOURCE_CHANGED", "/declarer/rapprochements", "info")
    assert plain(item["title"]) == "Vos 150,00 h (marché 2018-045) sont gardées à côté : PLIE fictif fait référence"
    await morning(house, date(2028, 10, 17))
    [mail] = house.post.mails("sonia@exemple.test")
    assert "1 rapprochement" in plain(str(mail["subject"]))
    assert "PLIE fictif fait référence" in plain(text_of(house, "sonia"))


async def test_who_wants_it_at_once_reads_the_rule_the_difference_and_what_to_do(house: House) -> None:
    sonia = await declarant(house)
    async with house.pool.acquire() as connection:
        await preferences.choose(connection, str(sonia), "BESIDE", "immediate")
    await house.tell(source_changed())
    await house.tell(source_changed(counts=True, revision=2))
    await house.send(rounds=2)
    beside, again = (plain(text_of(house, "sonia", which)) for which in (0, 1))
    assert "PLIE fictif (le facilitateur) a déclaré le 16 octobre 2028 à 14 h 12 des heures que vous aviez déclarées aussi." in beside
    assert "2018-045, juillet 2018 : 150,00 h déclarées par vous, 140,00 h comptées, écart +10,00 h" in beside
    assert "ni perdues ni effacées" in beside
    assert "http://gateway.test/declarer/rapprochements" in beside
    assert "Vos 150,00 h (marché 2018-045) comptent de nouveau" in plain(str(house.post.mails("sonia@exemple.test")[1]["subject"]))
    assert "les vôtres comptent de nouveau" in again


async def test_a_receipt_says_that_another_source_counts_already(house: House) -> None:
    sonia = await declarant(house)
    await house.tell(filed(sonia, lines_announced=0))
    await house.send()
    assert "les vôtres sont gardées à côté" in plain(text_of(house, "sonia"))


async def test_the_lines_that_a_person_typed_stay_lines_in_the_mail(house: House) -> None:
    sonia = await declarant(house)
    await house.tell(QuestionAsked(
        declaration_id=NUMBER, question_id=uuid4(), declarant_id=ORGANISATION, declared_by=str(sonia), asked_by="k", asked_by_name="Anne Fictive",
        text="Deux points :\r\n- les heures <de mai> ;\n\nMerci.",
    ))  # fmt: skip
    await house.send()
    body = house.post.mails("sonia@exemple.test")[0].get_body(("html",))
    assert body is not None
    assert "Deux points :<br>- les heures &lt;de mai&gt; ;<br><br>Merci." in plain(body.get_content())


async def morning(house: House, day: date) -> None:
    house.clock.now = datetime(day.year, day.month, day.day, 8, 1, tzinfo=UTC)
    async with house.pool.acquire() as connection, connection.transaction():
        await schedule.by_the_clock(connection, house.clock())
    await house.send(rounds=2)


async def silence(house: House) -> None:
    for department, contracts in (("93", 3), ("94", 1)):
        for _ in range(2):
            await house.tell(
                SilenceNoticed(department=department, organisation_id=ORGANISATION, since=date(2028, 7, 1), contracts=contracts)
            )


async def test_a_silence_has_one_letter_one_reminder_then_the_coordination_decides(house: House) -> None:
    sonia, anne = await declarant(house), await house.person("anne")
    await house.mandate(anne, date(2028, 1, 1))
    await house.tell(filed(sonia, occurred_at=datetime(2028, 7, 12, 9, tzinfo=UTC)))
    await house.send()
    await silence(house)
    for day in (17, 18, 19, 30):
        await morning(house, date(2028, 10, day))
    mails = [str(mail["subject"]) for mail in house.post.mails("sonia@exemple.test")][1:]
    assert mails == ["Rien reçu pour le 3e trimestre 2028 : 4 marchés"], "one letter for both departments, and not every morning"
    said = text_of(house, "sonia")
    assert "(dernier envoi : 12 juillet 2028). Trois possibilités" in plain(said)
    assert "[Aucune heure ce trimestre]" in said
    assert "Besoin d’aide ? Anne Fictive" in plain(said)
    await morning(house, date(2028, 10, 31))
    await morning(house, date(2028, 11, 3))
    assert str(house.post.mails("sonia@exemple.test")[-1]["subject"]).startswith("RAPPEL – Rien reçu pour le 3e trimestre 2028")
    assert await house.rows("kind = 'SILENCE_UNANSWERED'") == []
    await morning(house, date(2028, 11, 14))
    await morning(house, date(2028, 11, 15))
    items = await house.rows("kind = 'SILENCE_UNANSWERED'")
    assert sorted((row["department"], row["recipient_name"]) for row in items) == [("93", "Anne Fictive"), ("94", "")]
    assert items[0]["title"].endswith(
        "Rien reçu de Bailleur fictif pour le 3e trimestre 2028 (4\u00a0marchés), malgré un rappel : à vous de décider"
    )
    assert len(house.post.mails("sonia@exemple.test")) == 3


async def test_nothing_to_declare_stops_the_reminders(house: House) -> None:
    await declarant(house)
    await silence(house)
    await morning(house, date(2028, 10, 17))
    house.clock.forward(days=1)
    await house.tell(NothingToDeclare(
        declaration_id=NUMBER, declarant_id=ORGANISATION, period=Period.parse("2028-Q3"), contracts=(uuid4(),), departments=("93", "94"),
        occurred_at=house.clock(),
    ))  # fmt: skip
    for day in (date(2028, 11, 2), date(2028, 11, 20)):
        await morning(house, day)
    assert len(house.post.mails("sonia@exemple.test")) == 1
    assert [row["done_by"] for row in await house.rows("kind = 'SILENCE' and channel = 'inbox'")] == ["answer"]


async def test_an_organisation_nobody_declares_for_is_the_coordinations_at_once(house: House) -> None:
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    await silence(house)
    await morning(house, date(2028, 10, 17))
    assert sorted(row["department"] for row in await house.rows("kind = 'SILENCE_UNANSWERED'")) == ["93", "94"]


async def test_it_is_somebody_else(house: House) -> None:
    await declarant(house)
    await house.mandate(await house.person("anne"), date(2028, 1, 1))
    await silence(house)
    await morning(house, date(2028, 10, 17))
    [secret] = {row["secret"] for row in await house.pool.fetch("select secret from silences")}
    assert f"http://gateway.test/coordination/pas-moi/{secret}" in text_of(house, "sonia")
    found = await store.by_secret(house.pool, secret)
    assert found is not None
    async with house.pool.acquire() as connection, connection.transaction():
        await declarants.somebody_else(connection, found, "Camille Fictive, camille@exemple.test", house.clock() + timedelta(hours=1))
    [item] = await house.rows("kind = 'CONTACT_CHANGED' and department = '93'")
    assert item["title"] == "Autre contact pour Bailleur fictif : Camille Fictive, camille@exemple.test"
    for day in (date(2028, 11, 2), date(2028, 11, 20)):
        await morning(house, day)
    assert len(house.post.mails("sonia@exemple.test")) == 1
