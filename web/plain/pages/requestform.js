// What a request consists of, as a form: for a citizen with an account, for one without, and for the window on somebody's behalf.
import { readOpen } from "../api.js";
import { categories, options } from "../words.js";

// requestFields are the fields of a new request. place is a button beside the place, where the phone knows it; named asks who writes.
export function requestFields({ units, place, named, own = true }) {
  return [
    { name: "category", label: "类别", type: "select", required: true, options: options(categories), value: "HELP" },
    { name: "content", label: "诉求内容", type: "textarea", rows: 5, required: true, max: 2000, placeholder: "请写明时间、地点和具体情况" },
    { name: "place", label: "地点", max: 200, extra: place },
    own && { name: "photos", label: "照片", type: "file", multiple: true, hint: "可选，最多 9 张，每张不超过 10 MB" },
    own && { name: "voice", label: "语音文件", type: "file", accept: "audio/*", hint: "可选，不超过 2 分钟的录音" },
    { name: "subject_department_id", label: "被反映单位", type: "select", numeric: true, none: "不针对某个单位", options: units, hint: "反映某个单位的问题时选择，该单位看不到这件诉求" },
    named && { name: "name", label: "姓名", max: 30 },
    named && { name: "phone", label: "手机号", type: "tel", keyboard: "numeric", max: 11, hint: "姓名和手机号加密保存，仅用于联系" },
    { name: "reply_wanted", label: "希望得到答复", type: "checkbox", value: true },
    { name: "anonymous", label: "匿名反映", type: "checkbox", hint: "办理单位看不到反映人的姓名和电话" },
    { name: "confidential", label: "要求保密", type: "checkbox", hint: "除匿名外，录音不提供给办理单位，文字中的姓名、电话也会隐去" },
  ].filter(Boolean);
}

// requestBody is what the API takes of the form's values; files go by themselves.
export const requestBody = ({ photos, voice, subject_department_id, ...rest }) => ({ ...rest, subject_department_id: subject_department_id || null });

// openUnits are the units as choices. They are public.
export async function openUnits() {
  const { items } = await readOpen("/departments");
  return items.map((d) => ({ value: d.id, label: d.name }));
}

// addFiles brings photos and a voice to a request that is there already; it resolves to what went wrong, or null.
export async function addFiles({ photos = [], voice = [] }, upload) {
  try {
    for (const photo of photos) await upload("photos", photo);
    for (const one of voice) await upload("voice", one);
    return null;
  } catch (err) {
    return "诉求已提交，但附件没有全部上传：" + err.message;
  }
}
