"""The same turns through a real Rasa and through our own server, where Rasa's environment was made."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.report import Report, Row
from tests.rasa.environment import VERSION, python
from tests.rasa.servers import ServerFailed, own_server, running
from tests.rasa.timing import measure

AREA = f"Rasa {VERSION} beside our own server"


def add_rows(report: Report, home: Path, samples: int) -> bool:
    """Measure over a home and add the rows; false where something did not start."""
    found = python()
    if found is None:
        report.skip(AREA, "turns through a real Rasa", "its environment is not here: make rasa-test")
        return True
    with TemporaryDirectory() as scratch:
        try:
            with running(found, home, Path(scratch)) as rasa, own_server(home, Path(scratch)) as own:
                timed = measure(rasa, own, samples)
        except ServerFailed as error:
            report.skip(AREA, "turns through a real Rasa", str(error)[:300].replace("\n", " "))
            return False
    sample = f"{samples} turns, median"
    for turn in timed:
        report.add(Row(AREA, f"{turn.turn}: the action alone", f"{turn.action:.0f} ms", sample=sample))
        report.add(Row(AREA, f"{turn.turn}: Rasa's whole turn", f"{turn.rasa:.0f} ms", sample=sample))
        report.at_most(AREA, f"{turn.turn}: our own server's whole turn", turn.own, turn.rasa, "ms", sample)
    return True
