// How days, times, money and shares are written. Days and months come as text
// in the county's own time; instants come in UTC.

const clock = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false,
});

function parts(instant) {
  return Object.fromEntries(clock.formatToParts(new Date(instant)).map((p) => [p.type, p.value]));
}

// when writes an instant: 2026-11-23 09:05.
export function when(instant) {
  if (!instant) return "—";
  const p = parts(instant);
  return `${p.year}-${p.month}-${p.day} ${p.hour === "24" ? "00" : p.hour}:${p.minute}`;
}

// today is the county's day, thisMonth its month.
export function today() {
  return when(Date.now()).slice(0, 10);
}

export const thisMonth = () => today().slice(0, 7);

// monthName writes 2026-11 as 2026年11月.
export function monthName(month) {
  const [year, number] = (month ?? "").split("-");
  return number ? `${year}年${Number(number)}月` : "—";
}

// dayName writes 2026-11-20 as 11月20日.
export function dayName(day) {
  const [, month, date] = (day ?? "").split("-");
  return date ? `${Number(month)}月${Number(date)}日` : "—";
}

// yuan writes fen as ¥1,015.00, for reading; amount writes them as 1015.00, for a form.
export function yuan(fen) {
  return fen === null || fen === undefined ? "—" : "¥" + amount(fen).replace(/\B(?=(\d{3})+\.)/g, ",");
}

export function amount(fen) {
  const whole = Math.abs(fen);
  return (fen < 0 ? "-" : "") + Math.trunc(whole / 100) + "." + String(whole % 100).padStart(2, "0");
}

// quarterOf writes the quarter of a month: 2026Q4 of 2026-11; quarterName writes it as 2026年第4季度.
export const quarterOf = (month) => `${month.slice(0, 4)}Q${Math.ceil(Number(month.slice(5, 7)) / 3)}`;
export const quarterName = (quarter) => `${quarter.slice(0, 4)}年第${quarter.slice(-1)}季度`;

// share writes a part of a whole: 95.92%; — where there is no whole.
export function share(part, whole) {
  return whole ? ((part / whole) * 100).toFixed(2) + "%" : "—";
}

// daysLeft counts the days from today until a day; negative once it is over.
export function daysLeft(day) {
  return Math.round((Date.parse(day) - Date.parse(today())) / 86400000);
}

// points writes hundredths of a point: 98.5.
export const points = (hundredths) => String(hundredths / 100);
