/* <ecomlm-chat>: the chat as an element whose inside no page style reaches. */
class EcomlmChat extends HTMLElement {
  connectedCallback() {
    if (this.chat) return;
    const root = this.shadowRoot || this.attachShadow({ mode: "open" });
    this.style.setProperty("z-index", this.getAttribute("z-index") || "2147483000");
    const options = this.options();
    this.lang = LANGUAGE_TAGS[options.language];
    this.chat = new Chat(options, (name, detail) => this.tell(name, detail));
    const view = h("div", { class: "widget", "data-side": options.side, "data-theme": options.theme, "data-launcher": options.launcher });
    view.append(...this.chat.panel.build(options.title || this.chat.words.title, this.chat.transcript, this.chat.composer));
    root.replaceChildren(view);
    style(root, this.getAttribute("nonce"));
    const accent = parseColour(options.accent || getComputedStyle(this).getPropertyValue("--ecomlm-accent").trim(), view);
    if (accent) paint(view, accent);
    this.followKeyboard(view);
    this.chat.start();
    this.tell("ready");
  }

  disconnectedCallback() {
    /* Frameworks move elements: only one that stays away is taken apart. */
    queueMicrotask(() => {
      if (this.isConnected || !this.chat) return;
      this.chat.destroy();
      this.chat = null;
      visualViewport?.removeEventListener("resize", this.onViewport);
      visualViewport?.removeEventListener("scroll", this.onViewport);
    });
  }

  options() {
    const read = (name) => this.getAttribute(name) || undefined;
    const auto = languageOf(document.documentElement.lang) || navigator.languages.map(languageOf).find(Boolean);
    return {
      server: read("server") || location.origin,
      language: languageOf(read("locale")) || auto || "en",
      side: /left/.test(read("position")) ? "left" : "right",
      theme: ["light", "dark"].includes(read("theme")) ? read("theme") : "auto",
      accent: read("accent"),
      launcher: read("launcher") === "none" ? "none" : "shown",
      open: this.hasAttribute("open") && read("open") !== "false",
      title: read("title-text"),
      product: read("product"),
      productTitle: read("product-title"),
    };
  }

  /* On phones the sheet is as high as what the keyboard leaves visible. */
  followKeyboard(view) {
    if (!window.visualViewport) return;
    this.onViewport = () => {
      view.style.setProperty("--visible-height", `${visualViewport.height}px`);
      view.style.setProperty("--visible-top", `${visualViewport.offsetTop}px`);
    };
    visualViewport.addEventListener("resize", this.onViewport);
    visualViewport.addEventListener("scroll", this.onViewport);
    this.onViewport();
  }

  tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(`ecomlm:${name}`, { detail, bubbles: true, composed: true }));
  }
}

/* A constructed sheet needs no exception in the page's content security policy. */
function style(root, nonce) {
  if ("adoptedStyleSheets" in root && "replaceSync" in CSSStyleSheet.prototype) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } else {
    root.append(h("style", { nonce }, STYLE));
  }
}
