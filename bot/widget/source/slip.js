/* An order or a receipt: a titled list of labelled values, and each parcel's way as a row of steps. */
function slipCard({ title, rows, kind, tracks = [] }, words) {
  const list = h("dl", {});
  for (const [label, value] of rows) list.append(h("dt", { dir: "auto" }, label), h("dd", { dir: "auto" }, value));
  return h(
    "section",
    { class: `slip ${kind}`, part: "slip", role: "group", "aria-label": title },
    h("strong", {}, kind === "receipt" ? icon("check") : null, title),
    list,
    ...tracks.map((track) => trackRow(track, words)),
  );
}

function trackRow({ title, items, steps }, words) {
  const step = ({ label, when, state }) =>
    h(
      "li",
      { class: state, "aria-current": state === "now" ? "step" : null },
      h("span", { class: "hidden" }, words[state]),
      h("b", {}, label),
      when ? h("small", {}, when) : null,
    );
  return h(
    "div",
    { class: "track" },
    h("p", { dir: "auto" }, title),
    h("p", { class: "items", dir: "auto" }, items),
    h("ol", { "aria-label": title }, ...steps.map(step)),
  );
}

/* Products side by side: a table that scrolls sideways where it is wider than the chat. */
function tableCard({ title, columns, rows, mark, note }, { base, isOwnPage }) {
  const product = ({ title: name, url: address }) => {
    const url = safeUrl(address, base);
    return h("th", { scope: "col" }, h("a", { href: url?.href, ...(url && isOwnPage(url) ? {} : { target: "_blank", rel: "noopener" }) }, name));
  };
  const row = ({ label, cells, best }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, label),
      ...cells.map((cell, place) => h("td", { dir: "auto" }, cell, place === best ? h("small", {}, mark) : null)),
    );
  const table = h("table", {}, h("caption", {}, title), h("thead", {}, h("tr", {}, h("td"), ...columns.map(product))), h("tbody", {}, ...rows.map(row)));
  return h("section", { class: "slip", part: "table" }, h("div", { class: "wide", role: "region", tabindex: "0", "aria-label": title }, table), note ? h("p", { class: "notes" }, note) : null);
}
