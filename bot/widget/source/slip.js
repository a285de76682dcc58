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
