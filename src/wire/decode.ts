import type { Frame } from "../capture/frame.ts";
import type { Oddities } from "./oddities.ts";
import { PacketKind, type Packet } from "./packet.ts";

/** Follows the headers of a frame down to the innermost transport. Never throws for what a frame holds. */
export class Decoder {
  readonly #oddities: Oddities;

  constructor(oddities: Oddities) {
    this.#oddities = oddities;
  }

  /** Fills `packet` from `frame`. What the walk could not reach keeps its neutral value. */
  decode(frame: Frame, packet: Packet): void {
    packet.kind = PacketKind.none;
    packet.view = frame.view;
    this.#oddities.note("link-type-unsupported", frame.number);
  }
}
