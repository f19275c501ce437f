// Talks to the service. Whatever goes wrong becomes a ServiceError, in words for the reader of the page.

const PATIENCE = 3; // how often a busy service is asked again before the reader decides
const USUAL_WAIT = 2; // seconds, where a busy service does not say how long
const LONGEST_WAIT = 30; // seconds; whoever says more is not waited for

const TITLES = {
  poster_unreadable: "This poster cannot be read.",
  poster_too_large: "This poster is too large.",
  plot_too_long: "This plot is too long.",
  director_too_many: "These are too many names.",
  director_too_long: "These names are too long.",
  director_unreadable: "These names cannot be read.",
  cast_too_many: "These are too many names.",
  cast_too_long: "These names are too long.",
  cast_unreadable: "These names cannot be read.",
  body_too_large: "This film is too large.",
};

export class ServiceError extends Error {
  /** `code` is the service's own, or "unreachable", "busy", "unclear"; `wait` in seconds, for "busy". */
  constructor(code, title, message, wait = 0) {
    super(message);
    Object.assign(this, { code, title, wait });
  }
}

/** The answer to one question: GET without a body, POST of JSON with one. Throws ServiceError or AbortError. */
export async function ask(path, body, signal) {
  const how = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(path, { ...how, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServiceError(
      "unreachable", "The service does not answer.",
      "It may have been stopped, or the connection is gone. Your film is still here: try again in a moment.",
    );
  }
  const record = await answer.json().catch((error) => {
    if (error.name === "AbortError") throw error;
    return null;
  });
  if (answer.ok && record !== null) return record;
  throw failure(answer, record);
}

/** As `ask`, but waits for a busy service; `onWait` is told the seconds before each wait. */
export async function askPatiently(path, body, signal, onWait) {
  for (let turn = 0; ; turn += 1) {
    try {
      return await ask(path, body, signal);
    } catch (error) {
      if (error.code !== "busy" || turn >= PATIENCE || error.wait > LONGEST_WAIT) throw error;
      onWait(error.wait);
      await pause(1000 * error.wait, signal);
    }
  }
}

/** A file's bytes as the base64 that the service reads. */
export function toBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new ServiceError(
      "poster_unreadable", "This poster cannot be read.", "The file has been moved or changed since it was chosen: choose it again.",
    ));
    reader.readAsDataURL(file);
  });
}

/** The bytes behind a base64 text, as a file with that name. */
export function fromBase64(text, name) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new File([bytes], name, { type: "image/png" });
}

function failure(answer, record) {
  const { code = "unclear", message } = record?.error ?? {};
  if (answer.status === 503) {
    return new ServiceError(
      "busy", "The service is busy.", "It has more films than it can take just now. Your film is still here: try again in a moment.",
      Math.max(1, Math.ceil(Number(answer.headers.get("Retry-After")) || USUAL_WAIT)),
    );
  }
  return new ServiceError(
    code, TITLES[code] ?? "That did not work.",
    message ? sentence(message) : `The service answered with HTTP ${answer.status} and no explanation. Your film is still here: try again, or ask whoever runs it.`,
  );
}

// the service speaks to programs as well, without a capital and a full stop
function sentence(text) {
  return text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => { clearTimeout(timer); reject(new DOMException("stopped", "AbortError")); };
    const timer = setTimeout(() => { signal.removeEventListener("abort", stop); resolve(); }, milliseconds);
    if (signal.aborted) stop(); else signal.addEventListener("abort", stop, { once: true });
  });
}
