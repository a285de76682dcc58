/* The conversation as it is read: follows new text only while the reader is at its end. */
const END_PIXELS = 32;
const RESERVE_TEXT = 0.45;

class Transcript {
  constructor(words, language) {
    this.words = words;
    this.language = language;
    this.list = h("div", { class: "turns" });
    this.element = h(
      "div",
      { class: "log", part: "transcript", role: "log", "aria-live": "off", "aria-label": words.title, tabindex: "0" },
      this.list,
    );
    this.pill = h("button", { type: "button", class: "newer", hidden: true, onclick: () => this.toEnd(true) }, icon("down"), words.newMessages);
    this.isAtEnd = true;
    this.top = 0;
    this.element.addEventListener("scroll", () => this.noticeScroll(), { passive: true });
    this.watcher = new ResizeObserver(() => this.follow());
    this.watcher.observe(this.list);
    this.watcher.observe(this.element);
  }

  noticeScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < END_PIXELS;
    /* What was added meanwhile is not the reader's leaving. */
    if (isAtEnd || scrollTop < this.top) this.isAtEnd = isAtEnd;
    this.top = scrollTop;
    if (isAtEnd) this.pill.hidden = true;
  }

  /* Called when something was added: stay at the end, or say that there is more below. */
  follow(isNew = this.isGrowing) {
    if (this.isGliding) return;
    if (this.isAtEnd) this.element.scrollTop = this.element.scrollHeight;
    else if (isNew) this.pill.hidden = false;
  }

  toEnd(isSmooth = false) {
    this.isAtEnd = true;
    this.pill.hidden = true;
    if (!isSmooth || prefersCalm()) return this.follow();
    this.isGliding = true;
    clearTimeout(this.glide);
    this.element.scrollTo({ top: this.element.scrollHeight, behavior: "smooth" });
    this.glide = setTimeout(() => {
      this.isGliding = false;
      this.isAtEnd = true;
      this.follow();
    }, 360);
  }

  setBusy(isBusy) {
    this.element.setAttribute("aria-busy", String(isBusy));
    /* The last piece is laid out after the reply has ended. */
    clearTimeout(this.settling);
    if (isBusy) this.isGrowing = true;
    else this.settling = setTimeout(() => { this.isGrowing = false; }, 300);
  }

  /* Begins a turn with room for the reply below it, so that nothing moves while the reply is written. */
  begin(message) {
    this.turn?.style.removeProperty("min-height");
    this.turn = h("div", { class: "turn" }, message);
    this.list.append(this.turn);
    this.reserve(RESERVE_TEXT);
    this.toEnd(true);
    return this.turn;
  }

  /* Begins a turn that others began: the reader stays where they are. */
  add(message) {
    this.turn?.style.removeProperty("min-height");
    this.turn = h("div", { class: "turn" }, message);
    this.list.append(this.turn);
    this.follow(true);
    return this.turn;
  }

  /* Adds something to the turn that is the last one. */
  append(element) {
    if (this.turn?.isConnected) this.turn.append(element);
    else this.turn = this.list.appendChild(h("div", { class: "turn" }, element));
  }

  reserve(share) {
    const room = Math.round(this.element.clientHeight * share);
    if (this.turn) this.turn.style.minHeight = `${room}px`;
  }

  /* Cards take most of the view: make room for them and the text below in one calm movement. */
  makeRoom() {
    const wasAtEnd = this.isAtEnd;
    this.reserve(1);
    this.turn.style.minHeight = `calc(${this.turn.style.minHeight} - 2 * var(--gap))`;
    if (wasAtEnd) this.toEnd(true);
  }

  shopperMessage(text) {
    const language = LANGUAGE_TAGS[languageOfText(text)];
    const bubble = h("div", { class: "bubble", part: "question", dir: "auto", lang: language }, text);
    return h("div", { class: "question", role: "article", "aria-label": this.words.you }, bubble);
  }

  welcome(greeting, suggestions, onPick) {
    const list = h("div", { class: "starters", role: "group", "aria-label": this.words.suggestions });
    for (const text of suggestions) list.append(h("button", { type: "button", class: "starter", part: "suggestion", onclick: () => onPick(text) }, h("span", {}, text), icon("right")));
    this.welcomeView = h("div", { class: "welcome" }, h("p", { class: "greeting", dir: "auto" }, greeting), list);
    this.list.prepend(this.welcomeView);
  }

  clear() {
    this.list.replaceChildren();
    this.turn = null;
    this.welcomeView = null;
    this.isAtEnd = true;
    this.pill.hidden = true;
  }

  destroy() {
    this.watcher.disconnect();
    clearTimeout(this.glide);
    clearTimeout(this.settling);
  }
}
