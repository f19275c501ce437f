// What is said beside the results: alerts to the eye and the ear, and results to the ear alone.

import { element } from "./elements.js";

const alert = document.getElementById("alert");
const status = document.getElementById("status");

/** Shows what went wrong, read out at once. */
export function warn(title, message) {
  alert.replaceChildren(element("p", "alert", element("strong", "", title), message));
}

/** Takes the alert away. */
export function calm() {
  alert.replaceChildren();
}

/** Says it to those who listen, once what is being said has ended. */
export function say(text) {
  status.textContent = text;
}
