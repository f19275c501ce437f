// The plot with its words marked by what they speak for. The plot is text from anywhere: it stays text.

import { element, signed } from "./elements.js";

const MOST_TINT = 46; // percent of the hue behind the heaviest word

/** The plot, marked. Offsets count code points, as Python does, where JavaScript counts UTF-16 units. */
export function markedPlot(plot, words, { full, faint, read_to: readTo }) {
  const letters = Array.from(plot);
  const box = element("div", "plot");
  let at = 0;
  for (const { start, end, weight } of words) {
    if (Math.abs(weight) < faint) continue;
    const mark = element("mark", weight > 0 ? "for" : "against", letters.slice(start, end).join(""));
    mark.style.setProperty("--strength", `${Math.round(MOST_TINT * Math.abs(weight) / full)}%`);
    mark.title = signed(weight);
    box.append(letters.slice(at, start).join(""), mark);
    at = end;
  }
  box.append(letters.slice(at, readTo).join(""));
  // a model reads so many words and no more
  if (readTo < letters.length) box.append(element("span", "unread", letters.slice(readTo).join("")));
  return box;
}
