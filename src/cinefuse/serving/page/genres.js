// The bars: every genre, most probable first, with a tick at its threshold. The improbable ones are folded away.

import { element, listed, percent } from "./elements.js";

const list = document.getElementById("genres");
const verdict = document.getElementById("verdict");
const key = document.getElementById("key");
const more = document.getElementById("more"); // unfolds the rest

const PROBABLE = 0.05; // what is less probable and not given is folded away
const LEAST_SHOWN = 3; // genres, however improbable
const LEAST_FOLDED = 3; // fewer are not worth the button

/** Draws a prediction; `onChoose(genre or null)` is called when one is pressed or let go; null: no choosing. */
export function drawGenres(prediction, onChoose) {
  verdict.replaceChildren(...sentence(prediction), ...caveat(prediction));
  const given = new Set(prediction.genres);
  const sorted = Object.entries(prediction.probabilities).sort((one, other) => other[1] - one[1]);
  list.replaceChildren(...sorted.map(([genre, probability]) => {
    const threshold = prediction.thresholds[genre];
    const row = onChoose ? element("button", "") : element("div", "plain-row");
    if (onChoose) {
      row.type = "button";
      row.setAttribute("aria-pressed", "false");
      row.addEventListener("click", () => choose(row, genre, onChoose));
    }
    row.append(...cells(genre, probability, threshold, given.has(genre)));
    return element("li", given.has(genre) ? "genre is-given" : "genre", row);
  }));
  const folded = sorted.map(([genre, probability], place) => place >= LEAST_SHOWN && probability < PROBABLE && !given.has(genre));
  fold([...list.children].filter((_, place) => folded[place]));
  key.hidden = false;
}

/** The sentence that stands above the bars, for those who listen. */
export function spoken(prediction) {
  const text = (parts) => parts.map((part) => part.textContent ?? part).join("");
  return `${text(sentence(prediction))} ${text(caveat(prediction))} ${Object.keys(prediction.probabilities).length} genres listed.`;
}

/** A bar from 0 to 1, hidden from those who listen; a tick where there is a threshold. */
export function bar(share, threshold = null) {
  const fill = element("span", "fill");
  const track = element("span", "track", fill);
  track.setAttribute("aria-hidden", "true");
  fill.style.setProperty("--share", `${100 * share}%`);
  if (threshold !== null) {
    const tick = element("span", "tick");
    tick.style.setProperty("--threshold", `${100 * threshold}%`);
    track.append(tick);
  }
  return track;
}

let improbable = []; // the rows that are folded away

function fold(rows) {
  improbable = rows.length < LEAST_FOLDED ? [] : rows;
  more.hidden = !improbable.length;
  unfold(false);
}

function unfold(all) {
  for (const row of improbable) row.hidden = !all;
  more.setAttribute("aria-expanded", String(all));
  more.textContent = all ? `Hide those below ${percent(PROBABLE)}` : `Show all ${list.children.length} genres`;
}

more.addEventListener("click", () => unfold(more.getAttribute("aria-expanded") !== "true"));

function cells(genre, probability, threshold, isGiven) {
  const mark = element("span", "given", isGiven ? "✓" : "");
  mark.setAttribute("aria-hidden", "true");
  return [
    mark,
    element("span", "name", genre),
    bar(probability, threshold),
    element("span", "value", percent(probability)),
    element("span", "unseen", `, ${isGiven ? "given" : "not given"}, threshold ${percent(threshold)}`),
  ];
}

function choose(row, genre, onChoose) {
  const pressed = row.getAttribute("aria-pressed") !== "true";
  for (const other of list.querySelectorAll("[aria-pressed]")) other.setAttribute("aria-pressed", "false");
  list.querySelector(".to-why")?.remove();
  row.setAttribute("aria-pressed", String(pressed));
  if (pressed) {
    // the bars that follow need not be walked through to get to the explanation
    const link = element("a", "to-why", "See why ↓");
    link.href = "#why";
    row.after(link);
  }
  onChoose(pressed ? genre : null);
}

function sentence({ genres, probabilities }) {
  if (!genres.length) {
    const [nearest, probability] = Object.entries(probabilities).sort((one, other) => other[1] - one[1])[0];
    return [`No genre reaches its threshold. The most probable is ${nearest}, at ${percent(probability)}.`];
  }
  const named = genres.map((genre) => element("strong", "", genre));
  const parts = named.map((name, index) => {
    const between = index === 0 ? "" : index === named.length - 1 ? " and " : ", ";
    return [between, name, ` (${percent(probabilities[genres[index]])})`];
  });
  return [...parts.flat(), "."];
}

function caveat({ lacking }) {
  if (!lacking.length) return [];
  return [element("span", "quiet", `Told without a ${listed(lacking)}, which might change it.`)];
}

// the arrows walk the bars as well, for those who do not want to press Tab 23 times
list.addEventListener("keydown", (event) => {
  const rows = [...list.querySelectorAll("li:not([hidden]) > button")];
  const here = rows.indexOf(document.activeElement);
  const there = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (here < 0 || there === undefined || !rows[there]) return;
  event.preventDefault();
  rows[there].focus();
});
