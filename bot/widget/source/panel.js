/* The frame around the conversation: launcher, heading, menu, notices. Knows nothing of messages. */
class Panel {
  constructor(words, actions) {
    this.words = words;
    this.actions = actions;
    this.launcher = h(
      "button",
      { type: "button", class: "launcher", part: "launcher", "aria-expanded": "false", "aria-controls": "panel", "aria-label": words.open, onclick: actions.toggle },
      icon("chat"), icon("down"), h("span", { class: "dot", hidden: true }),
    );
    this.dot = this.launcher.querySelector(".dot");
    this.banner = h("div", { class: "banner", role: "status", hidden: true });
    this.snack = h("div", { class: "snack", role: "status", hidden: true });
    this.speaker = h("div", { class: "hidden", role: "status", "aria-live": "polite" });
    this.dialog = h("section", { id: "panel", class: "panel", part: "panel", role: "dialog", "aria-modal": "false", "aria-labelledby": "title", "aria-describedby": "disclosure", tabindex: "-1", hidden: true });
    this.dialog.addEventListener("keydown", (event) => this.onKey(event));
  }

  build(title, transcript, composer) {
    this.title = h("h2", { id: "title" }, title);
    this.badge = h("span", { class: "badge" });
    this.disclosure = h("p", { id: "disclosure" }, this.badge);
    this.setPerson("closed", "");
    this.menuButton = iconButton("more", this.words.more, () => this.toggleMenu(), { "aria-haspopup": "menu", "aria-expanded": "false" });
    const close = iconButton("close", this.words.close, this.actions.close, { class: "tool shut" });
    const head = h("header", { part: "header" }, h("div", { class: "who" }, this.title, this.disclosure), h("div", { class: "tools" }, this.menuButton, close), this.menu());
    this.privacy = h("a", { class: "foot", hidden: true, target: "_blank", rel: "noopener" }, this.words.privacy);
    this.person = h("button", { type: "button", class: "foot", onclick: this.actions.person }, icon("person"), this.words.person);
    const foot = h("footer", {}, this.person, this.privacy);
    this.dialog.append(head, this.banner, h("div", { class: "stage" }, transcript.element, transcript.pill, this.snack), composer.element, foot, this.speaker);
    return [this.dialog, this.launcher];
  }

  menu() {
    const item = (name, words, act) =>
      h("button", { type: "button", role: "menuitem", onclick: () => { this.toggleMenu(false); act(); } }, icon(name), words);
    this.list = h(
      "div",
      { class: "menu", role: "menu", "aria-label": this.words.more, hidden: true },
      item("person", this.words.person, this.actions.person),
      item("copy", this.words.copyAll, this.actions.copy),
      item("trash", this.words.clear, this.actions.clear),
    );
    this.list.addEventListener("keydown", (event) => this.onMenuKey(event));
    return this.list;
  }

  toggleMenu(isOpen = this.list.hidden) {
    this.list.hidden = !isOpen;
    this.menuButton.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.list.firstElementChild.focus();
    else if (this.list.contains(this.list.getRootNode().activeElement)) this.menuButton.focus();
  }

  onMenuKey(event) {
    const items = [...this.list.children];
    const at = items.indexOf(this.list.getRootNode().activeElement);
    const goals = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
    if (event.key in goals) {
      event.preventDefault();
      items[(goals[event.key] + items.length) % items.length].focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      if (event.key === "Escape") event.preventDefault();
      this.toggleMenu(false);
      this.menuButton.focus();
    }
  }

  onKey(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    if (!this.list.hidden) this.toggleMenu(false);
    else this.actions.close();
  }

  get isOpen() {
    return !this.dialog.hidden;
  }

  setOpen(isOpen) {
    this.dialog.hidden = !isOpen;
    this.launcher.classList.toggle("is-open", isOpen);
    this.launcher.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.setUnread(false);
    this.label();
  }

  setUnread(isUnread) {
    this.dot.hidden = !isUnread;
    this.label();
  }

  label() {
    const closed = this.dot.hidden ? this.words.open : this.words.openUnread;
    this.launcher.setAttribute("aria-label", this.isOpen ? this.words.close : closed);
  }

  /* Says who answers: the assistant, or a person by name. */
  setPerson(state, name) {
    const { words } = this;
    const isPerson = state === "with_agent";
    const text = isPerson ? fill(words.team, { name }) : state === "waiting" ? words.waiting : words.assistant;
    this.badge.replaceChildren(icon(isPerson ? "person" : "spark"), text);
    this.badge.classList.toggle("is-person", isPerson);
    if (this.person) this.person.hidden = isPerson;
    this.disclosure.title = isPerson ? "" : words.assistantHint;
  }

  setPrivacy(url) {
    this.privacy.hidden = !url;
    if (url) this.privacy.href = url.href;
  }

  /* A line above the conversation; empty takes it away. */
  setBanner(text, name = "offline") {
    this.banner.hidden = !text;
    if (text) this.banner.replaceChildren(icon(name), text);
  }

  /* A passing notice with one way to act on it. */
  notice(text, action, onAction, seconds, onEnd) {
    this.endNotice?.();
    const end = () => {
      clearTimeout(timer);
      this.snack.hidden = true;
      this.endNotice = null;
    };
    const timer = setTimeout(() => { end(); onEnd?.(); }, seconds * 1000);
    this.endNotice = () => { end(); onEnd?.(); };
    const button = action ? h("button", { type: "button", onclick: () => { end(); onAction(); } }, action) : null;
    this.snack.replaceChildren(h("span", {}, text), ...(button ? [button] : []));
    this.snack.hidden = false;
  }

  /* What comes at the same time is read out together. */
  announce(text) {
    if (!text) return;
    if (!this.spoken) {
      this.speaker.textContent = "";
      setTimeout(() => {
        this.speaker.textContent = this.spoken.join(" ");
        this.spoken = null;
      }, 60);
    }
    (this.spoken ??= []).push(text);
  }
}
