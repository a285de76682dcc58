/* The open line to the server: what others do in this conversation appears without a reload.
   A line that breaks is taken up again after the last event received. */
const PAUSES = [0.3, 1, 2, 5, 10, 30];

class Line {
  constructor(server, onEvent) {
    this.server = server;
    this.onEvent = onEvent;
    this.cursor = "";
    this.isUp = false;
    this.onSight = () => (document.hidden ? this.hide() : this.show());
    this.onLine = () => this.wake?.();
    document.addEventListener("visibilitychange", this.onSight);
    addEventListener("online", this.onLine);
  }

  /* Whether it is of use now; a closed chat that nobody answers needs none. */
  want(isWanted) {
    this.isWanted = isWanted;
    if (!isWanted) this.close();
    else if (!document.hidden) this.open();
  }

  show() {
    this.release?.();
    if (this.isWanted) this.open();
  }

  /* Of hidden tabs one keeps its line: a browser opens only a few connections to a server. */
  hide() {
    if (!this.abort) return;
    if (!navigator.locks) return this.close();
    const keep = (lock) => (lock ? new Promise((release) => { this.release = release; }) : this.close());
    navigator.locks.request("ecomlm-line", { ifAvailable: true }, keep).catch(() => this.close());
  }

  open() {
    if (this.abort) return;
    this.abort = new AbortController();
    this.run(this.abort.signal);
  }

  close() {
    this.abort?.abort();
    this.abort = null;
    this.isUp = false;
    this.release?.();
    this.wake?.();
  }

  async run(signal) {
    for (let tries = 0; !signal.aborted; tries += 1) {
      try {
        for await (const event of readEvents(await this.server.live(signal, this.cursor))) {
          if (signal.aborted) return;
          tries = 0;
          this.isUp = true;
          this.cursor = event.mark || this.cursor;
          this.onEvent(event);
        }
      } catch (trouble) {
        if (signal.aborted) return;
        if (trouble.kind === "session" || trouble.kind === "refused" || trouble.status === 404) return this.close();
      }
      if (signal.aborted) return;
      this.isUp = false;
      await this.pause(PAUSES[Math.min(tries, PAUSES.length - 1)]);
    }
  }

  /* Waits, a little different in every tab; the network's return ends it. */
  pause(seconds) {
    return new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, seconds * (700 + 600 * Math.random()));
    });
  }

  destroy() {
    this.isWanted = false;
    this.close();
    document.removeEventListener("visibilitychange", this.onSight);
    removeEventListener("online", this.onLine);
  }
}
