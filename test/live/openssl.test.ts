import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canRun, explained, ja4ByTshark, rowsOf, runInNetwork, tshark } from "./network.ts";

/** OpenSSL's server and client: TLS 1.3 by name, TLS 1.2 without one, DTLS 1.2 that offers keys for SRTP. */
const VISITS = `
openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 2 -subj /CN=live.example.com \
  -addext subjectAltName=DNS:live.example.com 2>/dev/null
$FAR openssl s_server -accept 4433 -cert c.pem -key k.pem -quiet >/dev/null 2>&1 & tls=$!
$FAR openssl s_server -dtls1_2 -accept 4434 -cert c.pem -key k.pem -quiet \
  -use_srtp SRTP_AES128_CM_SHA1_80 >/dev/null 2>&1 & dtls=$!
sleep 1
visit() { (sleep 1; echo Q) | $NEAR timeout 5 openssl s_client "$@" >/dev/null 2>&1; }
visit -connect 198.51.100.10:4433 -servername live.example.com -alpn h2 -tls1_3
visit -connect 198.51.100.10:4433 -noservername -tls1_2
visit -connect 198.51.100.10:4434 -dtls1_2 -use_srtp SRTP_AES128_CM_SHA1_80 -servername dtls.example.com
kill -9 $tls $dtls
`;

describe.skipIf(!canRun("openssl", "tshark"))("openssl, run here", () => {
  let folder = "";
  let capture = "";
  let rows: readonly Record<string, unknown>[] = [];
  beforeAll(() => {
    folder = runInNetwork(VISITS);
    capture = join(folder, "near.pcapng");
    rows = rowsOf("classify", capture);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is TLS by name over 1.3 and by certificate over 1.2, with the JA4 that tshark's fields give", () => {
    const found = rows.filter((row) => row["server_port"] === 4433);
    expect(found.map((row) => [row["application"], row["host"], row["host_source"]])).toEqual([
      ["tls", "live.example.com", "sni"],
      ["tls", "live.example.com", "certificate"],
    ]);
    const truth = ja4ByTshark(capture, "tcp.dstport == 4433", "t");
    expect(truth.map((text) => text.slice(0, 4))).toEqual(["t13d", "t12i"]);
    expect(found.map((row) => row["ja4"])).toEqual(truth);
  });

  it("is DTLS by name, with its JA4, and says that it offers keys for SRTP", () => {
    const found = rows.filter((row) => row["server_port"] === 4434);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ application: "dtls", host: "dtls.example.com", host_source: "sni" });
    // The hello comes twice, the second time with the server's cookie.
    const truth = new Set(ja4ByTshark(capture, "udp.dstport == 4434", "d"));
    expect(truth).toEqual(new Set([found[0]?.["ja4"]]));
    const offered = tshark(capture, "dtls.handshake.type == 1", "dtls.use_srtp.protection_profile");
    expect(offered[0]?.[0]).toBe("0x0001");
    expect(explained(capture, String(found[0]?.["flow_id"]))).toContain(
      "DTLS offers keys for SRTP (use_srtp)",
    );
  });
});
