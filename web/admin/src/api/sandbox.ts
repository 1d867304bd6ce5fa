// The door of the WeChat sandbox: the cast of the demonstration. With real WeChat nobody answers there, and nobody is in the cast.

export interface Person {
  id: string;
  name: string;
  role: string;
  org: string;
  bound: boolean;
}

/** Everybody whose part can be played; nobody where no sandbox is. */
export async function cast(): Promise<Person[]> {
  const answer = await fetch("/sandbox/api/people").catch(() => null);
  if (!answer?.ok || !(answer.headers.get("Content-Type") ?? "").includes("json")) return [];
  return await answer.json() as Person[];
}

/** A login code of the person's phone. */
export async function loginCode(id: string): Promise<string> {
  const answer = await fetch(`/sandbox/api/people/${encodeURIComponent(id)}/code`, { method: "POST" });
  if (!answer.ok) throw new Error("没有这个人");
  return ((await answer.json()) as { code: string }).code;
}
