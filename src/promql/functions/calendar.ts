/**
 * Date functions: parts of the UTC date of a Unix time in seconds. https://howardhinnant.github.io/date_algorithms.html
 */

interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/**
 * Days since 1970-01-01 to the Gregorian date: the year is taken to begin in March, so that the leap day is its last.
 */
function civilFromDays(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysIn = ({ year, month }: CivilDate): number =>
  month === 2 && isLeap(year) ? 29 : (MONTH_DAYS[month - 1] ?? 0);

const daysOf = (seconds: number): number => Math.floor(seconds / 86_400);
const civil = (seconds: number): CivilDate => civilFromDays(daysOf(seconds));
const modulo = (value: number, by: number): number => ((value % by) + by) % by;

const PARTS: Readonly<Record<string, (seconds: number) => number>> = {
  year: (seconds) => civil(seconds).year,
  month: (seconds) => civil(seconds).month,
  day_of_month: (seconds) => civil(seconds).day,
  days_in_month: (seconds) => daysIn(civil(seconds)),
  day_of_week: (seconds) => modulo(daysOf(seconds) + 4, 7),
  day_of_year: (seconds) => {
    const date = civil(seconds);
    let day = date.day;
    for (let month = 1; month < date.month; month++) day += daysIn({ ...date, month });
    return day;
  },
  hour: (seconds) => Math.floor(modulo(seconds, 86_400) / 3600),
  minute: (seconds) => Math.floor(modulo(seconds, 3600) / 60),
};

/** Fractions of a second are cut off. What is no time has no parts. */
export const CALENDAR_FUNCTIONS: Readonly<Record<string, (seconds: number) => number>> = Object.fromEntries(
  Object.entries(PARTS).map(([name, part]) => [
    name,
    (seconds: number) => (Number.isFinite(seconds) ? part(Math.trunc(seconds)) : Number.NaN),
  ]),
);
