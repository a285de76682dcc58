/* What buyers say of each aspect: a bar of praise and complaint, each count leading to a review that says so. */
function opinionCard({ title, bars }, { base, isOwnPage }) {
  const most = Math.max(...bars.map(({ praise, blame }) => praise.count + blame.count));
  const share = ({ count }) => (100 * count) / most;
  const voices = ({ count, label, url }, mark, name) => {
    const link = safeUrl(url, base);
    const outside = link && !isOwnPage(link) ? { target: "_blank", rel: "noopener" } : {};
    return count ? h("a", { class: name, href: link?.href, "aria-label": label, title: label, ...outside }, mark + count) : null;
  };
  const row = ({ aspect, praise, blame }) =>
    h(
      "li",
      {},
      h("span", { dir: "auto" }, aspect),
      s(
        "svg",
        { "aria-hidden": "true", viewBox: "0 0 100 8", preserveAspectRatio: "none" },
        s("rect", { class: "good", width: share(praise), height: 8 }),
        s("rect", { class: "bad", x: share(praise), width: share(blame), height: 8 }),
      ),
      h("span", {}, voices(praise, "+", "good"), " ", voices(blame, "−", "bad")),
    );
  return h("section", { class: "slip bars", part: "opinions", role: "group", "aria-label": title }, h("strong", {}, title), h("ul", { role: "list" }, ...bars.map(row)));
}
