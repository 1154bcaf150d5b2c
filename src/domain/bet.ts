/** The number that wins; fixed by the course. */
export const LOTTERY_WINNER_NUMBER = 7574;

/** One bet, as the course's `Bet` class holds it. */
export class Bet {
  readonly agency: number;
  readonly firstName: string;
  readonly lastName: string;
  readonly document: string;
  /** `YYYY-MM-DD` */
  readonly birthdate: string;
  readonly number: number;

  /**
   * @param agency number of the agency, as text or number
   * @param birthdate `YYYY-MM-DD`
   * @param number the number that was bet on, as text or number
   * @throws RangeError where Python's `int()` or `date.fromisoformat()` would raise ValueError
   */
  constructor(
    agency: number | string,
    firstName: string,
    lastName: string,
    document: string,
    birthdate: string,
    number: number | string,
  ) {
    if (!isCalendarDate(birthdate)) throw new RangeError(`not a date: ${birthdate}`);
    this.agency = toInteger(agency);
    this.firstName = firstName;
    this.lastName = lastName;
    this.document = document;
    this.birthdate = birthdate;
    this.number = toInteger(number);
  }
}

/** Whether a bet is on the winning number: one of the functions that the course provides (docs/guia.md). */
export function hasWon(bet: Bet): boolean {
  return bet.number === LOTTERY_WINNER_NUMBER;
}

/** Whether `text` is `YYYY-MM-DD` and a day of the (proleptic) Gregorian calendar, year 1 to 9999. */
export function isCalendarDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  return match !== null && isDayOfYear(Number(match[1]), Number(match[2]), Number(match[3]));
}

const DAYS_OF_MONTH: readonly number[] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether year, month (1-12) and day exist together. */
export function isDayOfYear(year: number, month: number, day: number): boolean {
  if (year < 1 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 && leap ? 29 : (DAYS_OF_MONTH[month] ?? 0));
}

function toInteger(value: number | string): number {
  const text = String(value).trim();
  if (!/^[-+]?\d{1,15}$/.test(text)) throw new RangeError(`not a whole number: ${text}`);
  return Number(text);
}
