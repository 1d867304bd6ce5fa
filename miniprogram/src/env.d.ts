/// <reference types="vite/client" />

declare module "*.vue" {
  import type { DefineComponent } from "vue";
  const component: DefineComponent<object, object, unknown>;
  export default component;
}

/** What of WeChat's own object is used directly: a canvas that is not on the page. */
declare const wx: {
  createOffscreenCanvas(options: { type: "2d"; width: number; height: number }): { getContext(kind: "2d"): CanvasRenderingContext2D };
  canvasToTempFilePath(options: { canvas: unknown; success(r: { tempFilePath: string }): void; fail(): void }): void;
};
