// 标准化建设: the checklist of one organisation with photos as evidence, the review from above, and the shares of those below.
import { read, send, upload } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { refresh } from "../router.js";
import { administered } from "../session.js";
import { badge, bar, button, buttons, card, cell, cells, empty, percent } from "../ui.js";
import { evidenceStates, word } from "../words.js";
import { photos } from "./photos.js";

const tones = { APPROVED: "good", SUBMITTED: "warn", RETURNED: "bad" };

export async function standard({ params }) {
  const at = `/orgs/${params.id}/standard`;
  const [board, far, waiting] = await Promise.all([
    read(at), read(at + "/progress"), read("/standard/items", { org_id: params.id, state: "SUBMITTED", size: 50 }),
  ]);
  const areas = [...new Set(board.entries.map((e) => e.item.area))];
  return {
    title: "标准化建设",
    wide: true,
    body: [
      card(board.org_name, h("div", { class: "headline" }, h("strong", null, percent(far.total.share_bp)),
        h("span", { class: "sub" }, `${far.total.orgs} 个组织，${far.total.approved}/${far.total.items} 项达标`)), bar(far.total.share_bp)),
      waiting.items.some((w) => w.org_id !== board.org_id) && card(`待审核 ${waiting.total} 项`, cells(waiting.items.map((w) => cell({
        title: w.title, sub: [w.org_name, w.area], side: badge("待审核", "warn"), href: `#/work/orgs/${w.org_id}/standard`,
      })))),
      far.children.length > 0 && card("下级组织", cells(far.children.map((c) => cell({
        title: c.org_name, sub: `${c.approved}/${c.items} 项达标`, below: bar(c.share_bp), side: percent(c.share_bp), href: `#/work/orgs/${c.org_id}/standard`,
      })))),
      board.entries.length === 0 ? empty("本级没有适用的建设清单") : areas.map((area) => card(area, board.entries.filter((e) => e.item.area === area).map((e) => entry(board, e)))),
    ],
    back: "#/work/orgs/" + params.id,
  };
}

function entry(board, e) {
  const open = board.editable && ["NONE", "DRAFT", "RETURNED"].includes(e.state);
  const above = board.editable && e.evidence_id && administered().some((r) => r.org_id !== board.org_id);
  return h("div", { class: "step" },
    h("p", { class: "step-name" }, `${e.item.seq}. ${e.item.title}`, badge(word(evidenceStates, e.state), tones[e.state])),
    h("p", { class: "sub" }, [e.item.requirement, e.item.photos > 0 && `至少 ${e.item.photos} 张照片`].filter(Boolean).join("；")),
    e.note && h("p", { class: "step-note" }, e.note), e.review_note && h("p", { class: "problem" }, "审核意见：" + e.review_note),
    e.photos.length > 0 && photos(e.photos.map((p) => p.file_id)),
    (open || above) && buttons(
      open && button("上传照片并提交", () => submit(board, e), "small"),
      above && e.state === "SUBMITTED" && button("通过", () => review(e, true), "small"),
      above && ["SUBMITTED", "APPROVED"].includes(e.state) && button("退回", () => review(e, false), "small")));
}

async function submit(board, e) {
  const at = `/orgs/${board.org_id}/standard/${e.item.id}`;
  const done = await ask({
    title: e.item.title,
    text: e.item.requirement,
    fields: [
      { name: "before", label: "建设前的照片", type: "file", multiple: true },
      { name: "after", label: "建设后的照片", type: "file", multiple: true, hint: e.photos.length > 0 ? `已有 ${e.photos.length} 张` : "" },
      { name: "note", label: "说明", type: "textarea", rows: 3, max: 500, value: e.note },
    ],
    submit: "提交审核",
    run: async ({ before, after, note }) => {
      for (const photo of before) await upload(at + "/photos?moment=BEFORE", photo);
      for (const photo of after) await upload(at + "/photos?moment=AFTER", photo);
      return send(at + "/submit", { note });
    },
  });
  if (done) toast("已提交，等待上级审核");
  await refresh();
}

async function review(e, approve) {
  const done = await ask({
    title: approve ? "审核通过" : "退回", text: e.item.title,
    fields: [{ name: "note", label: "审核意见", type: "textarea", rows: 3, max: 500, required: !approve }],
    run: ({ note }) => send(`/standard/evidence/${e.evidence_id}/review`, { approve, note }),
  });
  if (done) await refresh();
}
