/* Tells agents on every page when somebody waits for a person: in the title, in the navigation, and aloud. */
"use strict";
(() => {
  const MILLISECONDS = 5000;
  const news = document.querySelector("[data-inbox-news]");
  const link = document.querySelector("nav a[href$='/inbox']");
  const title = document.title;
  let known = null;

  async function refreshList() {
    const list = document.getElementById("inbox-list");
    if (!list || list.contains(document.activeElement) || list.querySelector("details[open]")) return;
    const response = await fetch(location.href);
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("inbox-list");
    if (fresh) list.replaceWith(fresh);
  }

  function show(found) {
    document.title = found.count ? `(${found.count}) ${title}` : title;
    let badge = link?.querySelector(".badge");
    if (link && !badge) {
      badge = link.appendChild(document.createElement("span"));
      badge.className = "badge warn";
    }
    if (badge) {
      badge.textContent = found.count ? ` ${found.count}` : "";
      badge.hidden = !found.count;
    }
    const isNew = known && (found.newest > known.newest || found.unread > known.unread);
    const isOther = known && (found.count !== known.count || found.newest !== known.newest);
    known = found;
    if (isNew) news.textContent = found.text;
    if (isOther) return refreshList();
  }

  async function look() {
    try {
      const response = await fetch(news.dataset.inboxNews, { headers: { Accept: "application/json" } });
      if (response.ok) await show(await response.json());
    } catch {
      /* the server is away; the next look may find it again */
    }
    setTimeout(look, MILLISECONDS);
  }

  if (news) look();
})();
