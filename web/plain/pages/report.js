// 反映诉求 without an account: the form, then the number and the code by which the request is followed.
import { newKey, sendOpen, uploadOpen } from "../api.js";
import { h } from "../dom.js";
import { form } from "../form.js";
import { card, link, pairs } from "../ui.js";
import { back, home, others } from "./outside.js";
import { addFiles, openUnits, requestBody, requestFields } from "./requestform.js";

export async function report() {
  const key = newKey(); // one for this form: sending it twice brings one request
  const units = await openUnits();
  const shown = h("div", { class: "column" });
  shown.append(card(null, h("p", { class: "sub" }, "有问题发微信，有诉求找 O2O。提交后得到编号和查询码，凭查询码随时查看进度。遇到火情、险情、急病、违法犯罪，请直接拨打 119、120、110。"),
    form({
      fields: requestFields({ units, named: true }),
      submit: "提交诉求",
      run: async (values) => {
        const made = await sendOpen("/public/requests", requestBody(values), { "Idempotency-Key": key });
        const trouble = await addFiles(values, (what, file) => uploadOpen(`/public/requests/${made.number}/${what}`, file, { code: made.code }));
        shown.replaceChildren(sent(made, trouble));
        scrollTo(0, 0);
      },
    })));
  return { title: "反映诉求", body: [shown, others("#/report"), home()], back: back() };
}

// sent is what the citizen keeps.
function sent(made, trouble) {
  return card("诉求已提交",
    trouble && h("p", { class: "problem", role: "alert" }, trouble),
    h("p", null, "请保存编号和查询码。有查询码的人可以查看和补充这件诉求，请勿告诉他人。"),
    pass(made),
    link("查看进度", `#/follow/${made.number}/${made.code}`, "main"));
}

// pass is the number, the code and their picture.
export function pass(made) {
  return h("div", { class: "pass" },
    pairs(["编号", h("strong", { class: "number" }, made.number)], ["查询码", h("strong", { class: "number" }, made.code)], ["查询网址", h("code", null, made.url)]),
    h("img", { class: "qr", src: made.qr_path, alt: "查询二维码，用微信扫一扫打开进度", width: 200, height: 200 }));
}
