/* One reply of the assistant, built up event by event. It only ever grows downwards. */
class Reply {
  constructor(context) {
    this.context = context;
    this.words = context.words;
    this.text = "";
    this.held = "";
    this.sources = new Map();
    this.count = 0;
    this.id = null;
    this.dots = h("span", { class: "dots", role: "img", "aria-label": this.words.thinking }, h("i"), h("i"), h("i"));
    this.bubble = h("div", { class: "bubble", part: "reply", dir: "auto" }, this.dots);
    this.extras = h("div", { class: "extras" });
    this.element = h("div", { class: "reply", role: "article", "aria-label": this.words.assistant }, this.bubble, this.extras);
    this.element.addEventListener("keydown", (event) => this.closeOnEscape(event));
  }

  /* Shows any event of the stream; unknown ones are left to later versions. */
  show(event) {
    const handlers = {
      cards: () => this.showCards(event),
      text: () => this.say(event.text),
      sources: () => this.showSources(event.sources),
      buttons: () => this.showButtons(event.buttons),
      slip: () => this.showSlip(event),
      table: () => this.extras.append(tableCard(event, this.context)),
      proposal: () => this.showProposal(event),
      opinions: () => this.extras.append(opinionCard(event, this.context)),
      agent: () => this.showAgent(event),
      handoff: () => this.showHandoff(),
    };
    handlers[event.type]?.();
  }

  /* What a proposal states stands on its card. */
  say(text) {
    if (text !== this.proposal?.statement) return this.append(text);
    this.dots.remove();
    this.text += text;
    this.bubble.hidden = !this.bubble.textContent;
  }

  /* Appends text; `[1]` becomes a button that opens source 1, even when it arrives in pieces. */
  append(text) {
    if (!text) return;
    this.dots.remove();
    this.text += text;
    this.held += text;
    const mark = /\[(\d{1,2})\]/;
    for (let found = mark.exec(this.held); found; found = mark.exec(this.held)) {
      this.write(this.held.slice(0, found.index).trimEnd());
      this.cite(Number(found[1]));
      this.held = this.held.slice(found.index + found[0].length);
    }
    const open = /\s*\[\d{0,2}$/.exec(this.held);
    const ready = open ? this.held.slice(0, open.index) : this.held;
    this.held = this.held.slice(ready.length);
    this.write(ready);
  }

  write(text) {
    if (!text) return;
    this.bubble.hidden = false;
    const last = this.bubble.lastChild;
    const closing = last?.className === "cited" ? /^[.,;:!?)。，；：！？）]+/.exec(text)?.[0] : undefined;
    if (closing) last.append(closing);
    const rest = text.slice(closing?.length || 0);
    if (rest && last?.nodeType === Node.TEXT_NODE) last.appendData(rest);
    else if (rest) this.bubble.append(rest);
  }

  /* Puts the number on the line of the word before it and of the full stop behind it. */
  cite(number) {
    const label = fill(this.words.source, { number, label: "" }).replace(/[:：]\s*$/, "");
    const open = () => this.sources.get(number)?.toggle();
    const button = h("button", { type: "button", class: "citation", "aria-label": label, onclick: open }, String(number));
    const last = this.bubble.lastChild;
    if (last?.className === "cited") return last.append(button);
    const word = last?.nodeType === Node.TEXT_NODE ? /[㐀-鿿]{1,2}$|[^\s㐀-鿿]{1,24}$/.exec(last.data)?.[0] || "" : "";
    if (word) last.deleteData(last.data.length - word.length, word.length);
    this.bubble.append(h("span", { class: "cited" }, word, button));
  }

  /* Nobody writes while a person has the conversation. */
  hush() {
    this.dots.remove();
    this.bubble.hidden = true;
  }

  showCards({ products, note }) {
    if (note) this.element.insertBefore(h("p", { class: "note", dir: "auto" }, note), this.bubble);
    if (!products?.length) return;
    this.count += products.length;
    this.element.insertBefore(productCards(products, this.context), this.bubble);
    this.context.grown();
  }

  showSources(sources) {
    if (!this.sourceRow) {
      this.sourceRow = h("div", { class: "sources", role: "group", "aria-label": this.words.sources });
      this.sourcePanel = h("div", { class: "passages" });
      this.extras.append(this.sourceRow, this.sourcePanel);
    }
    for (const source of sources) {
      if (this.sources.has(source.number)) continue;
      const passage = new Passage(source, this.context, () => this.closeSources(source.number));
      this.sources.set(source.number, passage);
      this.sourceRow.append(passage.chip);
      this.sourcePanel.append(passage.element);
    }
  }

  /* The first Escape closes an open source, the next one the chat. */
  closeOnEscape(event) {
    const open = [...this.sources.values()].find((passage) => passage.isOpen);
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    open.close(true);
  }

  closeSources(except) {
    for (const [number, passage] of this.sources) if (number !== except) passage.close();
  }

  showButtons(buttons) {
    const row = h("div", { class: "replies", role: "group", "aria-label": this.words.suggestions });
    for (const { title, payload } of buttons) {
      if (this.proposal && /^\/(affirm|deny)\{/.test(payload)) this.proposal.addButton({ title, payload });
      else row.append(h("button", { type: "button", class: "pill", part: "quick-reply", onclick: () => this.context.send(payload || title, title) }, title));
    }
    if (!row.hasChildNodes()) return;
    this.extras.append(row);
    this.buttons = row;
  }

  /* What stands on the card is taken out of the bubble. */
  showSlip(event) {
    this.extras.append(slipCard(event, this.words));
    const said = this.bubble.lastChild;
    const at = event.statement && said?.nodeType === Node.TEXT_NODE ? said.data.indexOf(event.statement) : -1;
    if (at >= 0) said.deleteData(at, event.statement.length);
  }

  showProposal(event) {
    this.proposal = new ProposalCard(event, this.context);
    this.extras.append(this.proposal.element);
    this.context.proposals.add(this.proposal);
  }

  /* A person of the shop: who writes this, or who joined or went. */
  showAgent({ name, step }) {
    this.name = name;
    if (step === "wrote") {
      this.element.classList.add("agent");
      this.element.setAttribute("aria-label", fill(this.words.team, { name }));
      this.element.prepend(h("p", { class: "from" }, icon("person"), name));
      return;
    }
    this.deed = fill(this.words[step], { name });
    this.bubble.replaceWith(h("p", { class: "deed" }, this.deed));
  }

  get isEmpty() {
    return !this.text && !this.deed && !this.extras.hasChildNodes() && this.element.children.length === 2;
  }

  showHandoff() {
    this.extras.append(h("p", { class: "handoff" }, icon("person"), this.words.handoff));
  }

  /* Ends the reply: what was held back is written, its language marked, its tools shown. */
  finish(id, language, rating) {
    this.id = id;
    this.write(this.held);
    this.held = "";
    this.dots.remove();
    this.proposal?.ready();
    this.bubble.hidden = !this.bubble.textContent;
    this.element.lang = LANGUAGE_TAGS[language] || LANGUAGE_TAGS[languageOfText(this.text)];
    this.extras.lang = LANGUAGE_TAGS[this.context.language];
    if (id && this.text && !this.name) this.extras.insertBefore(new Feedback(this, this.context, rating).element, this.buttons || null);
  }

  /* Says what went wrong below what was already said. */
  fail(text, retry, reference) {
    this.finish(null);
    const line = h("span", {}, text, reference ? h("small", {}, fill(` ${this.words.reference}`, { reference })) : null);
    const again = retry ? h("button", { type: "button", class: "pill retry", onclick: retry }, this.words.retry) : null;
    this.extras.append(h("div", { class: "failure", role: "alert" }, icon("alert"), line, again));
  }

  /* What a screen reader hears once the reply is complete. */
  spoken() {
    const shown = this.count === 1 ? this.words.product : this.words.productsShown;
    if (this.deed) return this.deed;
    const parts = [this.name ? `${this.name}:` : "", this.text.replace(/\s*\[\d{1,2}\]/g, "").trim(), this.count ? fill(shown, { count: this.count }) : ""];
    return parts.filter(Boolean).join(" ");
  }

  retire() {
    this.buttons?.remove();
  }
}

/* A source: a numbered chip, and the passage it opens right below. */
class Passage {
  constructor(source, { words, base, isOwnPage, follow }, onOpen) {
    const id = `source-${uuid()}`;
    const url = safeUrl(source.url, base);
    this.onOpen = onOpen;
    this.chip = h(
      "button",
      { type: "button", class: "chip", part: "source", "aria-expanded": "false", "aria-controls": id, "aria-label": fill(words.source, source), onclick: () => this.toggle() },
      h("b", {}, String(source.number)),
      h("span", {}, source.label),
    );
    const link = url
      ? h("a", { href: url.href, class: "link", ...(isOwnPage(url) ? {} : { target: "_blank", rel: "noopener" }), onclick: (event) => follow(event, url) }, words.openSource, icon("out"))
      : null;
    const passage = h("blockquote", { lang: LANGUAGE_TAGS[languageOfText(source.text)], dir: "auto" }, source.text);
    const close = iconButton("close", words.closeSource, () => this.close(true), { class: "tool small" });
    this.element = h("div", { class: "passage", id, role: "region", "aria-label": fill(words.source, source), hidden: true }, h("strong", {}, source.label), close, passage, link);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  toggle() {
    if (this.isOpen) return this.close(true);
    this.onOpen();
    this.element.hidden = false;
    this.chip.setAttribute("aria-expanded", "true");
    this.element.scrollIntoView({ block: "nearest", behavior: prefersCalm() ? "auto" : "smooth" });
  }

  close(withFocus = false) {
    if (!this.isOpen) return;
    this.element.hidden = true;
    this.chip.setAttribute("aria-expanded", "false");
    if (withFocus) this.chip.focus();
  }
}
