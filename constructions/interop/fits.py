"""Which constructions fit stock architectures of other libraries, and why not: `python -m constructions.interop.fits`."""

from __future__ import annotations

from constructions.interop import need

need("torch", "torch", "a construction in a stock architecture")

import torch  # noqa: E402

from constructions.catalogue import CATALOGUE  # noqa: E402
from constructions.interop.stock import GPT2, LLAMA, TRANSFORMER_LENS, stock_of  # noqa: E402
from constructions.interop.torch import module  # noqa: E402
from constructions.language import Construction, Instance, at  # noqa: E402
from constructions.matrix import Unsupported  # noqa: E402
from constructions.views.trace.sample import drawn_parameters, small_sizes  # noqa: E402


def fits(construction: Construction | Instance | str) -> dict[str, str]:
    """For every stock architecture nothing, or why the construction does not fit."""
    model, told = module(construction, dtype=torch.float64, storage="dense"), {}
    for host in (LLAMA, GPT2, TRANSFORMER_LENS):
        try:
            _ = stock_of(model, host)
            told[host.name] = ""
        except Unsupported as error:
            told[host.name] = str(error).replace(f"{host.name} ", "it ")
    return told


def fits_of_all() -> dict[str, dict[str, str]]:
    """`fits` for every construction of the catalogue, at small sizes."""
    sizes = {record.name: small_sizes(record, {}) for record in CATALOGUE}
    return {r.name: fits(at(r, sizes[r.name], drawn_parameters(r, sizes[r.name], {}, 1))) for r in CATALOGUE}


def main() -> None:
    """Print which constructions fit which architecture, and for the others the reason."""
    for name, told in fits_of_all().items():
        print(name)
        for host, reason in told.items():
            print(f"  {host}: {reason or 'fits'}")


if __name__ == "__main__":
    main()
