/* Makes any accent colour legible: the shop chooses the hue, contrast decides the lightness. */
const SURFACES = { light: [255, 255, 255], dark: [34, 37, 40] };

function luminance([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/* Moves `colour` step by step towards black or white until it stands out from `ground`. */
function legible(colour, ground, target = 4.6) {
  const towards = luminance(ground) > 0.4 ? 0 : 255;
  for (let step = 0; step <= 20; step += 1) {
    const mixed = colour.map((part) => Math.round(part + ((towards - part) * step) / 20));
    if (contrast(mixed, ground) >= target) return mixed;
  }
  return [towards, towards, towards];
}

/* Reads any CSS colour by letting the browser compute it on `probe`. */
function parseColour(value, probe) {
  if (!value || !CSS.supports("color", value)) return null;
  probe.style.color = value;
  const parts = getComputedStyle(probe).color.match(/[\d.]+/g);
  probe.style.color = "";
  return parts && parts.length >= 3 ? parts.slice(0, 3).map(Number) : null;
}

function paint(host, accent) {
  const write = (name, colour) => host.style.setProperty(name, `rgb(${colour.join(" ")})`);
  const onAccent = contrast(accent, [255, 255, 255]) >= 4.5 ? [255, 255, 255] : [20, 22, 24];
  write("--accent", contrast(accent, onAccent) >= 4.5 ? accent : legible(accent, onAccent));
  write("--on-accent", onAccent);
  write("--accent-text-light", legible(accent, [243, 244, 245]));
  write("--accent-text-dark", legible(accent, SURFACES.dark));
}
