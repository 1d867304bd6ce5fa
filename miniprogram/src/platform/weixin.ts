import type { Phone } from "./phone";

/** Turning back in one of WeChat's dialogs is no failure. */
const turnedBack = (fail: { errMsg?: string }) => /cancel/.test(fail.errMsg ?? "");

export const phone: Phone = {
  loginCode: () => new Promise((resolve, reject) => {
    uni.login({ provider: "weixin", success: (r) => resolve(r.code), fail: () => reject(new Error("微信登录没有成功，请稍后再试")) });
  }),
  subscribe: (templateIds) => new Promise((resolve, reject) => {
    uni.requestSubscribeMessage({ tmplIds: templateIds.slice(0, 3), success: () => resolve(), fail: () => reject(new Error("没有取得授权，请稍后再试")) });
  }),
  pay: (params) => new Promise((resolve, reject) => {
    uni.requestPayment({
      provider: "wxpay", ...params, orderInfo: "", success: () => resolve(true),
      fail: (e: { errMsg?: string }) => (turnedBack(e) ? resolve(false) : reject(new Error("微信支付没有打开，请稍后再试"))),
    } as UniNamespace.RequestPaymentOptions);
  }),
  place: () => new Promise((resolve, reject) => {
    uni.chooseLocation({
      success: (r) => resolve({ place: r.name || r.address, lat: r.latitude, lng: r.longitude }),
      fail: (e: { errMsg?: string }) => (turnedBack(e) ? resolve(null) : reject(new Error("没有取得位置，请直接填写地点"))),
    });
  }),
  scan: () => new Promise((resolve, reject) => {
    uni.scanCode({
      scanType: ["qrCode"], success: (r) => resolve(r.result),
      fail: (e: { errMsg?: string }) => (turnedBack(e) ? resolve(null) : reject(new Error("没有扫到二维码，请输入登录码"))),
    });
  }),
  keepPicture: (_name, width, height, draw) => new Promise((resolve, reject) => {
    const canvas = wx.createOffscreenCanvas({ type: "2d", width, height });
    draw(canvas.getContext("2d"));
    const refused = () => reject(new Error("图片没有保存，请在微信的设置里允许保存到相册"));
    wx.canvasToTempFilePath({
      canvas, fail: refused,
      success: (r) => uni.saveImageToPhotosAlbum({ filePath: r.tempFilePath, success: () => resolve(), fail: refused }),
    });
  }),
};

export const holder = "";

/** The button of WeChat gives the code; nobody asks for it elsewhere. */
export const phoneCode = () => Promise.reject(new Error("请点微信手机号按钮"));
