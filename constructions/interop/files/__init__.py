"""Networks in files: safetensors for the floats, JSON for the exact weights and everything else. Nothing in them is executed.

from constructions.interop.files import load, save
save(at(get("gd-steps")), "gd-steps")        # gd-steps/network.json, gd-steps/weights.safetensors
instance = load("gd-steps")                  # the same exact weights, prompt and readout
"""

from __future__ import annotations

from constructions.interop import need

need("safetensors", "files", "a network in files")

from constructions.interop.files.folder import FILES, GRAPH, Damaged, load, save  # noqa: E402

__all__ = ["FILES", "GRAPH", "Damaged", "load", "save"]
