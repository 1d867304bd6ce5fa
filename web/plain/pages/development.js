// One person's way into the party: the 25 steps in five stages, limits, papers, votes, and what can be done next.
import { download, read, upload } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { when } from "../format.js";
import { refresh } from "../router.js";
import { badge, button, card, cell, cells, empty, link, pairs } from "../ui.js";
import { levels, notices, sexes, word } from "../words.js";
import { dueBadge, listAddress } from "./developments.js";
import { soft } from "./orgchoice.js";

export async function course({ params }) {
  const d = await read("/developments/" + params.id);
  return {
    title: d.name,
    wide: true,
    body: [
      about(d), limits(d), d.next.length > 0 && nextSteps(d),
      d.stages.map(stage), papers(d), votes(d), card("办理记录", h("ol", { class: "timeline" }, d.steps.toReversed().map(taken))),
    ],
    back: listAddress,
  };
}

// myCourse is what the person sees of the own way.
export async function myCourse() {
  const d = await soft(read("/me/development"));
  return {
    title: "我的入党进程",
    body: d === null ? empty("没有您的发展党员记录") : [card(null, h("div", { class: "headline" }, h("strong", null, d.org_name), badge(d.state_title)), pairs(["申请日期", d.applied_on])), limits(d), d.stages.map(stage)],
    back: "#/me",
  };
}

function about(d) {
  const names = (all) => all.map((s) => s.name).join("、");
  return card(null, h("div", { class: "headline" }, h("strong", null, d.name), badge(d.state_title, d.state === "FULL" ? "good" : "warn")),
    pairs(["所在支部", d.org_name], ["申请日期", d.applied_on], ["性别", word(sexes, d.sex)], ["出生日期", d.born_on], ["民族", d.ethnic_group], ["学历", d.education], ["职业", d.occupation],
      ["工作单位", d.work_unit], ["身份证号", d.id_number], ["手机号", d.phone], ["即将离开", d.leaving_on], ["培养联系人", names(d.contacts)], ["入党介绍人", names(d.introducers)],
      ["公示", d.notice && `${d.notice.start_on} 至 ${d.notice.ends_on}　${word(notices, d.notice.outcome)}${d.notice.objection ? "：" + d.notice.objection : ""}`],
      ["预备期至", d.dates.probation_ends_on], ["特殊情况", d.special_reason], ["适用细则", d.rule_set.replace("DEV", "") + " 年版"]),
    d.member_id && link("党员资料", "#/work/members/" + d.member_id));
}

function limits(d) {
  return card("时限", cells(d.deadlines.map((l) => cell({ title: l.message, sub: [`期限 ${l.due_on}`, l.level && `由${word(levels, l.level)}办理`], below: dueBadge(l.days_left, l.due_on) })), "没有临近的时限"));
}

function stage(s, i) {
  const mark = { DONE: ["已完成", "good"], CURRENT: ["进行中", "warn"], OPEN: ["未开始", ""] }[s.state];
  return card(null, h("div", { class: "headline" }, h("strong", null, `${"一二三四五"[i]}、${s.title}`), badge(...mark)),
    h("ol", { class: "checks" }, s.items.map((item) => h("li", { class: item.done ? "done" : null },
      h("span", { class: "mark" }, item.done ? "✓" : String(item.number)), h("span", null, item.title), h("span", { class: "sub" }, item.on_day || (item.done ? "已完成" : "未完成"))))));
}

// nextSteps puts what is still to be done before what may be done once more.
function nextSteps(d) {
  const done = new Set(d.stages.flatMap((s) => s.items).filter((i) => i.done).map((i) => i.code));
  const again = d.next.filter((n) => done.has(n.code));
  return card("下一步", d.next.filter((n) => !done.has(n.code)).map((n) => nextStep(d, n)),
    again.length > 0 && h("details", null, h("summary", null, `可以重新办理的步骤 ${again.length} 个`), again.map((n) => nextStep(d, n))));
}

// nextStep is one step that the table allows now, with what stands against it.
function nextStep(d, n) {
  const sentence = (p) => p.message + (p.papers?.length ? "：" + p.papers.join("、") : "");
  const against = n.problems.map(sentence);
  return h("div", { class: "step" },
    h("p", { class: "step-name" }, n.title, badge(`${word(levels, n.level)}办理`), against.length === 0 && badge("可以办理", "good")),
    n.earliest_on && h("p", { class: "sub" }, `最早 ${n.earliest_on}`),
    against.length > 0 && h("ul", { class: "problem" }, against.map((p) => h("li", null, p))),
    n.warnings.length > 0 && h("ul", { class: "sub" }, n.warnings.map((p) => h("li", null, sentence(p)))),
    n.may ? link("办理", `#/work/developments/${d.id}/steps/${n.code}`, "small") : h("p", { class: "sub" }, `须由${word(levels, n.level)}的管理员登记`));
}

function papers(d) {
  return card("材料",
    d.missing_papers.length > 0 && h("p", { class: "problem" }, "缺少：" + d.missing_papers.map((p) => p.kind).join("、")),
    d.editable && button("上传材料", () => addPaper(d), "plain"),
    h("details", null, h("summary", null, `已有材料 ${d.documents.length} 份`),
      cells(d.documents.map((p) => cell({ title: p.kind, sub: [p.name, `${p.by_name || "系统"}　${when(p.at)}`], tap: () => download("/files/" + p.file_id) })), "没有材料")));
}

// addPaper asks which paper it is: a missing one first.
export async function addPaper(d, step) {
  const offered = d.papers.filter((p) => !step || p.step === step);
  const lacking = (p) => !d.documents.some((have) => have.step === p.step && have.kind === p.kind);
  const choices = [...offered.filter(lacking), ...offered.filter((p) => !lacking(p))];
  const title = (p) => d.next.find((n) => n.code === p.step)?.title ?? d.stages.flatMap((s) => s.items).find((i) => i.code === p.step)?.title ?? "";
  const done = await ask({
    title: "上传材料",
    fields: [
      { name: "paper", label: "材料", type: "select", options: choices.map((p) => ({ value: p.step + "/" + p.kind, label: `${p.kind}（${title(p)}）${lacking(p) ? "" : "　已有"}` })) },
      { name: "file", label: "文件", type: "file", accept: ".pdf,.docx,image/jpeg,image/png", hint: "PDF、Word（.docx）、JPG 或 PNG" },
    ],
    submit: "上传",
    run: ({ paper, file }) => {
      if (file.length === 0) throw new Error("请选择要上传的文件");
      const [step, ...kind] = paper.split("/");
      return upload(`/developments/${d.id}/documents`, file[0], { step, kind: kind.join("/") });
    },
  });
  if (!done) return;
  toast("已上传");
  await refresh();
}

function votes(d) {
  if (d.votes.length === 0) return null;
  return card("表决", cells(d.votes.map((v) => cell({
    title: v.held_on, sub: [`应到 ${v.eligible} 人，到会 ${v.present} 人${v.quorate ? "" : "（不足法定人数）"}`, `赞成 ${v.yes}，反对 ${v.no}，弃权 ${v.abstain}，书面意见 ${v.written}`],
    side: badge(v.passed ? "通过" : "未通过", v.passed ? "good" : "bad"),
  }))));
}

function taken(s) {
  const told = s.data ?? {};
  return h("li", null, h("p", { class: "step-name" }, s.title || "递交入党申请书", h("span", { class: "sub" }, s.on_day), told.passed === false && badge("未通过", "bad")),
    h("p", { class: "step-note" }, [told.members?.length && told.members.map((m) => m.name).join("、"), told.filed_on && `备案或上报：${told.filed_on}`, told.days > 0 && `${told.days} 天`,
      told.hours > 0 && `${told.hours} 学时`, told.months > 0 && `${told.months} 个月`, told.reason, s.note].filter(Boolean).join("\n")),
    s.by_name && h("p", { class: "sub" }, "登记人：" + s.by_name));
}
