/* One conversation's page: the talk refreshes by itself, a canned reply is inserted.
 *
 * The server says whether anything has changed (204: no) and sends the talk as HTML of its own making.
 * While the page is not looked at it asks nothing.
 */
"use strict";
(() => {
  const MILLISECONDS = 2500;
  const place = document.querySelector("[data-talk]");
  const news = document.querySelector("[data-talk-news]");
  const box = document.querySelector("[data-write] textarea");

  const opened = () => new Set([...place.querySelectorAll("details[open][data-id]")].map((item) => item.dataset.id));

  function show(html) {
    const open = opened();
    const before = place.querySelector("#talk").dataset;
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("#talk");
    if (!fresh) return;
    for (const item of fresh.querySelectorAll("details[data-id]")) item.open = open.has(item.dataset.id);
    if (fresh.dataset.isMine !== before.isMine && !box?.value.trim()) return location.reload();
    if (fresh.dataset.count !== before.count) news.textContent = fresh.dataset.news;
    place.replaceChildren(fresh);
  }

  async function look() {
    if (document.hidden) return;
    try {
      const mark = place.querySelector("#talk").dataset.mark;
      const response = await fetch(`${place.dataset.talk}?mark=${encodeURIComponent(mark)}`);
      if (response.status === 200 && !response.redirected) show(await response.text());
    } catch {
      /* the server is away; the next look may find it again */
    }
  }

  async function go() {
    await look();
    setTimeout(go, MILLISECONDS);
  }

  for (const button of document.querySelectorAll("[data-insert]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const text = button.closest("li").querySelector("p").textContent;
      box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
      box.focus();
    });
  }
  setTimeout(go, MILLISECONDS);
})();
