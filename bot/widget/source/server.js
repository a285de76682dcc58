/* The conversation's server: one method a call. Every failure is a Trouble that says what can be done. */
const SILENCE_SECONDS = 50;

class Trouble extends Error {
  /* kind: "network" | "limit" | "session" | "refused" | "server" */
  constructor(kind, { seconds = 0, status = 0 } = {}) {
    super(kind);
    this.kind = kind;
    this.seconds = seconds;
    this.status = status;
  }
}

class Server {
  constructor(base, keep, locale) {
    this.base = base.replace(/\/$/, "");
    this.keep = keep;
    this.locale = locale;
  }

  get token() {
    return this.keep.read()?.token;
  }

  async config() {
    return (await this.call(`/api/config?locale=${this.locale}`, {}, false)).json();
  }

  /* The events of the open line, from the one after `last`. */
  live(signal, last) {
    return this.call("/api/live", { signal, accept: "text/event-stream", last });
  }

  async conversation() {
    return (await this.call("/api/conversation")).json();
  }

  clear() {
    return this.call("/api/conversation", { method: "DELETE", keepalive: true });
  }

  rate(message, rating, reason) {
    return this.call("/api/feedback", { method: "POST", body: { message, rating, reason } });
  }

  /* Sends a message and hands each event of the reply to `onEvent`; ends after `done` or `error`.
     A reply whose connection breaks off is taken up again where it stopped, as long as that helps. */
  async send(message, signal, onEvent) {
    let last = 0;
    let hasBegun = false;
    for (let tries = 0; ; tries += 1) {
      const before = last;
      try {
        const response = await this.post(message, signal, last);
        hasBegun = true;
        for await (const event of readEvents(response)) {
          last = event.number || last;
          onEvent(event);
          if (event.type === "done" || event.type === "error") return;
        }
        throw new Trouble("network");
      } catch (trouble) {
        const mayHelp = trouble.kind === "network" && hasBegun && (last > before || tries < 2) && navigator.onLine;
        if (!mayHelp || signal.aborted) throw trouble;
        await new Promise((resolve) => setTimeout(resolve, 300 * (tries + 1)));
      }
    }
  }

  /* A token that the server no longer takes is replaced once. */
  async post(message, signal, last) {
    if (!this.token) await this.openSession();
    const request = { method: "POST", body: message, signal, accept: "text/event-stream", last };
    await this.signIn();
    try {
      return await this.call("/api/messages", request);
    } catch (trouble) {
      if (trouble.kind !== "session") throw trouble;
      await this.openSession();
      await this.signIn();
      return this.call("/api/messages", request);
    }
  }

  async openSession() {
    const body = { locale: this.locale };
    const session = await (await this.call("/api/session", { method: "POST", body }, false)).json();
    this.keep.write({ token: session.token, conversation: session.conversation, open: true, signed: undefined });
    this.signedUntil = 0;
    this.onSession?.();
  }

  /* Who is signed in on the page, vouched for by the shop's server; null signs out. One call after the other. */
  setUser(user) {
    this.signing = (this.signing || Promise.resolve()).then(() => this.changeUser(user)).catch(warn);
    return this.signing;
  }

  async changeUser(user) {
    const isUsable = user && typeof user.customer === "string" && typeof user.signature === "string" && Number.isInteger(user.expires);
    if (user && !isUsable) throw new TypeError("setUser needs {customer, expires, signature}, or null to sign out");
    this.user = user || null;
    this.signedUntil = 0;
    if (!this.token) return;
    if (user) await this.bind();
    else if (this.keep.read().signed) {
      await this.call("/api/identity", { method: "DELETE" });
      this.keep.update({ signed: undefined });
    }
  }

  /* Before a message: a visitor who is not bound yet, or no longer, is bound. */
  async signIn() {
    await this.signing;
    if (this.user && this.signedUntil < Date.now()) await this.bind().catch(warn);
  }

  async bind() {
    const { customer, expires, signature } = this.user;
    try {
      const answer = await this.call("/api/identity", { method: "POST", body: { customer, expires, signature } });
      this.signedUntil = Date.now() + ((await answer.json()).seconds - 5) * 1000;
      this.keep.update({ signed: true });
    } catch (trouble) {
      if (trouble.status === 400) this.user = null;
      throw trouble;
    }
  }

  async call(path, { method = "GET", body, signal, accept, last, keepalive } = {}, isSigned = true) {
    const headers = {};
    if (body) headers["Content-Type"] = "application/json";
    if (accept) headers.Accept = accept;
    if (last) headers["Last-Event-ID"] = String(last);
    if (isSigned && this.token) headers.Authorization = `Bearer ${this.token}`;
    let response;
    try {
      response = await fetch(this.base + path, {
        method, headers, signal, keepalive, body: body && JSON.stringify(body), credentials: "omit", cache: "no-store",
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Trouble("network");
    }
    if (response.ok) return response;
    throw troubleOf(response);
  }
}

function warn(error) {
  const reason = error instanceof Trouble ? `the server did not accept it (${error.status || error.kind})` : error.message;
  console.warn(`ecomlm: who is signed in was not changed: ${reason}`);
}

function troubleOf(response) {
  const { status } = response;
  if (status === 401) return new Trouble("session", { status });
  if (status === 403) return new Trouble("refused", { status });
  if (status === 429) return new Trouble("limit", { status, seconds: Math.ceil(Number(response.headers.get("Retry-After"))) || 10 });
  return new Trouble("server", { status });
}

/* Yields the events of a server-sent event stream. A stream that falls silent counts as lost. */
async function* readEvents(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  try {
    for (;;) {
      const { done, value } = await readInTime(reader);
      if (done) return;
      held = (held + value).replace(/\r\n?/g, "\n");
      const frames = held.split("\n\n");
      held = frames.pop();
      for (const frame of frames) {
        const event = parseFrame(frame);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function readInTime(reader) {
  let timer;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Trouble("network")), SILENCE_SECONDS * 1000);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch (error) {
    if (error.name === "AbortError" || error instanceof Trouble) throw error;
    throw new Trouble("network");
  } finally {
    clearTimeout(timer);
  }
}

function parseFrame(frame) {
  const lines = frame.split("\n");
  const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).replace(/^ /, "")).join("\n");
  if (!data) return null;
  const field = (name) => lines.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1).trim();
  try {
    const event = JSON.parse(data);
    const mark = field("id");
    return { type: field("event"), number: Number(mark) || 0, mark, ...event };
  } catch {
    return null;
  }
}
