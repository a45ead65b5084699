import { mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EndpointDataError } from "../../src/endpoints/endpoint-set.ts";
import { loadEndpoints } from "../../src/endpoints/history.ts";
import { type UpdateOptions, updateEndpoints } from "../../src/endpoints/update.ts";
import { stubNoProxies } from "./no-proxies.ts";

/** The newest delivered list in the service's own form. */
const LIST = JSON.stringify(
  loadEndpoints("worldwide", { userData: null })
    .at("latest")
    .sets.map((set) => ({ ...set, urls: set.names, ips: set.prefixes })),
);
const LATEST = JSON.stringify({ instance: "Worldwide", latest: "2026110100" });

let folder: string;
let open: (Server | TcpServer)[];
/** Answers of `/version/...`, one after another; the last for ever. */
let versions: {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}[];
let asked: (string | undefined)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-"));
  open = [];
  asked = [];
  versions = [{ body: LATEST }];
  stubNoProxies();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  for (const server of open) {
    if ("closeAllConnections" in server) server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(server: Server | TcpServer): Promise<string> {
  open.push(server);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function service(): Promise<string> {
  const server = createHttpServer((request, response) => {
    if (request.url?.startsWith("/endpoints/") === true) return void response.end(LIST);
    asked.push(request.headers["if-none-match"]);
    const answer = versions[Math.min(asked.length, versions.length) - 1];
    const isKnown = answer?.headers?.["etag"] !== undefined && asked.at(-1) === answer.headers["etag"];
    response.writeHead(isKnown ? 304 : (answer?.status ?? 200), answer?.headers).end(answer?.body);
  });
  return `http://${await listen(server)}`;
}

/** A proxy that answers CONNECT with a status; without one it says nothing for ever. */
async function proxy(status?: number): Promise<string> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createTcpServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    socket.on("data", () => {
      if (status !== undefined) socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    });
  });
  const close = server.close.bind(server);
  server.close = (done): TcpServer => {
    for (const socket of sockets) socket.destroy();
    return close(done);
  };
  return listen(server);
}

function update(base: string, options: Partial<UpdateOptions> = {}): ReturnType<typeof updateEndpoints> {
  return updateEndpoints({
    cloud: "worldwide",
    folder,
    base,
    ...options,
    limits: { backOffMs: 1, attempts: 3, ...options.limits },
  });
}

/** The error that an update ends with, and how often it tried again. */
async function failure(
  base: string,
  options: Partial<UpdateOptions> = {},
): Promise<readonly [string, number]> {
  const told: string[] = [];
  const error: unknown = await update(base, { ...options, notify: (text) => told.push(text) }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EndpointDataError);
  return [(error as Error).message, told.length];
}

describe("where endpoints update asks", () => {
  it.each([
    ["notaurl", "no URL"],
    ["", "no URL"],
    ["ftp://mirror.example/", "no URL"],
    ["file:///srv/", "no URL"],
    ["https://mirror.example/o365?key=1", "query"],
  ])("refuses %j at once", async (base, wanted) => {
    const [message, retries] = await failure(base);
    expect(message).toContain(wanted);
    expect(retries).toBe(0);
  });

  it("does not repeat a password", async () => {
    const [message, retries] = await failure("https://bob:geheim@mirror.example/");
    expect(message).not.toContain("geheim");
    expect(retries).toBe(0);
  });

  it.each([
    ["for ever", "/version/Worldwide?x"],
    ["to no URL", "http://[bad"],
    ["to a file", "file:///etc/hosts"],
  ])("does not follow once more where it is sent on %s", async (_, location) => {
    versions = [{ status: 302, headers: { location }, body: "" }];
    expect((await failure(await service()))[1]).toBe(0);
  });
});

describe("proxies of endpoints update", () => {
  it("takes one without a scheme, as curl does", async () => {
    vi.stubEnv("HTTP_PROXY", await proxy(407));
    const [message, retries] = await failure("http://mirror.example");
    expect(message).toContain("the proxy answers 407");
    expect(retries).toBe(0);
  });

  it("tries one again that answers 502, and says so", async () => {
    vi.stubEnv("HTTP_PROXY", `http://${await proxy(502)}`);
    const [message, retries] = await failure("http://mirror.example");
    expect(message).toContain("the proxy answers 502");
    expect(retries).toBe(2);
  });

  it("refuses one that is no address, without repeating it", async () => {
    vi.stubEnv("HTTP_PROXY", "http://bob:geheim@[proxy:3128");
    const [message] = await failure("http://mirror.example");
    expect(message).toContain("HTTP_PROXY names no proxy");
    expect(message).not.toContain("geheim");
  });

  it("comes to an end where one never answers", async () => {
    vi.stubEnv("HTTP_PROXY", await proxy());
    const [message] = await failure("http://mirror.example", { limits: { timeoutMs: 100, attempts: 2 } });
    expect(message).toContain("within 0.1 s");
  });
});

describe("answers of the endpoint web service", () => {
  it("are tried again where JSON is cut without a length that would tell", async () => {
    versions = [{ body: LATEST.slice(0, 20) }, { body: LATEST }];
    expect((await update(await service())).status).toBe("updated");
  });

  it("may begin with the mark of UTF-8", async () => {
    versions = [{ body: `\uFEFF${LATEST}` }];
    expect((await update(await service())).status).toBe("updated");
  });

  it.each(["", "-5"])("do not shorten the wait by Retry-After %j", async (value) => {
    versions = [{ status: 429, headers: { "retry-after": value }, body: "" }, { body: LATEST }];
    const told: string[] = [];
    await update(await service(), { limits: { backOffMs: 200 }, notify: (text) => told.push(text) });
    expect(told).toEqual([expect.stringMatching(/trying again in 0\.[23] s$/)]);
  });

  it.each([
    ["another cloud", { instance: "China", latest: "2026110100" }, "answers for China"],
    ["a day that is none", { instance: "Worldwide", latest: "2099991399" }, "latest: no list version"],
    ["a number", { instance: "Worldwide", latest: 2026110100 }, "latest: "],
  ])("are refused where they name %s", async (_, answer, wanted) => {
    versions = [{ body: JSON.stringify(answer) }];
    expect((await failure(await service()))[0]).toContain(wanted);
  });

  it("are asked for anew where the list was deleted that the last one led to", async () => {
    versions = [{ headers: { etag: '"abc"' }, body: LATEST }];
    const base = await service();
    expect((await update(base)).status).toBe("updated");
    expect((await update(base)).status).toBe("current");
    rmSync(join(folder, "worldwide", "2026110100.json"));
    expect((await update(base)).status).toBe("updated");
    expect(asked).toEqual([undefined, '"abc"', undefined]);
  });
});
