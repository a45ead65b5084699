import { mkdtempSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EndpointDataError } from "../../src/endpoints/endpoint-set.ts";
import { loadEndpoints } from "../../src/endpoints/history.ts";
import { type UpdateOptions, updateEndpoints } from "../../src/endpoints/update.ts";
import { stubNoProxies } from "./no-proxies.ts";

const NEWEST = loadEndpoints("worldwide", { userData: null }).at("latest");

/** The newest delivered list in the service's own form, with some changes. */
function answer(change: { readonly drop?: number; readonly add?: readonly string[] } = {}): unknown[] {
  let dropped = 0;
  const drop = new Set(
    [...new Set(NEWEST.sets.flatMap((set) => set.prefixes))].filter(() => dropped++ < (change.drop ?? 0)),
  );
  return NEWEST.sets.map((set, i) => ({
    id: set.id,
    serviceArea: set.serviceArea,
    serviceAreaDisplayName: "",
    urls: set.names,
    ips: [...set.prefixes.filter((prefix) => !drop.has(prefix)), ...(i === 0 ? (change.add ?? []) : [])],
    tcpPorts: set.tcpPorts,
    udpPorts: set.udpPorts,
    expressRoute: set.expressRoute,
    category: set.category,
    required: set.required,
  }));
}

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

let folder: string;
let server: Server | undefined;
let asked: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-"));
  asked = [];
  stubNoProxies();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

/** A loopback web service; `count` is how often the same path was asked for before. */
async function serve(version: Handler, endpoints: Handler = json(answer())): Promise<string> {
  server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/\?.*/, "");
    const count = asked.filter((each) => each === path).length;
    asked.push(path);
    (path.startsWith("/version/") ? version : endpoints)(request, response, count);
  });
  await new Promise((resolve) => server?.listen(0, "127.0.0.1", () => resolve(undefined)));
  return `http://127.0.0.1:${portOf(server)}`;
}

/** Port on which a server listens; 0 before it does. */
function portOf(listening: Server | undefined): number {
  const address = listening?.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function json(value: unknown, headers: Readonly<Record<string, string>> = {}): Handler {
  return (_, response) => {
    response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
  };
}

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Handler =>
  (_, response) => {
    response.writeHead(code, headers).end("no");
  };

const LATEST = { instance: "Worldwide", latest: "2026110100" };

function update(base: string, options: Partial<UpdateOptions> = {}): ReturnType<typeof updateEndpoints> {
  return updateEndpoints({
    cloud: "worldwide",
    folder,
    base,
    ...options,
    limits: { backOffMs: 1, ...options.limits },
  });
}

const stored = (): string[] =>
  existsSync(join(folder, "worldwide")) ? readdirSync(join(folder, "worldwide")) : [];

describe("endpoints update", () => {
  it("keeps a newer list, from which then flows are judged, beside the older ones", async () => {
    const base = await serve(json(LATEST), json(answer({ drop: 2, add: ["192.0.2.0/24"] })));
    const outcome = await update(base);
    expect(outcome).toMatchObject({
      status: "updated",
      version: "2026110100",
      previous: NEWEST.version,
      prefixesAdded: 1,
      prefixesRemoved: 2,
    });
    expect(asked).toEqual(["/version/Worldwide", "/endpoints/Worldwide"]);
    const history = loadEndpoints("worldwide", { userData: folder });
    expect(history.at("latest").version).toBe("2026110100");
    expect(history.at("latest").isMicrosoft(0, 0, 0xffff, 0xc0000201)).toBe(true);
    expect(history.at("2026-10-31").version).toBe(NEWEST.version);
  });

  it("asks with one request id for ever, as the service wants", async () => {
    const ids: (string | null)[] = [];
    const base = await serve((request, response, count) => {
      ids.push(new URL(request.url ?? "", "http://x").searchParams.get("ClientRequestId"));
      json(LATEST)(request, response, count);
    });
    await update(base);
    await update(base);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids[1]).toBe(ids[0]);
  });

  it("asks for no list whose version is known, or that is older", async () => {
    await update(await serve(json(LATEST)));
    const again = await update(`http://127.0.0.1:${portOf(server)}`);
    expect(again).toMatchObject({ status: "current", version: "2026110100", file: undefined });
    expect(asked).toEqual(["/version/Worldwide", "/endpoints/Worldwide", "/version/Worldwide"]);
    server?.close();
    asked = [];
    const older = await update(await serve(json({ ...LATEST, latest: "2025110100" })));
    expect(older.status).toBe("current");
    expect(asked).toEqual(["/version/Worldwide"]);
  });

  it("takes 304 for an answer that nothing is new", async () => {
    const base = await serve((request, response, count) => {
      if (request.headers["if-none-match"] === '"abc"') status(304)(request, response, count);
      else json(LATEST, { etag: '"abc"' })(request, response, count);
    });
    expect((await update(base)).status).toBe("updated");
    expect((await update(base)).status).toBe("current");
    expect(asked).toEqual(["/version/Worldwide", "/endpoints/Worldwide", "/version/Worldwide"]);
  });

  it("does not remember an ETag for a list that it could not get", async () => {
    const tags: (string | undefined)[] = [];
    const version: Handler = (request, response, count) => {
      tags.push(request.headers["if-none-match"]);
      json(LATEST, { etag: '"abc"' })(request, response, count);
    };
    const base = await serve(version, (request, response, count) =>
      (count === 0 ? json([]) : json(answer()))(request, response, count),
    );
    await expect(update(base)).rejects.toThrow(EndpointDataError);
    expect((await update(base)).status).toBe("updated");
    expect(tags).toEqual([undefined, undefined]);
  });

  it.each([
    ["500", status(500)],
    ["503 with a date", status(503, { "retry-after": new Date(0).toUTCString() })],
    ["429 with seconds", status(429, { "retry-after": "0" })],
    [
      "a cut answer",
      (_: IncomingMessage, response: ServerResponse): void => {
        response.writeHead(200, { "content-length": "5000" });
        response.write('[{"id":1,');
        setTimeout(() => response.destroy(), 10);
      },
    ],
    ["a closed connection", (request: IncomingMessage): void => void request.socket.destroy()],
  ])("tries again after %s", async (_, broken: Handler) => {
    const told: string[] = [];
    const base = await serve(json(LATEST), (request, response, count) =>
      (count < 2 ? broken : json(answer()))(request, response, count),
    );
    expect((await update(base, { notify: (text) => told.push(text) })).status).toBe("updated");
    expect(asked.filter((path) => path.startsWith("/endpoints/"))).toHaveLength(3);
    expect(told).toHaveLength(2);
  });

  it.each([
    ["500 for ever", status(500), "answers 500", 3],
    ["404", status(404), "answers 404", 1],
    ["429 that asks for an hour", status(429, { "retry-after": "3600" }), "wait 3600 s", 1],
    ["a page of HTML", ((_, response) => void response.end("<html>sign in</html>")) as Handler, "no JSON", 1],
    ["JSON that is no list", json({ error: "x" }), "Array", 1],
    ["an empty list", json([]), "length", 1],
    [
      "a list with a broken prefix",
      json([{ ...(answer()[0] as object), ips: ["10.0.0.1/8"] }]),
      "10.0.0.0/8",
      1,
    ],
    ["304 that was not asked for", status(304), "/endpoints/Worldwide", 1],
    ["too many bytes", ((_, response) => void response.end("[".repeat(70_000))) as Handler, "larger", 1],
  ] as const)("changes nothing after %s", async (_, broken: Handler, wanted, tries) => {
    const base = await serve(json(LATEST), broken);
    const limits = { attempts: 3, maxBytes: 65_536 };
    await expect(update(base, { limits })).rejects.toThrow(wanted);
    await expect(update(base, { limits })).rejects.toThrow(EndpointDataError);
    expect(stored()).toEqual([]);
    expect(asked.filter((path) => path.startsWith("/endpoints/"))).toHaveLength(tries * 2);
    expect(loadEndpoints("worldwide", { userData: folder }).versions.at(-1)).toBe(NEWEST.version);
  });

  it("gives up on a server that does not come to an end", async () => {
    const base = await serve(json(LATEST), (_, response) => {
      response.writeHead(200);
      response.write("[");
    });
    await expect(update(base, { limits: { timeoutMs: 100, attempts: 2 } })).rejects.toThrow("within 0.1 s");
    expect(stored()).toEqual([]);
  });

  it("says that nobody is there", async () => {
    const base = await serve(json(LATEST));
    await new Promise((resolve) => server?.close(resolve));
    await expect(update(base, { limits: { attempts: 2 } })).rejects.toThrow("ECONNREFUSED");
  });

  it("refuses a version that is none", async () => {
    await expect(update(await serve(json({ instance: "Worldwide", latest: "../../x" })))).rejects.toThrow(
      "version",
    );
    expect(stored()).toEqual([]);
  });

  it("refuses a list that lost most of its prefixes, unless forced", async () => {
    const base = await serve(json(LATEST), json(answer({ drop: 60 })));
    await expect(update(base)).rejects.toThrow("--force");
    expect(stored()).toEqual([]);
    expect(await update(base, { force: true })).toMatchObject({ status: "updated", prefixesRemoved: 60 });
    expect(stored()).toEqual(["2026110100.json"]);
  });

  it("starts anew where its own notes cannot be read", async () => {
    const base = await serve(json(LATEST));
    await update(base);
    writeFileSync(join(folder, "state.json"), "{");
    expect((await update(base)).status).toBe("current");
    expect(JSON.parse(readFileSync(join(folder, "state.json"), "utf8"))).toMatchObject({ etags: {} });
  });

  it("goes through the proxy of the environment", async () => {
    const base = await serve(json(LATEST));
    const port = portOf(server);
    const seen: string[] = [];
    const proxy = createServer();
    proxy.on("request", (request, response) => {
      seen.push(request.url ?? "");
      response.writeHead(200).end(JSON.stringify(LATEST));
    });
    proxy.on("connect", (request, socket) => {
      seen.push(request.url ?? "");
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    await new Promise((resolve) => proxy.listen(0, "127.0.0.1", () => resolve(undefined)));
    vi.stubEnv("HTTP_PROXY", `http://127.0.0.1:${portOf(proxy)}`);
    try {
      await update(base, { limits: { attempts: 1 } }).catch(() => undefined);
      expect(seen.some((url) => url.includes(String(port)))).toBe(true);
      expect(asked).toEqual([]);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});

describe("a list with words that are not known", () => {
  const renamed = (change: (set: Record<string, unknown>) => Record<string, unknown>): unknown[] =>
    (answer() as Record<string, unknown>[]).map((set) =>
      [11, 31].includes(Number(set["id"])) ? change(set) : set,
    );

  it.each<[string, unknown[], (number | string)[], RegExp]>([
    [
      "service areas: their sets are left out",
      renamed((set) => ({ ...set, serviceArea: "Copilot" })),
      ["none", "none"],
      /service area Copilot is not known: not Office 365 here \(sets 11, 31\); a later o365flow may know it$/,
    ],
    [
      "categories: they count as Default",
      renamed((set) => ({ ...set, category: "Critical" })),
      ["Default", "Default"],
      /category Critical is not known: Default here \(sets 11, 31\)/,
    ],
  ])("has all others: %s", async (_what, sets, wanted, said) => {
    const base = await serve(json({ instance: "Worldwide", latest: "2099010100" }), json(sets));
    const notes: string[] = [];
    const options = { cloud: "worldwide", folder, base, notify: (text: string) => notes.push(text) } as const;
    expect(await updateEndpoints(options)).toMatchObject({ status: "updated", version: "2099010100" });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(said);
    const list = loadEndpoints("worldwide", { userData: folder }).at("latest");
    const found = (id: number): string => list.sets.find((set) => set.id === id)?.category ?? "none";
    expect([found(11), found(31)]).toEqual(wanted);
    expect(list.sets.length).toBe(NEWEST.sets.length - wanted.filter((word) => word === "none").length);
  });

  it("is none where no service area is known, or where one is no word", async () => {
    const version = json({ instance: "Worldwide", latest: "2099010100" });
    const all = (answer() as Record<string, unknown>[]).map((set) => ({ ...set, serviceArea: "New" }));
    const base = await serve(version, (request, response, count) =>
      json(count === 0 ? all : renamed((set) => ({ ...set, serviceArea: "\u001b[31m" })))(
        request,
        response,
        count,
      ),
    );
    const options = { cloud: "worldwide", folder, base } as const;
    await expect(updateEndpoints(options)).rejects.toThrow("no set is of a known service area");
    await expect(updateEndpoints(options)).rejects.toThrow("no name of a service area or category");
  });
});
