"""How long a turn takes behind Rasa, beside our own server: told, not judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rasa.servers import Rasa, own_server
from tests.rasa.timing import HEADER, TURNS, measure

SAMPLES = 15


@pytest.mark.slow
def test_the_median_turn_is_told_beside_our_own_servers(
    rasa: Rasa, rasa_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with own_server(rasa_home, tmp_path) as own:
        timed = measure(rasa, own, SAMPLES)
    with capsys.disabled():
        print(f"\n\nMedians of {SAMPLES} turns each:\n\n{HEADER}")
        print("\n".join(map(str, timed)), "\n")
    assert [row.turn for row in timed] == list(TURNS)
    assert all(row.action and row.rasa and row.own for row in timed)
