// What a citizen does with a request of his or her own, by whichever door: the account, or number with code.
import { send, sendOpen, upload, uploadOpen } from "../api.js";
import { ask } from "../dialog.js";
import { h, toast } from "../dom.js";
import { dayName, when } from "../format.js";
import { refresh } from "../router.js";
import { button, buttons, card } from "../ui.js";
import { grades, options } from "../words.js";
import { truth, words, yesNo } from "./choices.js";
import { addFiles } from "./requestform.js";

// byAccount and byCode are the two doors to one request.
export const byAccount = (id) => ({
  send: (what, body) => send(`/requests/${id}/${what}`, body),
  upload: (what, file) => upload(`/requests/${id}/${what}`, file),
});

export const byCode = (number, code) => ({
  send: (what, body) => sendOpen(`/public/requests/${number}/${what}`, { ...body, code }),
  upload: (what, file) => uploadOpen(`/public/requests/${number}/${what}`, file, { code }),
});

const solved = yesNo("solved", "问题是否解决", "已解决", "未解决");

// Each action: its button, its style, the question before it, and what is then done.
const acts = {
  rate: ["评价", "main", () => ({
    title: "评价办理结果", fields: [{ name: "rating", label: "满意程度", type: "select", numeric: true, value: "5", options: options(grades).reverse() }, solved, words("note", "评价意见")],
  }), (door, v) => door.send("rating", { ...v, solved: truth(v.solved) })],
  reopen: ["要求重新办理", "warn", (own) => ({
    title: "要求重新办理", text: "诉求由原单位另派人员重新办理。",
    fields: [own.actions.includes("rate") && { name: "rating", label: "满意程度", type: "select", numeric: true, value: "2", options: options(grades).filter((o) => o.value < 3).reverse() },
      own.actions.includes("rate") && solved, words("reason", "理由", true)].filter(Boolean),
  }), (door, v) => door.send("reopen", v.rating ? { ...v, solved: truth(v.solved) } : v)],
  add: ["补充内容", "plain", () => ({
    title: "补充内容",
    fields: [{ name: "content", label: "文字", type: "textarea", rows: 4, max: 2000 }, { name: "photos", label: "照片", type: "file", multiple: true },
      { name: "voice", label: "语音文件", type: "file", accept: "audio/*" }],
  }), add],
  chase: ["催办", "plain", () => ({ title: "催办", text: "承办单位会收到催办通知。", fields: [words("note", "说明")] }), (door, v) => door.send("chase", v)],
  withdraw: ["撤回", "warn", () => ({ title: "撤回诉求", text: "撤回后不再办理，需要时可以重新反映。" }), (door) => door.send("withdraw")],
};

async function add(door, { content, photos, voice }) {
  if (content === "" && photos.length + voice.length === 0) throw new Error("请填写文字，或选择照片、语音");
  if (content !== "") await door.send("parts", { content });
  const trouble = await addFiles({ photos, voice }, door.upload);
  if (trouble) throw new Error(trouble.replace("诉求已提交，但", ""));
}

// citizenActs is the card of what the citizen may do now, or nothing. own is what the server says to the citizen alone.
export function citizenActs(own, door) {
  const open = Object.keys(acts).filter((name) => own.actions.includes(name));
  const limits = [own.rate_until && own.actions.includes("rate") && `评价截至 ${dayName(own.rate_until)}`,
    own.chase_from && !own.actions.includes("chase") && `${when(own.chase_from)} 后可以再次催办`].filter(Boolean);
  if (open.length === 0 && limits.length === 0 && !own.call) return null;
  return card(own.call || "您可以", limits.map((line) => h("p", { class: "sub" }, line)), open.length > 0 && buttons(open.map((name) => acts[name]).map(([label, style, question, run]) => button(label, async () => {
    const done = await ask({ ...question(own), submit: "确认" + label, run: (values) => run(door, values) });
    if (!done) return;
    toast("已提交：" + label);
    await refresh();
  }, style))));
}
