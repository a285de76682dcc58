"""The events of a turn. Every channel (SSE, Rasa REST, terminal, tests) renders this one stream.

`as_json` gives the shape that the widget reads; docs/architecture.md shows it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal


@dataclass(frozen=True, slots=True)
class Card:
    """A product as the widget shows it; every value is rendered from the record.

    `price` is ready to read (`from €129.00`); `amount` and `currency` are the same for programs.
    """

    id: str
    title: str
    price: str
    amount: str | None
    currency: str | None
    availability: Literal["in_stock", "low_stock", "out_of_stock", "preorder", "backorder", "unknown"]
    stock: str
    url: str
    image: str | None
    brand: str | None = None
    reason: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cards:
    """Products found; leaves as soon as search is done. `note` names an unmet condition, if any."""

    type: ClassVar[str] = "cards"
    products: tuple[Card, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Text to append to the reply."""

    type: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True, slots=True)
class SourceLink:
    """A passage that the reply rests on, its number in the reply, and the page that holds it."""

    number: int
    id: str
    label: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The passages behind the text so far."""

    type: ClassVar[str] = "sources"
    sources: tuple[SourceLink, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A quick reply: what it says and what it sends."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Buttons:
    """Quick replies under the message."""

    type: ClassVar[str] = "buttons"
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a parcel's way: what, when in words, and whether it is behind, reached, or still ahead."""

    label: str
    when: str
    state: Literal["done", "now", "ahead"]


@dataclass(frozen=True, slots=True)
class Track:
    """A parcel's way, first step first; `items` is what lies in it."""

    title: str
    items: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """An order or a receipt as a card of labelled values.

    `statement` is the part of the text before it that stands on the card too.
    """

    type: ClassVar[str] = "slip"
    kind: Literal["order", "receipt"]
    title: str
    rows: tuple[tuple[str, str], ...]
    tracks: tuple[Track, ...] = ()
    statement: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A product at the head of a table, with the address of its page."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A fact of every product of a table; `best` is the place of the one that it speaks for, if any."""

    label: str
    cells: tuple[str, ...]
    best: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Products side by side. `mark` says in a word what sets a row's best cell apart.

    `note` is a last line.
    """

    type: ClassVar[str] = "table"
    title: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    mark: str = ""
    note: str = ""

    @property
    def text(self) -> str:
        """The table for channels that draw nothing: the products, then a line a fact."""
        lines = [self.title, " | ".join(column.title for column in self.columns)]
        for row in self.rows:
            cells = (f"{cell} ✓" if place == row.best else cell for place, cell in enumerate(row.cells))
            lines.append(f"{row.label}: {' | '.join(cells)}")
        return "\n".join([*lines, *filter(None, [self.note])])


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a shopper is asked to confirm, for channels that draw it as a card.

    `what` would happen, `money` is what it costs or brings back, `notes` is what it rests on. The text that
    equals `statement` says the same, and the buttons that follow answer it: other channels need no more.
    """

    type: ClassVar[str] = "proposal"
    id: str
    title: str
    what: str
    money: tuple[str, ...]
    notes: tuple[str, ...]
    statement: str


@dataclass(frozen=True, slots=True)
class Voices:
    """How many reviews praise an aspect, or complain of it: `label` says it, `url` shows one of them."""

    count: int
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class AspectBar:
    """One aspect of a product with its two sides, for a bar; `text` says the same without a drawing."""

    aspect: str
    praise: Voices
    blame: Voices
    text: str


@dataclass(frozen=True, slots=True)
class Opinions:
    """What buyers say of a product's aspects, counted, as a card of bars."""

    type: ClassVar[str] = "opinions"
    title: str
    bars: tuple[AspectBar, ...]

    @property
    def text(self) -> str:
        """The card for channels that draw nothing: a line an aspect."""
        return "\n".join((self.title, *(bar.text for bar in self.bars)))


@dataclass(frozen=True, slots=True)
class Agent:
    """A person of the shop's team: who wrote the message, joined the conversation, or handed it back."""

    type: ClassVar[str] = "agent"
    name: str
    step: Literal["wrote", "joined", "handed_back"]


@dataclass(frozen=True, slots=True)
class Handoff:
    """The conversation goes to a person; the reply's text says so."""

    type: ClassVar[str] = "handoff"
    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Something failed; `text` is for the shopper, `reference` finds the detail in the log."""

    type: ClassVar[str] = "error"
    code: str
    text: str
    reference: str
    can_retry: bool = True


@dataclass(frozen=True, slots=True)
class Done:
    """The turn is over and stored as message `message`. `seconds` has `cards`, `first_text`, `total`."""

    type: ClassVar[str] = "done"
    message: str
    intent: str
    language: str
    abstained: bool = False
    seconds: dict[str, float] = field(default_factory=dict)


Event = (
    Cards | TextPiece | Sources | Buttons | Slip | Table | Opinions | Proposal | Agent | Handoff | Failure
    | Done
)  # fmt: skip


def as_json(event: Event) -> dict[str, Any]:
    """Return the event as plain JSON values, with its `type`."""
    return {"type": event.type, **asdict(event)}


_KINDS: dict[str, type[Event]] = {
    kind.type: kind
    for kind in (
        Cards,
        TextPiece,
        Sources,
        Buttons,
        Slip,
        Table,
        Opinions,
        Proposal,
        Agent,
        Handoff,
        Failure,
        Done,
    )  # fmt: skip
}


def from_json(values: dict[str, Any]) -> Event:
    """Return the event that `as_json` made these values of."""
    fields = {name: value for name, value in values.items() if name != "type"}
    match values["type"]:
        case "cards":
            cards = (Card(**{**card, "options": tuple(card["options"])}) for card in fields["products"])
            return Cards(tuple(cards), fields["note"])
        case "sources":
            return Sources(tuple(SourceLink(**source) for source in fields["sources"]))
        case "slip":
            rows = tuple((label, value) for label, value in fields["rows"])
            tracks = tuple(map(_track, fields.get("tracks", ())))
            return Slip(fields["kind"], fields["title"], rows, tracks, fields.get("statement", ""))
        case "table":
            columns = tuple(Column(**column) for column in fields["columns"])
            cells = tuple(TableRow(r["label"], tuple(r["cells"]), r["best"]) for r in fields["rows"])
            return Table(fields["title"], columns, cells, fields["mark"], fields["note"])
        case "opinions":
            return Opinions(fields["title"], tuple(map(_bar, fields["bars"])))
        case "proposal":
            return Proposal(**{**fields, "money": tuple(fields["money"]), "notes": tuple(fields["notes"])})
        case "buttons":
            return Buttons(tuple(Button(**button) for button in fields["buttons"]))
        case kind:
            return _KINDS[kind](**fields)


def _bar(values: dict[str, Any]) -> AspectBar:
    praise, blame = Voices(**values["praise"]), Voices(**values["blame"])
    return AspectBar(values["aspect"], praise, blame, values["text"])


def _track(values: dict[str, Any]) -> Track:
    return Track(values["title"], values["items"], tuple(Step(**step) for step in values["steps"]))
