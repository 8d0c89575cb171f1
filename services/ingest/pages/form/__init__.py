"""« /declarer/nouvelle »: the form in four steps, kept as a draft from the first field to its sending."""

from services.ingest.pages.form.calculator import router as calculator
from services.ingest.pages.form.new_contract import router as new_contract
from services.ingest.pages.form.sending import router as sending
from services.ingest.pages.form.start import router as start
from services.ingest.pages.form.steps import router as steps

routers = [calculator, new_contract, start, sending, steps]
__all__ = ["routers"]
