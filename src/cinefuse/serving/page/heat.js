// The poster with its heat map: what covering each place of it would do to the probability.

import { element, points } from "./elements.js";

const DENSEST = 0.82; // of the colour over the place that matters most
const STRONG = 0.04; // a change of probability; where no place makes as much, no colour is at its densest
const FAINTEST = 0.005; // a change of probability that is not worth naming

/** A figure of the poster under its map {rows, columns, weights}, a switch for the map, and what it says. */
export function heatFigure(poster, map, genre) {
  const image = element("img", "");
  const canvas = element("canvas", "");
  const picture = element("div", "picture hot", image, canvas);
  image.alt = "The poster";
  image.addEventListener("error", () => picture.classList.add("blank")); // a format that only the service reads
  image.src = URL.createObjectURL(poster);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  canvas.setAttribute("aria-hidden", "true");
  paint(canvas, map);

  const box = element("input", "");
  box.type = "checkbox";
  box.checked = true;
  box.addEventListener("change", () => picture.classList.toggle("hot", box.checked));
  const scale = element("p", "scale", "against", element("span", ""), "for");
  const caption = element("figcaption", "quiet", heatSentence(map, genre));
  return element("figure", "sight", picture, element("label", "switch", box, "Show the heat map"), scale, caption);
}

/** "Covering the lower left would lower Horror by 12 points. Covering the middle would raise it by 3 points." */
export function heatSentence({ rows, columns, weights }, genre) {
  const places = weights.flatMap((row, y) => row.map((weight, x) => ({ weight, where: place(y / rows, x / columns, rows, columns) })));
  const best = places.reduce((one, other) => (other.weight > one.weight ? other : one));
  const worst = places.reduce((one, other) => (other.weight < one.weight ? other : one));
  if (Math.max(best.weight, -worst.weight) < FAINTEST) return `No single place of the poster matters for ${genre}.`;
  const lowers = `Covering ${best.where} would lower ${genre} by ${points(best.weight)}.`;
  if (-worst.weight < FAINTEST) return lowers;
  if (best.weight < FAINTEST) return `Covering ${worst.where} would raise ${genre} by ${points(worst.weight)}.`;
  const other = best.where === worst.where ? "another part there" : worst.where;
  return `${lowers} Covering ${other} would raise it by ${points(worst.weight)}.`;
}

function place(y, x, rows, columns) {
  const third = (share, count, names) => names[Math.min(2, Math.floor(3 * (share + 0.5 / count)))];
  const vertical = third(y, rows, ["upper", "", "lower"]);
  const horizontal = third(x, columns, ["left", "", "right"]);
  const named = [vertical, horizontal].filter(Boolean).join(" ");
  if (!named) return "the middle";
  if (!horizontal) return `the ${vertical} middle`;
  return vertical ? `the ${named}` : `the ${named} side`;
}

// One pixel a cell; the browser's own scaling makes it soft.
function paint(canvas, { rows, columns, weights }) {
  const style = getComputedStyle(document.documentElement);
  const hues = { for: channels(style.getPropertyValue("--heat-for")), against: channels(style.getPropertyValue("--heat-against")) };
  const heaviest = Math.max(STRONG, ...weights.flat().map(Math.abs));
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const cells = context.createImageData(columns, rows);
  weights.flat().forEach((weight, index) => {
    const hue = weight > 0 ? hues.for : hues.against;
    cells.data.set([...hue, Math.round(255 * DENSEST * Math.abs(weight) / heaviest)], 4 * index);
  });
  context.putImageData(cells, 0, 0);
}

function channels(colour) {
  const number = parseInt(colour.trim().slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
