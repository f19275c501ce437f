// Films to click, so that the page can be tried with nothing at hand.

import { element } from "./elements.js";
import { ask, fromBase64 } from "./service.js";

const section = document.getElementById("examples");
const list = document.getElementById("example-list");

/** Fetches and lists them; `onChoose` gets the film {plot, poster, director, cast}. Without any, the page is whole as well. */
export async function openExamples(reads, onChoose) {
  const { examples } = await ask("v1/examples").catch(() => ({ examples: [] }));
  list.replaceChildren(...examples.map((example) => element("li", "", button(example, reads, onChoose))));
  section.hidden = !examples.length;
}

function button({ title, plot, poster, director, cast }, reads, onChoose) {
  const file = poster && reads.includes("poster") ? fromBase64(poster, `${title}.png`) : null;
  const picture = element(file ? "img" : "span", file ? "" : "none");
  if (file) {
    picture.alt = "";
    picture.src = URL.createObjectURL(file);
  }
  const made = element("button", "", picture, element("span", "", title));
  made.type = "button";
  made.addEventListener("click", () => onChoose({ plot: plot ?? "", poster: file, director: director.join(", "), cast: cast.join(", ") }));
  return made;
}
