"""A small shop with journeys in which one can see why something is suggested."""

from __future__ import annotations

from ecomlm.recommend.catalogue import Item
from ecomlm.recommend.model import Model

ITEMS = [
    Item("tent", "Fernlight 2 tent 双人帐篷", "Fernlight 2 person camping tent 双人露营帐篷", "Norrfell"),
    Item("tent-4", "Fernlight 4 tent 四人帐篷", "Fernlight 4 person camping tent 四人露营帐篷", "Norrfell"),
    Item("pegs", "Steel pegs 地钉", "Steel pegs set of ten 地钉", "Anchor"),
    Item("stove", "Gas stove 燃气炉", "Compact gas stove 便携燃气炉", "Ember"),
    Item("lamp", "Reading lamp 台灯", "Reading lamp with warm light 暖光台灯", "Lumen"),
    Item("kettle", "Copper kettle 铜水壶", "Copper kettle 1.5 l 铜水壶", "Ember"),
]
HISTORIES = [
    ["tent", "pegs", "stove"],
    ["tent", "pegs"],
    ["tent", "pegs", "kettle"],
    ["lamp", "kettle"],
    ["lamp"],
    ["kettle", "lamp"],
]


def small_shop() -> Model:
    return Model.of_histories(ITEMS, HISTORIES)
