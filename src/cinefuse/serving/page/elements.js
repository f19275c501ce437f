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

/** 0.5 -> "+0.50", a weight on the logit scale. */
export function signed(weight) {
  return `${weight < 0 ? "\u2212" : "+"}${Math.abs(weight).toFixed(2)}`;
}

/** ["a", "b", "c"] -> "a, b and c". */
export function listed(names) {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
