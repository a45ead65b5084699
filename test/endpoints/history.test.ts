import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EndpointDataError, type EndpointSet } from "../../src/endpoints/endpoint-set.ts";
import { EndpointHistory, loadEndpoints, openEndpoints } from "../../src/endpoints/history.ts";
import { storeVersion } from "../../src/endpoints/user-data.ts";
import { SHARED, sharedJson } from "../support/shared.ts";

const SET: EndpointSet = {
  id: 1,
  serviceArea: "Exchange",
  category: "Optimize",
  required: true,
  expressRoute: true,
  tcpPorts: "443",
  udpPorts: "",
  names: ["a.example"],
  prefixes: ["192.0.2.0/24"],
};

const seconds = (iso: string): number => Date.parse(iso) / 1000;

function history(...versions: readonly string[]): EndpointHistory {
  return new EndpointHistory(
    "worldwide",
    versions.map((version) => ({ version, reading: false, origin: "shipped", sets: () => [SET] })),
  );
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "o365flow-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("the list that judges", () => {
  const three = history("2020010100", "2020030101", "2020060100");

  it.each([
    ["before the first: the first", seconds("2018-05-01T00:00:00Z"), "2020010100"],
    ["on the first's day: the first", seconds("2020-01-01T00:00:00Z"), "2020010100"],
    ["the second before the next one's day: the earlier", seconds("2020-02-29T23:59:59.999Z"), "2020010100"],
    ["the first second of its day", seconds("2020-03-01T00:00:00Z"), "2020030101"],
    ["after the newest: the newest", seconds("2031-01-01T00:00:00Z"), "2020060100"],
    ["no time: the newest", NaN, "2020060100"],
    ["the first second of 1970: the first", 0, "2020010100"],
    ["the second after it: the first", 1, "2020010100"],
    ["a time before 1970: the newest", -1, "2020060100"],
    ["a time after the year 9999: the newest", 1e15, "2020060100"],
    ["latest", "latest", "2020060100"],
    ["a day", "2020-03-01", "2020030101"],
    ["the day before", "2020-02-29", "2020010100"],
    ["a stored version", "2020030101", "2020030101"],
    ["a version between two: the earlier", "2020030102", "2020030101"],
    ["a version of the same day before it", "2020030100", "2020010100"],
    ["a version before the first", "2019010100", "2020010100"],
    ["a day before 1970: the first", "1969-12-31", "2020010100"],
    ["the first day of all: the first", "0001-01-01", "2020010100"],
  ])("%s", (_, when, wanted) => {
    expect(three.at(when).version).toBe(wanted);
    expect(three.at(when).version).toBe(wanted); // the second time it is remembered
  });

  it.each(["yesterday", "2020-13-01", "2020-02-30", "20200301", "", "2020-3-1"])(
    "%j is no moment",
    (when) => {
      expect(() => three.at(when)).toThrow(RangeError);
    },
  );

  it("is the same object for the same moment", () => {
    expect(three.at("2020-03-05")).toBe(three.at(seconds("2020-04-01T12:00:00Z")));
    expect(three.at("2020030101")).toBe(three.at("2020030101"));
  });

  it("carries a note before the first and after the newest, with the age", () => {
    expect(three.note("2019-12-31")).toContain("2020010100");
    expect(three.note("2020-06-11")).toContain("10 days older");
    expect(three.note("2020-06-02")).toContain("1 day older");
    for (const when of ["2020-06-01", "2020-01-01", "latest", NaN, "2020-04-01"]) {
      expect(three.note(when)).toBeUndefined();
    }
  });

  it("says that a version is not stored, and which one judges", () => {
    expect(three.note("2020040199")).toMatch(
      /^there is no stored endpoint list 2020040199 .*: judged by 20200/,
    );
    for (const version of three.versions) expect(three.note(version)).toBeUndefined();
  });

  it("carries both where what is judged begins before the first and ends after the newest", () => {
    const [early, late] = [seconds("2010-01-01T00:00:00Z"), seconds("2020-06-11T00:00:00Z")];
    expect(three.notes(early, late)).toEqual([three.note(early), three.note(late)]);
    expect(three.notes(early, early)).toEqual([three.note(early)]);
    expect(three.notes(seconds("2020-06-05T00:00:00Z"), late)).toEqual([three.note(late)]);
  });
});

it("is of one of the five clouds", async () => {
  const message = '"mars" is no cloud; wanted one of worldwide, usgovdod, usgovgcchigh, china, germany';
  expect(() => loadEndpoints("mars" as "china")).toThrow(new RangeError(message));
  await expect(openEndpoints("mars" as "china")).rejects.toThrow(new RangeError(message));
});

describe("the user's own lists", () => {
  it("continue the delivered history, and are not looked at where none is wanted", () => {
    const delivered = loadEndpoints("worldwide", { userData: null });
    storeVersion("worldwide", "2026090100", [SET], folder);
    const updated = loadEndpoints("worldwide", { userData: folder });
    expect(updated.versions).toEqual([...delivered.versions, "2026090100"]);
    expect(updated.at("latest").sets).toEqual([SET]);
    expect(updated.at("2026-08-31").version).toBe(delivered.versions.at(-1));
    expect(loadEndpoints("china", { userData: folder }).versions).not.toContain("2026090100");
  });

  it("never replace a delivered version", () => {
    storeVersion("worldwide", "2020041400", [SET], folder);
    expect(loadEndpoints("worldwide", { userData: folder }).at("2020041400").sets.length).toBeGreaterThan(50);
  });

  it("leave no partly written file behind, and other files in the folder are passed over", () => {
    storeVersion("worldwide", "2026090100", [SET], folder);
    storeVersion("worldwide", "2026090100", [SET], folder);
    expect(readdirSync(join(folder, "worldwide"))).toEqual(["2026090100.json"]);
    writeFileSync(join(folder, "worldwide", "2026100100.json.123.tmp"), "{");
    expect(loadEndpoints("worldwide", { userData: folder }).versions.at(-1)).toBe("2026090100");
  });

  it("that cannot be read are an error that names the file, when they are needed", () => {
    mkdirSync(join(folder, "worldwide"));
    const file = join(folder, "worldwide", "2026090100.json");
    writeFileSync(file, '{"schema":1');
    const loaded = loadEndpoints("worldwide", { userData: folder });
    expect(loaded.at("2025-01-01").version).toBe("2024073100");
    expect(() => loaded.at("latest")).toThrow(EndpointDataError);
    expect(() => loaded.at("latest")).toThrow(file);
  });
});

function write(name: string, value: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
  return file;
}

describe("a list in a file", () => {
  const answer = [
    {
      id: 1,
      serviceArea: "Exchange",
      serviceAreaDisplayName: "Exchange Online",
      urls: ["Outlook.Example", "*.x.example"],
      ips: ["192.0.2.0/24", "2620:01ec:0042::/48"],
      tcpPorts: "443, 80",
      expressRoute: true,
      category: "Optimize",
      required: true,
      notes: "",
    },
    {
      id: 163,
      serviceArea: "MEM",
      ips: ["198.51.100.0/24"],
      expressRoute: false,
      category: "Default",
      required: false,
    },
  ];
  it("is read as the web service writes it, without device management", async () => {
    const opened = await openEndpoints("worldwide", { file: write("saved.json", answer) });
    expect(opened.note("2019-01-01")).toContain("saved.json is the one list of its file");
    expect(opened.versions).toEqual(["saved.json"]);
    expect(opened.at("2020-01-01").sets).toEqual([
      {
        id: 1,
        serviceArea: "Exchange",
        category: "Optimize",
        required: true,
        expressRoute: true,
        tcpPorts: "80,443",
        udpPorts: "",
        names: ["*.x.example", "outlook.example"],
        prefixes: ["192.0.2.0/24", "2620:1ec:42::/48"],
      },
    ]);
    expect(opened.note(seconds("2030-01-01T00:00:00Z"))).toBeUndefined();
  });

  it("is read as the web service's CSV", async () => {
    const csv = [
      "id,serviceArea,serviceAreaDisplayName,urls,ips,tcpPorts,udpPorts,expressRoute,category,required,notes",
      '1,Exchange,Exchange Online,"outlook.example,*.x.example","192.0.2.0/24,2620:1ec:42::/48","443,80",,True,Optimize,True,"a ""note"", here"',
      "163,MEM,,,198.51.100.0/24,,,False,Default,False,",
    ];
    const opened = await openEndpoints("worldwide", {
      file: write("saved.csv", `\ufeff${csv.join("\r\n")}\r\n`),
    });
    const asJson = await openEndpoints("worldwide", { file: write("saved.json", answer) });
    expect(opened.at("latest").sets).toEqual(asJson.at("latest").sets);
  });

  it("has the version that it or its name says", async () => {
    const inside = write("a.json", { version: "2026010100", endpoints: answer });
    expect((await openEndpoints("worldwide", { file: inside })).versions).toEqual(["2026010100"]);
    const named = write("worldwide-2026020100.json", answer);
    const list = await openEndpoints("worldwide", { file: named });
    expect(list.versions).toEqual(["2026020100"]);
    for (const when of ["2026-02-01", "2026-03-01", "2026020100", "latest", 0])
      expect(list.note(when)).toBeUndefined();
    for (const when of ["2026-01-31", "2026020101", "2019-01-01"])
      expect(list.note(when)).toBe(
        `${when} was asked for, but 2026020100 is the one list of its file: it judges (worldwide)`,
      );
  });

  it("may be this program's own data, of the same cloud", async () => {
    const file = storeVersion("china", "2026090100", [SET], folder);
    expect((await openEndpoints("china", { file })).at("latest").sets).toEqual([SET]);
    await expect(openEndpoints("worldwide", { file })).rejects.toThrow("china");
  });

  const first = answer[0];
  it.each([
    ["no JSON", "<html>", "no JSON"],
    ["an empty list", [], "length"],
    ["no list", { a: 1 }, "Array"],
    ["a prefix with host bits", [{ ...first, ips: ["192.0.2.1/24"] }], "192.0.2.0/24"],
    ["a prefix that is none", [{ ...first, ips: ["300.1.1.1/8"] }], "0.ips.0"],
    ["ports that are none", [{ ...first, tcpPorts: "https" }], "0.tcpPorts"],
    ["an unknown category", [{ ...first, category: "Best" }], "0.category"],
    ["a flag that is missing", [{ ...first, expressRoute: undefined }], "0.expressRoute"],
    ["a name that is none", [{ ...first, urls: ["a b"] }], "0.urls.0"],
    ["the same set twice", [first, first], "set 1 stands twice"],
  ])("is refused for %s, and the message says where", async (_, value, wanted) => {
    const file = write("bad.json", value);
    await expect(openEndpoints("worldwide", { file })).rejects.toThrow(EndpointDataError);
    await expect(openEndpoints("worldwide", { file })).rejects.toThrow(wanted);
    await expect(openEndpoints("worldwide", { file })).rejects.toThrow(file);
  });

  it("that is missing is named", async () => {
    await expect(openEndpoints("worldwide", { file: join(folder, "none.json") })).rejects.toThrow(
      "none.json",
    );
  });
});

describe.skipIf(SHARED === undefined)("a capture of 2020", () => {
  it("teams.pcap is judged by the list of its day, on which 52.120.0.0/14 was Teams media", () => {
    const manifest = JSON.stringify(sharedJson<unknown>("captures", "real", "manifest.json"));
    expect(manifest).toContain("teams.pcap");
    const capture = SHARED === undefined ? "" : findTeams(join(SHARED, "captures", "real"));
    const bytes = readFileSync(capture);
    const seconds = bytes.readUInt32LE(24);
    const list = loadEndpoints("worldwide", { userData: null }).at(seconds);
    expect(list.version.slice(0, 4)).toBe("2020");
    expect(
      list.version <= new Date(seconds * 1000).toISOString().slice(0, 10).replaceAll("-", "") + "99",
    ).toBe(true);
    expect(list.isMicrosoft(0, 0, 0xffff, 0x34780001)).toBe(true);
    expect(
      loadEndpoints("worldwide", { userData: null }).at("latest").isMicrosoft(0, 0, 0xffff, 0x34780001),
    ).toBe(false);
  });
});

function findTeams(root: string): string {
  const found = readdirSync(root, { recursive: true, encoding: "utf8" }).find((file) =>
    /(?:^|[/\\])teams\.pcap$/.test(file),
  );
  return join(root, found ?? "teams.pcap");
}
