/* Below a finished reply: copy it, say whether it helped and, if not, why. */
class Feedback {
  constructor(reply, context, rating) {
    this.reply = reply;
    this.context = context;
    this.words = context.words;
    this.up = this.thumb("up", "up", this.words.helpful);
    this.down = this.thumb("down", "thumbDown", this.words.unhelpful);
    const copy = iconButton("copy", this.words.copy, () => this.copy(copy), { class: "tool quiet" });
    this.note = h("p", { class: "aside", role: "status", hidden: true });
    this.element = h("div", { class: "feedback" }, h("div", { class: "tools" }, copy, this.up, this.down), this.note);
    this.mark(rating);
  }

  thumb(rating, name, label) {
    return iconButton(name, label, () => this.rate(rating), { class: "tool quiet", "aria-pressed": "false" });
  }

  mark(rating) {
    this.rating = rating;
    this.up.setAttribute("aria-pressed", String(rating === "up"));
    this.down.setAttribute("aria-pressed", String(rating === "down"));
  }

  async rate(rating) {
    const before = this.rating;
    this.mark(rating);
    this.form?.remove();
    this.say("");
    if (rating === "down") this.ask();
    if (!(await this.store(rating, ""))) this.mark(before);
    else if (rating === "up") this.say(this.words.thanks);
  }

  async store(rating, reason) {
    try {
      await this.context.rate(this.reply.id, rating, reason);
      return true;
    } catch {
      this.say(this.words.notRated);
      return false;
    }
  }

  ask() {
    const reasons = this.words.reasons.map((reason) =>
      h("button", { type: "button", class: "pill", onclick: () => this.explain(reason) }, reason),
    );
    const other = h("input", { type: "text", maxlength: "300", placeholder: this.words.reasonOther, "aria-label": this.words.reasonOther });
    const explain = (event) => {
      event.preventDefault();
      if (other.value.trim()) this.explain(other.value.trim());
    };
    const send = h("button", { type: "submit", class: "tool small", "aria-label": this.words.sendReason, title: this.words.sendReason }, icon("send"));
    this.form = h(
      "form",
      { class: "why", onsubmit: explain, "aria-label": this.words.why },
      h("p", {}, this.words.why),
      h("div", { class: "replies" }, ...reasons),
      h("div", { class: "other" }, other, send),
    );
    this.element.append(this.form);
    reasons[0].focus({ preventScroll: true });
    this.form.scrollIntoView({ block: "nearest", behavior: prefersCalm() ? "auto" : "smooth" });
  }

  async explain(reason) {
    this.form.remove();
    this.down.focus({ preventScroll: true });
    if (await this.store("down", reason)) this.say(this.words.thanks);
  }

  say(text) {
    this.note.textContent = text;
    this.note.hidden = !text;
  }

  async copy(button) {
    const text = this.reply.text.replace(/\s*\[\d{1,2}\]/g, "");
    const isCopied = await copyText(text, this.element);
    if (!isCopied) return this.say(this.words.notCopied);
    button.replaceChildren(icon("check"));
    this.context.announce(this.words.copied);
    setTimeout(() => button.replaceChildren(icon("copy")), 1600);
  }
}
