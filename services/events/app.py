"""The events service as a table of contents."""

from __future__ import annotations

import time
from pathlib import Path

from kit.service import Runtime, Service
from kit.settings import Settings
from services.events import acting, consumers, diagnosing, importing, outcomes, registering
from services.events.pages import agenda as agenda_pages
from services.events.pages import ateliers as atelier_pages
from services.events.pages import calendars as calendar_pages
from services.events.pages import colleges as college_pages
from services.events.pages import feeds as feed_pages
from services.events.pages import letter as letter_pages
from services.events.pages import organiser as organiser_pages
from services.events.pages import papers as paper_pages
from services.events.pages import presence as presence_pages
from services.events.pages import registration as registration_pages
from services.events.pages import welcome as welcome_pages
from services.events.pages.diagnostic import answering, asking, comparing
from services.events.pages.governance import actions as action_pages
from services.events.pages.governance import bodies as body_pages
from services.events.pages.governance import milestones as milestone_pages
from services.events.pages.governance import sittings as sitting_pages
from services.events.pages.openmap import aftermath as aftermath_pages
from services.events.pages.openmap import editions as edition_pages
from services.events.pages.openmap import encounters as encounter_pages
from services.events.pages.openmap import inviting as inviting_pages
from services.events.pages.openmap import organising as edition_organising_pages
from services.events.pages.openmap import pitches as pitch_pages
from services.events.pages.openmap import taking_part as taking_part_pages
from services.events.pages.openmap import welcome as edition_welcome_pages
from services.events.pages.polls import answering as poll_answering_pages
from services.events.pages.polls import organising as poll_organising_pages
from services.events.rate import Rate
from services.events.routes import agenda, ateliers, diagnostics, governance, meetings, openmap, polls, registrations
from services.events.secret_links import SecretLinks

HERE = Path(__file__).parent


def create(settings: Settings) -> Service:
    return Service(
        name="events",
        settings=settings,
        migrations=HERE / "migrations",
        body_limits={"/agenda/": paper_pages.BODY_LIMIT},
        routers=[
            meetings.router,
            registrations.router,
            agenda.router,
            openmap.router,
            ateliers.router,
            atelier_pages.router,
            calendar_pages.router,
            college_pages.router,
            registration_pages.router,
            organiser_pages.router,
            paper_pages.router,
            welcome_pages.router,
            agenda_pages.router,
            edition_organising_pages.router,
            taking_part_pages.router,
            inviting_pages.router,
            pitch_pages.router,
            encounter_pages.router,
            edition_welcome_pages.router,
            aftermath_pages.router,
            edition_pages.router,
            polls.router,
            poll_organising_pages.router,
            poll_answering_pages.router,
            diagnostics.router,
            asking.router,
            comparing.router,
            answering.router,
            governance.router,
            action_pages.router,
            milestone_pages.router,
            sitting_pages.router,
            body_pages.router,
            presence_pages.router,
            letter_pages.router,
            feed_pages.router,
        ],
        readers=[consumers.directory_reader(), consumers.contracts_reader(), consumers.indicators_reader()],
        worker_tasks=[registering.pass_on_expired_offers, diagnosing.tell_progress, acting.tell_due, importing.keep_reading, outcomes.ask],
        on_start=[_prepare],
    )


async def _prepare(runtime: Runtime) -> None:
    runtime.state["links"] = SecretLinks.read(runtime.settings.secrets)
    runtime.state["rate"] = Rate(time.monotonic)
