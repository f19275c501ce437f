// Why: the words, the poster, and each of the two taken away.

import { element, percent } from "./elements.js";
import { bar } from "./genres.js";
import { heatFigure } from "./heat.js";
import { markedPlot } from "./words.js";

const panel = document.getElementById("why");

/** Says in the panel what there is to do, or why there is nothing to see. */
export function drawHint(text) {
  panel.className = "empty";
  panel.setAttribute("aria-busy", "false");
  panel.replaceChildren(element("p", "quiet", text));
}

/** The panel while a genre is being explained, or the service is busy and will be asked in some seconds. */
export function drawReading(genre, seconds = 0) {
  const busy = seconds ? ` The service is busy; it is asked again in ${seconds} s.` : "";
  panel.className = "";
  panel.setAttribute("aria-busy", "true");
  panel.replaceChildren(element("p", "quiet", `Looking at what spoke for ${genre}\u2026${busy}`));
}

/** What went wrong with it; `onAgain` asks once more. */
export function drawFailure(error, onAgain) {
  panel.className = "";
  panel.setAttribute("aria-busy", "false");
  const again = element("button", "plain", "Try again");
  again.type = "button";
  again.addEventListener("click", () => { panel.focus(); onAgain(); });
  const box = element("div", "alert", element("strong", "", error.title), error.message, " ", again);
  box.setAttribute("role", "alert");
  panel.replaceChildren(box);
}

/** Draws an Explanation of a film {plot, poster}, as far as the model reads it. */
export function drawExplanation(explanation, film, reads) {
  const { sentences } = explanation;
  panel.className = "";
  panel.setAttribute("aria-busy", "false");
  panel.replaceChildren(
    element("h3", "", sentences.title),
    element("p", "quiet", sentences.verdict),
  );
  if (reads.includes("plot")) drawWords(explanation, film);
  const poster = reads.includes("poster") ? posterPart(explanation, film) : [];
  const alone = reads.length > 1 ? withoutPart(explanation) : [];
  const parts = [poster, alone].filter((part) => part.length);
  if (explanation.sentences.people) panel.append(element("p", "quiet", explanation.sentences.people));
  panel.append(element("div", parts.length === 1 ? "beside one" : "beside", ...parts.map((part) => element("div", "", ...part))));
}

/** An Explanation in a sentence, for those who listen. */
export function spokenExplanation({ genre, probability, sentences }) {
  return [`${genre} explained, ${percent(probability)}.`, sentences.words, sentences.people, sentences.poster, ...sentences.notes].filter(Boolean).join(" ");
}

function drawWords({ genre, words, plot: reading, sentences }, { plot }) {
  panel.append(element("h4", "", "The plot"));
  if (!plot) {
    panel.append(element("p", "quiet", "No plot was given."));
    return;
  }
  if (!reading) {
    panel.append(element("p", "quiet", "There was nothing in it that the model reads."));
    return;
  }
  const box = markedPlot(plot, words, reading);
  panel.append(
    element("p", "legend quiet", element("span", "", element("mark", "for", "for"), ` ${genre}`), element("span", "", element("mark", "against", "against"), " it")),
    box,
    element("p", "strongest quiet", sentences.words),
    ...sentences.notes.map((note) => element("p", "alert soft", note)),
  );
  if (box.scrollHeight > box.clientHeight) { // only then is there something to scroll by keyboard
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "The plot with its words marked");
  }
}

function posterPart({ poster: map, sentences }, { poster }) {
  const title = element("h4", "", "The poster");
  if (!poster) return [title, element("p", "quiet", "No poster was given.")];
  if (!map) return [title, element("p", "quiet", "The poster was not looked into.")];
  return [title, heatFigure(poster, map, sentences.poster)];
}

function withoutPart({ modalities, threshold, sentences }) {
  const title = element("h4", "", "With one taken away");
  const { both, plot: plotAlone, poster: posterAlone } = modalities;
  if (both === null) return [title, ...sentences.parts.map((one) => element("p", "quiet", one))];
  const rows = [
    alone("both", "Plot and poster", both, bar(both, threshold), ""),
    alone("plot-alone", "Plot alone", plotAlone, bar(plotAlone, modalities.plot_threshold), sentences.parts[0]),
    alone("poster-alone", "Poster alone", posterAlone, bar(posterAlone, modalities.poster_threshold), sentences.parts[1]),
  ];
  return [title, element("dl", "without", ...rows)];
}

function alone(kind, name, share, track, remark) {
  const row = element("div", kind, element("dt", "", name), element("dd", "", percent(share)), track);
  if (remark) row.append(element("small", "", remark));
  return row;
}
