/* The conversation itself: what is sent, what comes back, what happens when it does not. */
const UNDO_SECONDS = 7;

class Chat {
  constructor(options, notify) {
    this.options = options;
    this.notify = notify;
    this.language = options.language;
    this.words = WORDS[this.language];
    this.keep = new Keep(options.server);
    this.server = new Server(options.server, this.keep, this.language);
    this.product = options.product || null;
    this.transcript = new Transcript(this.words, this.language);
    this.composer = new Composer(this.words, { onSend: (text) => this.send(text), onStop: () => this.stop() });
    this.panel = new Panel(this.words, {
      toggle: () => this.toggle(),
      close: () => this.close(),
      person: () => this.send(this.words.personSentence),
      clear: () => this.clear(),
      copy: () => this.copy(),
    });
    this.context = this.replyContext();
    this.messages = [];
    this.isBusy = false;
    this.onLine = () => this.showConnection();
  }

  /* What a reply needs from the conversation around it. */
  replyContext() {
    return {
      words: this.words,
      language: this.language,
      base: this.options.server,
      send: (text, shown) => this.send(text, shown),
      rate: (...values) => this.server.rate(...values),
      announce: (text) => this.panel.announce(text),
      grown: () => this.transcript.makeRoom(),
      isOwnPage: (url) => url.origin === location.origin,
      follow: (event, url) => this.followSource(event, url),
    };
  }

  start() {
    addEventListener("online", this.onLine);
    addEventListener("offline", this.onLine);
    addEventListener("pagehide", (this.onLeave = () => this.panel.endNotice?.()));
    this.showAbout();
    const isReturning = this.keep.read()?.open && !isPhone();
    if (this.options.open || isReturning) this.open({ focus: false });
  }

  destroy() {
    this.abort?.abort();
    this.transcript.destroy();
    removeEventListener("online", this.onLine);
    removeEventListener("offline", this.onLine);
    removeEventListener("pagehide", this.onLeave);
  }

  /* ---- open and closed ---- */

  open({ focus = true, message } = {}) {
    if (!this.panel.isOpen) {
      this.panel.setOpen(true);
      this.keep.update({ open: true });
      this.notify("open");
      this.loaded ??= this.load();
      this.transcript.toEnd();
    }
    if (focus) this.focus();
    if (message) this.loaded.then(() => this.send(message));
  }

  close() {
    if (!this.panel.isOpen) return;
    const root = this.panel.dialog.getRootNode();
    const hadFocus = this.panel.dialog.contains(root.activeElement);
    this.panel.setOpen(false);
    this.keep.update({ open: false });
    if (hadFocus) this.panel.launcher.focus();
    this.notify("close");
  }

  toggle() {
    if (this.panel.isOpen) this.close();
    else this.open();
  }

  /* A touch keyboard would cover half the screen: there the dialog itself takes the focus. */
  focus() {
    (hasTouch() ? this.panel.dialog : this.composer.area).focus({ preventScroll: true });
  }

  /* ---- what was said before ---- */

  async load() {
    this.showConnection();
    const [config, past] = await Promise.allSettled([this.server.config(), this.server.token ? this.server.conversation() : { messages: [] }]);
    this.config = config.value || {};
    if (!this.options.title && this.config.shop) this.panel.title.textContent = this.config.shop;
    this.panel.setPrivacy(this.config.privacy_url ? safeUrl(this.config.privacy_url, this.options.server) : null);
    if (past.status === "fulfilled") this.restore(past.value.messages);
    else if (past.reason.kind === "session") this.keep.forget();
    else this.panel.notice(this.words.resumeFailed, this.words.retry, () => this.reload(), 30);
    this.showWelcome();
    if (config.status === "rejected") this.loaded = null;
  }

  reload() {
    this.transcript.clear();
    this.loaded = this.load();
  }

  showWelcome() {
    if (this.transcript.welcomeView || this.messages.length) return;
    const { greeting, suggestions } = this.config;
    this.transcript.welcome(greeting || this.words.greeting, suggestions || [], (text) => this.send(text));
  }

  restore(messages) {
    if (this.messages.length) return;
    let turn = null;
    for (const message of messages) {
      if (message.role === "shopper") {
        turn = h("div", { class: "turn" }, this.transcript.shopperMessage(this.shown(message.text)));
        this.transcript.list.append(turn);
      } else {
        turn ??= this.transcript.list.appendChild(h("div", { class: "turn" }));
        turn.append(this.pastReply(message).element);
      }
      if (message.state !== "streaming") this.messages.push({ role: message.role, text: message.text });
    }
    this.transcript.toEnd();
  }

  /* A pressed button sends which proposal it answers; people see what it said. */
  shown(text) {
    const answer = /^\/(affirm|deny)\{/.exec(text)?.[1];
    return answer ? this.words[answer === "affirm" ? "yesDoIt" : "noLeaveIt"] : text;
  }

  pastReply(message) {
    const reply = new Reply({ ...this.context, grown: () => {} });
    if (message.role === "agent") reply.element.setAttribute("aria-label", this.words.agent);
    const events = message.events || [];
    for (const event of events) reply.show(event);
    if (!reply.text) reply.append(message.text);
    this.last?.retire();
    this.last = reply;
    if (message.state === "streaming") this.awaitReply(reply, message.id);
    else if (message.state === "failed") reply.fail(events.find(({ type }) => type === "error")?.text || this.words.broken);
    else reply.finish(message.id, message.language, message.rating);
    return reply;
  }

  /* A reply that was being written when the page was left is shown once it is complete. */
  async awaitReply(reply, id) {
    for (let tries = 0; tries < 60 && this.last === reply; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const { messages } = await this.server.conversation().catch(() => ({ messages: [] }));
      const message = messages.find((item) => item.id === id);
      if (!message || message.state === "streaming") continue;
      reply.element.replaceWith(this.pastReply(message).element);
      this.messages.push({ role: "assistant", text: message.text });
      this.transcript.follow();
      return;
    }
  }

  /* ---- sending ---- */

  send(text, shown = text) {
    if (!text?.trim() || this.isBusy) return;
    this.open({ focus: false });
    this.panel.endNotice?.();
    this.last?.retire();
    const page = this.product ? { product: this.product } : null;
    const question = { text: text.trim(), page, client_id: uuid() };
    const view = this.transcript.shopperMessage(shown);
    this.messages.push({ role: "shopper", text: shown });
    this.notify("message", { role: "shopper", text: shown });
    this.exchange(question, this.transcript.begin(view), view);
  }

  /* One question and its reply. A second try repeats the same client_id, so that nothing is done twice. */
  async exchange(question, turn, view) {
    const reply = new Reply(this.context);
    view.classList.remove("unsent");
    turn.append(reply.element);
    this.setBusy(true);
    this.abort = new AbortController();
    const retry = () => {
      if (this.isBusy) return;
      reply.element.remove();
      this.exchange(question, turn, view);
    };
    let arrived = false;
    try {
      await this.forgetting;
      await this.server.send(question, this.abort.signal, (event) => {
        arrived = true;
        this.receive(event, reply, retry);
      });
    } catch (error) {
      this.explain(error, reply, retry, arrived, view);
    } finally {
      this.setBusy(false);
      this.last = reply;
    }
  }

  receive(event, reply, retry) {
    if (event.type === "done") {
      reply.finish(event.message, event.language);
      this.complete(reply, event.message);
    } else if (event.type === "error") {
      reply.fail(event.text || this.words.failed, event.can_retry === false ? null : retry, event.reference);
    } else {
      reply.show(event);
    }
  }

  complete(reply, id) {
    this.messages.push({ role: "assistant", text: reply.text });
    this.panel.announce(reply.spoken());
    if (!this.panel.isOpen) this.panel.setUnread(true);
    this.notify("message", { role: "assistant", text: reply.text, id });
  }

  explain(error, reply, retry, arrived, view) {
    if (error.name === "AbortError") return reply.fail(this.words.stopped, retry);
    if (!(error instanceof Trouble)) {
      reply.fail(this.words.failed, retry);
      throw error;
    }
    if (error.kind === "network" && !arrived) {
      view.classList.add("unsent");
      this.showConnection();
    }
    const texts = {
      network: arrived ? this.words.broken : this.words.notSent,
      limit: fill(this.words.tooFast, error),
      refused: this.words.refused,
    };
    reply.fail(texts[error.kind] || this.words.failed, error.kind === "refused" ? null : retry);
  }

  stop() {
    this.abort?.abort();
  }

  setBusy(isBusy) {
    this.isBusy = isBusy;
    this.composer.setBusy(isBusy);
    this.transcript.setBusy(isBusy);
  }

  /* ---- the rest ---- */

  showConnection() {
    if (!navigator.onLine) {
      this.wasOffline = true;
      this.panel.setBanner(this.words.offline);
    } else if (this.wasOffline) {
      this.wasOffline = false;
      this.panel.setBanner(this.words.online, "check");
      setTimeout(() => navigator.onLine && this.panel.setBanner(""), 2500);
      if (this.panel.isOpen) this.loaded ??= this.load();
    }
  }

  /* Empties the view at once; the server forgets only when the time to undo is over. */
  clear() {
    if (!this.messages.length) return;
    this.abort?.abort();
    const before = [...this.transcript.list.childNodes];
    const { messages, last } = this;
    const { turn } = this.transcript;
    this.transcript.clear();
    this.messages = [];
    this.last = null;
    this.showWelcome();
    const undo = () => {
      this.transcript.clear();
      this.transcript.list.append(...before);
      Object.assign(this, { messages, last });
      this.transcript.turn = turn;
      this.transcript.toEnd();
    };
    this.panel.notice(this.words.cleared, this.words.undo, undo, UNDO_SECONDS, () => this.forget());
    this.focus();
  }

  forget() {
    if (!this.server.token) return;
    this.forgetting = this.server.clear().catch(() => this.panel.notice(this.words.notCleared, null, null, 6));
  }

  async copy() {
    const names = { shopper: this.words.you, assistant: this.words.assistant };
    const lines = this.messages.map(({ role, text }) => `${names[role]}: ${text.replace(/\s*\[\d{1,2}\]/g, "")}`);
    const isCopied = await copyText(lines.join("\n\n"), this.panel.dialog);
    this.panel.notice(isCopied ? this.words.copied : this.words.notCopied, null, null, 2);
  }

  /* A source on the page that is open is scrolled to; it does not load the page again. */
  followSource(event, url) {
    const isHere = url.origin === location.origin && url.pathname === location.pathname;
    const tag = languageOf(url.searchParams.get("lang"));
    if (isHere && (!tag || tag === languageOf(document.documentElement.lang))) {
      event.preventDefault();
      if (location.hash === url.hash) location.hash = "";
      location.hash = url.hash;
    }
    if (isPhone()) this.close();
  }

  /* Who is signed in on the page; it goes to the server when the next conversation begins. */
  setUser(user) {
    this.server.user = user || undefined;
  }

  setProduct(product, title) {
    this.product = product || null;
    this.options.productTitle = title;
    this.showAbout();
  }

  showAbout() {
    const title = this.product ? this.options.productTitle || "" : null;
    this.composer.setAbout(title, () => { this.setProduct(null); this.focus(); });
  }
}
