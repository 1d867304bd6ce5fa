// 未核定党员: members for whom no bill can be made yet.
import { read } from "../api.js";
import { monthName, thisMonth } from "../format.js";
import { replace, withQuery } from "../router.js";
import { cell, cells, listPicker, monthPicker, pager } from "../ui.js";
import { orgOptions, roots } from "./orgchoice.js";

const size = 50;

export async function unassessed({ query }) {
  const month = query.month ?? thisMonth();
  const [{ items, total }, orgs] = await Promise.all([read("/dues/unassessed", { org_id: query.org_id, month, page: query.page, size }), orgOptions(query.org_id, roots("dues_collector"))]);
  const choose = (change) => replace(withQuery({ org_id: query.org_id, month, ...change }));
  return {
    title: "未核定党费的党员",
    body: [
      listPicker("组织", [{ value: "", label: "全部" }, ...orgs], query.org_id ?? "", (org_id) => choose({ org_id })), monthPicker(month, (m) => choose({ month: m })),
      cells(items.map((m) => cell({ title: m.name, sub: [m.org_name, `入党日期 ${m.admitted_on}`], href: `#/work/members/${m.id}/dues` })), `${monthName(month)}的党费都已核定`),
      pager(query.page, size, total, (page) => withQuery({ ...query, page })),
    ],
    back: "#/work",
  };
}
