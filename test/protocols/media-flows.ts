import type { Frame } from "../../src/capture/frame.ts";
import { openCapture } from "../../src/capture/reader.ts";
import { TcpInspector } from "../../src/protocols/tcp-inspector.ts";
import { UdpInspector, type UdpSurroundings } from "../../src/protocols/udp-inspector.ts";
import type { Inspector, Recognition } from "../../src/protocols/recognition.ts";
import { formatAddress } from "../../src/address/address.ts";
import { Decoder } from "../../src/wire/decode.ts";
import { Oddities } from "../../src/wire/oddities.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";

/** One flow of a capture and what the inspector says; `a` sent the first packet. */
export interface RecognisedFlow {
  readonly a: string;
  readonly b: string;
  readonly packets: number;
  readonly recognition: Recognition;
}

/** Decodes every packet of a capture. */
export async function eachPacket(path: string, use: (packet: Packet, frame: Frame) => void): Promise<void> {
  const reader = await openCapture(path);
  const decoder = new Decoder(new Oddities());
  const packet = new Packet();
  for (;;) {
    while (reader.next()) {
      decoder.decode(reader.frame, packet);
      use(packet, reader.frame);
    }
    if (!(await reader.refill())) break;
  }
  reader.close();
}

/** Runs a fresh inspector over every 5-tuple of a capture, without any flow table. */
export async function recogniseFlows(
  path: string,
  transport: "tcp" | "udp",
  surroundings: UdpSurroundings = {},
): Promise<RecognisedFlow[]> {
  const kind = transport === "udp" ? PacketKind.udp : PacketKind.tcp;
  const flows = new Map<string, { a: string; b: string; packets: number; inspector: Inspector }>();
  await eachPacket(path, (packet, { seconds, nanoseconds, number }) => {
    if (packet.kind !== kind) return;
    const { ipVersion, sourcePort, destinationPort } = packet;
    const a = `${formatAddress(ipVersion, packet.source0, packet.source1, packet.source2, packet.source3)} ${sourcePort}`;
    const b = `${formatAddress(ipVersion, packet.destination0, packet.destination1, packet.destination2, packet.destination3)} ${destinationPort}`;
    const back = flows.get(`${b}>${a}`);
    let flow = back ?? flows.get(`${a}>${b}`);
    if (flow === undefined) {
      const inspector = transport === "udp" ? new UdpInspector(surroundings) : new TcpInspector();
      flow = { a, b, packets: 0, inspector };
      flows.set(`${a}>${b}`, flow);
    }
    flow.packets++;
    if (flow.inspector.wantsMore && packet.payloadEnd > packet.payloadStart)
      flow.inspector.inspect(packet, back === undefined ? 0 : 1, seconds, nanoseconds, number);
  });
  return [...flows.values()].map(({ a, b, packets, inspector }) => ({
    a,
    b,
    packets,
    recognition: inspector.result(),
  }));
}
