/* The shop's pages work without this: it only lets their buttons open the chat. */
"use strict";
for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", () => window.ecomlm?.open(button.dataset.ask ? { message: button.dataset.ask } : {}));
}
const show = () => document.querySelectorAll("[data-ask]").forEach((button) => { button.hidden = false; });
if (window.ecomlm) show();
else addEventListener("ecomlm:ready", show);

/* What is looked at is told to the server only after a yes; until there is an answer, the footer asks. */
const events = window.ecomlmEvents, asking = document.querySelector(".consent");
const look = () => events.consented && document.body.dataset.product && events.track("view", document.body.dataset.product);
const showConsent = () => {
  asking.hidden = events.answered && !events.consented;
  for (const part of asking.querySelectorAll("[data-asks]")) part.hidden = events.answered;
  for (const part of asking.querySelectorAll("[data-agreed]")) part.hidden = !events.consented;
};
if (events && asking) {
  for (const button of asking.querySelectorAll("[data-consent]")) {
    button.addEventListener("click", () => events.consent(button.dataset.consent === "yes").then(look).then(showConsent));
  }
  showConsent();
  look();
}
