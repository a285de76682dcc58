/* What outlives a page: the visitor's token and whether the chat stood open.
   Nothing is written before the first message; a browser that forbids storage gets memory instead. */
class Keep {
  constructor(server) {
    this.key = `ecomlm:${server}`;
    this.memory = null;
  }

  read() {
    try {
      const stored = JSON.parse(localStorage.getItem(this.key));
      return stored && typeof stored === "object" ? stored : this.memory;
    } catch {
      return this.memory;
    }
  }

  write(values) {
    this.memory = { ...this.read(), ...values };
    try {
      localStorage.setItem(this.key, JSON.stringify(this.memory));
    } catch {
      /* blocked or full: the memory holds for this page */
    }
  }

  /* Changes what is there, and stays silent where the visitor has not sent anything yet. */
  update(values) {
    if (this.read()) this.write(values);
  }

  forget() {
    this.memory = null;
    try {
      localStorage.removeItem(this.key);
    } catch {
      /* nothing was stored */
    }
  }
}
