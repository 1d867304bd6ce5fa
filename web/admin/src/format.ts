// How days, times, money and shares are written. Days and months come as text in the county's own time; instants come in UTC.

const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });

/** An instant: 2026-11-23 09:05. */
export const when = (instant: string | number | Date | null | undefined) => (instant ? clock.format(new Date(instant)) : "—");

/** The county's day and month. */
export const today = () => when(Date.now()).slice(0, 10);
export const thisMonth = () => today().slice(0, 7);

/** 2026-11 as 2026年11月. */
export const monthName = (month: string | null | undefined) => (month ? `${month.slice(0, 4)}年${Number(month.slice(5, 7))}月` : "—");

/** 2026-11-20 as 11月20日. */
export const dayName = (day: string | null | undefined) => (day ? `${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日` : "—");

/** Fen as ¥1,015.00 for reading, and as 1015.00 for a form. */
export const yuan = (fen: number | null | undefined) => (fen === null || fen === undefined ? "—" : "¥" + amount(fen).replace(/\B(?=(\d{3})+\.)/g, ","));
export const amount = (fen: number) => (fen < 0 ? "-" : "") + Math.trunc(Math.abs(fen) / 100) + "." + String(Math.abs(fen) % 100).padStart(2, "0");

/** Ten-thousandths as 95.92%. */
export const percent = (bp: number | null | undefined) => (bp === null || bp === undefined ? "—" : (bp / 100).toFixed(2) + "%");

/** A part of a whole in ten-thousandths; null where there is no whole. */
export const shareOf = (part: number, whole: number) => (whole > 0 ? Math.round((part * 10000) / whole) : null);

/** Days from today until a day; negative once it is over. */
export const daysLeft = (day: string) => Math.round((Date.parse(day) - Date.parse(today())) / 86400000);

/** The day or month that is some way off: plus("2026-11-20", 1), plusMonths("2026-11", -1). */
export const plus = (day: string, days: number) => new Date(Date.parse(day) + days * 86400000).toISOString().slice(0, 10);
export function plusMonths(month: string, n: number): string {
  const at = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + n;
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`;
}
