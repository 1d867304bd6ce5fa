// One import: how far it is, the rows that cannot come in and why, and what can be done with it.
import { download, read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { when } from "../format.js";
import { refresh, withQuery } from "../router.js";
import { bar, button, buttons, card, figures, pager, pairs, table } from "../ui.js";
import { stateBadge } from "./imports.js";

const busyStates = ["WAITING", "CHECKING", "QUEUED", "IMPORTING"];
const size = 50;

export async function importPage({ params, query }) {
  const at = "/imports/" + params.id;
  const i = await read(at);
  const working = busyStates.includes(i.state);
  const bad = i.bad > 0 && !working ? await read(at + "/errors", { page: query.page, size }) : null;
  return {
    title: "导入" + i.title,
    wide: true,
    again: working ? 1500 : 0,
    body: [
      card(null, h("div", { class: "headline" }, h("strong", null, i.file_name || i.title), stateBadge(i)),
        working && [h("p", { class: "sub", role: "status" }, `已完成 ${i.progress}%`), bar(i.progress * 100)],
        i.error && h("p", { class: "problem" }, i.error),
        !working && figures(["总行数", i.total], ["有问题", i.bad], i.state === "IMPORTED" && ["已导入", i.done],
          i.state === "CHECKED" && ["可以导入", i.total - i.bad])),
      card("办理", pairs(["导入到", i.org_name], ["上传人", i.created_by], ["上传时间", when(i.created_at)], ["导入时间", i.imported_at && when(i.imported_at)],
        ["撤销时间", i.undone_at && when(i.undone_at)]), steps(i, at)),
      bad?.items.length > 0 && h("section", { class: "whole card" }, h("h2", { class: "card-title" }, "有问题的行"),
        h("p", { class: "sub" }, "请在 Excel 中改正后重新上传；结果文件的最后一列写明每一行的问题。"), errors(bad.items), pager(query.page, size, bad.total, (page) => withQuery({ page }))),
    ],
    back: "#/work/imports",
  };
}

function errors(rows) {
  const shown = table(["行号", "名称", "问题"], rows.map((r) => [String(r.row), r.name || "—", r.reason]));
  shown.classList.add("words");
  return shown;
}

function steps(i, at) {
  const good = i.total - i.bad;
  return buttons(
    i.has_result && button("下载结果文件", () => download(at + "/result"), "plain"),
    button("下载原文件", () => download(at + "/source"), "plain"),
    i.state === "CHECKED" && good > 0 && button(i.bad > 0 ? `只导入正确的 ${good} 行` : `导入 ${good} 行`, () => start(i, at)),
    i.state === "IMPORTED" && button("撤销导入", () => undo(i, at), "warn"));
}

async function start(i, at) {
  await send(at + "/import", { skip_bad: i.bad > 0 });
  toast("正在导入");
  await refresh();
}

async function undo(i, at) {
  const done = await ask({ title: "撤销导入", text: `将取出这次导入的 ${i.done} 行。已有其他业务使用的，不能撤销。`, submit: "确认撤销", run: () => send(at + "/undo") });
  if (!done) return;
  toast("已撤销导入");
  await refresh();
}
