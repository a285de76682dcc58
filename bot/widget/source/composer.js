/* Where the shopper writes. Enter sends, Shift+Enter breaks the line, Enter inside an input method does neither. */
const MESSAGE_CHARACTERS = 2000;

class Composer {
  constructor(words, { onSend, onStop }) {
    this.words = words;
    this.onSend = onSend;
    this.onStop = onStop;
    this.isBusy = false;
    this.area = h("textarea", {
      rows: "1", placeholder: words.placeholder, "aria-label": words.message, part: "input", enterkeyhint: "send", autocomplete: "off",
    });
    this.button = h("button", { type: "submit", class: "send", part: "send" });
    this.limit = h("p", { class: "limit", role: "status" });
    this.about = h("div", { class: "about", hidden: true });
    this.element = h(
      "form",
      { class: "composer", onsubmit: (event) => this.submit(event) },
      this.about,
      h("div", { class: "field" }, this.area, this.button),
      this.limit,
    );
    this.area.addEventListener("input", () => this.fit());
    this.area.addEventListener("keydown", (event) => this.onKey(event));
    this.show();
  }

  get text() {
    return this.area.value;
  }

  set text(text) {
    this.area.value = text;
    this.fit();
  }

  get isTooLong() {
    return this.text.trim().length > MESSAGE_CHARACTERS;
  }

  onKey(event) {
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || isComposing) return;
    event.preventDefault();
    if (!this.isBusy) this.submit(event);
  }

  submit(event) {
    event.preventDefault();
    if (this.isBusy) return this.onStop();
    const text = this.text.trim();
    if (!text || this.isTooLong) return;
    this.text = "";
    this.onSend(text);
  }

  /* Names whom the next message goes to. */
  setPerson(name) {
    this.area.placeholder = name ? fill(this.words.writeTo, { name }) : this.words.placeholder;
  }

  setBusy(isBusy) {
    this.isBusy = isBusy;
    this.show();
  }

  /* The button sends, or stops the answer that is being written. */
  show() {
    const name = this.isBusy ? "stop" : "send";
    if (this.shown !== name) {
      this.button.replaceChildren(icon(name));
      this.button.setAttribute("aria-label", this.words[name]);
      this.button.title = this.words[name];
      this.shown = name;
    }
    const cannotSend = !this.isBusy && (!this.text.trim() || this.isTooLong);
    this.button.setAttribute("aria-disabled", String(cannotSend));
    this.limit.textContent = this.isTooLong
      ? fill(this.words.tooLong, { count: this.text.trim().length - MESSAGE_CHARACTERS })
      : "";
  }

  /* Grows with its text up to the height that the style sheet allows. */
  fit() {
    this.area.style.height = "auto";
    this.area.style.height = `${this.area.scrollHeight}px`;
    this.show();
  }

  /* Shows which product a question will be about; the shopper can take that away. */
  setAbout(title, onRemove) {
    this.about.hidden = title === null;
    this.about.replaceChildren();
    if (title === null) return;
    this.about.append(
      h("span", {}, this.words.about, " ", h("b", { dir: "auto" }, title || this.words.aboutThis)),
      iconButton("close", this.words.aboutRemove, onRemove, { class: "tool small" }),
    );
  }
}
