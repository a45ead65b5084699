import { describe, expect, it } from "vitest";
import { ClientInitialKeys } from "../../../src/protocols/quic-keys.ts";
import { QUIC_V1, QUIC_V2 } from "../../../src/protocols/quic-packet.ts";
import { QuicFlow } from "../../../src/protocols/quic.ts";
import { hex, view } from "../../support/bytes.ts";
import { RFC_9001, RFC_9369 } from "./quic.ts";

describe("QUIC", () => {
  it.each([
    ["RFC 9001, A.1", QUIC_V1, RFC_9001],
    ["RFC 9369, A.1", QUIC_V2, RFC_9369],
  ])("keys of %s", (_, version, vector) => {
    const keys = new ClientInitialKeys(version, hex(vector.connectionId));
    expect(Buffer.from(keys.key).toString("hex")).toBe(vector.key);
    expect(Buffer.from(keys.iv).toString("hex")).toBe(vector.iv);
    expect(Buffer.from(keys.headerProtection).toString("hex")).toBe(vector.headerProtection);
  });

  it("RFC 9001, A.2 opens and gives the server name; A.3, the server's, belongs to it", () => {
    const client = hex(RFC_9001.clientInitial);
    const server = hex(RFC_9001.serverInitial);
    for (const order of ["client first", "server first"]) {
      const flow = new QuicFlow();
      const both = [
        () => flow.read(view(client), 0, client.length, 0, 1),
        () => flow.read(view(server), 0, server.length, 1, 2),
      ];
      for (const read of order === "client first" ? both : both.toReversed()) expect(read()).toBe(true);
      expect(flow.result()).toMatchObject({
        confidence: "certain",
        host: RFC_9001.serverName,
        initiator: 0,
        // RFC 9001, A.3: the source connection id of the server's Initial.
        identities: [`quic:${RFC_9001.connectionId}`, "quic:f067a5502a4262b5"],
      });
    }
  });
});
