"""A loop that is a computer: every pass executes one SUBLEQ instruction, exactly, by softmax attention.

**Statement.** For all L and N and every λ > 0 with (1 + e^{−2λ})^L ≤ 4/3 there is one block, three attention sublayers of
scale λ and five ReLU MLPs, such that for every number of passes K, every memory of 2^L words of N bits, every program
of 2^L instructions and every program counter the network that applies it K times holds, exactly, the memory and the program
counter after K steps of SUBLEQ: word b is lessened by word a, and if it is ≤ 0 then, instruction c is next. Hard attention
is exact too. With a smaller λ some program fails.

**Proof.** Token t holds word t, instruction t and the bits ±1 of t; the last token holds the program counter. That token asks
for the instruction at pc, then for the words a and b. Two codes that differ in d bits have scores that differ by 2λd, and
every code occurs once, so the token asked for has the weight w = (1 + e^{−2λ})^{−L}: what is read is within 2(1 − w) ≤ 1/2 of
the bit ±1, and snapping, z ↦ relu(2z + 1) − relu(2z − 1) − 1, makes it exact. Where w is smaller, a bit of a jump whose opposite
stands in all other instructions is read as less than 1/2, and comes out less than 1. MLPs find the bits of y − x and pc + 1 as
sums of steps [s ≥ t], and all tokens read the result and b from the last one, which is all they see. A token whose code agrees
with b in m bits adds relu(u − 2(L − m)) − relu(−u − 2(L − m)) to its word, with u = new − old ∈ {−2, 0, 2}: that is u if m = L,
else 0. The last token's pc becomes 2 relu(c − 1 + f) + 2 relu(pc + 1 − f) − 1, where f = [y − x ≤ 0]. What a pass leaves in
registers other than word and pc the next one clears before it reads them.

**Remarks.** The weights are ours: five pairs of attention and MLP, two of them without attention, of at most two heads. In the
authors' code the token that asks is among the keys and shares its weight, so that errors double, and biases stand in one column
only, which no MLP has: here constants are multiples of the last token's 1. Numbers and program counter wrap around; a program
ends by a jump to itself. Any number of passes at one size is an induction, whose step is gone through at every state.
"""

from fractions import Fraction
from functools import partial
from math import ceil, log

from constructions.algorithms import subleq
from constructions.instructions import difference, snapped, successor
from constructions.language import MLP, Attention, Block, Construction, Equal, Head, Invariant, NearMiss, Parameter
from constructions.language import Prompt, Readout, Repeat, Source, Stream, Token, Transformer, Units, Write, functions
from constructions.language import stack
from constructions.matrix import below, beside, identity, ones, zeros


def threshold(L):
    """The least λ with (1 + e^{−2λ})^L ≤ 4/3, rounded up to thousandths."""
    return Fraction(ceil(-500 * log((4 / 3) ** (1 / L) - 1)), 1000)


def weights(L, N, steps, beta, *, kernel="softmax", snap=True, zero=1, swap=False, clear=1):
    word, command, place, one, pc, asked, x, y, new, follow, flag, match = stream = Stream(
        word=N, command=3 * L, place=L, one=1, pc=L, asked=3 * L, x=N, y=N, new=N, follow=L, flag=1, match=1
    )
    a, b, c = (identity(3 * L)[[i * L + k for k in range(L)]] @ asked for i in range(3))
    relu = partial(MLP, activation="relu")
    scale, bits, codes = 1 if kernel == "hard" else threshold(L) + beta, ones(1, N), ones(L, 1)

    def reads(query, value, into):
        return Head(query=scale * query, key=place, value=value, into=into)

    def attend(*heads, old, mask="context"):
        return Attention(heads, kernel, mask, skip=(Write(-clear * old, old),))

    u, sign = new - word, identity(N)[N - 1] @ new
    agree = Units(stack(place + b, -place - b), stack(*2 * [codes @ match]), bias=-1)
    at_most_zero = (Units(sign + one, flag, bias=-1), Units(one - bits @ new, zero * flag, bias=-N))
    add = [Units(s * u + 2 * (bits.T @ match), s * word, bias=-2 * L) for s in (1, -1)]
    go = (Units(follow - codes @ flag, 2 * pc), Units(c - codes @ (one - flag), 2 * pc))
    pass_ = Block(
        (
            attend(reads(pc, command, asked), old=stack(asked, new, follow, flag, match)),
            relu(snapped(asked, one) if snap else ()),
            attend(reads(a, word, y if swap else x), reads(b, word, x if swap else y), old=stack(x, y)),
            relu(snapped(stack(x, y), one) if snap else ()),
            relu((*difference(y, x, one, new), *successor(pc, one, follow))),
            attend(Head(query=one, key=one, value=stack(new, b), into=stack(new, b)), old=stack(new, b), mask="query"),
            relu((agree, *at_most_zero)),
            relu((*add, *go, Units(stack(pc, -pc), stack(-pc, pc)), Units(one, -(codes.T @ pc)))),
        )
    )
    return Transformer(stream, layers=(Repeat(pass_, steps),))


def prompt(M, P, pc):
    return Prompt(context=(Token(word=M, command=P),), query=(Token(pc=pc, one=1),), positions=(("place", "binary"),))


def algorithm(M, P, pc, L, N, steps):
    memory, counter = subleq.run(M, P, pc, steps)
    return below(beside(memory, zeros(2**L, L)), beside(zeros(1, N), counter))


hard = partial(weights, beta=1, kernel="hard")

SUBLEQ = Construction(
    name="subleq",
    tag="ICL-0061",
    sources=(Source("giannou2023looped", "the looped transformer for SUBLEQ, with weights of our own"),),
    sizes={"L": 1, "N": 2, "steps": 2},
    parameters={"beta": Parameter(default=1, positive=True, meaning="by how much the scale exceeds the threshold")},
    data={"M": ("2**L", "N"), "P": ("2**L", "3*L"), "pc": ("1", "L")},
    domain={"M": "signs", "P": "signs", "pc": "signs"},
    **functions(weights, prompt, lambda word, pc: Readout(stack(word, pc), at="everything"), algorithm),
    claims=(
        Equal("softmax attention and snapping execute the program exactly"),
        Equal("hard attention executes the program", {"weights": hard, "invariant": ...}),
    ),
    invariant=Invariant(
        start=lambda M, pc: (M, pc),
        step=lambda W, P: subleq.step(W[0], P, W[1]),
        holds={
            ("word", "everything"): lambda W, N: below(W[0], zeros(1, N)),
            ("pc", "everything"): lambda W, L: below(zeros(2**L, L), W[1]),
        },
    ),
    near_misses={
        "too-hot": NearMiss("1/100 below the threshold a bit is read as less than 1/2", beta=-Fraction(1, 100)),
        "no-snapping": NearMiss("what is read is not a bit", snap=False),
        "jump-on-negative": NearMiss("0 jumps, too", weights=hard, zero=0),
        "operands-swapped": NearMiss("word b is lessened, not word a", weights=hard, swap=True),
        "never-cleared": NearMiss("a pass adds to what it finds in its registers", weights=hard, clear=0),
        "one-pass-short": NearMiss("K instructions, K passes", weights=lambda L, N, steps: hard(L, N, steps - 1)),
    },
    resources=dict(layers="steps", heads="2", width="9*L + 4*N + 3", tokens="2**L + 1"),
)
