"""One thread for every numerical library, and the Hypothesis profiles.

HYPOTHESIS_PROFILE chooses: `ci` (the default: the same examples on every run), `dev` (few, fresh) or `nightly` (many,
fresh).
"""

import os

for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM"):
    os.environ[f"{library}_NUM_THREADS"] = "1"  # before numpy is imported: two thread pools on few cores fight
os.environ["SCIPY_ARRAY_API"] = "1"  # before scipy is imported: scikit-learn checks estimators with it
for said in (
    "CI",
    "COLUMNS",
    "FORCE_COLOR",
    "FORCE_COLOUR",
    "CLICOLOR_FORCE",
    "NO_COLOR",
    "NO_COLOUR",
    "TTY_COMPATIBLE",
):
    _ = os.environ.pop(
        said, None
    )  # our tables and Sphinx's warnings are read here, in the shape that a plain run gives them

from hypothesis import HealthCheck, settings  # noqa: E402

PROFILES = {
    "ci": {"max_examples": 60, "derandomize": True, "database": None},
    "dev": {"max_examples": 30},
    "nightly": {"max_examples": 3000},
}

for profile, options in PROFILES.items():
    settings.register_profile(
        profile, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow], **options
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
