// 单位名录: what each unit does, when it is open, how to reach it.
import { readOpen } from "../api.js";
import { h, newId } from "../dom.js";
import { card, empty, pairs } from "../ui.js";
import { back, home, others, reportLink } from "./outside.js";

export async function units() {
  const { items } = await readOpen("/departments");
  const shown = h("div", { class: "column", role: "status" });
  const find = (words) => {
    const fit = items.filter((u) => [u.name, u.duties, ...u.accounts].join("　").includes(words.trim()));
    shown.replaceChildren(...(fit.length > 0 ? fit.map(unit) : [empty("没有符合的单位")]));
  };
  const id = newId();
  find("");
  return {
    title: "单位名录",
    body: [
      h("div", { class: "picker" }, h("label", { for: id }, "查找"), h("input", { id, type: "search", placeholder: "单位或职责", oninput: (e) => find(e.target.value) })),
      shown, reportLink(), others("#/units"), home(),
    ],
    back: back(),
  };
}

const unit = (u) => card(u.name, pairs(["职责", u.duties], ["地址", u.address], ["服务时间", u.hours],
  ["电话", u.phone && h("a", { href: "tel:" + u.phone.replace(/[^\d+]/g, "") }, u.phone)], ["公众号", u.accounts.join("、")]));
