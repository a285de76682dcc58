/* What this tab did not do itself: messages of people and of other tabs, and where the conversation stands. */
class Others {
  constructor(chat) {
    this.chat = chat;
    this.person = { state: "closed", agent: "" };
    this.clear();
  }

  clear() {
    this.known = new Map();
    this.sent = new Map();
    this.turns = new Map();
    this.held = [];
  }

  get hasPerson() {
    return this.person.state === "with_agent";
  }

  /* Remembers what this tab asks, so that it is not shown again when the line brings it. */
  ask(id, turn, view, reply) {
    const own = this.sent.get(id) || { turn, view };
    own.reply = reply;
    this.sent.set(id, own);
  }

  /* Remembers what was loaded; a reply under way is not known yet. */
  load({ id, number, role, state }, turn, reply) {
    if (state !== "streaming") this.known.set(id, state || "complete");
    if (role === "shopper") this.turns.set(number, { turn });
    else if (this.turns.has(number - 1)) this.turns.get(number - 1).reply = reply;
  }

  hear(event) {
    if (event.type === "state") return this.stand(event);
    if (event.type === "cleared") return this.chat.empty();
    if (event.type !== "message") return;
    /* What this tab is being told anyway is looked at once it has been told. */
    if (this.chat.isBusy && event.role !== "agent") this.held.push(event);
    else this.take(event);
  }

  catchUp() {
    for (const message of this.held.splice(0)) this.take(message);
  }

  take(message) {
    const before = this.known.get(message.id);
    if (before && before !== "failed") return;
    this.known.set(message.id, message.state || "complete");
    if (message.role === "shopper") this.takeQuestion(message);
    else if (message.role === "agent") this.takeAgents(message);
    else this.takeReply(message, before);
  }

  takeQuestion({ number, client_id: id, text }) {
    const own = this.sent.get(id);
    if (own) {
      own.view.classList.remove("unsent");
      this.turns.set(number, own);
      return;
    }
    const { transcript, messages } = this.chat;
    const shown = this.chat.shown(text);
    this.chat.last?.retire();
    this.turns.set(number, { turn: transcript.add(transcript.shopperMessage(shown)) });
    messages.push({ role: "shopper", text: shown });
  }

  /* A reply to another tab, or to a question of this one whose connection was lost. */
  takeReply(message, before) {
    const asked = this.turns.get(message.number - 1);
    const { reply, turn } = asked || {};
    if (reply && (reply.id || reply.isStopped)) return;
    if (message.state === "failed" && (before || reply)) return;
    const view = this.chat.pastReply(message);
    reply?.element.remove();
    if (!view) return;
    if (turn) turn.append(view.element);
    else this.chat.transcript.append(view.element);
    if (asked) asked.reply = view;
    this.chat.messages.push({ role: "assistant", text: message.text });
    this.chat.transcript.follow(true);
  }

  takeAgents(message) {
    const { chat } = this;
    const view = chat.pastReply(message);
    chat.transcript.append(view.element);
    chat.transcript.follow(true);
    chat.panel.announce(view.spoken());
    if (!message.text) return;
    chat.messages.push({ role: "agent", text: message.text });
    if (!chat.panel.isOpen) chat.panel.setUnread(true);
    chat.notify("message", { role: "agent", text: message.text, id: message.id, name: view.name });
  }

  /* Who has the conversation now, and what became of its proposals. */
  stand({ person, proposals, time }) {
    if (person) {
      this.person = person;
      this.chat.showPerson(person);
    }
    if (!proposals) return;
    if (this.chat.isBusy) this.states = [proposals, time];
    else this.chat.proposals.apply(proposals, time);
  }

  /* After an exchange: what the line told meanwhile. Where that is old, or there is no line, the server is asked. */
  async settle() {
    const { proposals, line, server } = this.chat;
    const { states } = this;
    this.states = null;
    const isSure = states && !proposals.awaits(states[0]);
    if (isSure) proposals.apply(...states);
    if (isSure || !(proposals.awaits({}) || (!line.isUp && proposals.isAsking))) return;
    const now = await server.conversation().catch(() => null);
    if (now && !this.chat.isBusy) this.stand(now);
  }
}
