// Reads the date of `Expires` as browsers do, which is more lenient than any standard for dates (RFC 6265bis section 5.1.1). Reads no clock.

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Milliseconds since 1970; `undefined` for what browsers ignore. */
export function parseCookieDate(text: string): number | undefined {
  const found: Found = {};
  for (const token of text.split(/[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+/)) readToken(token, found);
  const { time, day, month, year } = found;
  if (time === undefined || day === undefined || month === undefined || year === undefined) return undefined;
  const full = year >= 70 && year <= 99 ? year + 1900 : year <= 69 ? year + 2000 : year;
  const [hour, minute, second] = time;
  if (day < 1 || day > 31 || full < 1601 || hour > 23 || minute > 59 || second > 59) return undefined;
  const ms = Date.UTC(full, month, day, hour, minute, second);
  return new Date(ms).getUTCDate() === day ? ms : undefined;
}

interface Found {
  time?: readonly [number, number, number];
  day?: number;
  month?: number;
  year?: number;
}

// The first token of each kind counts, in this order.
function readToken(token: string, found: Found): void {
  const time = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)/.exec(token);
  const day = /^(\d{1,2})(?!\d)/.exec(token);
  const month = months.indexOf(token.slice(0, 3).toLowerCase());
  const year = /^(\d{2,4})(?!\d)/.exec(token);
  if (found.time === undefined && time !== null) found.time = [Number(time[1]), Number(time[2]), Number(time[3])];
  else if (found.day === undefined && day !== null) found.day = Number(day[1]);
  else if (found.month === undefined && month !== -1) found.month = month;
  else if (found.year === undefined && year !== null) found.year = Number(year[1]);
}
