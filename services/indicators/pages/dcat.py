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
    "gsp": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
LICENCE_ID: Final = "https://spdx.org/licenses/etalab-2.0"
LICENCE_TITLE: Final = "Licence Ouverte / Open Licence version 2.0"
"""As data.gouv.fr titles it: its harvester goes by the title of a licence."""
REGION: Final = "http://id.insee.fr/geo/region/11"
AROUND: Final = "POLYGON((1.4465 48.1205,3.5585 48.1205,3.5585 49.2355,1.4465 49.2355,1.4465 48.1205))"
"""The region's box, in degrees: harvesters draw a map of it and do not look up where a region is."""
_MEDIA: Final = "https://www.iana.org/assignments/media-types/"
_EU: Final = "http://publications.europa.eu/resource/authority/"
_FREQUENCY: Final = f"{_EU}frequency/QUARTERLY"
_THEME: Final = f"{_EU}data-theme/SOCI"


@dataclass(frozen=True)
class Iri:
    """A resource, by its absolute address."""

    address: str


@dataclass(frozen=True)
class Text:
    """A literal. `kind` is a type as `xsd:date`; without it the text is French prose, or plain where `plain`."""

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
        (here, "dct:language", Iri(f"{_EU}language/FRA")),
        (here, "dct:modified", Text(release.published_at.isoformat(), "xsd:dateTime")),
        (here, "foaf:homepage", Iri(f"{page.site}/")),
        (Iri(f"{page.site}/"), "rdf:type", Iri(PREFIXES["foaf"] + "Document")),
        (publisher, "rdf:type", Iri(PREFIXES["foaf"] + "Organization")),
        (publisher, "rdf:type", Iri(PREFIXES["foaf"] + "Agent")),
        (publisher, "foaf:name", Text(PUBLISHER)),
        *_named(),
    ]
    for one in shown:
        found.extend(_dataset(page.site, here, publisher, one, release, fictional=fictional))
    return [*found, *_paging(page)]


def _named() -> Iterable[Statement]:
    """What is named by an address elsewhere, with the class that the shapes of DCAT-AP ask of it."""
    region = Iri(REGION)
    yield Iri(LICENCE_ID), "rdf:type", Iri(PREFIXES["dct"] + "LicenseDocument")
    yield Iri(LICENCE_ID), "rdfs:label", Text(LICENCE_TITLE)
    yield Iri(LICENCE_URL), "rdf:type", Iri(PREFIXES["dct"] + "RightsStatement")
    yield Iri(LICENCE_URL), "rdfs:label", Text(f"Licence Ouverte 2.0, {LICENCE_URL}")
    yield region, "rdf:type", Iri(PREFIXES["dct"] + "Location")
    yield region, "skos:prefLabel", Text("Île-de-France")
    yield region, "dcat:bbox", Text(AROUND, "gsp:wktLiteral")
    yield Iri(_FREQUENCY), "rdf:type", Iri(PREFIXES["dct"] + "Frequency")
    yield Iri(_THEME), "rdf:type", Iri(PREFIXES["skos"] + "Concept")
    yield Iri(_THEME), "skos:prefLabel", Text("Population et société")


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
    yield data, "dct:modified", Text(release.published_at.isoformat(), "xsd:dateTime")
    yield data, "dct:accrualPeriodicity", Iri(_FREQUENCY)
    yield data, "dct:spatial", Iri(REGION)
    yield data, "dcat:theme", Iri(_THEME)
    landing = Iri(f"{site}/donnees/{one.id}")
    yield data, "dcat:landingPage", landing
    yield landing, "rdf:type", Iri(PREFIXES["foaf"] + "Document")
    yield data, "dcat:contactPoint", contact
    yield contact, "rdf:type", Iri(PREFIXES["vcard"] + "Organization")
    yield contact, "rdf:type", Iri(PREFIXES["vcard"] + "Kind")
    yield contact, "vcard:fn", Text(PUBLISHER)
    yield contact, "vcard:hasURL", Iri(f"{site}/mentions")
    yield data, "dct:temporal", time
    yield time, "rdf:type", Iri(PREFIXES["dct"] + "PeriodOfTime")
    yield time, "dcat:startDate", Text(f"{release.years[0]}-01-01", "xsd:date")
    yield time, "dcat:endDate", Text(last_day(release).isoformat(), "xsd:date")
    every, sheet = "Chaque chiffre publié, une ligne par chiffre", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    for title, said, path, media in (
        ("CSV, toutes les ventilations et périodes", f"{every} ; virgule, point décimal, UTF-8.", f"/donnees/{one.id}.csv", "text/csv"),
        ("XLSX, toutes les ventilations et périodes", f"{every}, avec le dictionnaire des colonnes.", f"/donnees/{one.id}.xlsx", sheet),
        (
            "JSON, par département",
            "Une année, pour chacun des huit départements ; le reste se demande par l’adresse.",
            f"/indicateurs/{one.id}.json",
            "application/json",
        ),
    ):
        yield from _distribution(site, data, title, said, path, media)


def _distribution(site: str, data: Iri, title: str, said: str, path: str, media: str) -> Iterable[Statement]:
    file, kind, form = Iri(f"{site}{path}#fichier"), Iri(_MEDIA + media), Iri(f"{_EU}file-type/{path.rpartition('.')[2].upper()}")
    yield data, "dcat:distribution", file
    yield file, "rdf:type", Iri(PREFIXES["dcat"] + "Distribution")
    yield file, "dct:title", Text(title)
    yield file, "dct:description", Text(said)
    yield file, "dcat:downloadURL", Iri(site + path)
    yield file, "dcat:accessURL", Iri(site + path)
    yield file, "dcat:mediaType", kind
    yield kind, "rdf:type", Iri(PREFIXES["dct"] + "MediaType")
    yield file, "dct:format", form
    yield form, "rdf:type", Iri(PREFIXES["dct"] + "MediaTypeOrExtent")
    if path.startswith("/donnees/"):
        schema = Iri(f"{data.address.replace('/indicateurs/', '/donnees/')}.schema.json")
        yield file, "dct:conformsTo", schema
        yield schema, "rdf:type", Iri(PREFIXES["dct"] + "Standard")
    yield file, "dct:license", Iri(LICENCE_ID)
    yield file, "dct:rights", Iri(LICENCE_URL)


def _paging(page: Page) -> Iterable[Statement]:
    """Both vocabularies that harvesters follow: the present one of Hydra and the older one."""
    here = page.address(page.number)
    yield here, "rdf:type", Iri(PREFIXES["hydra"] + "PartialCollectionView")
    yield here, "rdf:type", Iri(PREFIXES["hydra"] + "PagedCollection")
    yield here, "hydra:totalItems", Text(str(page.total), "xsd:integer")
    yield here, "hydra:itemsPerPage", Text(str(page.size), "xsd:integer")
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
        return {"@value": value.text, "@type": value.kind}
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
    return f"{text}^^{value.kind}" if value.kind else text if value.plain else f"{text}@fr"


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
    prefix, _, short = (value.kind or "").partition(":")
    attribute = f" rdf:datatype={quoteattr(PREFIXES[prefix] + short)}" if value.kind else "" if value.plain else ' xml:lang="fr"'
    return f"<{name}{attribute}>{escape(value.text)}</{name}>"
