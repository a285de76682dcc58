/* What the shopper is asked to confirm: exactly what would happen, what it costs, and two buttons.
   The server's word decides whether it still stands; a tab that was not asked knows as well. */
const VERDICTS = { done: ["check", "confirmed"], dropped: ["close", "notDone"], expired: ["close", "noLonger"] };

class ProposalCard {
  constructor({ id, title, what, money = [], notes = [], statement }, context) {
    this.id = id;
    this.statement = statement;
    this.context = context;
    this.state = "open";
    this.answers = h("div", { class: "answers" });
    this.verdict = h("p", { class: "verdict", hidden: true });
    this.element = h(
      "section",
      { class: "proposal", part: "proposal", role: "group", "aria-label": title, dir: "auto" },
      h("strong", {}, title),
      h("p", {}, what),
      h("ul", { class: "money" }, ...money.map((line) => h("li", {}, line))),
      notes.length ? h("p", { class: "notes" }, notes.join(" ")) : null,
      this.answers,
      this.verdict,
    );
  }

  addButton({ title, payload }) {
    const isYes = payload.startsWith("/affirm");
    const press = () => {
      if (this.state === "open" && this.context.send(payload, title)) this.settle("sent");
    };
    this.answers.append(h("button", { type: "button", class: isYes ? "pill yes" : "pill", part: "quick-reply", onclick: press }, title));
    this.settle(this.state);
  }

  /* "open", "sent" while the answer is on its way, "repeated" where it was asked again below, or how it ended. */
  settle(state) {
    this.state = state;
    const [name, words] = VERDICTS[state] || [];
    this.answers.hidden = Boolean(name) || state === "repeated";
    this.verdict.hidden = !name;
    if (name) this.verdict.replaceChildren(icon(name), this.context.words[words]);
    this.element.classList.toggle("settled", this.answers.hidden);
    for (const button of this.answers.children) button.disabled = state !== "open" || this.isPaused || !this.isReady;
  }

  /* The reply that holds it is complete: an answer can be sent. */
  ready() {
    this.isReady = true;
    this.settle(this.state);
  }

  /* While a person has the conversation nothing is confirmed to the assistant. */
  pause(isPaused) {
    this.isPaused = isPaused;
    this.settle(this.state);
  }
}

/* Every proposal of the conversation; at most the newest one can be answered. */
class Proposals {
  constructor() {
    this.clear();
  }

  clear() {
    this.cards = [];
    clearTimeout(this.timer);
  }

  add(card) {
    for (const other of this.cards) {
      if (other.id === card.id) other.settle("repeated");
      else if (["open", "sent"].includes(other.state)) other.settle("dropped");
    }
    this.cards.push(card);
    card.pause(this.isPaused);
  }

  get isAsking() {
    return this.cards.some(({ state }) => state === "open" || state === "sent");
  }

  /* Whether an answer was sent of whose outcome these states do not tell. */
  awaits(states) {
    return this.cards.some(({ id, state }) => state === "sent" && (states[id]?.state || "open") === "open");
  }

  /* Takes the server's word, and notes when what is still open ends; `time` is what the server's clock says. */
  apply(states, time) {
    for (const card of this.cards) {
      if (card.state === "repeated" || !states[card.id]) continue;
      const { state, expires } = states[card.id];
      card.settle(state);
      if (state !== "open") continue;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => card.state === "open" && card.settle("expired"), Math.max(0, expires - time) * 1000);
    }
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    for (const card of this.cards) card.pause(isPaused);
  }
}
