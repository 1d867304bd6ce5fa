/** What the phone gives. In WeChat it is WeChat; in a browser the sandbox plays it for one person of the synthetic county. */
export interface Phone {
  /** A code that works once, for signing in. */
  loginCode(): Promise<string>;
  /** Asks to be allowed one message of each template, three at most; to be called in a tap. */
  subscribe(templateIds: string[]): Promise<void>;
  /** Shows WeChat's own dialog for an order: false after turning back. What counts is what the server then learns from WeChat. */
  pay(params: PayParams, order: PayOrder): Promise<boolean>;
  /** A place that the person chooses, or null after turning back. */
  place(): Promise<Place | null>;
  /** What a QR code says that the person scans, or null after turning back. Absent where there is no scanner. */
  scan?(): Promise<string | null>;
  /** Keeps a picture among the person's own; draw paints it on a canvas of that many pixels. */
  keepPicture(name: string, width: number, height: number, draw: (on: CanvasRenderingContext2D) => void): Promise<void>;
}

/** What the server hands on to WeChat's dialog. */
export interface PayParams {
  timeStamp: string;
  nonceStr: string;
  package: string;
  signType: string;
  paySign: string;
}

export interface PayOrder {
  description: string;
  amount_fen: number;
}

export interface Place {
  place: string;
  lat: number;
  lng: number;
}

/** NoPhone says that nobody stands behind this page: it was opened in a browser without a person chosen. */
export class NoPhone extends Error {}
