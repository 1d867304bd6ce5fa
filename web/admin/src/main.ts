// Starts the back office.
import zhCn from "element-plus/es/locale/lang/zh-cn";
import { createApp } from "vue";
import App from "./App.vue";
import { router } from "./router";
import "element-plus/es/components/message/style/css";
import "./styles/base.css";
import "./styles/table.css";
import "./styles/print.css";

createApp(App, { locale: zhCn }).use(router).mount("#app");
