import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canRun, ja4ByTshark, rowsOf, runInNetwork, tshark } from "./network.ts";

/** ngtcp2's server and client, and Chromium, which is told to use QUIC and resolves the name to the far end. */
const VISITS = `
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -out c.pem -days 2 \
  -subj /CN=live.example.com -addext subjectAltName=DNS:live.example.com 2>/dev/null
PIN=$(openssl x509 -in c.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)
mkdir www home && echo hello >www/index.html
$FAR gtlsserver -d www 198.51.100.10 4433 k.pem c.pem >/dev/null 2>&1 & quic=$!
$FAR openssl s_server -accept 198.51.100.10:8443 -cert c.pem -key k.pem -www >/dev/null 2>&1 & tls=$!
sleep 1
$NEAR timeout 8 gtlsclient --exit-on-all-streams-close 198.51.100.10 4433 \
  https://ngtcp2.example.com:4433/index.html >/dev/null 2>&1
visit() {
  HOME=$PWD/home $NEAR timeout -k 1 15 chromium --headless --no-sandbox --disable-gpu --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --user-data-dir=$PWD/profile-$1 \
    --host-resolver-rules="MAP live.example.com 198.51.100.10, MAP * ~NOTFOUND" \
    --origin-to-force-quic-on=live.example.com:4433 --ignore-certificate-errors-spki-list=$PIN \
    --virtual-time-budget=3000 --dump-dom https://live.example.com:$1/ >visit-$1.txt 2>&1
}
visit 4433
visit 8443
kill -9 $quic $tls
`;

describe.skipIf(!canRun("chromium", "gtlsserver", "gtlsclient", "openssl", "tshark"))(
  "Chromium and ngtcp2, run here",
  () => {
    let folder = "";
    let rows: readonly Record<string, unknown>[] = [];
    beforeAll(() => {
      folder = runInNetwork(VISITS);
      rows = rowsOf("classify", join(folder, "near.pcapng"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** JA4 by tshark's fields. */
    const truth = (transport: "t" | "q"): string[] =>
      ja4ByTshark(join(folder, "near.pcapng"), transport === "q" ? "quic" : "tcp", transport);

    it("ngtcp2's QUIC has its JA4 and its server name, which is localhost where an address is asked for", () => {
      const found = rows.filter(({ host }) => host === "localhost");
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject({ application: "quic", transport: "udp", host_source: "quic" });
      expect(found[0]?.["ja4"]).toMatch(/^q13d/);
      expect(truth("q")).toContain(found[0]?.["ja4"]);
    });

    it("Chromium's QUIC has its server name and JA4", () => {
      const found = rows.filter(({ host, transport }) => host === "live.example.com" && transport === "udp");
      expect(found.length).toBeGreaterThan(0);
      for (const row of found) expect(row).toMatchObject({ application: "quic", server_port: 4433 });
      for (const row of found) {
        expect(row["ja4"]).toMatch(/^q13d\d{4}h3_/);
        expect(truth("q")).toContain(row["ja4"]);
      }
    });

    it("Chromium's TLS, whose post-quantum hello takes several segments, has its server name and JA4", () => {
      const found = rows.filter(({ host, transport }) => host === "live.example.com" && transport === "tcp");
      const lengths = tshark(join(folder, "near.pcapng"), "tcp.dstport == 8443 && tcp.len > 0", "tcp.len");
      expect(Number(lengths[0]?.[0])).toBe(1448);
      expect(found.length).toBeGreaterThan(0);
      expect(found[0]).toMatchObject({ application: "tls", server_port: 8443 });
      for (const row of found) {
        expect(row["ja4"]).toMatch(/^t13d\d{4}h2_/);
        expect(truth("t")).toContain(row["ja4"]);
      }
    });
  },
);
