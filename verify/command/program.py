"""What `python -m verify` does: judge, write certificates, check them, draw."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from constructions.language import BadConstruction, UnknownName
from verify.command import certificate, certificate_file, figures
from verify.command.display import show, show_differences
from verify.command.loading import NothingToJudge
from verify.command.options import contradictions, cores, parse_sizes, parser
from verify.command.plain import Plain
from verify.command.progress import progress_display
from verify.command.run import Runner, judge_all
from verify.command.tasks import Request
from verify.command.text import method_lines
from verify.judge import METHODS
from verify.limits import Limits

MISUSE = (UnknownName, NothingToJudge, BadConstruction, certificate_file.NoCertificate, figures.CannotDraw)


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    try:
        if wrong := contradictions(options):
            raise BadConstruction(wrong)
        if options.list_methods:
            return say("\n".join(method_lines(METHODS)))
        return check(options) if options.check else judge(options)
    except MISUSE as error:
        print(f"python -m verify: {error.args[0]}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("python -m verify: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a pipe has seen enough
        _ = os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def judge(options: argparse.Namespace) -> int:
    start = time.perf_counter()
    for file in filter(None, (options.certificate, options.list_file)):
        certificate_file.check_place(file)
    request = Request(parse_sizes(options.sizes), tuple(options.method), options.seed)
    if options.figures:
        figures.check_place(options.figures)
    found = outcomes(options, options.what, request, certified=bool(options.certificate))
    if options.certificate:
        certificate_file.write(options.certificate, certificate.certificate(options.what, request, found))
        print(f"certificate written: {options.certificate}", file=sys.stderr)
    reports = [one["report"] for one in found]
    if options.list_file:
        certificate_file.write(options.list_file, reports)
    if options.json:
        say_json(reports)
    else:
        show(reports, bool(options.what), options.explain, time.perf_counter() - start)
    failed = draw(options, reports) if options.figures else []
    return 0 if all(report["stands"] for report in reports) and not failed else 1


def draw(options: argparse.Namespace, reports: Sequence[Plain]) -> list[str]:
    """Write the figures, and say where; what could not be drawn, which is no verdict, makes the exit status 1."""
    with progress_display() as progress:
        failed = figures.draw_all(options.what, reports, options.figures, runner(options), progress)
    for line in failed:
        print(line, file=sys.stderr)
    print(f"figures written: {options.figures}", file=sys.stderr)
    return failed


def check(options: argparse.Namespace) -> int:
    """Repeat what a certificate describes."""
    old, words, request = certificate_file.read(options.check)
    if certificate.edited(old):
        asked = old["request"].get("sha256")
        return differs(options, [("request.sha256", asked, "what the field request hashes to: it was edited")])
    if not options.what:
        certificate_file.check_files(options.check, words)
    found = outcomes(options, options.what or words, request, certified=True)
    new = certificate.certificate(options.what or words, request, found, words)
    if differences := list(certificate.differences(old, new)):
        return differs(options, differences)
    reports = [one["report"] for one in found]
    standing = sum(report["stands"] for report in reports)
    if options.json:
        say_json({"file": str(options.check), "agrees": True, "stands": standing == len(reports), "differences": []})
    else:
        text = f"{options.check} agrees in every field that can be recomputed"
        _ = say(f"✓ {text}; {standing} of {len(reports)} constructions stand")
    return 0 if standing == len(reports) else 1


def differs(options: argparse.Namespace, found: list[tuple[str, Any, Any]]) -> int:
    if options.json:
        fields = [dict(zip(("field", "certificate", "now"), one, strict=True)) for one in found]
        say_json({"file": str(options.check), "agrees": False, "stands": False, "differences": fields})
    else:
        show_differences(str(options.check), found)
    return 1


def outcomes(options: argparse.Namespace, words: Sequence[str], request: Request, certified: bool) -> list[Plain]:
    with progress_display() as progress:
        return judge_all(words, request, certified, runner(options), progress)


def runner(options: argparse.Namespace) -> Runner:
    default = Limits()
    limits = Limits(options.time_limit or default.seconds, options.memory_limit or default.mebibytes)
    return Runner(limits, options.jobs or cores(), here=options.jobs == 1)


def say(text: str) -> int:
    print(text, flush=True)
    return 0


def say_json(value: Any) -> None:
    """Characters beyond ASCII as they are where the output can carry them."""
    ascii_only = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    _ = say(json.dumps(value, indent=2, ensure_ascii=ascii_only))
