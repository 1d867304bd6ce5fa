// The JSON API: one function for calls, and the session that they need. A
// session that has ended is opened again without a word, once for each call.
import { loginCode, person } from "./platform.js";

const root = "/api/v1";
const tokenName = "hongyun.token." + person;
const signedOutName = "hongyun.signed-out." + person;

// Failure is an error answer of the API; its message is a sentence for a person.
class Failure extends Error {
  constructor(status, body) {
    super(body?.message ?? "系统没有响应，请稍后再试");
    this.status = status;
    this.code = body?.code ?? "";
    this.details = body?.details ?? {};
  }
}

// read, send, put and remove are the four verbs. A query value that is empty is left out.
export const read = (path, query) => call("GET", path + text(query));
export const send = (path, body, headers) => call("POST", path, { body: body ?? {}, headers });
export const put = (path, body) => call("PUT", path, { body: body ?? {} });
export const remove = (path) => call("DELETE", path);

// readOpen reads what anybody may read: nobody needs to be signed in, and nobody is named.
export async function readOpen(path, query) {
  const answer = await request("GET", path + text(query), { unnamed: true });
  if (!answer.ok) throw await failure(answer);
  return answer.json();
}

// sendOpen and uploadOpen are send and upload for what anybody may do.
export const sendOpen = (path, body, headers) => tellOpen(path, { body: body ?? {}, headers });
export const uploadOpen = (path, file, texts) => tellOpen(path, { form: formOf(file, texts) });

async function tellOpen(path, options) {
  const answer = await request("POST", path, { ...options, unnamed: true });
  if (!answer.ok) throw await failure(answer);
  return answer.json();
}

// upload sends one file of a form, with texts beside it.
export const upload = (path, file, texts) => call("POST", path, { form: formOf(file, texts) });

function formOf(file, texts = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(texts)) form.append(name, value);
  form.append("file", file);
  return form;
}

// download has the browser save a file that only this session may read.
export async function download(path) {
  const answer = await signed("GET", path, {});
  if (!answer.ok) throw await failure(answer);
  const named = /filename\*?=(?:utf-8'')?"?([^";]+)/i.exec(answer.headers.get("Content-Disposition") ?? "");
  const door = document.createElement("a");
  door.href = URL.createObjectURL(await answer.blob());
  door.download = named ? decodeURIComponent(named[1]) : "文件";
  door.click();
  setTimeout(() => URL.revokeObjectURL(door.href), 60000);
}

// picture is the address of a file that only this session may read.
export async function picture(fileId) {
  const answer = await signed("GET", "/files/" + fileId, {});
  if (!answer.ok) throw await failure(answer);
  return URL.createObjectURL(await answer.blob());
}

// newKey names a write, so that sending it twice does it once.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

// signedOut tells whether the person has signed out and not come back.
export const signedOut = () => sessionStorage.getItem(signedOutName) !== null;

let opening = null;
let opened = 0;

// sessionNumber counts the sessions that this page has opened: who is signed in may be another person after one more.
export const sessionNumber = () => opened;

// signIn opens a session with a login code of the phone. Calls that come meanwhile wait for the same one.
export function signIn() {
  opening ??= openSession().finally(() => { opening = null; });
  return opening;
}

async function openSession() {
  const code = await loginCode();
  const answer = await request("POST", "/auth/wechat", { body: { code } });
  if (!answer.ok) throw await failure(answer);
  const session = await answer.json();
  sessionStorage.setItem(tokenName, session.token);
  sessionStorage.removeItem(signedOutName);
  opened += 1;
}

// signOut ends the session here and on the server.
export async function signOut() {
  await remove("/auth/session");
  sessionStorage.removeItem(tokenName);
  sessionStorage.setItem(signedOutName, "yes");
}

async function call(method, path, options = {}) {
  const answer = await signed(method, path, options);
  if (!answer.ok) throw await failure(answer);
  if (answer.status === 204) return null;
  return answer.json();
}

async function signed(method, path, options) {
  if (sessionStorage.getItem(tokenName) === null) await signIn();
  const answer = await request(method, path, options);
  if (answer.status !== 401) return answer;
  await signIn();
  return request(method, path, options);
}

async function request(method, path, { body, form, headers, unnamed }) {
  const all = { Accept: "application/json", ...headers };
  const token = sessionStorage.getItem(tokenName);
  if (token !== null && !unnamed) all.Authorization = "Bearer " + token;
  if (body !== undefined) all["Content-Type"] = "application/json";
  try {
    return await fetch(root + path, { method, headers: all, body: form ?? (body === undefined ? undefined : JSON.stringify(body)) });
  } catch {
    throw new Error("网络没有响应，请检查网络后再试");
  }
}

async function failure(answer) {
  try {
    return new Failure(answer.status, await answer.json());
  } catch {
    return new Failure(answer.status, null);
  }
}

// text writes a query behind an address.
export function text(query) {
  const given = Object.entries(query ?? {}).filter(([, v]) => v !== "" && v !== null && v !== undefined && v !== false);
  return given.length === 0 ? "" : "?" + new URLSearchParams(given);
}
