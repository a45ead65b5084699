/** Why a capture cannot be opened at all. The codes are kept for ever, since people filter on them. */
export type CaptureErrorCode =
  | "missing"
  | "directory"
  | "unreadable"
  | "empty"
  | "not-a-capture"
  | "header-cut"
  | "header-broken"
  | "version-unsupported"
  | "program-missing"
  | "decompression-failed";

/** Nothing can be read from an input: it is missing, empty, no capture, or its header makes no sense. */
export class CaptureError extends Error {
  readonly code: CaptureErrorCode;
  /** Byte offset in the (decompressed) capture that the error is about; 0 when it is about the file. */
  readonly offset: number;
  /** Path of the input, "-" for standard input. */
  readonly path: string;

  constructor(code: CaptureErrorCode, path: string, message: string, offset = 0) {
    super(message);
    this.name = "CaptureError";
    this.code = code;
    this.path = path;
    this.offset = offset;
  }
}

/** Text of a capture, without what could steer a terminal or is not seen in it, but for joiners: as a file's name is shown. */
export function printable(text: string): string {
  return text.replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "\ufffd");
}
