// Files of the API: photos that go up, pictures that only a session may read.
import { type Address, addressOf, type Answer, bearer, lost, type Part, server, signed } from "./client";

export interface Upload<S extends Address<"post">> {
  path?: Part<"post", S, "path">;
  /** Where the phone keeps the file. */
  file: string;
  /** Texts beside the file. */
  form?: Record<string, string>;
  open?: boolean;
  /** Is told how much has gone, 0 to 100. */
  progress?: (percent: number) => void;
}

/** Sends one file. */
export async function upload<S extends Address<"post">>(address: S, call: Upload<S>): Promise<Answer<"post", S>> {
  const url = server + addressOf(address, call.path);
  return await signed(call.open, () => new Promise((resolve, reject) => {
    const task = uni.uploadFile({
      url, filePath: call.file, name: "file", formData: call.form, header: bearer(call.open), timeout: 120000,
      success: (r) => resolve({ status: r.statusCode, data: parsed(r.data) }),
      fail: (e) => reject(lost(false, e)),
    });
    task.onProgressUpdate?.((p) => call.progress?.(p.progress));
  })) as Answer<"post", S>;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** The address, on this phone, of a file that only this session may read. */
export async function picture(fileId: number): Promise<string> {
  const url = server + addressOf("/files/{id}", { id: fileId });
  return await signed(false, () => new Promise((resolve, reject) => {
    uni.downloadFile({
      url, header: bearer(), timeout: 60000,
      success: (r) => resolve({ status: r.statusCode, data: r.tempFilePath }),
      fail: (e) => reject(lost(true, e)),
    });
  })) as string;
}
