// How days, times, money and shares are written. Days and months come as text in the county's own time; instants come in UTC.

/** An instant in the county's time: 2026-11-23 09:05. */
export function when(instant: string | number | null | undefined): string {
  if (instant === null || instant === undefined || instant === "") return "";
  return new Date(new Date(instant).getTime() + 8 * 3600000).toISOString().slice(0, 16).replace("T", " ");
}

export const today = () => when(Date.now()).slice(0, 10);
export const thisMonth = () => today().slice(0, 7);

/** 2026-11 as 2026年11月. */
export function monthName(month: string | null | undefined): string {
  const [year, number] = (month ?? "").split("-");
  return number ? `${year}年${Number(number)}月` : "";
}

/** 2026-11-20 as 11月20日. */
export function dayName(day: string | null | undefined): string {
  const [, month, date] = (day ?? "").split("-");
  return date ? `${Number(month)}月${Number(date)}日` : "";
}

/** Fen as 1015.00. */
export function amount(fen: number): string {
  const whole = Math.abs(fen);
  return (fen < 0 ? "-" : "") + Math.trunc(whole / 100) + "." + String(whole % 100).padStart(2, "0");
}

/** Fen as ¥1,015.00. */
export const yuan = (fen: number | null | undefined) => (fen === null || fen === undefined ? "" : "¥" + amount(fen).replace(/\B(?=(\d{3})+\.)/g, ","));

/** Yuan as somebody typed them, in fen; null if that is no amount. */
export function fenOf(typed: string): number | null {
  const m = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(typed.trim());
  return m ? Number(m[1]) * 100 + Number((m[2] ?? "").padEnd(2, "0")) : null;
}

/** The months from one back over a number of months, the newest first. */
export function monthsBack(from: string, count: number): string[] {
  const first = Number(from.slice(0, 4)) * 12 + Number(from.slice(5, 7)) - 1;
  return Array.from({ length: count }, (_, i) => `${Math.floor((first - i) / 12)}-${String((first - i) % 12 + 1).padStart(2, "0")}`);
}

/** What is there, in one line. */
export const joined = (...parts: (string | number | null | undefined | false)[]) => parts.filter((p) => p !== "" && p !== null && p !== undefined && p !== false).join("　");

/** A greeting for the hour. */
export function greeting(): string {
  const hour = Number(when(Date.now()).slice(11, 13));
  if (hour < 6) return "夜深了";
  if (hour < 12) return "早上好";
  return hour < 18 ? "下午好" : "晚上好";
}
