"""The language of shopping: search, answers, recommendations, and the models behind them."""

import os

# Set before any library that brings OpenMP is loaded. Its idle threads would otherwise spin on a core that
# another one needs: beside a second busy process on two cores, a reply took 12.9 s instead of 1.9 s.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
