import { type Tap, TcpConversation } from "./conversation.ts";
import { bgpKeepalive, bgpOpen, bgpUpdate } from "./payloads.ts";

/** A BGP session with AS 12076 that advertises a prefix of Skype for Business, as ExpressRoute's peering does. */
export function officePeering(tap: Tap, start: bigint): void {
  new TcpConversation({
    client: { address: "192.0.2.1", port: 41_001 },
    server: { address: "192.0.2.2", port: 179 },
    start,
    forward: [tap],
    backward: [tap],
  })
    .connect()
    .send("client", bgpOpen(64_496, "192.0.2.1"))
    .send("server", bgpOpen(12_076, "192.0.2.2"))
    .send("client", bgpKeepalive())
    .send("server", bgpKeepalive())
    .send(
      "server",
      bgpUpdate({
        autonomousSystem: 12_076,
        nextHop: "192.0.2.2",
        communities: [[12_076, 5030]],
        prefixes: ["52.112.0.0/14"],
      }),
      "acknowledged",
    );
}
