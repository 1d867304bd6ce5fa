// The JSON API: typed calls, and the session that they need. A session that has ended is opened again without a word, once for each call.
import { holder, phone } from "@/platform";
import type { paths } from "./schema";

type Verb = "get" | "post" | "put" | "delete";
type Short<P> = P extends `/api/v1${infer Rest}` ? Rest : never;
type Full<S extends string> = `/api/v1${S}` & keyof paths;
/** The addresses that take the verb, without /api/v1. */
export type Address<V extends Verb> = { [P in keyof paths]: paths[P] extends Record<V, { responses: unknown }> ? Short<P> : never }[keyof paths];
type Operation<V extends Verb, S extends string> = paths[Full<S>] extends Record<V, infer O> ? O : never;
type Json<T> = T extends { content: { "application/json": infer B } } ? B : undefined;
/** What the server answers. */
export type Answer<V extends Verb, S extends string> = Operation<V, S> extends { responses: infer R }
  ? R extends { 200: infer T } ? Json<T> : R extends { 201: infer T } ? Json<T> : R extends { 202: infer T } ? Json<T> : undefined
  : never;
type Body<V extends Verb, S extends string> = Operation<V, S> extends { requestBody?: infer B } ? Json<NonNullable<B>> : never;
export type Part<V extends Verb, S extends string, N extends "query" | "path"> = Operation<V, S> extends { parameters: Record<N, infer Q> } ? Q
  : Operation<V, S> extends { parameters: Partial<Record<N, infer Q>> } ? Q : never;

export interface Call<V extends Verb, S extends string> {
  path?: Part<V, S, "path">;
  query?: Part<V, S, "query">;
  body?: Body<V, S>;
  /** Names a write, so that sending it twice does it once. */
  key?: string;
  /** Nobody needs to be signed in, and nobody is named. */
  open?: boolean;
}

/** Failure is an error answer of the API; its message is a sentence for a person. */
export class Failure extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly details: Record<string, unknown>) {
    super(message);
  }
}

/** Offline says that nothing came back: what was typed is kept, and may be sent again. */
export class Offline extends Error {}

export const get = <S extends Address<"get">>(address: S, call: Call<"get", S> = {}) => ask("get", address, call);
export const post = <S extends Address<"post">>(address: S, call: Call<"post", S> = {}) => ask("post", address, call);
export const put = <S extends Address<"put">>(address: S, call: Call<"put", S> = {}) => ask("put", address, call);
export const remove = <S extends Address<"delete">>(address: S, call: Call<"delete", S> = {}) => ask("delete", address, call);

const tokenName = "hongyun.token." + holder;
const root = "/api/v1";

async function ask<V extends Verb, S extends string>(verb: V, address: S, call: Call<V, S>): Promise<Answer<V, S>> {
  const url = addressOf(address, call.path) + text(call.query as Record<string, unknown> | undefined);
  return await signed(call.open, () => request(verb, url, call.body, call.key, call.open)) as Answer<V, S>;
}

/** Runs a call with a session, and once more with a new one if the old one has ended. */
export async function signed(open: boolean | undefined, run: () => Promise<Reply>): Promise<unknown> {
  if (!open && !uni.getStorageSync(tokenName)) await signIn();
  let answer = await run();
  if (answer.status === 401 && !open) {
    await signIn();
    answer = await run();
  }
  if (answer.status >= 400) throw failure(answer);
  return answer.data;
}

let opening: Promise<void> | null = null;

/** Opens a session with a login code of the phone. Calls that come meanwhile wait for the same one. */
export function signIn(): Promise<void> {
  opening ??= openSession().finally(() => { opening = null; });
  return opening;
}

async function openSession() {
  if (signedOut()) throw new SignedOut("您已退出登录");
  const answer = await request("post", root + "/auth/wechat", { code: await phone.loginCode() }, undefined, true);
  if (answer.status >= 400) throw failure(answer);
  uni.setStorageSync(tokenName, (answer.data as Answer<"post", "/auth/wechat">).token);
}

/** SignedOut says that the person has signed out and not come back. */
export class SignedOut extends Error {}

const signedOutName = "hongyun.signed-out." + holder;
const signedOut = () => uni.getStorageSync(signedOutName) === "yes";

/** Ends the session here and on the server. */
export async function signOut() {
  await remove("/auth/session");
  uni.removeStorageSync(tokenName);
  uni.setStorageSync(signedOutName, "yes");
}

/** Comes back after signing out. */
export async function signInAgain() {
  uni.removeStorageSync(signedOutName);
  await signIn();
}

export interface Reply {
  status: number;
  data: unknown;
}

function request(verb: Verb, url: string, body: unknown, key?: string, open?: boolean): Promise<Reply> {
  const header = bearer(open);
  if (body !== undefined) header["Content-Type"] = "application/json";
  if (key) header["Idempotency-Key"] = key;
  return new Promise((resolve, reject) => {
    uni.request({
      url: server + url, method: verb.toUpperCase() as "GET", header, data: body as string, timeout: patience,
      success: (r) => resolve({ status: r.statusCode, data: r.data }),
      fail: (e) => reject(lost(verb === "get", e)),
    });
  });
}

/** How long a call may take, in milliseconds. */
const patience = 20000;

/** lost says in words why nothing came back. */
export function lost(reading: boolean, fail: { errMsg?: string }): Offline {
  const why = /time/i.test(fail.errMsg ?? "") ? "网络太慢，没有等到答复" : "网络没有连通";
  return new Offline(reading ? `${why}，请检查网络后再试` : `${why}，填写的内容已保留，请检查网络后再试`);
}

/** The head of a call: who asks, unless nobody is to be named. */
export function bearer(open?: boolean): Record<string, string> {
  const header: Record<string, string> = { Accept: "application/json" };
  const token = uni.getStorageSync(tokenName) as string;
  if (token && !open) header.Authorization = "Bearer " + token;
  return header;
}

/** In WeChat the server has a name of its own, set when the mini-program is built; in a browser it is where the page came from. */
export const server: string = import.meta.env.VITE_SERVER ?? "";

function failure(answer: Reply): Failure {
  const said = (typeof answer.data === "object" && answer.data !== null ? answer.data : {}) as { code?: string; message?: string; details?: Record<string, unknown> };
  return new Failure(answer.status, said.code ?? "", said.message ?? "系统没有响应，请稍后再试", said.details ?? {});
}

/** The whole address of a call, its {names} filled. */
export const addressOf = (address: string, values: unknown) => root + filled(address, values as Record<string, unknown> | undefined);

const filled = (address: string, values: Record<string, unknown> = {}) => address.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])));

function text(query: Record<string, unknown> = {}): string {
  const given = Object.entries(query).filter(([, v]) => v !== "" && v !== null && v !== undefined && v !== false);
  return given.length === 0 ? "" : "?" + given.map(([n, v]) => `${n}=${encodeURIComponent(String(v))}`).join("&");
}

/** A new name for a write: 32 hexadecimal digits. */
export const newKey = () => Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join("");
