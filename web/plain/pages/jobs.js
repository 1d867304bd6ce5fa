// 定时任务: what the platform does by itself, and one run by hand.
import { read, send } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { today, when } from "../format.js";
import { refresh } from "../router.js";
import { badge, button, card, pairs } from "../ui.js";
import { runStates, word } from "../words.js";

export async function jobs() {
  const { items } = await read("/admin/jobs");
  return { title: "定时任务", body: items.map(show), back: "#/work" };
}

function show(job) {
  const { time, last_run: last } = job;
  return card(null,
    h("div", { class: "headline" }, h("strong", null, job.title), time?.enabled ? badge("已启用", "good") : badge("已停用")),
    pairs(["时间", time?.text], ["下次", job.next_due && when(job.next_due)],
      ["上次", last && `${when(last.started_at)}　${word(runStates, last.state)}${last.by_hand ? "（手动）" : ""}`],
      ["结果", last && (last.result || last.error)]),
    button("手动运行", () => run(job), "plain"));
}

async function run(job) {
  const done = await ask({
    title: "手动运行：" + job.title,
    text: "按所选日期运行一次。已经发过的提醒不会重复发送。",
    fields: [{ name: "at", label: "日期", type: "date", required: true, value: today() }],
    submit: "运行",
    run: (values) => send(`/admin/jobs/${job.name}/run`, values),
  });
  if (!done) return;
  toast(done.summary || "已运行");
  await refresh();
}
