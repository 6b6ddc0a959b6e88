"""Two ways around the quantifier that were open once: an argument with a default, and a thread of one's own."""

import re
import threading
from contextvars import Context

import pytest

from constructions.language import Attention, ForwardClosed, Stream, Transformer, UnknownName, WrongQuantifier, at
from constructions.language.forward import after, closed_forward
from constructions.language.quantifier import names_of
from constructions.matrix import exact
from tests.language.small import BARE, bare, data_of, nothing


def with_default(d_x, d_y, X=None):
    return nothing(d_x, d_y)


def with_constant(d_x, d_y, scale=2):
    return nothing(d_x, d_y)


def test_a_positional_argument_with_a_default_is_asked_for():
    assert names_of(with_default) == ("d_x", "d_y", "X")
    with pytest.raises(WrongQuantifier, match="weights of bare asks for X, which is data"):
        bare(weights=with_default)
    with pytest.raises(UnknownName, match=re.escape("weights of bare asks for 'scale', which is not declared")):
        bare(weights=with_constant)


def in_a_new_context(work):
    return Context().run(work)


def in_a_thread(work):
    answers = []

    def guarded():
        try:
            answers.append(work())
        except ForwardClosed as closed:
            answers.append(closed)

    thread = threading.Thread(target=guarded)
    thread.start()
    thread.join()
    if isinstance(answers[0], ForwardClosed):
        raise answers[0]
    return answers[0]


@pytest.mark.parametrize("detour", [in_a_new_context, in_a_thread])
def test_the_forward_pass_is_closed_everywhere_while_an_algorithm_runs(detour):
    network = at(BARE)
    cheat = bare(algorithm=lambda X, Y, X_q: detour(lambda: network.run({"X": X, "Y": Y, "X_q": X_q}).answer))
    data = data_of([[1, 2]] * 3, [[1]] * 3, [[1, 1]] * 2)
    with pytest.raises(ForwardClosed, match="an algorithm called the forward pass; it must be a formula of its own"):
        at(cheat).algorithm(data)
    assert network.run(data).answer.shape == (2, 1)


def test_an_algorithm_inside_another_does_not_open_the_forward_pass_when_it_ends():
    network = Transformer(Stream(x=1), (Attention((), kernel="linear", mask="everything"),))
    with closed_forward():
        with closed_forward():
            pass
        with pytest.raises(ForwardClosed):
            after(network.unrolled[0], exact([[1]]), None)
