// Values on their way between Python and FEEL, as JSON. What JSON lacks is an object with one key that begins with NUL:
// d a date, m a moment, t a time of day, s a span in milliseconds.

import { date, DateTime, Duration, FunctionWrapper, getType, Range, Settings, spanOf } from '@bpmn-io/feelin';

const MARK = '\u0000';
const ESCAPED_MARK = '\\u0000';

Settings.defaultLocale = 'en';

export const moment = (text) => DateTime.fromISO(text);

const READERS = {
  d: (text) => date(text),
  m: moment,
  t: (text) => date(null, text),
  s: (millis) => Duration.fromMillis(millis),
};

export function decode(json) {
  const value = JSON.parse(json);
  return json.includes(ESCAPED_MARK) ? revive(value) : value;
}

function revive(value) {
  if (Array.isArray(value)) {
    return value.map(revive);
  }
  if (value === null || typeof value !== 'object') {
    return value;
  }
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0][0].startsWith(MARK)) {
    const [[mark, content]] = entries;
    return READERS[mark.slice(1)]?.(content) ?? null;
  }
  return Object.fromEntries(entries.map(([key, inner]) => [key, revive(inner)]));
}

export function encode(value) {
  if (value === undefined || value === null) {
    return null;
  }
  if (typeof value !== 'object' && typeof value !== 'function') {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(encode);
  }
  if (value instanceof Duration) {
    return encodeDuration(value);
  }
  if (value instanceof DateTime) {
    return encodeTemporal(value);
  }
  if (value instanceof Range || value instanceof FunctionWrapper || typeof value === 'function') {
    throw new Error(`the result is a ${value instanceof Range ? 'range' : 'function'}, not a value`);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encode(inner)]));
}

function encodeTemporal(value) {
  if (!value.isValid) {
    return null;
  }
  switch (getType(value)) {
    case 'date': return { [`${MARK}d`]: value.toISODate() };
    case 'time': return { [`${MARK}t`]: value.toISOTime({ includeOffset: value.zone.type !== 'system' }) };
    default: return { [`${MARK}m`]: value.toUTC().toISO() };
  }
}

// A span of days and time has a length; one of years and months has none and stays ISO text.
function encodeDuration(value) {
  if (!value.isValid) {
    return null;
  }
  const [months, rest] = spanOf(value);
  if (!months && !('months' in value.toObject() || 'years' in value.toObject())) {
    return { [`${MARK}s`]: rest };
  }
  if (rest) {
    return value.toISO();
  }
  const size = Math.abs(months);
  const text = [size >= 12 ? `${Math.trunc(size / 12)}Y` : '', size % 12 || !size ? `${size % 12}M` : ''].join('');
  return `${months < 0 ? '-' : ''}P${text}`;
}
