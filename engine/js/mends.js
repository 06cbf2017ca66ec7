// Appended by build.mjs to feelin's own module: it opens what the module keeps to itself, and mends comparisons that are
// wrong without a word. A date has no time of day and so is neither before nor after a moment: feelin compares it as
// midnight in UTC, eight hours off here. Written against feelin 6.1.1; the bundle does not build when a name is gone.

const TEMPORAL = new Set(['date', 'date time', 'time']);

const rangeOfTemporals = createDateTimeRange;
createDateTimeRange = (start, end, ...included) => {
  const range = rangeOfTemporals(start, end, ...included);
  const { includes } = range;
  const type = getType(start ?? end);
  range.includes = (value) => (getType(value) === type ? includes(value) : null);
  return range;
};

// What has no order compares to null; feelin throws.
const rangeOfOrdered = createRange;
createRange = (start, end, ...included) => {
  const types = new Set([start, end].filter((each) => each !== null).map(getType));
  const isOrdered = types.size === 1 && ['string', 'number', 'duration', ...TEMPORAL].includes([...types][0]);
  return isOrdered ? rangeOfOrdered(start, end, ...included) : nullRange;
};

const equalsOthers = equals;
equals = (a, b, strict = false) => {
  if (isDuration(a) && isDuration(b)) {
    return String(spanOf(a)) === String(spanOf(b));
  }
  const [typeOfA, typeOfB] = [getType(a), getType(b)];
  if (TEMPORAL.has(typeOfA) && TEMPORAL.has(typeOfB) && typeOfA !== typeOfB) {
    return null;
  }
  return typeOfA === 'date time' && typeOfB === 'date time' && !strict ? +a === +b : equalsOthers(a, b, strict);
};

// Months and milliseconds: a month has no length in days.
function spanOf(value) {
  const { years = 0, quarters = 0, months = 0 } = value.toObject();
  return [12 * years + 3 * quarters + months, value.set({ years: 0, quarters: 0, months: 0 }).toMillis()];
}

export { builtins, equals, FunctionWrapper, getType, interpreter, normalizeContextKey, Range, spanOf };
export { DateTime, Duration, FixedOffsetZone, SystemZone, Settings } from 'luxon';
