"""Every theorem of the package, explicitly and in reading order."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from constructions.bayes.denoising import DENOISING
from constructions.bayes.kalman_filter import KALMAN_FILTER
from constructions.classification.logistic import LOGISTIC
from constructions.computers.subleq import SUBLEQ
from constructions.gadgets.aff import AFF
from constructions.gadgets.copy_next import COPY_NEXT
from constructions.gadgets.div import DIV
from constructions.gadgets.div_by_norm import DIV_BY_NORM
from constructions.gadgets.dot import DOT
from constructions.gadgets.mov import MOV
from constructions.gadgets.mul import MUL
from constructions.gadgets.raw import RAW
from constructions.gadgets.sigmoid_pieces import SIGMOID_PIECES
from constructions.gradient_descent.batch_gd import BATCH_GD
from constructions.gradient_descent.causal_lm import CAUSAL_LM
from constructions.gradient_descent.chebyshev import CHEBYSHEV
from constructions.gradient_descent.cot_gd import COT_GD
from constructions.gradient_descent.delta_rule import DELTA_RULE
from constructions.gradient_descent.gd_interleaved import GD_INTERLEAVED
from constructions.gradient_descent.gd_looped import GD_LOOPED
from constructions.gradient_descent.gd_plus_plus import GD_PLUS_PLUS
from constructions.gradient_descent.gd_preconditioned import GD_PRECONDITIONED
from constructions.gradient_descent.gd_step import GD_STEP
from constructions.gradient_descent.gd_steps import GD_STEPS
from constructions.gradient_descent.heavy_ball import HEAVY_BALL
from constructions.gradient_descent.linear_attention_recursion import LINEAR_ATTENTION_RECURSION
from constructions.gradient_descent.plus_minus_heads import PLUS_MINUS_HEADS
from constructions.gradient_descent.raw_sgd import RAW_SGD
from constructions.gradient_descent.raw_sgd_step import RAW_SGD_STEP
from constructions.kernels.functional_gd import FUNCTIONAL_GD
from constructions.kernels.gp_posterior import GP_POSTERIOR
from constructions.language import Construction, UnknownName
from constructions.language.reduced import parted, reduced
from constructions.least_squares.bai_ridge import BAI_RIDGE
from constructions.least_squares.lasso import LASSO
from constructions.least_squares.mesa_layer import MESA_LAYER
from constructions.least_squares.posterior_mean import POSTERIOR_MEAN
from constructions.least_squares.raw_ridge import RAW_RIDGE
from constructions.least_squares.raw_ridge_step import RAW_RIDGE_STEP
from constructions.least_squares.ridge_closed_form import RIDGE_CLOSED_FORM
from constructions.networks.two_layer_network import TWO_LAYER_NETWORK
from constructions.newton.fu_newton import FU_NEWTON
from constructions.newton.newton_inverse import NEWTON_INVERSE
from constructions.newton.ridge_newton import RIDGE_NEWTON
from constructions.reinforcement.td_average import TD_AVERAGE
from constructions.reinforcement.td_lambda import TD_LAMBDA
from constructions.reinforcement.td_zero import TD_ZERO
from constructions.reinforcement.value_iteration import VALUE_ITERATION
from constructions.selection.algorithm_selection import ALGORITHM_SELECTION
from constructions.sequences.induction_head import INDUCTION_HEAD
from constructions.sequences.markov_k import MARKOV_K
from constructions.transport.optimal_transport import OPTIMAL_TRANSPORT
from constructions.unsupervised.power_iteration import POWER_ITERATION

CATALOGUE: tuple[Construction, ...] = (
    GD_STEP,
    GD_STEPS,
    GD_LOOPED,
    GD_PLUS_PLUS,
    GD_PRECONDITIONED,
    HEAVY_BALL,
    CHEBYSHEV,
    COT_GD,
    FUNCTIONAL_GD,
    GP_POSTERIOR,
    COPY_NEXT,
    MOV,
    AFF,
    MUL,
    DOT,
    DIV,
    DIV_BY_NORM,
    RAW,
    SIGMOID_PIECES,
    GD_INTERLEAVED,
    LINEAR_ATTENTION_RECURSION,
    CAUSAL_LM,
    DELTA_RULE,
    MESA_LAYER,
    RIDGE_CLOSED_FORM,
    POSTERIOR_MEAN,
    NEWTON_INVERSE,
    RIDGE_NEWTON,
    FU_NEWTON,
    RAW_SGD_STEP,
    BATCH_GD,
    RAW_RIDGE_STEP,
    RAW_SGD,
    RAW_RIDGE,
    BAI_RIDGE,
    LASSO,
    LOGISTIC,
    ALGORITHM_SELECTION,
    TWO_LAYER_NETWORK,
    PLUS_MINUS_HEADS,
    DENOISING,
    KALMAN_FILTER,
    OPTIMAL_TRANSPORT,
    TD_ZERO,
    TD_LAMBDA,
    TD_AVERAGE,
    VALUE_ITERATION,
    INDUCTION_HEAD,
    POWER_ITERATION,
    MARKOV_K,
    SUBLEQ,
)


def get(name: str) -> Construction:
    """The construction of that name or tag; raises `UnknownName` with the nearest names."""
    for construction in CATALOGUE:
        if name in (construction.name, construction.tag):
            return construction
    raise UnknownName(f"no construction is called {name!r}; {_instead(name)}")


def claimed(name: str) -> Construction:
    """The same, or NAME@CLAIM: the record reduced to a claim, to be run and not to be judged. Raises `UnknownName`."""
    head, claim = parted(name)
    return get(head) if claim is None else reduced(get(head), claim)


def _instead(name: str) -> str:
    """What to type instead of a name that no construction has."""
    path = Path(name)
    if path.suffix == ".py":
        return f"of a file pass the record itself: load_file({name!r})[0], with from constructions.loading import load_file"
    if path.suffix:
        return "a theorem file ends in .py"
    if "/" in name or "\\" in name or path.name in ("", ".."):
        file = path.with_name(path.name + ".py") if path.name.strip(".") else path
        return f"did you mean {file}?" if file.is_file() else "a file of your own ends in .py"
    near = get_close_matches(name, [construction.name for construction in CATALOGUE], n=3, cutoff=0.5)
    every = f"python -m constructions list shows all {len(CATALOGUE)}"
    return f"did you mean {' or '.join(near)}?" if near else every
