// A new request in the mini-program; and the window's, for somebody who called or came.
import { newKey, send, upload } from "../api.js";
import { toast } from "../dom.js";
import { form } from "../form.js";
import { place } from "../platform.js";
import { go } from "../router.js";
import { button, card } from "../ui.js";
import { unitChoices } from "./choices.js";
import { addFiles, requestBody, requestFields } from "./requestform.js";

export async function newRequest() {
  const key = newKey(); // one for this form: sending it twice brings one request
  let where = {};
  const fill = async () => {
    where = await place();
    request.set("place", where.place);
  };
  const request = form({
    fields: requestFields({ units: await unitChoices(), place: button("使用示例位置", fill, "small"), named: true }),
    submit: "提交诉求",
    run: async (values) => {
      const point = where.place === values.place ? { lat: where.lat, lng: where.lng } : {};
      const made = await send("/requests", { ...requestBody(values), ...point }, { "Idempotency-Key": key });
      toast(await addFiles(values, (what, file) => upload(`/requests/${made.id}/${what}`, file)) ?? "已提交，编号 " + made.number);
      go("#/requests/" + made.id);
    },
  });
  return { title: "反映诉求", body: card(null, request), back: "#/requests" };
}

export async function writeRequest() {
  return {
    title: "代群众登记",
    body: card(null, form({
      fields: requestFields({ units: await unitChoices(), named: true, own: false }),
      submit: "登记",
      run: async (values) => {
        const made = await send("/desk/requests", requestBody(values));
        toast("已登记，编号 " + made.number);
        go("#/requests/" + made.id);
      },
    })),
    back: "#/requests",
  };
}
