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
    this.proposals = new Proposals();
    this.context = this.replyContext();
    this.messages = [];
    this.isBusy = false;
    this.others = new Others(this);
    this.line = new Line(this.server, (event) => this.others.hear(event));
    this.server.onSession = () => { this.line.cursor = ""; };
    this.onLine = () => this.showConnection();
    this.onStored = ({ key }) => key === this.keep.key && this.keepLine();
  }

  /* What a reply needs from the conversation around it. */
  replyContext() {
    return {
      words: this.words,
      language: this.language,
      proposals: this.proposals,
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
    addEventListener("storage", this.onStored);
    addEventListener("pagehide", (this.onLeave = () => this.panel.endNotice?.()));
    this.showAbout();
    const isReturning = this.keep.read()?.open && !isPhone();
    if (this.options.open || isReturning) this.open({ focus: false });
    else if (this.keep.read()?.person) this.loaded = this.load();
  }

  destroy() {
    this.abort?.abort();
    this.line.destroy();
    this.proposals.clear();
    this.transcript.destroy();
    removeEventListener("online", this.onLine);
    removeEventListener("offline", this.onLine);
    removeEventListener("storage", this.onStored);
    removeEventListener("pagehide", this.onLeave);
  }

  /* ---- open and closed ---- */

  open({ focus = true, message } = {}) {
    if (!this.panel.isOpen) {
      this.panel.setOpen(true);
      this.keep.update({ open: true });
      this.notify("open");
      this.loaded ??= this.load();
      this.keepLine();
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
    this.keepLine();
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
    const isKnown = past.status === "fulfilled";
    if (isKnown) this.restore(past.value);
    else if (past.reason.kind === "session") this.keep.forget();
    else this.panel.notice(this.words.resumeFailed, this.words.retry, () => this.reload(), 30);
    this.isLoaded = isKnown || past.reason.kind === "session";
    this.showWelcome();
    this.keepLine();
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

  restore({ messages, cursor, ...standing }) {
    if (this.messages.length) return;
    this.line.cursor = cursor || "";
    for (const message of messages) {
      const { transcript } = this;
      if (message.role === "shopper") transcript.add(transcript.shopperMessage(this.shown(message.text)));
      const reply = message.role === "shopper" ? null : this.pastReply(message);
      if (reply) transcript.append(reply.element);
      this.others.load(message, transcript.turn, reply);
      if (message.text && message.state !== "streaming") this.messages.push({ role: message.role, text: this.shown(message.text) });
    }
    this.others.stand(standing);
    this.transcript.toEnd();
  }

  /* A pressed button sends which proposal it answers; people see what it said. */
  shown(text) {
    const answer = /^\/(affirm|deny)\{/.exec(text)?.[1];
    return answer ? this.words[answer === "affirm" ? "yesDoIt" : "noLeaveIt"] : text;
  }

  /* A stored reply; null where nothing was said. One that is being written comes over the line once it is complete. */
  pastReply(message) {
    const reply = new Reply({ ...this.context, grown: () => {} });
    const events = message.events || [];
    if (message.role === "agent" && !events.some(({ type }) => type === "agent")) reply.showAgent({ name: this.words.agent, step: "wrote" });
    for (const event of events) reply.show(event);
    if (!reply.text) reply.append(message.text);
    if (message.state === "failed") reply.fail(events.find(({ type }) => type === "error")?.text || this.words.broken);
    else if (message.state !== "streaming") reply.finish(message.id, message.language, message.rating);
    if (message.state !== "streaming" && reply.isEmpty) return null;
    this.last?.retire();
    this.last = reply;
    return reply;
  }

  /* ---- sending ---- */

  /* Says whether it was sent. A button of the transcript that is gone then gives the focus back. */
  send(text, shown = text) {
    if (!text?.trim() || this.isBusy) return false;
    const hadFocus = this.transcript.list.contains(this.panel.dialog.getRootNode().activeElement);
    this.open({ focus: hadFocus });
    this.panel.endNotice?.();
    this.last?.retire();
    const page = this.product ? { product: this.product } : null;
    const question = { text: text.trim(), page, client_id: uuid() };
    const view = this.transcript.shopperMessage(shown);
    this.messages.push({ role: "shopper", text: shown });
    this.notify("message", { role: "shopper", text: shown });
    this.exchange(question, this.transcript.begin(view), view);
    return true;
  }

  /* One question and its reply. A second try repeats the same client_id, so that nothing is done twice. */
  async exchange(question, turn, view) {
    const reply = new Reply(this.context);
    view.classList.remove("unsent");
    this.others.ask(question.client_id, turn, view, reply);
    if (this.others.hasPerson) reply.hush();
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
      this.others.catchUp();
      this.others.settle();
      this.keepLine();
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
    this.others.known.set(id, "complete");
    if (reply.isEmpty) return reply.element.remove();
    this.messages.push({ role: "assistant", text: reply.text });
    this.panel.announce(reply.spoken());
    if (!this.panel.isOpen) this.panel.setUnread(true);
    this.notify("message", { role: "assistant", text: reply.text, id });
  }

  explain(error, reply, retry, arrived, view) {
    if (error.name === "AbortError") {
      reply.isStopped = true;
      return reply.fail(this.words.stopped, retry);
    }
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

  /* ---- the line ---- */

  /* Open while the chat is, and behind a closed one while a person is asked for or there. */
  keepLine() {
    const isAwaited = this.panel.isOpen || ["waiting", "with_agent"].includes(this.others.person.state);
    this.line.want(Boolean(this.isLoaded && !this.isCleared && this.server.token && isAwaited));
  }

  showPerson({ state, agent }) {
    this.panel.setPerson(state, agent);
    this.composer.setPerson(agent);
    this.proposals.pause(this.others.hasPerson);
    this.keep.update({ person: ["waiting", "with_agent"].includes(state) || undefined });
    this.keepLine();
  }

  /* Another tab has cleared the conversation. */
  empty() {
    this.transcript.clear();
    this.messages = [];
    this.last = null;
    this.proposals.clear();
    this.others.clear();
    this.showWelcome();
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
    this.isCleared = true;
    this.keepLine();
    this.showWelcome();
    const undo = () => {
      this.isCleared = false;
      this.transcript.clear();
      this.transcript.list.append(...before);
      Object.assign(this, { messages, last });
      this.transcript.turn = turn;
      this.transcript.toEnd();
      this.keepLine();
    };
    this.panel.notice(this.words.cleared, this.words.undo, undo, UNDO_SECONDS, () => this.forget());
    this.focus();
  }

  forget() {
    this.proposals.clear();
    this.others.clear();
    this.line.cursor = "";
    const failed = () => this.panel.notice(this.words.notCleared, null, null, 6);
    this.forgetting = (this.server.token ? this.server.clear() : Promise.resolve()).catch(failed).then(() => {
      this.isCleared = false;
      this.keepLine();
    });
  }

  async copy() {
    const names = { shopper: this.words.you, assistant: this.words.assistant, agent: this.words.agent };
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

  setUser(user) {
    return this.server.setUser(user);
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
