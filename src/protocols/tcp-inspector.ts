import type { Direction } from "../words.ts";
import type { Packet } from "../wire/packet.ts";
import type { DnsNames } from "./dns-names.ts";
import type { Inspector, Recognition, SdpMedia } from "./recognition.ts";
import { TcpConnection } from "./tcp-connection.ts";
import { wholeRecognition } from "./whole-recognition.ts";

/**
 * Says what one TCP connection carries, from the first bytes of each direction (docs/recognition-names.md tells the
 * order). Nothing is allocated until a payload comes. `names` learns from DNS over TCP, `learn` is told of media that
 * SIP announces.
 */
export class TcpInspector implements Inspector {
  readonly #names: DnsNames | undefined;
  readonly #learn: ((media: SdpMedia) => void) | undefined;
  #connection: TcpConnection | undefined;

  constructor(names?: DnsNames, learn?: (media: SdpMedia) => void) {
    this.#names = names;
    this.#learn = learn;
  }

  get wantsMore(): boolean {
    return this.#connection === undefined || this.#connection.wantsMore;
  }

  get mediaSoFar(): boolean {
    return this.#connection?.mediaSoFar ?? false;
  }

  inspect(
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): void {
    if (packet.payloadEnd <= packet.payloadStart) return;
    this.#connection ??= new TcpConnection(this.#names, this.#learn);
    this.#connection.segment(packet, direction, seconds, nanoseconds, packetNumber);
  }

  discard(): void {
    this.#connection?.discard();
  }

  result(): Recognition {
    return wholeRecognition(
      this.#connection?.result() ?? {
        application: "unknown",
        confidence: "low",
        rule: "no-payload",
        firstPacket: 0,
      },
    );
  }
}
