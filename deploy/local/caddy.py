"""The gateway: one origin for every service, from one table of paths."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from deploy.local import ports
from deploy.local.folder import ROOT

ROUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "ingest": (
        "/api/v1/declarations*", "/api/v1/imports*", "/api/v1/contracts*", "/api/v1/persons*", "/api/v1/reconciliations*", "/api/v1/replays*",
        "/declarer*",
    ),
    "indicators": (
        "/", "/api/v1/indicators*", "/api/v1/pilotage*", "/api/v1/editions*", "/pilotage*", "/indicateurs*", "/departements*",
        "/donnees*", "/methode*", "/integrer*", "/comparer*", "/revisions*", "/territoires*", "/themes*", "/etudes*", "/editions*",
        "/recherche*", "/catalogue*", "/robots.txt", "/sitemap.xml",
    ),
    "directory": (
        "/api/v1/departments*", "/api/v1/organisations*", "/api/v1/people*", "/api/v1/mandates*", "/api/v1/keys*",
        "/api/v1/session*", "/connexion*", "/deconnexion*", "/annuaire*", "/accessibilite*", "/mentions*",
    ),
    "events": (
        "/api/v1/meetings*", "/api/v1/ateliers*", "/api/v1/openmap*", "/api/v1/agenda.ics", "/agenda*", "/openmap*",
        "/ateliers*", "/diagnostic*", "/gouvernance*", "/api/v1/polls*", "/api/v1/diagnostics*", "/api/v1/governance*", "/sondages*",
        "/presence*", "/rencontres*", "/calendriers*", "/lettre-de-rentree*",
    ),
    "notify": (
        "/api/v1/coordination*", "/api/v1/mailbox*", "/coordination*", "/preferences*", "/desabonnement*", "/boite-locale*", "/api/v1/webhooks*", "/webhooks*",
    ),
    "console": ("/exploitation*",),
}  # fmt: skip
"""What is not here is not reachable from outside: /health, /metrics and /internal above all."""

LARGEST_BODY: Final = "320MB"
"""Above every service's own limit; they answer 413 with their own words below it."""

LONGEST_HEAD: Final = "1MB"
"""Of a request before its body. With Caddy's own 16 kB a longer address finds its connection closed, without an answer."""

LONGEST_ADDRESS: Final = 60_000
"""What a service can read at all (64 kB); below it they answer 414 with their own words, as with bodies."""

_HEAD: Final = """{{
	admin off
	auto_https off
	persist_config off
	log {{
		level WARN
	}}
	servers {{
		protocols h1
		max_header_size {head}
	}}
}}

http://{host}:{port}, http://localhost:{port} {{
	bind {host}
	encode zstd gzip
	request_body {{
		max_size {largest}
	}}
	header -Server

	@endless expression `size({{http.request.uri}}) > {address}`
	handle @endless {{
		error 414
	}}
"""

_DEPLOYED_HEAD: Final = """{
	admin off
	persist_config off
	log {
		level WARN
	}
	servers {
		trusted_proxies static {$MACS_TRUSTED_PROXIES:127.0.0.1/32}
		max_header_size HEAD
	}
}

{$MACS_SITE::8080} {
	encode zstd gzip
	request_body {
		max_size LARGEST
	}
	header -Server

	@endless expression `size({http.request.uri}) > ADDRESS`
	handle @endless {
		error 414
	}
"""
"""`MACS_SITE`: a name that the public can reach, for which Caddy fetches its certificate itself; or a port, behind something that has one.
`MACS_TRUSTED_PROXIES`: networks whose `X-Forwarded-For` is believed."""

_SERVICE: Final = """
	@{name} path {paths}
	handle @{name} {{
		reverse_proxy {upstream} {{
			# a service that is being restarted is waited for, not reported
			lb_try_duration 5s
			lb_try_interval 100ms
			fail_duration 0
			# one address, that of the caller: what callers write there themselves, and those of our own proxies, go no further
			header_up X-Forwarded-For {{client_ip}}
			# connections are kept for the next burst (else 32 are, and each request beyond them opens its own), and given up before the service does
			transport http {{
				keepalive 30s
				keepalive_idle_conns_per_host 256
			}}
		}}
	}}
"""

_FILES: Final = """
	handle_path /static/* {{
		root * {static}
		header Cache-Control "public, max-age=3600"
		header X-Content-Type-Options nosniff
		file_server
	}}
	handle /api/openapi.json {{
		root * {documents}
		rewrite * /openapi.json
		file_server
	}}
	handle /api/asyncapi.json {{
		root * {documents}
		rewrite * /asyncapi.json
		file_server
	}}
	handle /api/* {{
		error 404
	}}
"""

_UNKNOWN: Final = """
	handle {{
		# one address, whatever was asked: the public face says that there is no such page, and shows nothing that is not here
		rewrite * /page-introuvable
		reverse_proxy {upstream}
	}}
"""

_NOTHING: Final = """
	handle {
		error 404
	}
"""

_ERRORS: Final = """
	handle_errors {
		@api path /api/*
		handle @api {
			header Content-Type application/problem+json
			@long expression `{err.status_code} == 414`
			respond @long `{"type": "urn:macs:problem:ADDRESS_TOO_LONG", "status": 414, "code": "ADDRESS_TOO_LONG", "title": "L’adresse est trop longue", "errors": []}` 414
			respond `{"type": "about:blank", "status": {err.status_code}, "code": "GATEWAY", "title": "{err.status_text}", "errors": []}` {err.status_code}
		}
		handle {
			header Content-Type "text/html; charset=utf-8"
			@missing expression `{err.status_code} == 404`
			handle @missing {
				respond `<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>Page introuvable</title><body style="font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem"><h1>Page introuvable</h1><p>Cette adresse n’existe pas ou n’existe plus.</p><p><a href="/">Retour à l’accueil</a></p>` 404
			}
			@refused expression `{err.status_code} == 414`
			handle @refused {
				respond `<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>L’adresse est trop longue</title><body style="font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem"><h1>L’adresse est trop longue</h1><p>Une adresse de ce site compte 8 000 caractères au plus. Demandez moins à la fois.</p><p><a href="/">Retour à l’accueil</a></p>` 414
			}
			handle {
				header Retry-After 5
				respond `<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Service momentanément indisponible</title><body style="font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem"><h1>Service momentanément indisponible</h1><p>Rien de ce que vous avez envoyé n’a été enregistré. Réessayez dans quelques instants.</p>` {err.status_code}
			}
		}
	}
}
"""


def caddyfile(port: int, upstreams: Mapping[str, str]) -> str:
    """The gateway of a local run. `upstreams` gives host:port of each service that exists; the others' paths are 404."""
    head = _HEAD.format(host=ports.LOOPBACK, port=port, largest=LARGEST_BODY, head=LONGEST_HEAD, address=LONGEST_ADDRESS)
    return _written(head, ROOT / "kit" / "web" / "static", ROOT / "docs" / "api", upstreams)


def deployed(upstreams: Mapping[str, str], folder: Path = Path("/srv/macs")) -> str:
    """The gateway of a deployment, by the same table of paths; `folder` holds `static` and `api`."""
    head = _DEPLOYED_HEAD
    for name, value in {"LARGEST": LARGEST_BODY, "HEAD": LONGEST_HEAD, "ADDRESS": str(LONGEST_ADDRESS)}.items():
        head = head.replace(name, value)
    return _written(head, folder / "static", folder / "api", upstreams)


def _written(head: str, static: Path, documents: Path, upstreams: Mapping[str, str]) -> str:
    services = [
        _SERVICE.format(name=name, paths=" ".join(paths), upstream=upstreams[name]) for name, paths in ROUTES.items() if name in upstreams
    ]
    files = _FILES.format(static=static, documents=documents)
    public = upstreams.get("indicators")
    unknown = _UNKNOWN.format(upstream=public) if public else _NOTHING
    return "".join([head, *services, files, unknown, _ERRORS])


def command(configuration: Path) -> list[str]:
    return [str(Path(sys.executable).parent / "caddy"), "run", "--adapter", "caddyfile", "--config", str(configuration)]


def environment(data: Path) -> dict[str, str]:
    return {"XDG_DATA_HOME": str(data), "XDG_CONFIG_HOME": str(data), "GOMEMLIMIT": "48MiB", "GOGC": "50", "GOMAXPROCS": "2"}
