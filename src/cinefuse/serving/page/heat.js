// The poster with its heat map: what covering each place of it would do to the probability.

import { element } from "./elements.js";

const DENSEST = 0.82; // of the colour over the place that matters most

/** A figure of the poster under its map, a PosterPlaces, with a switch for the map and the sentence below it. */
export function heatFigure(poster, map, sentence) {
  const image = element("img", "");
  const canvas = element("canvas", "");
  const picture = element("div", "picture hot", image, canvas);
  image.alt = "The poster";
  image.addEventListener("error", () => picture.classList.add("blank")); // a format that only the service reads
  image.src = URL.createObjectURL(poster);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  canvas.setAttribute("aria-hidden", "true");
  paint(canvas, map);
  if (map.lowering) picture.append(frame("for", map.lowering));
  if (map.raising) picture.append(frame("against", map.raising));

  const box = element("input", "");
  box.type = "checkbox";
  box.checked = true;
  box.addEventListener("change", () => picture.classList.toggle("hot", box.checked));
  const scale = element("p", "scale", "against", element("span", ""), "for");
  const caption = element("figcaption", "quiet", sentence);
  return element("figure", "sight", picture, element("label", "switch", box, "Show the heat map"), scale, caption);
}

// The covers that the sentence tells of, as frames where they lay.
function frame(kind, cover) {
  const made = element("span", `frame ${kind}`);
  for (const side of ["top", "left"]) made.style.setProperty(`--${side}`, `${100 * cover[side]}%`);
  made.style.setProperty("--height", `${100 * (cover.bottom - cover.top)}%`);
  made.style.setProperty("--width", `${100 * (cover.right - cover.left)}%`);
  return made;
}

// One pixel a cell; the browser's own scaling makes it soft.
function paint(canvas, { rows, columns, weights, full }) {
  const style = getComputedStyle(document.documentElement);
  const hues = { for: channels(style.getPropertyValue("--heat-for")), against: channels(style.getPropertyValue("--heat-against")) };
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const cells = context.createImageData(columns, rows);
  weights.flat().forEach((weight, index) => {
    const hue = weight > 0 ? hues.for : hues.against;
    cells.data.set([...hue, Math.round(255 * DENSEST * Math.abs(weight) / full)], 4 * index);
  });
  context.putImageData(cells, 0, 0);
}

function channels(colour) {
  const number = parseInt(colour.trim().slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}
