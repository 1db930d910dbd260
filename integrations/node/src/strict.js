// Strict readers of what strangers send: one spelling, no duplicate members, limits on everything
// (spec/token.md, Encoding). JSON.parse takes the last of two members and rounds large integers.

/** A token that must not be honoured: a code of docs/integrate/verifying.md, and a text that is safe to log. */
export class Refusal extends Error {
  constructor(code, reason) {
    super(reason);
    this.code = code;
  }
}

/** Bytes that are not what they should be. */
export class FormatError extends Error {}

/** A number with a fraction or an exponent: no claim of ours is one. */
export class Fraction {
  constructor(value) {
    this.value = value;
  }
}

const BASE64URL = /^[A-Za-z0-9_-]*$/;

/** Base64url without padding, the unused bits of its last character zero (RFC 4648 3.5). */
export function base64Url(text) {
  const bytes = Buffer.from(text, 'base64url');
  if (!BASE64URL.test(text) || bytes.toString('base64url') !== text) {
    throw new FormatError('not base64url in its one spelling');
  }
  return bytes;
}

const DEPTH_MAX = 16;
const VALUES_MAX = 200_000;
const NAME_MAX = 256;
const NUMBER_MAX = 32;
const NUMBER = /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const ESCAPES = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** One object that fills the bytes, as a Map; integers past 2^53 are BigInts. */
export function strictObject(bytes, bytesMax, valuesMax = VALUES_MAX) {
  if (bytes.length > bytesMax) throw new FormatError('JSON is too long');
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError('JSON is not UTF-8');
  }
  const reader = new Reader(text, valuesMax);
  reader.space();
  if (text[reader.at] !== '{') throw new FormatError('JSON is not an object');
  const object = reader.value(0);
  reader.space();
  if (reader.at !== text.length) throw new FormatError('JSON goes on after its object');
  return object;
}

class Reader {
  constructor(text, valuesMax) {
    this.text = text;
    this.at = 0;
    this.valuesMax = valuesMax;
    this.values = 0;
  }

  space() {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  expect(character) {
    this.space();
    if (this.text[this.at++] !== character) throw new FormatError('JSON is malformed');
  }

  value(depth) {
    if (depth > 0 && ++this.values > this.valuesMax) throw new FormatError('JSON has too many values');
    this.space();
    const c = this.text[this.at];
    if (c === '{' || c === '[') {
      if (depth + 1 > DEPTH_MAX) throw new FormatError('JSON is too deep');
      return c === '{' ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (c === '"') return this.string();
    for (const [word, value] of [['true', true], ['false', false], ['null', null]]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  object(depth) {
    const members = new Map();
    this.expect('{');
    this.space();
    if (this.text[this.at] === '}') {
      this.at++;
      return members;
    }
    for (;;) {
      this.space();
      const name = this.string();
      if (name.length > NAME_MAX) throw new FormatError('JSON has a name that is too long');
      if (members.has(name)) throw new FormatError('JSON has a member twice');
      this.expect(':');
      members.set(name, this.value(depth));
      this.space();
      const next = this.text[this.at++];
      if (next === '}') return members;
      if (next !== ',') throw new FormatError('JSON is malformed');
    }
  }

  array(depth) {
    const elements = [];
    this.expect('[');
    this.space();
    if (this.text[this.at] === ']') {
      this.at++;
      return elements;
    }
    for (;;) {
      elements.push(this.value(depth));
      this.space();
      const next = this.text[this.at++];
      if (next === ']') return elements;
      if (next !== ',') throw new FormatError('JSON is malformed');
    }
  }

  string() {
    if (this.text[this.at++] !== '"') throw new FormatError('JSON is malformed');
    let value = '';
    for (;;) {
      const c = this.text[this.at++];
      if (c === undefined || c < ' ') throw new FormatError('JSON is malformed');
      if (c === '"') break;
      if (c !== '\\') {
        value += c;
        continue;
      }
      const escape = this.text[this.at++];
      if (escape === 'u') {
        const hex = this.text.slice(this.at, this.at + 4);
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new FormatError('JSON is malformed');
        value += String.fromCharCode(parseInt(hex, 16));
        this.at += 4;
      } else if (Object.hasOwn(ESCAPES, escape ?? '')) {
        value += ESCAPES[escape];
      } else {
        throw new FormatError('JSON is malformed');
      }
    }
    if (!value.isWellFormed()) throw new FormatError('JSON has a lone surrogate');
    return value;
  }

  number() {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (!match || match[0].length > NUMBER_MAX) throw new FormatError('JSON is malformed');
    this.at += match[0].length;
    if (match[2] !== undefined || match[3] !== undefined) {
      const value = Number(match[0]);
      if (!Number.isFinite(value)) throw new FormatError('JSON has a number beyond a double');
      return new Fraction(value);
    }
    const integer = BigInt(match[0]);
    if (BigInt.asIntN(64, integer) !== integer) {
      throw new FormatError('JSON has a number beyond 64 bits');
    }
    return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
  }
}

function typed(object, name, is, what) {
  const value = object.get(name);
  if (!is(value)) throw new FormatError(`member ${name} is missing or not ${what}`);
  return value;
}

export const text = (object, name) => typed(object, name, (v) => typeof v === 'string', 'a text');
export const whole = (object, name) => typed(object, name, Number.isSafeInteger, 'a whole number');
export const object = (o, name) => typed(o, name, (v) => v instanceof Map, 'an object');
export const optional = (read, o, name) => (o.has(name) ? read(o, name) : undefined);

export function texts(o, name) {
  return typed(
    o,
    name,
    (v) => Array.isArray(v) && v.every((e) => typeof e === 'string'),
    'an array of texts',
  );
}

export function allowOnly(o, names) {
  for (const name of o.keys()) {
    if (!names.includes(name)) throw new FormatError('a member that is not allowed');
  }
}

/** As JSON.parse would have it, for whoever reads claims. */
export function plain(value) {
  if (value instanceof Fraction) return value.value;
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  // No prototype: a member may be called __proto__.
  const members = Object.create(null);
  for (const [name, member] of value) members[name] = plain(member);
  return members;
}
