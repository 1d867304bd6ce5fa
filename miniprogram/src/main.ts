import { createSSRApp } from "vue";
import App from "./App.vue";
// #ifdef H5
import { doorOf } from "./platform/doors";
import { nameControls } from "./platform/names";

const door = doorOf(location.hash);
if (door) history.replaceState(null, "", "#" + door);
addEventListener("hashchange", () => {
  const asked = doorOf(location.hash);
  if (asked) uni.reLaunch({ url: asked });
});
nameControls();
// #endif

export function createApp() {
  return { app: createSSRApp(App) };
}
