/* The script tag: reads its data- attributes, adds the element, offers window.ecomlm. */
const ATTRIBUTES = {
  server: "server", locale: "locale", position: "position", accent: "accent", theme: "theme", open: "open",
  title: "title-text", zIndex: "z-index", product: "product", productTitle: "product-title", launcher: "launcher", nonce: "nonce",
};

function startWidget(script) {
  const element = document.createElement("ecomlm-chat");
  if (script) {
    for (const [key, name] of Object.entries(ATTRIBUTES)) if (script.dataset[key] !== undefined) element.setAttribute(name, script.dataset[key]);
    if (!script.dataset.server && script.src) element.setAttribute("server", new URL(script.src, location.href).origin);
    if (!element.hasAttribute("nonce") && script.nonce) element.setAttribute("nonce", script.nonce);
  }
  const api = publicApi(element);
  window.ecomlm = api;
  const add = () => document.body.append(element);
  if (document.body) add();
  else addEventListener("DOMContentLoaded", add, { once: true });
}

/* What a page may call. Everything is safe to call at any time after `ecomlm:ready`. */
function publicApi(element) {
  const listeners = new Map();
  const on = (name, listener) => {
    const wrapped = (event) => listener(event.detail);
    listeners.set(listener, [...(listeners.get(listener) || []), [name, wrapped]]);
    element.addEventListener(`ecomlm:${name}`, wrapped);
    if (name === "ready" && element.chat) queueMicrotask(() => listener({}));
  };
  const off = (name, listener) => {
    const [gone, kept] = [[], []];
    for (const pair of listeners.get(listener) || []) (pair[0] === name ? gone : kept).push(pair);
    for (const [, wrapped] of gone) element.removeEventListener(`ecomlm:${name}`, wrapped);
    listeners.set(listener, kept);
  };
  return Object.freeze({
    open: (options) => element.chat?.open(options),
    close: () => element.chat?.close(),
    toggle: () => element.chat?.toggle(),
    send: (text) => element.chat?.send(String(text)),
    setUser: (user) => element.chat?.setUser(user),
    setContext: ({ product = null, title } = {}) => element.chat?.setProduct(product, title),
    on,
    off,
    destroy: () => {
      element.remove();
      delete window.ecomlm;
    },
  });
}

if (!window.ecomlm) {
  if (!customElements.get("ecomlm-chat")) customElements.define("ecomlm-chat", EcomlmChat);
  const script = document.currentScript;
  if (!document.querySelector("ecomlm-chat")) startWidget(script);
}
