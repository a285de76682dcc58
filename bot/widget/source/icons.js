/* One set of line icons on a 24-unit grid, drawn for the widget. */
const ICONS = {
  chat: ["M12 4c-4.7 0-8.5 3.2-8.5 7.2 0 2.2 1.1 4.1 2.9 5.4-.1 1.2-.6 2.3-1.4 3.2 1.7-.1 3.2-.7 4.4-1.7.8.2 1.7.3 2.6.3 4.7 0 8.5-3.2 8.5-7.2S16.7 4 12 4Z", "M8.5 11.3h.01M12 11.3h.01M15.5 11.3h.01"],
  down: ["m6 9.5 6 6 6-6"],
  close: ["m6.5 6.5 11 11M17.5 6.5l-11 11"],
  more: ["M5.5 12h.01M12 12h.01M18.5 12h.01"],
  send: ["M12 19V5.5M6 11.3l6-6 6 6"],
  stop: ["M8 8h8v8H8z"],
  person: ["M5 13v-1.5a7 7 0 0 1 14 0V13", "M5 13.5a1.5 1.5 0 0 1 1.5-1.5h1v5.5h-1A1.5 1.5 0 0 1 5 16zM19 13.5a1.5 1.5 0 0 0-1.5-1.5h-1v5.5h1A1.5 1.5 0 0 0 19 16zM18.5 17.3c-.5 1.7-2 2.7-4.5 2.7h-1"],
  copy: ["M9 9.5A1.5 1.5 0 0 1 10.5 8h7A1.5 1.5 0 0 1 19 9.5v8a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 9 17.5z", "M15.5 5.5A1.5 1.5 0 0 0 14 4H6.5A1.5 1.5 0 0 0 5 5.5v8A1.5 1.5 0 0 0 6.2 15"],
  check: ["m5.5 12.5 4.2 4.2 8.8-9.4"],
  up: ["M8 10.8v8.7M8 19.5h8.3a2 2 0 0 0 2-1.6l1-5.3a1.7 1.7 0 0 0-1.7-2H14l.6-3.3c.2-1.3-.7-2.4-1.9-2.4L8 10.8H5.5a1 1 0 0 0-1 1v6.7a1 1 0 0 0 1 1H8"],
  thumbDown: ["M16 13.2V4.5M16 4.5H7.7a2 2 0 0 0-2 1.6l-1 5.3a1.7 1.7 0 0 0 1.7 2H10l-.6 3.3c-.2 1.3.7 2.4 1.9 2.4l4.7-5.9h2.5a1 1 0 0 0 1-1V5.5a1 1 0 0 0-1-1H16"],
  trash: ["M5 7h14M10 7V5.5A1.5 1.5 0 0 1 11.5 4h1A1.5 1.5 0 0 1 14 5.5V7M7 7l.7 11.2A1.9 1.9 0 0 0 9.6 20h4.8a1.9 1.9 0 0 0 1.9-1.8L17 7M10.2 11v5M13.8 11v5"],
  left: ["m14.5 6-6 6 6 6"],
  right: ["m9.5 6 6 6-6 6"],
  out: ["M8 16 16.5 7.5M9.5 7.5h7v7"],
  offline: ["M4 4l16 16M8.5 15.5a5 5 0 0 1 5.3-1.1M5.3 12.3a9.5 9.5 0 0 1 3.4-2.2M12.5 9.3a9.5 9.5 0 0 1 6.2 3M2.5 9.2a14 14 0 0 1 3.6-2.5M10.5 5.6a14 14 0 0 1 11 3.6M12 19h.01"],
  alert: ["M12 8v5M12 16h.01M12 3.8a8.2 8.2 0 1 0 0 16.4 8.2 8.2 0 0 0 0-16.4Z"],
  spark: ["M12 4.5c.7 4.6 2.9 6.8 7.5 7.5-4.6.7-6.8 2.9-7.5 7.5-.7-4.6-2.9-6.8-7.5-7.5 4.6-.7 6.8-2.9 7.5-7.5Z"],
};

function icon(name) {
  const paths = ICONS[name].map((d) => s("path", { d }));
  return s("svg", { viewBox: "0 0 24 24", class: `icon icon-${name}`, "aria-hidden": "true", focusable: "false" }, ...paths);
}

/* A button that shows only an icon; its label is its name and its tooltip. */
function iconButton(name, label, onclick, attributes = {}) {
  return h("button", { type: "button", class: "tool", "aria-label": label, title: label, onclick, ...attributes }, icon(name));
}
