// The rates of RULES 9.3 as tables: each with its numerator and denominator, the unrated apart, and doors to the lists where there are any.
import { h } from "../dom.js";
import { bar, table } from "../ui.js";
import { rates } from "../words.js";

// whole has a card with a broad table take a broad window's width.
export function whole(block) {
  block.classList.add("whole");
  return block;
}

// fieldOf is where a report has a rate: on_time of ON_TIME.
const fieldOf = (rate) => rate.toLowerCase();

// rateCell is one rate: the share, and what it is made of. linked says where the list of a part stands; without it there are numbers alone.
function rateCell(share, rate, linked) {
  const part = (name, n) => (linked && n > 0 ? h("a", { class: "plain-link", href: linked(rate, name) }, n) : String(n));
  if (share.denominator + share.excluded === 0) return "—";
  return [h("strong", null, share.text), h("br"),
    h("small", null, part("NUMERATOR", share.numerator), "／", part("DENOMINATOR", share.denominator), share.excluded > 0 && ["，剔除", part("EXCLUDED", share.excluded)])];
}

// ratesBy is a table of rows of rates; name writes what a row is of, linked(row) gives the addresses of its lists.
export function ratesBy(head, rows, name, linked) {
  const codes = Object.keys(rates);
  return table([head, ...codes.map((c) => rates[c]), "未评价"], rows.map((row) => {
    const to = linked?.(row);
    return [name(row), ...codes.map((c) => rateCell(row[fieldOf(c)], c, to)),
      to && row.unrated > 0 ? h("a", { class: "plain-link", href: to("SATISFACTION", "UNRATED") }, row.unrated) : String(row.unrated)];
  }));
}

// shares is all rates of one row as bars.
export const shares = (row, linked) => Object.entries(rates).map(([code, name]) => {
  const share = row[fieldOf(code)];
  return h(linked ? "a" : "div", { class: "band", href: linked ? linked(code, "DENOMINATOR") : null },
    h("span", null, name), bar(share.share_bp), h("strong", null, share.text, h("br"), h("small", null, `${share.numerator}／${share.denominator}`)));
});

const gradeFields = [["very_satisfied", "非常满意"], ["satisfied", "满意"], ["basically_satisfied", "基本满意"], ["dissatisfied", "不满意"], ["very_dissatisfied", "非常不满意"]];

// grades is how many gave which grade, and how many none; unratedTo is where the list of these stands.
export function grades(row, unratedTo) {
  const given = gradeFields.reduce((sum, [field]) => sum + row.grades[field], 0);
  return [
    gradeFields.map(([field, name]) => band(name, given && (row.grades[field] * 10000) / given, row.grades[field])),
    h(unratedTo && row.unrated > 0 ? "a" : "div", { class: "band", href: unratedTo && row.unrated > 0 ? unratedTo : null }, h("span", null, "未评价"), h("span", { class: "sub" }, "不计入满意率"), h("strong", null, row.unrated)),
  ];
}

const band = (name, shareBP, ...side) => h("div", { class: "band" }, h("span", null, name), bar(shareBP), h("strong", null, side));
