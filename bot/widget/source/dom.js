/* Building elements. Data only ever becomes text nodes and attributes, never markup. */
const SVG = "http://www.w3.org/2000/svg";

/* h("button", {class: "x", onclick: f, "aria-label": "…"}, "text", child …) */
function h(name, attributes = {}, ...children) {
  return dress(document.createElement(name), attributes, children);
}

function s(name, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, name), attributes, children);
}

function dress(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/* Addresses come from the server's records: nothing but pages and pictures may be reached through them. */
function safeUrl(address, base) {
  try {
    const url = new URL(address, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}

/* A picture never makes a secure page insecure. */
function pictureUrl(address, base) {
  const url = address ? safeUrl(address, base) : null;
  const isOwn = url && url.origin === new URL(base).origin;
  return url && (url.protocol === "https:" || isOwn) ? url.href : null;
}

async function copyText(text, root) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea", { class: "hidden", readonly: true });
    area.value = text;
    root.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    return isCopied;
  }
}

const prefersCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const isPhone = () => matchMedia("(max-width: 480px)").matches;
const hasTouch = () => matchMedia("(pointer: coarse)").matches;

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
