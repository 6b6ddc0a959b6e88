"""One linear attention head copies the next token.

**Statement.** For every length T there are weights of one linear attention layer such that for all contents c_1, …,
c_T in ℝ^T, with the position codes p_j = e_j (unit vectors), the token (c_j; p_j) becomes (c_j; c_{j+1}) for j < T,
and (c_T; p_T) stays.

**Proof.** Let U be the shift with ones above the diagonal, U e_{j+1} = e_j and U e_1 = 0. With query Uᵀ p and key p
the head scores ⟨Uᵀ e_j, e_i⟩ = [i = j+1], so token j reads token j+1 alone, and the last token nothing. The value
c − U p at token j+1 is c_{j+1} − e_j; added to p_j = e_j it leaves c_{j+1}.

**Remarks.** The position code is spent: what was an address is now content. Contents of fewer coordinates are padded
with zeros; a register apart for the copy needs no subtraction (`gd-interleaved`). Softmax does not copy: the scores
are 0 and 1, so a fraction of every token leaks in, at any finite scale.
"""

from constructions.language import Attention, Construction, Head, NearMiss, Prompt, Readout, Source, Stream, Token
from constructions.language import Transformer, one_step, stack
from constructions.matrix import below, beside, identity, shift

AS_PRINTED = Source("vonoswald2023transformers", "Proposition 3, proof in Appendix A.5")


def weights(T, *, by=1, kernel="linear", erase=1):
    c, p = stream = Stream(c=T, p=T)
    U = shift(T, by)
    head = Head(query=U.T @ p, key=p, value=c - erase * (U @ p), into=p)
    return Transformer(stream, layers=(Attention((head,), kernel, mask="everything"),))


def algorithm(C, T):
    return beside(C, below(C[1:], identity(T)[T - 1]))


COPY_NEXT = Construction(
    name="copy-next",
    tag="ICL-0006",
    sources=(Source("vonoswald2023transformers", "Proposition 3 and Appendix A.5, with the shift put right"),),
    sizes={"T": 5},
    data={"C": ("T", "T")},
    weights=weights,
    prompt=lambda C: Prompt(context=(Token(c=C),), positions=(("p", "one-hot"),)),
    readout=lambda c, p: Readout(stack(c, p), at="context"),
    algorithm=algorithm,
    steps=one_step(
        "for U with ones above the diagonal, row j of U C is c_{j+1}, and the last row is 0",
        left=lambda C, T: shift(T) @ C,
        right=lambda C, T: below(C[1:], 0 * C[0]),
    ),
    near_misses={
        "as-printed": NearMiss("ones below the diagonal copy the previous token", source=AS_PRINTED, by=-1),
        "softmax": NearMiss("softmax of a unit vector is no unit vector", source=AS_PRINTED, kernel="softmax"),
        "position-kept": NearMiss("the old position code stays in the sum", erase=0),
        "two-ahead": NearMiss("the shift by two copies c_{j+2}", by=2),
    },
    dead={"layer 1 head 1 key row 0 p 0": "pad"},
    resources=dict(layers="1", heads="1", width="2*T", tokens="T", nonzeros="5*T - 2"),
)
