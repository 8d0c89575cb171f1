"""`./macs bench NAME`: measurements on servers of their own, kept in bench/results/ with machine and versions."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.screen import Watch, done, failed, print_json, say

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Les mesures de vitesse.")

Seconds = Annotated[float, typer.Option("--seconds", min=1, max=600, help="Durée de mesure sur une machine au repos.")]
Json = Annotated[bool, typer.Option("--json", help="Pour un script.")]


@app.callback()
def bench() -> None:
    """Les mesures de vitesse ; chacune démarre ses propres serveurs et ne touche pas à une plateforme en marche."""


@app.command()
def apply(seconds: Seconds = 20, as_json: Json = False) -> None:
    """Lignes d’heures appliquées par seconde, exactement une fois, par un seul processus."""
    from bench import apply as measurement

    watch = Watch()
    try:
        result = measurement.measure(seconds, lambda text: say(f"  {text} …"))
    except (measurement.Inexact, TimeoutError) as error:
        failed(str(error))
        raise typer.Exit(1) from error
    file = measurement.keep(result)
    if as_json:
        print_json(result)
        return
    fresh = result["freshness_ms"]
    done(
        f"{result['lines_per_second']:,} lignes/s, lecture seule {result['raw_per_second']:,}/s, rapport {result['ratio']:.2f}",
        watch.seconds,
    )
    done(f"fraîcheur : médiane {fresh['p50']:.0f} ms, p99 {fresh['p99']:.0f} ms")
    done(f"processus indicators : {result['worker_mb']} Mo ; résultat dans {file.parent.name}/{file.name}")


@app.command()
def ingest(
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Une étape seule : workbook, concurrent, filing, decp, pages. À répéter.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Classeurs, déclarations longues ou simultanées, marchés (DECP), pages sur un million de lignes."""
    from bench import ingest as measurement

    unknown = set(only or ()) - measurement.STEPS.keys()
    if unknown:
        raise typer.BadParameter(f"étapes connues : {', '.join(measurement.STEPS)}", param_hint="--only")
    watch = Watch()
    result = measurement.measure(lambda text: say(f"  {text} …"), only or ())
    where = f"{measurement.RESULTS.name}/{measurement.keep(result).name}" if result["whole"] else "rien n’est gardé d’une étape seule"
    if as_json:
        print_json(result)
        return
    for sentence in measurement.told(result):
        done(sentence)
    done(where, watch.seconds)


@app.command()
def events(as_json: Json = False) -> None:
    """Plans d’ateliers, rencontres de dix minutes, inscriptions pendant des arrêts : chaque chiffre avec sa limite."""
    from bench import events as measurement

    watch = Watch()
    try:
        result = measurement.measure(lambda text: say(f"  {text} …"))
    except measurement.Broken as error:
        failed(str(error))
        raise typer.Exit(1) from error
    file = measurement.keep(result)
    if as_json:
        print_json(result)
        return
    for line in measurement.summary(result):
        (done if line.good else failed)(line.text)
    done(f"résultat dans {file.parent.name}/{file.name}", watch.seconds)


@app.command()
def observatory(
    full: Annotated[bool, typer.Option("--full", help="Dix millions de lignes au lieu d’un million et demi.")] = False,
    as_json: Json = False,
) -> None:
    """L’observatoire sur dix ans d’une région : application, pages de travail et publiques, publication, mémoire, reconstruction."""
    from bench import observatory as measurement
    from bench.observatory_apply import Inexact
    from bench.observatory_editions import NotComposed

    watch = Watch()
    try:
        result = measurement.measure(lambda text: say(f"  {text} …"), full=full)
    except (Inexact, NotComposed, TimeoutError) as error:
        failed(str(error))
        raise typer.Exit(1) from error
    file = measurement.keep(result)
    if as_json:
        print_json(result)
        return
    for key in measurement.KEYS:
        say(f"  {key} : {'non mesuré' if result[key] is None else result[key]}")
    done(f"{result['lines']:,} lignes ; résultat dans {file.parent.name}/{file.name}", watch.seconds)
