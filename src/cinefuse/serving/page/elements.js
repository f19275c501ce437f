// Making elements, and numbers for people. Text goes in as text, never as HTML.

/** An element with a class and children; strings among them become text. */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** 0.8249 -> 82 %, with a space that does not break; the ends of the scale are never claimed. */
export function percent(share) {
  if (share < 0.005) return "<1\u00a0%";
  if (share > 0.995) return ">99\u00a0%";
  return `${Math.round(100 * share)}\u00a0%`;
}

/** 0.12 -> "12 points", of percent; "less than a point" for what is too little to count. */
export function points(difference) {
  const n = Math.round(100 * Math.abs(difference));
  if (n === 0) return "less than a point";
  return n === 1 ? "1 point" : `${n} points`;
}

/** ["a", "b", "c"] -> "a, b and c". */
export function listed(names) {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
