import { createHash } from "node:crypto";

/** A name for a content: the first 96 bits of its SHA-256 as 24 hex digits. Texts are hashed as UTF-8. */
export function contentId(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 24);
}
