import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_USER_DATA, PROGRAM } from "../cli/run.ts";
import { ROOT } from "../support/shared.ts";

/** A run of the built command line that goes on beside the test. */
export class Running {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  stderr = "";

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: ROOT,
      env: { ...process.env, XDG_DATA_HOME: NO_USER_DATA, O365FLOW_QUEUE: "", ...environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.#ended = once(this.#child, "close").then(([code]: unknown[]) => code as number | null);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits for the end: the exit status, null after a signal. */
  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** How often it said something. */
  times(what: RegExp): number {
    return this.stderr.match(new RegExp(what, "g"))?.length ?? 0;
  }

  get isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Waits until it said something so many times; fails when it ends before. */
  async said(what: RegExp, times = 1): Promise<void> {
    await until(() => {
      if (this.times(what) >= times) return true;
      if (this.isOver) throw new Error(`it ended before it said ${what.source}:\n${this.stderr}`);
      return false;
    });
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended;
  }
}

/** Waits for a condition, however long it takes. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 30));
}

/** Whether a program of the system is there. */
export function has(program: string, argument = "--version"): boolean {
  return spawnSync(program, [argument]).status === 0;
}

/** A Redis server of our own, on a free loopback port, with its files in a folder of its own. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #more: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, more: readonly string[]) {
    this.port = port;
    this.#more = more;
    this.#folder = mkdtempSync(join(tmpdir(), "o365flow-redis-"));
  }

  static async start(more: readonly string[] = []): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), more);
    await server.start();
    return server;
  }

  /** Of a server that is started with `tls`. */
  static async startSecure(certificate: string, key: string): Promise<RedisServer> {
    const port = await freePort();
    const tls = ["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "no"];
    const server = new RedisServer(port, [
      ...tls,
      "--tls-cert-file",
      certificate,
      "--tls-key-file",
      key,
      "--tls-ca-cert-file",
      certificate,
    ]);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  async start(): Promise<void> {
    const options = [
      "--appendonly",
      "yes",
      "--appendfsync",
      "everysec",
      "--save",
      "",
      "--maxmemory-policy",
      "noeviction",
    ];
    const child = spawn(
      "redis-server",
      ["--bind", "127.0.0.1", "--port", String(this.port), "--dir", this.#folder, ...options, ...this.#more],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    this.#child = child;
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
    await until(() => {
      if (child.exitCode !== null) throw new Error(`redis-server ended:\n${output}`);
      return output.includes("Ready to accept connections");
    });
  }

  /** As a crash would end it. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "close");
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
