"""Short names of places as shoppers write them, and the names by which addresses know them.

Knows some American cities and states. Knows nothing of addresses.
"""

from __future__ import annotations

import re

_CITIES = {
    "nyc": "New York", "la": "Los Angeles", "dc": "Washington DC", "sf": "San Francisco",
    "philly": "Philadelphia", "vegas": "Las Vegas",
}  # fmt: skip
_STATES = """
Alabama AL, Alaska AK, Arizona AZ, Arkansas AR, California CA, Colorado CO, Connecticut CT, Delaware
DE, Florida FL, Georgia GA, Hawaii HI, Idaho ID, Illinois IL, Indiana IN, Iowa IA, Kansas KS,
Kentucky KY, Louisiana LA, Maine ME, Maryland MD, Massachusetts MA, Michigan MI, Minnesota MN,
Mississippi MS, Missouri MO, Montana MT, Nebraska NE, Nevada NV, New Hampshire NH, New Jersey NJ,
New Mexico NM, North Carolina NC, North Dakota ND, Ohio OH, Oklahoma OK, Oregon OR, Pennsylvania PA,
Rhode Island RI, South Carolina SC, South Dakota SD, Tennessee TN, Texas TX, Utah UT, Vermont VT,
Virginia VA, West Virginia WV, Wisconsin WI, Wyoming WY
"""
_CODES = {
    name.casefold(): code
    for name, code in (" ".join(entry.split()).rsplit(" ", 1) for entry in _STATES.split(","))
}
_SHORT = re.compile(rf"\b(?:{'|'.join(_CITIES)})\b", re.IGNORECASE)


def spelled_out(text: str) -> str:
    """Return a text with short names of cities in full ("NYC" as "New York")."""
    return _SHORT.sub(lambda match: _CITIES[match.group().casefold()], text)


def state_code(name: str) -> str:
    """Return the code of a state; what is none comes back as it is."""
    return _CODES.get(name.strip().casefold(), name)
