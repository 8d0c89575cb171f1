"""The catalogue of data sets in DCAT-AP: one list of statements, written as JSON-LD, Turtle or RDF/XML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from services.indicators.catalogue.definitions import Indicator
from services.indicators.release.store import Published
from services.indicators.views.view import FICTIONAL, LICENCE_URL, PUBLISHER, last_day, standing

FORMS: Final = {"jsonld": "application/ld+json", "ttl": "text/turtle; charset=utf-8", "rdf": "application/rdf+xml"}
PREFIXES: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
LICENCE_ID: Final = "https://spdx.org/licenses/etalab-2.0"
_MEDIA: Final = "https://www.iana.org/assignments/media-types/"


@dataclass(frozen=True)
class Iri:
    """A resource, by its absolute address."""

    address: str


@dataclass(frozen=True)
class Text:
    """A literal. `kind` is a type of XML Schema; without it the text is French prose, or plain where `plain`."""

    text: str
    kind: str | None = None
    plain: bool = False


Statement = tuple[Iri, str, Iri | Text]
"""Subject, predicate as `dct:title`, object."""


@dataclass(frozen=True)
class Page:
    """Which page of the catalogue is written."""

    site: str
    form: str
    number: int
    of: int
    size: int
    total: int

    def address(self, number: int) -> Iri:
        return Iri(f"{self.site}/donnees/catalogue.{self.form}?page={number}&page_size={self.size}")


def catalogue(page: Page, shown: Sequence[Indicator], release: Published, *, fictional: bool) -> list[Statement]:
    """The catalogue, the data sets of this page with their distributions, and where the next page is."""
    here, publisher = Iri(f"{page.site}/donnees"), Iri(f"{page.site}/mentions#editeur")
    found: list[Statement] = [
        (here, "rdf:type", Iri(PREFIXES["dcat"] + "Catalog")),
        (here, "dct:title", Text("Données ouvertes de l’observatoire des clauses sociales")),
        (here, "dct:description", Text("Heures, personnes et engagements des clauses sociales en Île-de-France.")),
        (here, "dct:publisher", publisher),
        (here, "dct:license", Iri(LICENCE_ID)),
        (here, "dct:language", Iri("http://publications.europa.eu/resource/authority/language/FRA")),
        (here, "dct:modified", Text(release.published_at.isoformat(), "dateTime")),
        (here, "foaf:homepage", Iri(f"{page.site}/")),
        (publisher, "rdf:type", Iri(PREFIXES["foaf"] + "Organization")),
        (publisher, "foaf:name", Text(PUBLISHER)),
    ]
    for one in shown:
        found.extend(_dataset(page.site, here, publisher, one, release, fictional=fictional))
    return [*found, *_paging(page)]


def _dataset(site: str, here: Iri, publisher: Iri, one: Indicator, release: Published, *, fictional: bool) -> Iterable[Statement]:
    data, contact, time = Iri(f"{site}/indicateurs/{one.id}"), Iri(f"{site}/mentions#contact"), Iri(f"{site}/donnees/{one.id}#periode")
    warning = f"{FICTIONAL} : région de démonstration. " if fictional else ""
    adding = "" if one.additive else " Ne pas additionner."
    yield here, "dcat:dataset", data
    yield data, "rdf:type", Iri(PREFIXES["dcat"] + "Dataset")
    yield data, "dct:identifier", Text(f"macs-{one.id}", plain=True)
    yield data, "dct:title", Text(f"Clauses sociales en Île-de-France : {one.name}")
    yield data, "dct:description", Text(f"{warning}{one.definition} Formule : {one.formula}.{adding} État : {standing(release)}.")
    for word in ("clauses sociales", "insertion", "commande publique", "Île-de-France", one.name.lower()):
        yield data, "dcat:keyword", Text(word)
    yield data, "dct:publisher", publisher
    yield data, "dct:license", Iri(LICENCE_ID)
    yield data, "dct:modified", Text(release.published_at.isoformat(), "dateTime")
    yield data, "dct:accrualPeriodicity", Iri("http://publications.europa.eu/resource/authority/frequency/QUARTERLY")
    yield data, "dct:spatial", Iri("http://id.insee.fr/geo/region/11")
    yield data, "dcat:theme", Iri("http://publications.europa.eu/resource/authority/data-theme/SOCI")
    yield data, "dcat:landingPage", Iri(f"{site}/donnees/{one.id}")
    yield data, "dcat:contactPoint", contact
    yield contact, "rdf:type", Iri(PREFIXES["vcard"] + "Organization")
    yield contact, "vcard:fn", Text(PUBLISHER)
    yield contact, "vcard:hasURL", Iri(f"{site}/mentions")
    yield data, "dct:temporal", time
    yield time, "rdf:type", Iri(PREFIXES["dct"] + "PeriodOfTime")
    yield time, "dcat:startDate", Text(f"{release.years[0]}-01-01", "date")
    yield time, "dcat:endDate", Text(last_day(release).isoformat(), "date")
    for title, path, media in (
        ("CSV, toutes les ventilations et périodes", f"/donnees/{one.id}.csv", "text/csv"),
        (
            "XLSX, toutes les ventilations et périodes",
            f"/donnees/{one.id}.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        ("JSON, par département", f"/indicateurs/{one.id}.json", "application/json"),
    ):
        yield from _distribution(site, data, title, path, media)


def _distribution(site: str, data: Iri, title: str, path: str, media: str) -> Iterable[Statement]:
    file = Iri(f"{site}{path}#fichier")
    yield data, "dcat:distribution", file
    yield file, "rdf:type", Iri(PREFIXES["dcat"] + "Distribution")
    yield file, "dct:title", Text(title)
    yield file, "dcat:downloadURL", Iri(site + path)
    yield file, "dcat:accessURL", Iri(site + path)
    yield file, "dcat:mediaType", Iri(_MEDIA + media)
    yield file, "dct:format", Text(path.rpartition(".")[2], plain=True)
    if path.startswith("/donnees/"):
        yield file, "dct:conformsTo", Iri(f"{data.address.replace('/indicateurs/', '/donnees/')}.schema.json")
    yield file, "dct:license", Iri(LICENCE_ID)
    yield file, "dct:rights", Text(f"Licence Ouverte 2.0, {LICENCE_URL}")


def _paging(page: Page) -> Iterable[Statement]:
    """Both vocabularies that harvesters follow: the present one of Hydra and the older one."""
    here = page.address(page.number)
    yield here, "rdf:type", Iri(PREFIXES["hydra"] + "PartialCollectionView")
    yield here, "rdf:type", Iri(PREFIXES["hydra"] + "PagedCollection")
    yield here, "hydra:totalItems", Text(str(page.total), "integer")
    yield here, "hydra:itemsPerPage", Text(str(page.size), "integer")
    for names, number in ((("first", "firstPage"), 1), (("last", "lastPage"), page.of)):
        yield from ((here, f"hydra:{name}", page.address(number)) for name in names)
    if page.number < page.of:
        yield from ((here, f"hydra:{name}", page.address(page.number + 1)) for name in ("next", "nextPage"))
    if page.number > 1:
        yield from ((here, f"hydra:{name}", page.address(page.number - 1)) for name in ("previous", "previousPage"))


def written(statements: Sequence[Statement], form: str) -> str:
    return {"jsonld": _json_ld, "ttl": _turtle, "rdf": _rdf_xml}[form](statements)


def _by_subject(statements: Sequence[Statement]) -> dict[str, dict[str, list[Iri | Text]]]:
    """Each statement once: data sets share their publisher and contact."""
    found: dict[str, dict[str, list[Iri | Text]]] = {}
    for subject, predicate, value in dict.fromkeys(statements):
        found.setdefault(subject.address, {}).setdefault(predicate, []).append(value)
    return found


def _json_ld(statements: Sequence[Statement]) -> str:
    graph = [
        {"@id": subject, **{name if name != "rdf:type" else "@type": [_json_value(name, value) for value in values] for name, values in said.items()}}
        for subject, said in _by_subject(statements).items()
    ]  # fmt: skip
    return json.dumps({"@context": PREFIXES, "@graph": graph}, ensure_ascii=False, indent=1)


def _json_value(name: str, value: Iri | Text) -> Any:
    if isinstance(value, Iri):
        return value.address if name == "rdf:type" else {"@id": value.address}
    if value.kind:
        return {"@value": value.text, "@type": f"xsd:{value.kind}"}
    return {"@value": value.text} if value.plain else {"@value": value.text, "@language": "fr"}


def _turtle(statements: Sequence[Statement]) -> str:
    head = "".join(f"@prefix {name}: <{address}> .\n" for name, address in PREFIXES.items())
    blocks = [
        f"<{subject}>\n" + " ;\n".join(f"    {name} {', '.join(map(_turtle_value, values))}" for name, values in said.items()) + " .\n"
        for subject, said in _by_subject(statements).items()
    ]
    return head + "\n" + "\n".join(blocks)


def _turtle_value(value: Iri | Text) -> str:
    if isinstance(value, Iri):
        return f"<{value.address}>"
    text = json.dumps(value.text, ensure_ascii=False)  # the same escapes
    return f"{text}^^xsd:{value.kind}" if value.kind else text if value.plain else f"{text}@fr"


def _rdf_xml(statements: Sequence[Statement]) -> str:
    names = " ".join(f"xmlns:{name}={quoteattr(address)}" for name, address in PREFIXES.items())
    blocks = "".join(
        f"<rdf:Description rdf:about={quoteattr(subject)}>"
        + "".join(_xml_value(name, value) for name, values in said.items() for value in values)
        + "</rdf:Description>\n"
        for subject, said in _by_subject(statements).items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF {names}>\n{blocks}</rdf:RDF>\n'


def _xml_value(name: str, value: Iri | Text) -> str:
    if isinstance(value, Iri):
        return f"<{name} rdf:resource={quoteattr(value.address)}/>"
    attribute = f" rdf:datatype={quoteattr(PREFIXES['xsd'] + value.kind)}" if value.kind else "" if value.plain else ' xml:lang="fr"'
    return f"<{name}{attribute}>{escape(value.text)}</{name}>"
