// The plot with its words marked by what they spoke for. The plot is text from anywhere: it stays text.

import { element } from "./elements.js";

const LEAST = 0.15; // of the heaviest word's weight; what is lighter is left unmarked
const MOST_TINT = 46; // percent of the hue behind the heaviest word
const HEAVY = 0.25; // on the logit scale; where nothing weighs as much, nothing is tinted fully
const N_NAMED = 5; // words that are named in the sentence below

/** The plot, marked. Offsets count code points, as Python does, where JavaScript counts UTF-16 units. */
export function markedPlot(plot, words) {
  const letters = Array.from(plot);
  const heaviest = heaviestOf(words);
  const box = element("div", "plot");
  let at = 0;
  for (const word of noteworthy(words, heaviest).sort((one, other) => one.start - other.start)) {
    if (word.start < at || word.end > letters.length) continue; // pieces that overlap are marked once
    const mark = element("mark", word.weight > 0 ? "for" : "against", letters.slice(word.start, word.end).join(""));
    mark.style.setProperty("--strength", `${Math.round(MOST_TINT * Math.abs(word.weight) / Math.max(HEAVY, heaviest))}%`);
    mark.title = `${word.weight > 0 ? "for" : "against"}, ${Math.abs(word.weight).toFixed(2)}`;
    box.append(letters.slice(at, word.start).join(""), mark);
    at = word.end;
  }
  const read = Math.max(at, words.length ? words.at(-1).end : letters.length);
  box.append(letters.slice(at, read).join(""), unread(letters.slice(read).join("")));
  return box;
}

// A model reads so many words and no more; what comes after them is marked as not read. A last word that is
// no word to the model is not worth a remark, two are.
function unread(rest) {
  if (!/\p{L}+\P{L}+\p{L}/u.test(rest)) return rest;
  return element("span", "unread", rest);
}

/** "Most for it: scream, blood. Most against it: wedding." */
export function strongestWords(words) {
  const kept = noteworthy(words, heaviestOf(words));
  const named = (sign) => {
    const heavy = kept.filter((word) => sign * word.weight > 0).sort((one, other) => sign * (other.weight - one.weight));
    const once = new Map(heavy.map((word) => [word.text.toLowerCase(), word.text]));
    return [...once.values()].slice(0, N_NAMED).join(", "); // an "and" could be one of the words
  };
  const [spokeFor, spokeAgainst] = [named(1), named(-1)];
  if (!spokeFor && !spokeAgainst) return "No word of the plot weighed anything.";
  return `${spokeFor ? `Most for it: ${spokeFor}.` : "No word for it."} ${spokeAgainst ? `Most against it: ${spokeAgainst}.` : "No word against it."}`;
}

function heaviestOf(words) {
  return Math.max(0, ...words.map((word) => Math.abs(word.weight)));
}

function noteworthy(words, heaviest) {
  return words.filter((word) => Math.abs(word.weight) > LEAST * heaviest);
}
