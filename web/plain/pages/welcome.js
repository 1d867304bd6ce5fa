// What a signed-out person sees.
import { signIn } from "../api.js";
import { h } from "../dom.js";
import { refresh } from "../router.js";
import { load } from "../session.js";
import { button, card } from "../ui.js";

export function welcome() {
  const enter = async () => {
    await signIn();
    await load();
    await refresh();
  };
  return {
    title: "红云",
    body: [
      h("section", { class: "hero" }, h("p", { class: "hero-name" }, "红云"), h("p", null, "智慧党建 · 服务群众")),
      card("您已退出登录", button("微信登录", enter)),
    ],
  };
}
