// FEEL's own functions where feelin's differ from the specification in a way that a case would feel: dates that slip
// by a day, null where a latest date is asked for, text that silently counts as a number.

import { builtins, date, DateTime, Duration, equals, getType } from '@bpmn-io/feelin';

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const MAX_MATCH_STEPS = 20_000_000;

// In feelin's list, but it throws: refused when an expression is compiled, with a name.
export const UNAVAILABLE = new Set([
  'overlaps before', 'overlaps after', 'finishes', 'finished by', 'during', 'starts', 'started by', 'coincides',
]);

// They answer true or false, so as a filter they are meant to test each element; feelin would take them for an index.
export const TESTS = new Set([
  'not', 'contains', 'starts with', 'ends with', 'matches', 'list contains', 'all', 'any', 'odd', 'even', 'is',
  'before', 'after', 'meets', 'met by', 'overlaps', 'includes',
]);

let present = null;

// The moment that now() and today() mean until the next call.
export function setPresent(moment) {
  present = moment;
}

function readPresent() {
  if (present === null) {
    throw new Error('no time was given for now() or today()');
  }
  return present;
}

const only = (value) => (Array.isArray(value) && value.length === 1 ? value[0] : value);
const dayOf = (value) => value.setZone('utc', { keepLocalTime: true }).startOf('day');

function makeDate(...args) {
  const [year, month, day, named] = args.map(only);
  if ([year, month, day].every(Number.isInteger)) {
    const made = DateTime.utc(year, month, day);
    return made.isValid ? made : null;
  }
  const from = args.length === 1 ? year : named;
  if (typeof from === 'string') {
    const read = date(from);
    return read.isValid ? date(from.split('T')[0]) : null;
  }
  return ['date', 'date time'].includes(getType(from)) ? dayOf(from) : null;
}

function extreme(isBetter) {
  return (...args) => {
    const values = args.length === 1 && Array.isArray(args[0]) ? args[0] : args;
    const types = new Set(values.map(getType));
    if (types.size !== 1 || !['number', 'string', 'date', 'date time', 'time', 'duration'].includes([...types][0])) {
      return null;
    }
    return values.reduce((best, value) => (isBetter(value, best) ? value : best));
  };
}

function toNumber(from, grouping, decimal) {
  let text = only(from);
  if (typeof text === 'number') {
    return text;
  }
  if (typeof text !== 'string') {
    return null;
  }
  if ([grouping, decimal].some((sign) => sign && sign.length !== 1)) {
    return null;
  }
  text = text.trim();
  if (grouping) {
    text = text.split(grouping).join('');
  }
  if (decimal && decimal !== '.') {
    text = text.includes('.') ? '' : text.split(decimal).join('.');
  }
  return NUMBER.test(text) ? Number(text) : null;
}

function substring(text, start, length) {
  const [string, from, count] = [text, start, length].map(only);
  if (typeof string !== 'string' || !Number.isInteger(from) || from === 0) {
    return null;
  }
  const symbols = Array.from(string);
  const first = Math.max(from < 0 ? symbols.length + from : from - 1, 0);
  return symbols.slice(first, Number.isInteger(count) ? first + Math.max(count, 0) : undefined).join('');
}

function median(...args) {
  const numbers = args.length === 1 && Array.isArray(args[0]) ? args[0] : args;
  if (!numbers.length || !numbers.every((value) => typeof value === 'number')) {
    return null;
  }
  const sorted = numbers.slice().sort((a, b) => a - b);
  const middle = Math.trunc(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const asList = (value) => (Array.isArray(value) ? value : value === null || value === undefined ? null : [value]);
const same = (a, b) => getType(a) === getType(b) && equals(a, b) === true;

// Whole months, rounded towards zero: two days before a birthday the year is not over.
function monthsBetween(from, to) {
  const [start, end] = [from, to].map(only);
  if (![start, end].every((value) => ['date', 'date time'].includes(getType(value)))) {
    return null;
  }
  const { years, months } = dayOf(end).diff(dayOf(start), ['years', 'months']).toObject();
  return Duration.fromObject({ years, months: Math.trunc(months) });
}

// Matching looks for the time limit only when it backtracks, so a long pattern over a long text is refused first.
function guarded(name) {
  const apply = builtins[name];
  const guard = (text, pattern, ...rest) => {
    if (typeof text === 'string' && typeof pattern === 'string' && text.length * pattern.length > MAX_MATCH_STEPS) {
      throw new InternalError('interrupted');
    }
    return apply(text, pattern, ...rest);
  };
  return [guard, apply.$args];
}

const CORRECTED = {
  now: [readPresent, []],
  today: [() => dayOf(readPresent()), []],
  date: [makeDate, ['year', 'month', 'day', 'from']],
  min: [extreme((a, b) => a < b), ['...list']],
  max: [extreme((a, b) => a > b), ['...list']],
  median: [median, ['...list']],
  number: [toNumber, ['from', 'grouping separator', 'decimal separator']],
  matches: guarded('matches'),
  replace: guarded('replace'),
  split: guarded('split'),
  'years and months duration': [monthsBetween, ['from', 'to']],
  substring: [substring, ['string', 'start position', 'length']],
  'list contains': [
    (list, element) => asList(list)?.some((one) => same(one, element)) ?? null,
    ['list', 'element'],
  ],
  'index of': [
    (list, match) => asList(list)?.flatMap((one, at) => (same(one, match) ? [at + 1] : [])) ?? null,
    ['list', 'match'],
  ],
};

for (const [name, [fn, parameters]] of Object.entries(CORRECTED)) {
  fn.$args = parameters;
  builtins[name] = fn;
}

export { builtins };
