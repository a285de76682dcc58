/* The console's keyboard and its few manners; every page works without it.
 *
 * A page marks its rows with `data-row` (the first link in it opens it), and what a key does with
 * `data-key="e"` on a link or button, inside a row for that row, elsewhere for the page. `j` and `k` step
 * through the rows; a page without rows may give them to links. `data-reload="4"` stands where something is
 * still going on: the page is asked for again after so many seconds.
 */
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const help = document.querySelector("dialog.keys");
  let here = -1;
  let isGoing = false;

  function stepTo(index) {
    const all = rows();
    if (!all.length) return;
    all[here]?.classList.remove("here");
    here = Math.max(0, Math.min(index, all.length - 1));
    all[here].classList.add("here");
    all[here].scrollIntoView({ block: "nearest" });
    const target = all[here].querySelector("a, button, input, select") || all[here];
    if (target === all[here]) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  }

  function forKey(key) {
    const name = `[data-key="${CSS.escape(key)}"]`;
    return rows()[here]?.querySelector(name) || [...document.querySelectorAll(name)].find((item) => !item.closest("[data-row]"));
  }

  const isTyping = (target) => target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
    if (isTyping(event.target) || help?.open) return;
    const act = isGoing ? document.querySelector(`[data-go="${CSS.escape(event.key)}"]`) : null;
    isGoing = !isGoing && event.key === "g";
    if (act) act.click();
    else if (event.key === "j" && rows().length) stepTo(here + 1);
    else if (event.key === "k" && rows().length) stepTo(here - 1);
    else if (event.key === "?") help?.showModal();
    else if (event.key === "/") document.querySelector("input[type=search]")?.focus();
    else if (isGoing || !forKey(event.key)) return;
    else forKey(event.key).click();
    event.preventDefault();
  });

  document.querySelector("[data-help]")?.addEventListener("click", () => help.showModal());
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && !row.classList.contains("here")) {
      document.querySelector("[data-row].here")?.classList.remove("here");
      row.classList.add("here");
      here = rows().indexOf(row);
    }
  });
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.sure;
    if (question && !confirm(question)) event.preventDefault();
  });
  const waiting = document.querySelector("[data-reload]");
  if (waiting) setTimeout(() => location.reload(), 1000 * Number(waiting.dataset.reload));
  for (const time of document.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (time.dateTime.includes("T") && !Number.isNaN(at.valueOf())) time.title = at.toLocaleString(document.documentElement.lang);
  }
})();
