"""`compare`: how far two learners are apart on linear tasks that neither has seen."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from constructions.commands.cautions import say
from constructions.commands.compare import page, to_zero
from constructions.commands.compare.baselines import BASELINES
from constructions.commands.compare.learners import COMMA, is_exact, learner, learners, number, takes_lam
from constructions.commands.compare.measure import implicit, measured
from constructions.commands.compare.tasks import Setting
from constructions.commands.files import check_figure, writing
from constructions.commands.misuse import Misuse
from constructions.commands.options import size
from constructions.commands.predict.progress import progress
from constructions.views.text import as_json

HELP = "two learners on linear tasks that neither has seen: how far apart are they?"
EXAMPLES = f"""examples:
  python -m constructions compare ridge-closed-form ridge ols --set lam=1/4
  python -m constructions compare raw-ridge ridge,lam=1 ridge,lam=1/2 --d 2 --tasks 10
  python -m constructions compare posterior ridge,lam=1/16 ridge,lam=1/9 ridge,lam=1/4 ridge,lam=4/9 --d 8 --sigma 1/2
  python -m constructions compare gd-steps,steps=8,eta=1/10 gd,steps=8,eta=1/10 ols knn --figure gd.svg
  python -m constructions compare ridge-closed-form --lambda-to-zero

The first learner is compared with each of the others. A learner is a construction whose data are X, Y and X_q (a name of
`list`, or FILE.py), or one of

{chr(10).join(f"  {name:10} {baseline.meaning}" for name, baseline in BASELINES.items())}

Settings follow the name after commas (ridge,lam=1/4); --set gives a setting to every learner that has it and does not say
otherwise. A network is built for each n, and its weights are the same for every task.

Tasks are w ~ N(0, tau² I), x ~ N(0, I), y = wᵀx + N(0, sigma²). The table has one line for every number n of examples, and the
means over n < d. Both distances are divided by d:
  SPD/d   mean of (A1(x′) − A2(x′))²/d over tasks and unlabelled queries x′ ~ N(0, I)
  ILWD/d  mean of |ŵ_A1 − ŵ_A2|²/d over tasks, ŵ being the linear model that fits a learner's answers to the queries best
For learners that are linear in x′ they agree in expectation. ± is a standard error over tasks. With λ = σ²/τ² ridge is the
posterior mean: no other λ comes nearer to it, or to the truth.

--lambda-to-zero takes a learner with a setting lam, and ols, which may be left out: on one task with --n examples (default
d/2) it prints the distance from the shortest least-squares solution for λ = 1, 0.1, …, its first-order term, and where
float64 ends."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    def add(word: str, **options: Any) -> None:
        parser.add_argument(word, **options)

    add("first", metavar="LEARNER", help="e.g. raw-ridge, or ridge,lam=1/4")
    add("others", metavar="OTHER", nargs="*", help="what it is compared with (ols for --lambda-to-zero)")
    add("--d", default="4", metavar="D", help="number of inputs (default 4)")
    add("--n", metavar="N", help="largest number of examples (default 2d)")
    add("--sigma", default="0", metavar="S", help="standard deviation of the noise (default 0)")
    add("--tau", default="1", metavar="T", help="standard deviation of each weight (default 1)")
    add("--tasks", default="100", metavar="K", help="how many tasks are drawn (default 100)")
    add("--queries", metavar="M", help="unlabelled queries a task, at least d (default 4d)")
    add("--seed", type=int, default=0, metavar="N", help="which tasks to draw (default 0)")
    add("--set", metavar="NAME=VALUE", action="append", default=[], help="a setting of every learner that has it")
    add("--json", action="store_true", help="print one JSON object")
    add("--figure", metavar="FILE.svg", help="draw both distances by number of examples (needs matplotlib)")
    add("--lambda-to-zero", action="store_true", help="instead: LEARNER as lam → 0, against ols")


@np.errstate(all="ignore")  # an overflow ends in inf or NaN, which is refused with a sentence
def run(args: argparse.Namespace) -> str:
    """The table, or its content as JSON; with --figure a drawing too."""
    if args.figure:
        check_figure(Path(args.figure))
    if args.seed < 0:
        raise Misuse(f"--seed must be a whole number ≥ 0, got {args.seed}")
    return _to_zero(args) if args.lambda_to_zero else _compare(args)


def _setting(args: argparse.Namespace, n: int) -> Setting:
    d = size("--d", args.d)
    queries = size("--queries", args.queries) if args.queries else 4 * d
    if queries < d:
        raise Misuse(f"--queries must be at least d = {d}, got {queries}: fewer do not determine a linear model")
    sigma, tau = float(number("--sigma", args.sigma, zero=True)), float(number("--tau", args.tau))
    count = size("--n", args.n) if args.n else n
    return Setting(d, count, sigma, tau, size("--tasks", args.tasks), queries, args.seed)


def _compare(args: argparse.Namespace) -> str:
    if not args.others:
        raise Misuse(f"what is {args.first} compared with? Name a construction or {', '.join(BASELINES)} after it")
    setting = _setting(args, 2 * size("--d", args.d))
    found = learners([args.first, *args.others], args.set, setting.d)
    say(f"A{k} = {one.told}" for k, one in enumerate(found, start=1))
    say(
        [
            f"n = 1, …, {setting.n}; d = {setting.d}; {setting.tasks} tasks of {setting.queries} queries; seed {setting.seed}"
        ]
    )
    text = f"running {len(found)} learners on {setting.tasks} tasks"
    with progress(text, setting.n * setting.tasks * len(found)) as state:
        rows = measured(setting, found, state.advance)
    if args.figure:
        from constructions.commands.compare.figure import draw

        with writing(Path(args.figure)):
            draw(found[0].label, rows, Path(args.figure))
    return as_json(page.record(setting, found, rows)) if args.json else page.page(setting, found, rows)


def _to_zero(args: argparse.Namespace) -> str:
    if args.others not in ([], ["ols"]):
        raise Misuse(f"--lambda-to-zero compares one learner with ols, not with {' and '.join(args.others)}")
    label = " --set ".join([args.first, *args.set])
    if not takes_lam(args.first) or any(word.startswith("lam=") for word in (*COMMA.split(args.first), *args.set)):
        raise Misuse(f"--lambda-to-zero sets lam itself: name a learner that has it, without lam=…, not {label}")
    if not is_exact(args.first):
        raise Misuse(
            f"--lambda-to-zero is about exact learners: the error of {label} grows as lam → 0, and hides the limit"
        )
    setting = _setting(args, max(1, size("--d", args.d) // 2))
    (task,) = replace(setting, tasks=1).draw()
    _ = learners([args.first], args.set, setting.d)  # refuses settings that it does not take
    say([f"{label} with lam = 1, 1/10, …; n = {setting.n}; d = {setting.d}; seed {setting.seed}"])
    with progress(f"running {args.first}", to_zero.STEPS) as state:

        def weights(lam: Any) -> Any:
            found = learner(f"{args.first},lam={lam}", args.set, setting.d)
            answer = np.asarray(found.at(setting.n)(task)).reshape(-1)
            state.advance()
            return implicit(task.Q, answer)

        made = to_zero.approach(label, weights, task)
    if args.figure:
        from constructions.commands.compare.figure import draw_approach

        with writing(Path(args.figure)):
            draw_approach(made, Path(args.figure))
    return as_json(to_zero.record(made, args.seed)) if args.json else to_zero.page(made, args.seed)
