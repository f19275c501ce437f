// The form: a plot, a poster, names, and what the reader may do with them. Nothing here is ever lost by a failure.

const plot = document.getElementById("plot");
const note = document.getElementById("plot-note");
const file = document.getElementById("poster");
const drop = document.getElementById("drop");
const preview = document.getElementById("poster-preview");
const prompt = document.getElementById("poster-prompt");
const unseen = document.getElementById("poster-unseen"); // shown in place of a preview that fails
const posterName = document.getElementById("poster-name");
const remove = document.getElementById("poster-remove");
const director = document.getElementById("director");
const cast = document.getElementById("cast");

// Blanks around a text are no part of it: they are not sent, so that an explanation counts its characters from
// the first that is shown. Python, which takes a plot of nothing but blanks for none, knows a few more of them
// than JavaScript.
const OUTER_SPACE = /^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g;

let poster = null; // a File
let reads = ["plot", "poster"];
let knowsPeople = false;
let limit = null; // characters of a plot
let onChange = () => {};

/** The film as it stands: {plot, poster, director, cast}, "" and null for what is not given. */
export function readFilm() {
  return {
    plot: reads.includes("plot") ? textOf(plot) : "",
    poster: reads.includes("poster") ? poster : null,
    director: knowsPeople ? textOf(director) : "",
    cast: knowsPeople ? textOf(cast) : "",
  };
}

/** Puts a film into the form, in place of what is there. */
export function fillFilm(film) {
  plot.value = film.plot;
  director.value = film.director;
  cast.value = film.cast;
  showPoster(film.poster);
  changed();
}

/** Starts the form. `whenChanged` is called after every change. */
export function openFilm(whenChanged) {
  onChange = whenChanged;
  for (const field of [plot, director, cast]) field.addEventListener("input", changed);
  file.addEventListener("change", () => { if (file.files.length) take(file.files[0]); });
  remove.addEventListener("click", () => { take(null); file.focus(); });
  preview.addEventListener("error", () => { preview.hidden = true; showUnseen(true, file.getAttribute("aria-invalid") === "true"); });
  document.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData;
    if (!files.length || types.includes("text/plain")) return; // text is the plot's
    event.preventDefault();
    offer(files);
  });
  // a poster that misses the drop zone must not replace the page, and with it the plot
  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const over = (more) => { depth = Math.max(0, more); drop.classList.toggle("over", depth > 0); };
  window.addEventListener("dragenter", (event) => { if (carriesFiles(event)) over(depth + 1); });
  window.addEventListener("dragleave", (event) => { if (carriesFiles(event)) over(depth - 1); });
  window.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  window.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    over(0);
    offer(event.dataTransfer.files);
  });
  // a browser that comes back to the page may have kept the plot
  changed();
}

/** Asks only for what the model reads and knows, and knows how long a plot may be (null: any length). */
export function fitFilm(modelReads, modelKnowsPeople, mostCharacters) {
  reads = modelReads;
  knowsPeople = modelKnowsPeople;
  limit = mostCharacters;
  document.getElementById("plot-field").hidden = !reads.includes("plot");
  document.getElementById("poster-field").hidden = !reads.includes("poster");
  document.getElementById("people-fields").hidden = !knowsPeople;
  document.querySelector(".inputs").classList.toggle("one", reads.length === 1);
  changed();
}

/** Marks the field that a failure is about: "plot", "poster", "director", "cast" or null; `unreadable`: a poster, for good. */
export function markFault(part, unreadable = false) {
  if (!unseen.hidden) showUnseen(true, unreadable);
  for (const [name, field] of Object.entries({ plot, poster: file, director, cast })) {
    if (part === name) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-errormessage", "alert");
    } else {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-errormessage");
    }
  }
}

// half an emoji, which a careless cut leaves behind, is no text that can be sent
function textOf(field) {
  const text = field.value.replace(OUTER_SPACE, "");
  return text.toWellFormed?.() ?? text;
}

function offer(files) {
  if (reads.includes("poster")) take(files[0]);
}

function take(chosen) {
  showPoster(chosen);
  changed();
}

function showPoster(chosen) {
  poster = chosen;
  file.value = ""; // so that the same file may be chosen again after it was removed
  if (preview.src) URL.revokeObjectURL(preview.src);
  preview.hidden = !chosen;
  showUnseen(false);
  if (chosen) preview.src = URL.createObjectURL(chosen); else preview.removeAttribute("src");
  preview.alt = chosen ? "The chosen poster" : "";
  prompt.hidden = Boolean(chosen);
  posterName.textContent = chosen?.name ?? "";
  remove.hidden = !chosen;
  drop.classList.toggle("full", Boolean(chosen));
}

// a description is read out though it is hidden, so it is emptied as well
function showUnseen(is, unreadable = false) {
  unseen.hidden = !is;
  unseen.textContent = !is ? "" : unreadable ? "It cannot be read." : "This browser cannot show it. The service may still read it.";
}

function changed() {
  const length = [...plot.value].length;
  const near = limit !== null && length > 0.8 * limit;
  note.textContent = near ? `${length.toLocaleString("en")} of at most ${limit.toLocaleString("en")} characters` : "";
  note.classList.toggle("over-limit", limit !== null && length > limit);
  onChange();
}
