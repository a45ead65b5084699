import type { Frame } from "../capture/frame.ts";
import { erf, pktap } from "./capture-device.ts";
import { decodeCommonStack } from "./common-stack.ts";
import { cooked, cooked2 } from "./cooked.ts";
import { erspan } from "./erspan.ts";
import { shim } from "./ether-type.ts";
import { ethernet, switchTag } from "./ethernet.ts";
import { authentication, extension } from "./extension.ts";
import { Fragments, type UnfinishedDatagram } from "./fragments.ts";
import { gre } from "./gre.ts";
import { icmp, icmpv6 } from "./icmp.ts";
import { ipv4 } from "./ipv4.ts";
import { ipByVersion, ipv6 } from "./ipv6.ts";
import { layerOfLinkType, LinkType } from "./link-type.ts";
import { llc } from "./llc.ts";
import { enc, loopback, pflog } from "./loopback.ts";
import { mpls } from "./mpls.ts";
import { nflog } from "./nflog.ts";
import type { Oddities } from "./oddities.ts";
import { clearPacket, type Packet } from "./packet.ts";
import { ciscoHdlc, ciscoHdlcWithDirection, ppp, pppoe, pppWithDirection } from "./ppp.ts";
import { macsec, pbb } from "./provider.ts";
import { tcp } from "./tcp.ts";
import { esp, etherIp, ipInIp, mplsInIp } from "./tunnels.ts";
import { udp } from "./udp.ts";
import { capwap, espInUdp, geneve, gtpu, l2tp, teredo, vxlan, wireguard } from "./udp-tunnels.ts";
import { vlan } from "./vlan.ts";
import { Layer, NO_LINK_END, Walk } from "./walk.ts";
import { avs, ppi, prism, radiotap } from "./wifi-capture.ts";
import { wifi } from "./wifi.ts";

/** Headers of any kind that are followed in one frame. */
const MAX_HEADERS = 64;

/** Bytes of the largest segment that a network card is left to cut up, and to spare: a frame said to be longer is as long as captured. */
const LONGEST_ON_WIRE = 1 << 20;

/** Follows the headers of a frame down to the innermost transport. Never throws for what a frame holds. */
export class Decoder {
  readonly #walk: Walk;
  readonly #fragments: Fragments = new Fragments();

  constructor(oddities: Oddities) {
    this.#walk = new Walk(oddities);
  }

  /**
   * Fills `packet` from `frame`. What the walk could not reach keeps its neutral value. Oddities are counted under the
   * frame's number.
   */
  decode(frame: Frame, packet: Packet): void {
    if (frame.linkType === LinkType.ethernet && decodeCommonStack(frame, packet)) return;
    this.decodeByHeaders(frame, packet);
  }

  /** The same without the short cut for common packets. */
  decodeByHeaders(frame: Frame, packet: Packet): void {
    const walk = this.#walk;
    clearPacket(packet);
    packet.rare = true;
    packet.view = frame.view;
    walk.packet = packet;
    walk.packetNumber = frame.number;
    walk.seconds = frame.seconds;
    walk.nanoseconds = frame.nanoseconds;
    walk.view = frame.view;
    walk.start = frame.start;
    walk.end = frame.end;
    walk.wireEnd =
      frame.originalLength <= LONGEST_ON_WIRE
        ? Math.max(frame.end, frame.start + frame.originalLength)
        : frame.end;
    walk.linkEnd = NO_LINK_END;
    walk.outermost = true;
    walk.ipHeaders = 0;
    walk.pendingTunnel = 0;
    walk.pendingMirrors = false;
    walk.guess = false;
    walk.copiedFrame = -1;
    walk.lengthOpen = false;
    walk.code = 0;
    this.#fragments.release();
    let layer = layerOfLinkType(walk, frame.linkType);
    for (let headers = 0; layer !== Layer.done; headers++) {
      if (headers === MAX_HEADERS) {
        walk.odd("headers-too-many");
        return;
      }
      layer = this.#step(layer, walk);
    }
  }

  /** As `Fragments.eachUnfinished`: flows of which fragments may come that do not say so themselves. */
  eachUnfinished(visit: (datagram: UnfinishedDatagram) => void): void {
    this.#fragments.eachUnfinished(visit);
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
      case Layer.fragment:
        return this.#fragments.take(walk);
      case Layer.extension:
        return extension(walk);
      case Layer.authentication:
        return authentication(walk);
      case Layer.icmp:
        return icmp(walk);
      case Layer.icmpv6:
        return icmpv6(walk);
      case Layer.mpls:
        return mpls(walk);
      case Layer.pppoe:
        return pppoe(walk);
      case Layer.ppp:
        return ppp(walk);
      case Layer.pbb:
        return pbb(walk);
      case Layer.macsec:
        return macsec(walk);
      case Layer.cooked:
        return cooked(walk);
      case Layer.cooked2:
        return cooked2(walk);
      case Layer.loopback:
        return loopback(walk);
      case Layer.ciscoHdlc:
        return ciscoHdlc(walk);
      case Layer.ciscoHdlcWithDirection:
        return ciscoHdlcWithDirection(walk);
      case Layer.pppWithDirection:
        return pppWithDirection(walk);
      case Layer.wifi:
        return wifi(walk);
      case Layer.radiotap:
        return radiotap(walk);
      case Layer.ppi:
        return ppi(walk);
      case Layer.prism:
        return prism(walk);
      case Layer.avs:
        return avs(walk);
      case Layer.nflog:
        return nflog(walk);
      case Layer.pflog:
        return pflog(walk);
      case Layer.enc:
        return enc(walk);
      case Layer.gre:
        return gre(walk);
      case Layer.erspan:
        return erspan(walk);
      case Layer.vxlan:
        return vxlan(walk);
      case Layer.geneve:
        return geneve(walk);
      case Layer.gtpu:
        return gtpu(walk);
      case Layer.teredo:
        return teredo(walk);
      case Layer.l2tp:
        return l2tp(walk);
      case Layer.capwap:
        return capwap(walk);
      case Layer.pktap:
        return pktap(walk);
      case Layer.erf:
        return erf(walk);
      case Layer.ipInIp:
        return ipInIp(walk);
      case Layer.etherIp:
        return etherIp(walk);
      case Layer.mplsInIp:
        return mplsInIp(walk);
      case Layer.esp:
        return esp(walk);
      case Layer.espInUdp:
        return espInUdp(walk);
      case Layer.wireguard:
        return wireguard(walk);
      default:
        return Layer.done;
    }
  }
}
