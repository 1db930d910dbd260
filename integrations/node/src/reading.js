// How the authority is read: no more than is to be read, and not at all for a while when it stands still.

/** Bytes of the longest that is read: 256 entries of the key log, each with two bytes for its length. */
const READ_MAX = 256 * (2 + 65_535);
const TIMEOUT_MS = 2000;
const FAILURES_MAX = 2;
const OPEN_MS = 2000;

/** The body at a URL, of at most so many bytes. */
export async function fetchBytes(url, most = READ_MAX) {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw Object.assign(new Error(`status ${response.status}`), { status: response.status });
  }
  return bodyOf(response, most);
}

/** An answer's body, of at most so many bytes. */
export async function bodyOf(response, most) {
  const parts = [];
  let length = 0;
  // Leaving the loop ends the connection. What was announced is not believed: it may be left out.
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > most) throw new Error(`body is longer than ${most} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/**
 * A reader with a circuit: after two reads in a row that had no answer everything fails at once, so that no request waits
 * for an authority that stands still. Every two seconds one read tries again.
 */
export function guarded(read = fetchBytes, clock = () => performance.now()) {
  let failures = 0;
  let tryAt = 0;
  return async (url, most) => {
    if (failures >= FAILURES_MAX) {
      if (clock() < tryAt) throw new Error('the authority does not answer');
      tryAt = clock() + OPEN_MS;
    }
    try {
      const bytes = await read(url, most);
      failures = 0;
      return bytes;
    } catch (e) {
      if (e.status < 500) failures = 0;
      else if (++failures === FAILURES_MAX) tryAt = clock() + OPEN_MS;
      throw e;
    }
  };
}
