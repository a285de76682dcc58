"""`python -m bot run`: prepare what is missing, then serve, and say what to do next."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bot.commands.prepare import what_is_needed
from bot.commands.serve import serve
from bot.settings import BotSettings

_NEXT = """
The shop is open:  {address}

  Open it in a browser and click the chat in the corner, or talk to it here:
    python -m bot chat
  Your own products:       make run CATALOGUE=products.csv
  The chat on your pages:  <script async src="{address}/widget.js"></script>
                           (list your origin first: ECOMLM_ALLOWED_ORIGINS=https://your.shop)
  Stop with Ctrl+C. Everything you changed stays in {home}.
"""


def run(settings: BotSettings, catalogue: Path | None, config: Path | None = None) -> int:
    """Prepare in a process of its own where needed, then serve."""
    if what_is_needed(settings, catalogue):
        print("Preparing the shop (once, a few minutes) ...", flush=True)
        command = [sys.executable, "-m", "bot.commands.prepare"]
        command += ["--catalogue", str(catalogue)] if catalogue else []
        command += ["--config", str(config)] if config else []
        status = subprocess.run(command, check=False).returncode
        if status:
            return status
    print("Opening the shop ...", flush=True)
    return serve(
        settings, lambda address: print(_NEXT.format(address=address, home=settings.home), flush=True)
    )
