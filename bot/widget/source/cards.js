/* Product cards in a row that scrolls sideways, with a drawn picture where a product has none. */
const TONES = 8;
const STOCK_DOTS = { in_stock: "good", low_stock: "warn", out_of_stock: "bad", preorder: "info", backorder: "info" };

function productCards(cards, context) {
  const { words, base } = context;
  const list = h("ul", { class: "row", role: "list", "aria-label": words.products });
  for (const card of cards) list.append(productCard(card, base, context.isOwnPage));
  const step = (direction) => () =>
    list.scrollBy({ left: direction * list.clientWidth * 0.8, behavior: prefersCalm() ? "auto" : "smooth" });
  const back = iconButton("left", words.previous, step(-1), { class: "tool step step-back", tabindex: "-1" });
  const on = iconButton("right", words.next, step(1), { class: "tool step step-on", tabindex: "-1" });
  const show = () => {
    back.hidden = list.scrollLeft < 8;
    on.hidden = list.scrollLeft + list.clientWidth > list.scrollWidth - 8;
  };
  list.addEventListener("scroll", show, { passive: true });
  requestAnimationFrame(show);
  return h("div", { class: "cards", part: "cards" }, list, back, on);
}

function productCard(card, base, isOwnPage) {
  const url = safeUrl(card.url, base);
  const sold = card.availability === "out_of_stock";
  const link = h(
    "a",
    { class: sold ? "card sold" : "card", href: url?.href, part: "card", "data-product": card.id, ...(url && isOwnPage(url) ? {} : { target: "_blank", rel: "noopener" }) },
    picture(card, base),
    h(
      "span",
      { class: "card-text" },
      card.brand && !card.title.startsWith(card.brand) ? h("span", { class: "brand" }, card.brand) : null,
      h("span", { class: "name", lang: LANGUAGE_TAGS[languageOfText(card.title)] }, card.title),
      card.price ? h("span", { class: "price" }, card.price) : null,
      card.stock ? h("span", { class: `stock ${STOCK_DOTS[card.availability] || "none"}` }, card.stock) : null,
      ...(card.options || []).map((line) => h("span", { class: "options", title: line }, line)),
      card.reason ? h("span", { class: "reason" }, card.reason) : null,
    ),
  );
  return h("li", {}, link);
}

function picture(card, base) {
  const frame = h("span", { class: "picture", "aria-hidden": "true" }, drawing(card));
  const source = pictureUrl(card.image, base);
  if (source) {
    const image = h("img", { src: source, alt: "", loading: "lazy", decoding: "async", referrerpolicy: "no-referrer" });
    image.addEventListener("load", () => frame.classList.add("has-image"));
    image.addEventListener("error", () => image.remove());
    frame.append(image);
  }
  return frame;
}

/* The product's initials on a calm ground; the same product always looks the same. */
function drawing(card) {
  const name = card.brand || card.title;
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  const letters = /[㐀-鿿]/.test(name) ? name.match(/[㐀-鿿]/)[0] : initials(name);
  return s(
    "svg",
    { viewBox: "0 0 160 120", class: `drawing tone-${hash % TONES}`, preserveAspectRatio: "xMidYMid slice" },
    s("rect", { width: 160, height: 120, class: "ground" }),
    s("circle", { cx: 128, cy: 24, r: 54, class: "shape" }),
    s("text", { x: 80, y: 62, class: "letters" }, letters),
  );
}

function initials(name) {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters = words.length > 1 ? words[0][0] + words[1][0] : (words[0] || "?").slice(0, 2);
  return letters.toUpperCase();
}
