// Photos on their way to the server.

export interface Chosen {
  /** Where the phone keeps it. */
  file: string;
  percent: number;
  sent: boolean;
}

/** Sends what has not been sent yet, one by one; what is through stays so, and a second try begins where the first one ended. */
export async function sendPhotos(photos: Chosen[], send: (file: string, progress: (percent: number) => void) => Promise<unknown>) {
  for (const photo of photos) {
    if (photo.sent) continue;
    photo.percent = 1;
    try {
      await send(photo.file, (percent) => { photo.percent = Math.max(1, Math.min(99, percent)); });
      photo.sent = true;
    } finally {
      photo.percent = 0;
    }
  }
}
