// 党费设置: what an organisation has decided on collection, and which kinds of income count towards the base.
import { put, read } from "../api.js";
import { h, toast } from "../dom.js";
import { form } from "../form.js";
import { when } from "../format.js";
import { refresh, replace, withQuery } from "../router.js";
import { administered } from "../session.js";
import { badge, card, empty, listPicker, pairs } from "../ui.js";
import { duesCategories, options, treatments, word } from "../words.js";
import { orgOptions, roots } from "./orgchoice.js";

export async function duesSettings({ query }) {
  const own = roots("dues_collector");
  const id = query.org_id ?? own[0]?.id;
  if (!id) return { title: "党费设置", body: empty("没有可以设置的组织"), back: "#/work" };
  const [s, { items }, orgs] = await Promise.all([read(`/orgs/${id}/dues-settings`), read(`/orgs/${id}/dues-items`), orgOptions(id, own)]);
  const works = administered().length > 0;
  return {
    title: "党费设置",
    body: [
      listPicker("组织", orgs, String(id), (org_id) => replace(withQuery({ org_id }))),
      card("收缴方式", pairs(["现行设置", s.from_org_id ? `${s.from_org_name}设定` : "尚未设定，按默认"], ["设定", s.updated_at && `${s.by_name}　${when(s.updated_at)}`]), works ? settingsForm(id, s)
        : pairs(["为他人缴纳", s.pay_for_others ? "允许" : "不允许"], ["按季缴纳", s.quarterly ? "可缴本季度各月" : "按月"], ["党费日", s.collection_day > 0 ? `每月 ${s.collection_day} 日` : "未固定"])),
      [...new Set(items.map((i) => i.category))].map((c) => card(word(duesCategories, c) + "的收入项目", items.filter((i) => i.category === c).map((i) => h("div", { class: "step" },
        h("p", { class: "step-name" }, i.title, badge(word(treatments, i.treatment), i.treatment === "INCLUDE" ? "good" : i.treatment === "DEDUCT" ? "warn" : "")),
        h("p", { class: "sub" }, [i.clause, i.from_org_name && `${i.from_org_name}设定，默认${word(treatments, i.usual)}`].filter(Boolean).join("；")))))),
      works && card("本组织的计入方式", h("p", { class: "sub" }, "留空的项目按上级或默认的方式计入。以前的核定不受影响。"), form({
        fields: items.map((i) => ({ name: `${i.category}/${i.code}`, label: i.title, type: "select", none: "按上级或默认", value: i.own ?? "", options: options(treatments) })),
        submit: "保存计入方式",
        run: async (values) => {
          await put(`/orgs/${id}/dues-items`, { items: Object.entries(values).filter(([, t]) => t).map(([key, treatment]) => ({ category: key.split("/")[0], code: key.split("/")[1], treatment })) });
          toast("已保存");
          await refresh();
        },
      })),
    ],
    back: "#/work",
  };
}

function settingsForm(id, s) {
  return form({
    fields: [
      { name: "pay_for_others", label: "允许党员为本支部其他党员网上缴纳", type: "checkbox", value: s.pay_for_others },
      { name: "quarterly", label: "允许缴纳本季度以后各月的党费", type: "checkbox", value: s.quarterly },
      { name: "collection_day", label: "党费日（每月几日）", type: "number", min: 0, value: String(s.collection_day), hint: "0 为不固定，最大 28" },
    ],
    submit: "保存设置",
    run: async (values) => {
      await put(`/orgs/${id}/dues-settings`, { ...values, version: s.version });
      toast("已保存");
      await refresh();
    },
  });
}
