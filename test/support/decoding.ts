import { Frame } from "../../src/capture/frame.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { Oddities } from "../../src/wire/oddities.ts";
import { Packet } from "../../src/wire/packet.ts";
import { view } from "./bytes.ts";

export interface Decoded {
  readonly packet: Packet;
  readonly oddities: Oddities;
}

export interface FrameOptions {
  readonly linkType?: number;
  readonly originalLength?: number;
  readonly seconds?: number;
}

/** A frame that lies between other bytes, which must not be read: all of them say IPv4. */
export function frameOf(bytes: Uint8Array, linkType: number, originalLength: number = bytes.length): Frame {
  const frame = new Frame();
  const chunk = new Uint8Array(bytes.length + 128).fill(0x45);
  chunk.set(bytes, 64);
  frame.view = view(chunk);
  frame.start = 64;
  frame.end = 64 + bytes.length;
  frame.originalLength = originalLength;
  frame.linkType = linkType;
  frame.number = 1;
  return frame;
}

/** A decoder with its packet and counts, fed with frames of bytes. */
export class Feeder {
  readonly oddities: Oddities = new Oddities();
  readonly packet: Packet = new Packet();
  readonly #decoder: Decoder = new Decoder(this.oddities);
  readonly #frame: Frame = new Frame();

  /** Decodes one frame, which lies somewhere inside a larger view as in a reader's chunk. */
  feed(bytes: Uint8Array, options: FrameOptions = {}): Packet {
    const chunk = new Uint8Array(bytes.length + 64).fill(0x45);
    chunk.set(bytes, 32);
    const frame = this.#frame;
    frame.view = new DataView(chunk.buffer);
    frame.start = 32;
    frame.end = 32 + bytes.length;
    frame.originalLength = options.originalLength ?? bytes.length;
    frame.linkType = options.linkType ?? 1;
    frame.seconds = options.seconds ?? 0;
    frame.timed = true;
    frame.number++;
    this.#decoder.decode(frame, this.packet);
    return this.packet;
  }
}

/** Decodes one frame with a decoder of its own. */
export function decodeFrame(bytes: Uint8Array, options: FrameOptions = {}): Decoded {
  const feeder = new Feeder();
  feeder.feed(bytes, options);
  return feeder;
}
