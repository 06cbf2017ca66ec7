// What QuickJS lacks and what FEEL must not reach. Imported before everything else.
//
// QuickJS has no `Intl` and takes its time zone from the process; the product lives in one zone. China has had no
// summer time since 1991, so the zone is a fixed offset here.

const ZONE = 'Asia/Shanghai';
const OFFSET_MINUTES = 8 * 60;
const MAX_SEARCH_STEPS = 50_000_000;

Date.prototype.getTimezoneOffset = () => -OFFSET_MINUTES;

class DateTimeFormat {
  constructor(_locale, { timeZone = ZONE } = {}) {
    if (![ZONE, 'UTC'].includes(timeZone)) {
      throw new RangeError(`time zone ${timeZone} is not known here: write an offset such as +09:00`);
    }
    this.timeZone = timeZone;
  }

  resolvedOptions() {
    return { locale: 'en-US', numberingSystem: 'latn', calendar: 'gregory', timeZone: this.timeZone };
  }

  format(moment) {
    return this.formatToParts(moment).map((part) => part.value).join(' ');
  }

  formatToParts(moment = 0) {
    const shift = this.timeZone === ZONE ? OFFSET_MINUTES * 60_000 : 0;
    const local = new Date(Number(moment) + shift);
    const year = local.getUTCFullYear();
    const parts = {
      month: local.getUTCMonth() + 1,
      day: local.getUTCDate(),
      year: year > 0 ? year : 1 - year,
      era: year > 0 ? 'AD' : 'BC',
      hour: local.getUTCHours(),
      minute: local.getUTCMinutes(),
      second: local.getUTCSeconds(),
    };
    return Object.entries(parts).map(([type, value]) => ({ type, value: String(value) }));
  }
}

globalThis.Intl = { DateTimeFormat };

// Searching one long string for another takes their product in steps and never lets the time limit look in.
for (const name of ['includes', 'indexOf', 'lastIndexOf']) {
  const search = String.prototype[name];
  Object.defineProperty(String.prototype, name, {
    value(part, ...rest) {
      if (this.length * String(part).length > MAX_SEARCH_STEPS) {
        throw new InternalError('interrupted');
      }
      return search.call(this, part, ...rest);
    },
  });
}

// FEEL names properties freely. None of these leads to code or changes an object that another evaluation sees.
delete Object.prototype.__proto__;
for (const kind of [function () {}, async function () {}, function* () {}, async function* () {}]) {
  Object.defineProperty(Object.getPrototypeOf(kind), 'constructor', { value: undefined });
}
delete globalThis.eval;
delete globalThis.Function;
