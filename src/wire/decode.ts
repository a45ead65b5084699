import type { Frame } from "../capture/frame.ts";
import { shim } from "./ether-type.ts";
import { ethernet, switchTag } from "./ethernet.ts";
import { ipv4 } from "./ipv4.ts";
import { ipByVersion, ipv6 } from "./ipv6.ts";
import { llc } from "./llc.ts";
import { layerOfLinkType } from "./link-type.ts";
import type { Oddities } from "./oddities.ts";
import { clearPacket, type Packet } from "./packet.ts";
import { tcp } from "./tcp.ts";
import { udp } from "./udp.ts";
import { vlan } from "./vlan.ts";
import { Layer, Walk } from "./walk.ts";

/** Headers of any kind that are followed in one frame. */
export const MAX_HEADERS = 64;

/** Follows the headers of a frame down to the innermost transport. Never throws for what a frame holds. */
export class Decoder {
  readonly #walk: Walk;

  constructor(oddities: Oddities) {
    this.#walk = new Walk(oddities);
  }

  /** Fills `packet` from `frame`. What the walk could not reach keeps its neutral value. */
  decode(frame: Frame, packet: Packet): void {
    const walk = this.#walk;
    clearPacket(packet);
    packet.view = frame.view;
    walk.packet = packet;
    walk.packetNumber = frame.number;
    walk.seconds = frame.seconds;
    walk.view = frame.view;
    walk.start = frame.start;
    walk.end = frame.end;
    walk.wireEnd = Math.max(frame.end, frame.start + frame.originalLength);
    walk.outermost = true;
    walk.ipHeaders = 0;
    walk.pendingTunnel = 0;
    walk.pendingMirrors = false;
    walk.guess = false;
    walk.lengthOpen = false;
    let layer = layerOfLinkType(walk, frame.linkType);
    for (let headers = 0; layer !== Layer.done; headers++) {
      if (headers === MAX_HEADERS) {
        walk.odd("headers-too-many");
        return;
      }
      layer = this.#step(layer, walk);
    }
  }

  #step(layer: Layer, walk: Walk): Layer {
    switch (layer) {
      case Layer.ethernet:
        return ethernet(walk);
      case Layer.ipv4:
        return ipv4(walk);
      case Layer.tcp:
        return tcp(walk);
      case Layer.udp:
        return udp(walk);
      case Layer.ipv6:
        return ipv6(walk);
      case Layer.vlan:
        return vlan(walk);
      case Layer.ip:
        return ipByVersion(walk);
      case Layer.llc:
        return llc(walk);
      case Layer.shim:
        return shim(walk);
      case Layer.switchTag:
        return switchTag(walk);
      default:
        return Layer.done;
    }
  }
}
