/* Tells the shop's server what is looked at and put in the basket: after the visitor's yes, and not before.
   `ecomlmEvents.consent(true)`, `.track("view", id)`, `.track("basket", id)`, `.forget()`. Nothing is stored
   until the visitor has answered; a no is all that is stored of those who refuse, once the server has erased
   what it kept of them. */
"use strict";
(() => {
  const { dataset, src } = document.currentScript;
  const server = dataset.server || new URL(src).origin;
  const KEY = "ecomlm-events";
  const sending = new Set();
  let memory = null;

  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY)) || memory;
    } catch {
      return memory;
    }
  };
  const write = (values) => {
    memory = values;
    try {
      localStorage.setItem(KEY, JSON.stringify(values));
    } catch {
      /* blocked: the answer holds for this page */
    }
  };
  const newVisitor = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  /* The chat's own token lets a conversation know what its visitor looked at; there is none before the first message. */
  const chatToken = () => {
    try {
      return JSON.parse(localStorage.getItem(`ecomlm:${server}`))?.token;
    } catch {
      return undefined;
    }
  };

  const call = (method, body) => {
    const headers = { "Content-Type": "application/json" };
    const token = method === "POST" && chatToken();
    if (token) headers.Authorization = `Bearer ${token}`;
    return fetch(`${server}/events`, { method, headers, body: JSON.stringify(body), credentials: "omit", keepalive: true })
      .then((response) => response.ok, () => false);
  };
  const send = (events) => {
    const state = read();
    if (!state?.visitor) return Promise.resolve(false);
    const sent = call("POST", { visitor: state.visitor, consent: true, events });
    sending.add(sent);
    return sent.finally(() => sending.delete(sent));
  };

  /* The id stays until the server has said yes: without it nobody could erase any more what is kept under it. */
  const erase = async () => {
    await Promise.all(sending);
    for (const visitor of read()?.erase || []) {
      if (!(await call("DELETE", { visitor }))) return false;
      const { erase: ids = [], ...state } = read() || {};
      const left = ids.filter((id) => id !== visitor);
      write(left.length ? { ...state, erase: left } : state);
    }
    return true;
  };

  const api = {
    get answered() {
      return read() !== null;
    },
    get consented() {
      return Boolean(read()?.visitor);
    },
    consent(yes) {
      if (!yes) return api.forget();
      if (!api.consented) write({ visitor: newVisitor(), erase: read()?.erase });
      return Promise.resolve(true);
    },
    track: (kind, product) => send([{ kind, product }]),
    forget() {
      const { visitor, erase: before = [] } = read() || {};
      const ids = visitor ? [...before, visitor] : before;
      write({ refused: true, ...(ids.length && { erase: ids }) });
      return erase();
    },
  };
  window.ecomlmEvents = api;
  addEventListener("ecomlm:ready", () => {
    window.ecomlm.on("message", ({ role }) => role === "assistant" && chatToken() && send([]));
  });
  addEventListener("online", erase);
  erase();
  dispatchEvent(new CustomEvent("ecomlm:events-ready"));
})();
