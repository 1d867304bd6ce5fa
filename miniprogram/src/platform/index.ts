// The one door to what differs between WeChat and a browser. #phone is the one that the build is for.
export { NoPhone, type PayParams, type Phone, type Place } from "./phone";
export { holder, phone, phoneCode } from "#phone";
