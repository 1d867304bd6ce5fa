// 提醒名单: who was reminded of a month's dues, by which channel, what came of it, and whether the month is paid since.
import { read } from "../api.js";
import { monthName, thisMonth, when } from "../format.js";
import { replace, withQuery } from "../router.js";
import { badge, cell, cells, figures, listPicker, monthPicker, pager, segments } from "../ui.js";
import { reminderResults } from "../words.js";
import { orgOptions, roots } from "./orgchoice.js";

const size = 50;
const tones = { SENT: "good", FAILED: "bad", UNKNOWN: "warn", WAITING: "warn" };

export async function reminders({ query }) {
  const month = query.month ?? thisMonth();
  const { org_id: orgId, result } = query;
  const [{ items, total, counts }, orgs] = await Promise.all([read("/dues/reminders", { month, org_id: orgId, result, page: query.page, size }), orgOptions(orgId, roots("dues_collector"))]);
  const choose = (change) => replace(withQuery({ month, org_id: orgId, result, ...change }));
  return {
    title: "党费提醒名单",
    body: [
      listPicker("组织", [{ value: "", label: "全部" }, ...orgs], orgId ?? "", (id) => choose({ org_id: id })), monthPicker(month, (m) => choose({ month: m })),
      segments([["", "全部"], ...Object.entries(reminderResults)], result ?? "", (r) => choose({ result: r })),
      figures(["已提醒", counts.count], ["微信已接收", counts.sent], ["已读", counts.read], ["已缴", counts.paid]),
      cells(items.map((r) => cell({
        title: r.member_name, sub: [r.org_name, `${when(r.at)}　${r.channel_text}`, r.result_text, r.read_at && `${when(r.read_at)} 已读`],
        side: [badge(reminderResults[r.result], tones[r.result]), r.paid && badge("已缴", "good")], href: `#/work/members/${r.member_id}/dues`,
      })), `${monthName(month)}还没有发出党费提醒`),
      pager(query.page, size, total, (page) => withQuery({ ...query, page })),
    ],
    back: "#/work",
  };
}
