import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FlowFinding, flowsOf } from "../protocols/capture-flows.ts";

/**
 * OpenSSL's server and client, run for real in a network namespace of their own and captured on its loopback. Opt-in:
 * O365FLOW_LIVE=1, as root, with openssl, dumpcap, unshare and ip installed.
 */
const ready =
  process.env["O365FLOW_LIVE"] === "1" &&
  spawnSync("unshare", ["-n", "sh", "-c", "command -v openssl && command -v dumpcap && ip link set lo up"])
    .status === 0;

const SCRIPT = `
ip link set lo up
openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 2 -subj /CN=live.example.com \
  -addext subjectAltName=DNS:live.example.com 2>/dev/null
dumpcap -q -i lo -w live.pcapng >/dev/null 2>&1 & capture=$!
openssl s_server -accept 4433 -cert c.pem -key k.pem -quiet >/dev/null 2>&1 & server=$!
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  sleep 0.3
  test -s live.pcapng && openssl s_client -connect 127.0.0.1:4433 </dev/null >/dev/null 2>&1 && break
done
echo Q | openssl s_client -connect 127.0.0.1:4433 -servername live.example.com -alpn h2 -tls1_3 >/dev/null 2>&1
echo Q | openssl s_client -connect 127.0.0.1:4433 -noservername -tls1_2 >/dev/null 2>&1
sleep 1
kill $server
kill -INT $capture
wait $capture
exit 0
`;

describe.skipIf(!ready)("openssl, run and captured here", () => {
  let folder = "";
  let flows: FlowFinding[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "o365flow-live-"));
    execFileSync("unshare", ["-n", "bash", "-c", SCRIPT], { cwd: folder, stdio: "ignore" });
    flows = (await flowsOf(join(folder, "live.pcapng"))).flows;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is TLS by name over 1.3 and by certificate over 1.2", () => {
    const found = flows.map(({ results: { tcp } }) => [
      tcp?.application,
      tcp?.host,
      tcp?.hostSource,
      tcp?.ja4?.slice(0, 4),
    ]);
    expect(found).toContainEqual(["tls", "live.example.com", "sni", "t13d"]);
    expect(found).toContainEqual(["tls", "live.example.com", "certificate", "t12i"]);
  });
});
