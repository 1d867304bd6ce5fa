// Which page stands at which address; who is not signed in comes to the sign-in page first.
import { createRouter, createWebHashHistory, type RouteLocationNormalized } from "vue-router";
import { Failure, onSessionEnd, token } from "./api/client";
import { pages } from "./pages";
import { forget, load, me, play } from "./session";

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: "/sign-in", component: () => import("./pages/entry/SignIn.vue"), meta: { title: "登录", open: true } },
    { path: "/", component: () => import("./pages/entry/Frame.vue"), children: pages },
  ],
});

onSessionEnd(() => {
  if (!token.read()) return;
  forget();
  void router.push({ path: "/sign-in", query: { to: router.currentRoute.value.fullPath, ended: "yes" } });
});

// ?person=ID in the address, before or behind the hash, plays somebody of the cast at once.
const played = { id: new URLSearchParams(location.search).get("person") };

async function enterAs(to: RouteLocationNormalized) {
  const id = String(to.query.person ?? played.id ?? "");
  if (!id) return false;
  played.id = null;
  await play(id);
  return true;
}

router.beforeEach(async (to) => {
  try {
    await enterAs(to);
  } catch {
    forget();
  }
  if (to.meta.open) return true;
  if (!token.read()) return { path: "/sign-in", query: { to: to.fullPath } };
  if (me.value) return true;
  try {
    await load();
    return true;
  } catch (err) {
    if (err instanceof Failure && err.status === 401) return { path: "/sign-in", query: { to: to.fullPath } };
    return { path: "/sign-in", query: { to: to.fullPath, lost: "yes" } };
  }
});

router.afterEach((to) => {
  document.title = `${String(to.meta.title ?? "")} · 红云后台`;
});
