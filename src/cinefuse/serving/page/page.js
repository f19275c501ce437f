// The page, top to bottom: a film goes to the service, its genres come back, and one of them is explained.

import { listed } from "./elements.js";
import { openExamples } from "./examples.js";
import { drawExplanation, drawFailure, drawHint, drawReading, spokenExplanation } from "./explanation.js";
import { fillFilm, fitFilm, markFault, openFilm, readFilm } from "./film.js";
import { drawGenres, spoken } from "./genres.js";
import { calm, say, warn } from "./notices.js";
import { ServiceError, ask, askPatiently, toBase64 } from "./service.js";

const form = document.getElementById("film");
const tellButton = document.getElementById("tell");
const stopButton = document.getElementById("stop");
const ownButton = document.getElementById("own");
const result = document.getElementById("result");
const toldPart = document.getElementById("told");
const why = document.getElementById("why");
const changedNote = document.getElementById("changed");

let service = null; // what /v1/genres says; null until it has answered
let told = null; // the film that the bars are of: {film, body, explanations: genre -> Explanation}
let telling = null; // AbortController of the request under way
let underWay = Promise.resolve(); // ends when it has ended, well or not
let failed = false; // whether what was asked last has come to nothing
let explaining = null;
let own = null; // the reader's own film, while an example stands in its place
let isExample = false;

openFilm(() => {
  isExample = false;
  markAge();
});
form.addEventListener("submit", (event) => { event.preventDefault(); tell(); });
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); tell(); }
});
stopButton.addEventListener("click", () => { telling?.abort(); tellButton.focus(); });
ownButton.addEventListener("click", () => { fillFilm(own); ownButton.hidden = true; tellButton.focus(); });
meetService().catch(showFailure);

/** Asks once what the model reads and can do, and shapes the page after it. */
async function meetService(signal) {
  if (service) return;
  service = await ask("v1/genres", undefined, signal);
  const { model, reads, genres, knows_people: knowsPeople } = service;
  fitFilm(reads, knowsPeople, service.limits?.plot_characters ?? null);
  document.getElementById("invitation").textContent = [
    reads.length > 1 ? "Give its plot, its poster, or both." : `Give its ${reads[0]}: that is what this model reads.`,
    ...(knowsPeople ? ["Name who made it, if you know."] : []),
    ...(service.explains ? ["Then choose a genre to see what spoke for it."] : []),
  ].join(" ");
  document.getElementById("about").textContent = `Told by ${model}, which knows ${genres.length} genres and reads the ${listed(reads)}${knowsPeople ? ", and who made the film" : ""}.`;
  openExamples(reads, tellExample);
}

function tell() {
  if (!telling) underWay = tellOnce();
}

async function tellOnce() {
  const film = readFilm();
  telling = new AbortController();
  calm();
  markFault(null);
  busy(true);
  try {
    await meetService(telling.signal);
    check(film);
    const { plot, poster, director, cast } = film;
    const body = { plot: plot || null, poster: poster ? await toBase64(poster) : null, director: director || null, cast: cast || null };
    const wait = (seconds) => warn("The service is busy.", `It is asked again in ${seconds} s. Your film is kept.`);
    const prediction = await askPatiently("v1/predict", body, telling.signal, wait);
    failed = false;
    showPrediction(prediction, film, body);
    calm();
  } catch (error) {
    showFailure(error);
  } finally {
    telling = null;
    busy(false);
  }
}

async function tellExample(film) {
  telling?.abort();
  await underWay;
  const before = readFilm();
  if (!isExample && Object.values(before).some(Boolean)) {
    own = before;
    ownButton.hidden = false;
  }
  fillFilm(film);
  isExample = true;
  tell();
}

/** What need not go to the service to be refused. Names alone are no film. */
function check(film) {
  if (!film.plot && !film.poster) {
    const { reads } = service;
    throw new ServiceError("nothing_given", "There is no film yet.", reads.length > 1 ? "Give a plot, a poster, or both." : `Give a ${reads[0]}.`);
  }
  // a body that is refused half way looks like a service that is gone
  const most = service.limits?.poster_bytes ?? Infinity;
  if (film.poster?.size > most) {
    const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
    throw new ServiceError("poster_too_large", "This poster is too large.", `It has ${megabytes(film.poster.size)}; at most ${megabytes(most)} are read. Choose a smaller file.`);
  }
}

function showPrediction(prediction, film, body) {
  told = { film, body, explanations: new Map() };
  explaining?.abort();
  markAge();
  drawGenres(prediction, service.explains ? explain : null);
  drawHint(service.explains ? CHOOSE : "This service tells genres without explaining them. A model that is served from its run explains them too.");
  result.hidden = false;
  say(spoken(prediction));
  const { top } = toldPart.getBoundingClientRect();
  if (top < 0 || top > 0.5 * window.innerHeight) result.scrollIntoView();
}

const CHOOSE = "Choose a genre to see which words and which places of the poster spoke for it.";

async function explain(genre) {
  explaining?.abort();
  if (!genre) {
    drawHint(CHOOSE);
    return;
  }
  const mine = (explaining = new AbortController());
  const { film, body, explanations } = told;
  try {
    if (!explanations.has(genre)) {
      drawReading(genre);
      bringIntoView();
      explanations.set(genre, await askPatiently("v1/explain", { ...body, genre }, mine.signal, (seconds) => drawReading(genre, seconds)));
    }
    if (mine.signal.aborted) return;
    drawExplanation(explanations.get(genre), film, service.reads);
    bringIntoView();
    say(spokenExplanation(explanations.get(genre)));
  } catch (error) {
    if (!mine.signal.aborted) drawFailure(error, () => explain(genre));
  }
}

// On a phone the explanation stands below the bars. The style sheet scrolls at once for those who want no motion.
function bringIntoView() {
  if (window.matchMedia("(max-width: 48rem)").matches) why.scrollIntoView();
}

/** Says which film the bars are of, where it is not the one in the form, or the last attempt has failed. */
function markAge() {
  const changed = Boolean(told) && !same(readFilm(), told.film);
  const old = Boolean(told) && failed;
  changedNote.hidden = !old && !changed;
  const what = changed ? "These are still the genres of the film before." : "These are the genres that were told before.";
  changedNote.textContent = failed ? `The last attempt has failed. ${what}` : `The film has been changed since. ${what}`;
  result.classList.toggle("old", old);
  document.getElementById("result-title").textContent = old ? "Genres told before" : "Genres";
}

function showFailure(error) {
  if (error.name === "AbortError") {
    calm();
    return;
  }
  failed = true;
  markAge();
  warn(error.title, error.message);
  if (error.code === "nothing_given") markFault(service.reads[0]);
  else markFault(["plot", "poster", "director", "cast"].find((part) => error.code?.startsWith(part)) ?? null, error.code === "poster_unreadable");
}

function busy(is) {
  tellButton.setAttribute("aria-disabled", String(is));
  tellButton.textContent = is ? "Telling\u2026" : "Tell the genres";
  stopButton.hidden = !is;
  toldPart.setAttribute("aria-busy", String(is));
  if (is && told) say("Telling the genres.");
}

function same(one, other) {
  return Object.keys(one).every((part) => one[part] === other[part]);
}
