/* The shop's pages work without this: it only lets their buttons open the chat. */
"use strict";
for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", () => window.ecomlm?.open(button.dataset.ask ? { message: button.dataset.ask } : {}));
}
const show = () => document.querySelectorAll("[data-ask]").forEach((button) => { button.hidden = false; });
if (window.ecomlm) show();
else addEventListener("ecomlm:ready", show);
