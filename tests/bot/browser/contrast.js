// Returns what stands out too little from its ground: 4.5 to 1 for text, 3 to 1 for icons.
() => {
  const root = document.querySelector("ecomlm-chat").shadowRoot;
  const parse = (value) => {
    const parts = value.match(/[\d.]+/g).map(Number);
    const scale = value.startsWith("color(") ? 255 : 1;
    return { rgb: parts.slice(0, 3).map((part) => part * scale), alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const light = ({ rgb }) => {
    const linear = rgb.map((part) => part / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ground = (element) => {
    for (let at = element; at && at.nodeType === 1; at = at.parentElement) {
      if (at.matches(".send")) return parse(getComputedStyle(at, "::before").backgroundColor);
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.alpha > 0.99) return colour;
    }
    return parse("rgb(255 255 255)");
  };
  const checked = [];
  for (const element of root.querySelectorAll("*")) {
    const isText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const isIcon = element.matches("button > svg");
    if ((!isText && !isIcon) || !element.checkVisibility() || element.closest(".hidden, svg.drawing")) continue;
    const [low, high] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    const name = `${element.getAttribute("class")} ${element.textContent.slice(0, 30)}`;
    checked.push({ name, ratio, isPoor: ratio < (isIcon ? 3 : 4.5) });
  }
  return { count: checked.length, poor: checked.filter(({ isPoor }) => isPoor) };
}
