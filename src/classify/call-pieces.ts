import { CallPart, callPartOf } from "./call-part.ts";
import type { GroupList } from "./leg-group.ts";

/** Most flows looked at together for calls; a hostile capture is looked at piece by piece. */
export const MAX_TOGETHER = 20_000;

/** Flows of a batch that are looked at together. */
export interface Piece {
  /** Of each flow of the batch, what it may be in a call. */
  readonly parts: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly hasMedia: boolean;
}

/** Cuts a batch where as many flows of calls came as are looked at together. */
export class CallPieces {
  readonly #parts: Uint8Array;
  #from = 0;
  #to = 0;

  constructor(groups: GroupList) {
    const parts = new Uint8Array(groups.length);
    for (let i = 0; i < parts.length; i++) parts[i] = callPartOf(groups.at(i));
    this.#parts = parts;
  }

  /** The piece that holds a flow, which is none of an earlier piece than the last one asked for. */
  holding(index: number): Piece {
    const parts = this.#parts;
    while (this.#to <= index) {
      this.#from = this.#to;
      this.#to = pieceEnd(parts, this.#from);
    }
    const media = parts.indexOf(CallPart.media, this.#from);
    return { parts, from: this.#from, to: this.#to, hasMedia: media >= 0 && media < this.#to };
  }
}

function pieceEnd(parts: Uint8Array, from: number): number {
  let together = 0;
  let at = from;
  while (at < parts.length && together < MAX_TOGETHER) {
    if (parts[at] !== CallPart.none) together += 1;
    at += 1;
  }
  return at;
}
