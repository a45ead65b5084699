import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import { ascii } from "../support/bytes.ts";
import { type CapturedPacket, pcapng } from "../support/captures.ts";
import { TCP_ACK, TCP_FIN, TCP_SYN, ethernetIp, tcp, udp } from "../support/packets.ts";
import { NO_USER_DATA, PROGRAM } from "./run.ts";

/** A connection that was opened and closed, beginning at a time in nanoseconds. */
function connection(time: bigint): CapturedPacket[] {
  const client = { source: "10.0.0.1", destination: "203.0.113.9", sourcePort: 50_001, destinationPort: 443 };
  const server = { source: "203.0.113.9", destination: "10.0.0.1", sourcePort: 443, destinationPort: 50_001 };
  const packets = [
    tcp({ ...client, sequence: 100, flags: TCP_SYN }),
    tcp({ ...server, sequence: 900, acknowledgement: 101, flags: TCP_SYN | TCP_ACK }),
    tcp({ ...client, sequence: 101, acknowledgement: 901, flags: TCP_ACK }),
    tcp({ ...client, sequence: 101, acknowledgement: 901, flags: TCP_FIN | TCP_ACK }),
    tcp({ ...server, sequence: 901, acknowledgement: 102, flags: TCP_FIN | TCP_ACK }),
    tcp({ ...client, sequence: 102, acknowledgement: 902, flags: TCP_ACK }),
  ];
  return packets.map((packet, i) => ({ time: time + BigInt(i) * 1_000_000n, bytes: ethernetIp({}, packet) }));
}

function question(time: bigint): CapturedPacket {
  const tuple = { source: "10.0.0.2", destination: "203.0.113.9", sourcePort: 40_000, destinationPort: 9999 };
  return { time, bytes: ethernetIp({}, udp(tuple, ascii("?"))) };
}

it("writes rows of a live capture while it goes on", async () => {
  const now = BigInt(Date.now()) * 1_000_000n;
  const packets = [...connection(now - 30_000_000_000n), question(now)];
  const child = spawn(
    process.execPath,
    [PROGRAM, "classify", "-", "-q", "--columns", "client_port,tcp_state"],
    {
      env: { ...process.env, XDG_DATA_HOME: NO_USER_DATA },
    },
  );
  let stdout = "";
  const seen = new Promise<void>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout.includes("50001,SF\n")) resolve();
    });
    child.on("exit", () => reject(new Error(`ended before the row came: ${stdout}`)));
  });
  child.stdin.write(pcapng(packets));
  await seen; // standard input is still open
  expect(stdout).toBe("client_port,tcp_state\n50001,SF\n");
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.removeAllListeners("exit");
  child.stdin.end();
  expect(await ended).toBe(0);
  expect(stdout).toBe("client_port,tcp_state\n50001,SF\n40000,\n");
});

it("ends with status 130 and the rows so far when it is interrupted", async () => {
  const now = BigInt(Date.now()) * 1_000_000n;
  const child = spawn(
    process.execPath,
    [PROGRAM, "classify", "-", "-q", "--columns", "client_port,tcp_state"],
    {
      env: { ...process.env, XDG_DATA_HOME: NO_USER_DATA },
    },
  );
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    // It waits for more of standard input now. Once: a second interrupt would end it at once.
    if (stdout.includes("50001,SF\n") && !child.killed) child.kill("SIGINT");
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.stdin.write(pcapng([...connection(now - 30_000_000_000n), question(now)]));
  expect(await ended).toBe(130);
  expect(stdout).toBe("client_port,tcp_state\n50001,SF\n40000,\n");
});
