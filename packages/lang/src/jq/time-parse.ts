import { civilTime, instant } from '@argosy/std';
import { type Failure, failure } from './failure.ts';
import { goQuote } from './json-text.ts';
import { MONTHS, WEEKDAYS } from '../gotime/index.ts';
import { COMPOSITIONS, type Moment, epochOf } from './time-format.ts';

/** Thrown inside the reader only. */
class TimeFault extends Error {}

const cannot = (letter: string): TimeFault => new TimeFault(`cannot parse %${letter}`);

function quoteCharacter(character: string): string {
  return character === "'" ? "'\\''" : `'${goQuote(character).slice(1, -1).replace('\\"', '"')}'`;
}

type Field = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

/** Letters that are plain numbers: the field they set, how many digits, whether a space may stand before. */
const NUMBERS: { readonly [letter: string]: readonly [Field | undefined, number, boolean] | undefined } = {
  Y: ['year', 4, false],
  G: ['year', 4, false],
  m: ['month', 2, false],
  e: ['day', 2, true],
  d: ['day', 2, false],
  k: ['hour', 2, true],
  H: ['hour', 2, false],
  M: ['minute', 2, false],
  S: ['second', 2, false],
  V: [undefined, 2, false],
  U: [undefined, 2, false],
  W: [undefined, 2, false],
};

/** Reads a date by a format of `strptime`. */
class TimeReader {
  private readonly text: string;
  private readonly format: string;
  private at = 0;
  private readonly fields = { year: 1900, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
  private nanos = 0;
  private century = 0;
  private dayOfYear = 0;
  private isAfternoon = false;
  private offset = 0;

  constructor(text: string, format: string) {
    this.text = text;
    this.format = format;
  }

  read(): Moment {
    for (let at = 0; at < this.format.length; at += 1) {
      const character = this.format[at] ?? '';
      if (character !== '%') this.literal(character);
      else {
        at += 1;
        at += this.directive(at);
      }
    }
    if (this.at < this.text.length) throw new TimeFault(`unconverted string: ${goQuote(this.text.slice(this.at))}`);
    return this.moment();
  }

  private moment(): Moment {
    const { month, day, hour, minute, second } = this.fields;
    const year = this.century > 0 ? this.century * 100 + (this.fields.year % 100) : this.fields.year;
    const hours = this.isAfternoon ? hour + 12 : hour;
    const date: readonly [number, number] = this.dayOfYear > 0 ? [1, this.dayOfYear] : [month, day];
    return { seconds: epochOf([year, date[0], date[1], hours, minute, second]) - this.offset, nanos: this.nanos };
  }

  private literal(character: string): void {
    if (this.text[this.at] !== character) throw new TimeFault(`expected ${quoteCharacter(character)}`);
    this.at += 1;
  }

  /** Reads what the letter at `at` asks for; gives how many more characters of the format it took. */
  private directive(at: number): number {
    const letter = this.format[at];
    if (letter === undefined) throw new TimeFault('stray %');
    if (letter === ':') return this.colonZone(at);
    const composition = Object.hasOwn(COMPOSITIONS, letter) ? COMPOSITIONS[letter] : undefined;
    if (composition === undefined) this.letter(letter, false);
    else for (const part of composition) this.letter(part, true);
    return 0;
  }

  private letter(letter: string, isInside: boolean): void {
    const number = Object.hasOwn(NUMBERS, letter) ? NUMBERS[letter] : undefined;
    if (number !== undefined) this.field(letter, number);
    else if (this.calendar(letter) || this.clock(letter)) return;
    else if (isInside) this.literal(letter);
    else throw new TimeFault(`unexpected format: "%${letter}"`);
  }

  private field(letter: string, by: readonly [Field | undefined, number, boolean]): void {
    const [field, digits, isSpaced] = by;
    if (isSpaced && this.text[this.at] === ' ') this.at += 1;
    const value = this.number(digits, letter);
    if (field !== undefined) this.fields[field] = value;
  }

  private calendar(letter: string): boolean {
    switch (letter) {
      case 'y': {
        const value = this.number(2, letter);
        this.fields.year = value < 69 ? value + 2000 : value + 1900;
        return true;
      }
      case 'g':
        this.fields.year = this.number(2, letter) + 2000;
        return true;
      case 'C':
        this.century = this.number(2, letter);
        return true;
      case 'j':
        this.dayOfYear = this.number(3, letter);
        return true;
      case 'B':
        this.fields.month = this.word(MONTHS, letter);
        return true;
      case 'b':
      case 'h':
        this.fields.month = this.word(
          MONTHS.map((name) => name.slice(0, 3)),
          letter,
        );
        return true;
      default:
        return this.weekday(letter);
    }
  }

  private weekday(letter: string): boolean {
    if (letter === 'A') this.word(WEEKDAYS, letter);
    else if (letter === 'a')
      this.word(
        WEEKDAYS.map((name) => name.slice(0, 3)),
        letter,
      );
    else if (letter === 'w' || letter === 'u') {
      const pattern = letter === 'w' ? /^[0-6]$/ : /^[1-7]$/;
      if (!pattern.test(this.text[this.at] ?? '')) throw cannot(letter);
      this.at += 1;
    } else return false;
    return true;
  }

  private clock(letter: string): boolean {
    switch (letter) {
      case 'l':
      case 'I':
        if (letter === 'l' && this.text[this.at] === ' ') this.at += 1;
        this.fields.hour = this.number(2, letter) % 12 === 0 ? 0 : this.last;
        return true;
      case 'p':
      case 'P':
        this.isAfternoon = this.word(['AM', 'PM'], 'p') === 2;
        return true;
      case 's':
        this.epoch();
        return true;
      case 'f':
        this.fraction();
        return true;
      case 'Z':
        this.zoneName();
        return true;
      case 'z':
        this.zone(0);
        return true;
      default:
        return this.space(letter);
    }
  }

  private space(letter: string): boolean {
    if (letter === '%') {
      this.literal('%');
      return true;
    }
    if (letter !== 't' && letter !== 'n') return false;
    const blank = /^[ \t\n\v\f\r]+/.exec(this.text.slice(this.at))?.[0];
    if (blank === undefined) throw new TimeFault(`expected a space for %${letter}`);
    this.at += blank.length;
    return true;
  }

  private last = 0;

  private number(digits: number, letter: string): number {
    const found = /^\d+/.exec(this.text.slice(this.at, this.at + digits))?.[0];
    if (found === undefined) throw cannot(letter);
    this.at += found.length;
    this.last = Number(found);
    return this.last;
  }

  private word(words: readonly string[], letter: string): number {
    const rest = this.text.slice(this.at, this.at + 10).toLowerCase();
    const found = words.findIndex((word) => rest.startsWith(word.toLowerCase()));
    if (found < 0) throw cannot(letter);
    this.at += (words[found] ?? '').length;
    return found + 1;
  }

  private epoch(): void {
    const civil = civilTime(instant(this.number(10, 's') * 1000));
    const { year, month, day, hour, minute, second } = civil;
    Object.assign(this.fields, { year, month, day, hour, minute, second });
  }

  private fraction(): void {
    const from = this.at;
    const value = this.number(6, 'f');
    this.nanos = value * 1000 * 10 ** (6 - (this.at - from));
  }

  /** Abbreviations of zones: only their form is checked, and all of them count as UTC. */
  private zoneName(): void {
    const name = /^[A-Z]*/.exec(this.text.slice(this.at))?.[0] ?? '';
    const isKnown = name.length === 3 || (name.length === 4 && (name.endsWith('T') || name === 'WITA'));
    if (!isKnown && !(name.length === 5 && name.endsWith('T'))) {
      throw new TimeFault(`cannot parse ${goQuote(name)} with "%Z"`);
    }
    this.at += name.length;
    this.offset = 0;
  }

  private colonZone(at: number): number {
    const rest = this.format.slice(at + 1);
    if (rest.startsWith('z')) {
      this.zone(1);
      return 1;
    }
    if (!rest.startsWith(':')) throw new TimeFault(`expected 'z' after "%:"`);
    if (rest[1] !== 'z') throw new TimeFault(`expected 'z' after "%::"`);
    this.zone(2);
    return 2;
  }

  private zone(colons: number): void {
    const name = `${':'.repeat(colons)}z`;
    if (this.text[this.at] === 'Z') {
      this.at += 1;
      this.offset = 0;
      return;
    }
    const shape = [
      /^([+-])(\d\d)(?::(\d\d)(?::(\d\d))?|(\d\d))?/,
      /^([+-])(\d\d):(\d\d)/,
      /^([+-])(\d\d):(\d\d):(\d\d)/,
    ];
    const found = shape[colons]?.exec(this.text.slice(this.at));
    if (found === null || found === undefined) throw this.zoneFault(name, colons);
    if (colons === 0 && found[3] === undefined && this.text[this.at + found[0].length] === ':') throw cannot(name);
    const part = (at: number): number => Number(found[at] ?? 0);
    const size = part(2) * 3600 + (part(3) + part(5)) * 60 + part(4);
    this.offset = found[1] === '-' ? -size : size;
    this.at += found[0].length;
  }

  private zoneFault(name: string, colons: number): TimeFault {
    const start = /^[+-]\d\d/.exec(this.text.slice(this.at))?.[0];
    if (start === undefined || colons === 0) return cannot(name);
    const next = this.text.slice(this.at + start.length);
    const isMinuteMissing = !next.startsWith(':') || (colons === 2 && /^:\d\d(?!:)/.test(next));
    return isMinuteMissing ? new TimeFault(`expected ':' for %${name}`) : cannot(name);
  }
}

/** Reads a date by a format of `strptime`; a failure in the engine's words when it does not fit. */
export function parseTime(text: string, format: string): Moment | Failure {
  try {
    return new TimeReader(text, format).read();
  } catch (error) {
    if (!(error instanceof TimeFault)) throw error;
    return failure(`failed to parse ${goQuote(text)} with ${goQuote(format)}: ${error.message}`);
  }
}
