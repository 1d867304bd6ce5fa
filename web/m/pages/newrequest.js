// A citizen's new request: what, where, pictures, with or without a name.
import { newKey, send, upload } from "../api.js";
import { toast } from "../dom.js";
import { form } from "../form.js";
import { place } from "../platform.js";
import { go } from "../router.js";
import { button, card } from "../ui.js";
import { categories, options } from "../words.js";

export function newRequest() {
  const key = newKey(); // one for this form: sending it twice brings one request
  let where = {};
  const fill = async () => {
    where = await place();
    request.set("place", where.place);
  };
  const request = form({
    fields: [
      { name: "category", label: "类别", type: "select", required: true, options: options(categories), value: "HELP" },
      { name: "content", label: "诉求内容", type: "textarea", rows: 5, required: true, max: 2000, placeholder: "请写明时间、地点和具体情况" },
      { name: "place", label: "地点", max: 200, extra: button("使用示例位置", fill, "small") },
      { name: "photos", label: "照片", type: "file", multiple: true, hint: "可选，每张不超过 10 MB" },
      { name: "anonymous", label: "匿名反映", type: "checkbox", hint: "办理单位看不到您的身份" },
    ],
    submit: "提交诉求",
    run: async ({ photos, ...values }) => {
      const point = where.place === values.place ? { lat: where.lat, lng: where.lng } : {};
      const made = await send("/requests", { ...values, ...point }, { "Idempotency-Key": key });
      toast(await add(made, photos) ?? "已提交，编号 " + made.number);
      go("#/requests/" + made.id);
    },
  });
  return Promise.resolve({ title: "反映诉求", body: card(null, request), back: "#/requests" });
}

// add brings the photos to a request that is already there; it resolves to what went wrong, if anything did.
async function add(made, photos) {
  try {
    for (const photo of photos) await upload(`/requests/${made.id}/photos`, photo);
    return null;
  } catch (err) {
    return "诉求已提交，但照片没有上传：" + err.message;
  }
}
