import { describe, expect, it } from "vitest";
import { readSettings, writeSettings } from "../../src/audit/settings.ts";
import { parseRouteTable } from "../../src/routes/parse.ts";
import { describe as describeSite, Site } from "../../src/site/site.ts";
import { FIRST, folder, settings, SITE } from "./stage-work.ts";

describe("settings", () => {
  it("come back as they were, in another process as well", async () => {
    const place = folder();
    const restored = await readSettings(place, await writeSettings(place, settings));
    expect(describeSite(restored.site)).toEqual(describeSite(SITE));
    expect(restored.convergeSeconds).toBe(150);
    expect(restored.timeouts).toEqual({ tcp: 3600, udp: 300, active: Number.POSITIVE_INFINITY });
    expect(restored.history.versions).toEqual(settings.history.versions);
    const list = restored.history.at(FIRST);
    expect(
      list.match({ words: [0, 0, 0xffff, 0x34700001], host: undefined, port: 443, transport: "tcp" }),
    ).toEqual(
      settings.history
        .at(FIRST)
        .match({ words: [0, 0, 0xffff, 0x34700001], host: undefined, port: 443, transport: "tcp" }),
    );
  });
  it("still tell that the end of a route table is not there", async () => {
    const place = folder();
    const cut = parseRouteTable("198.51.100.0/24 192.0.2.2\n52.112.0.0/x\n --More-- ", "er.txt");
    const description = describeSite(SITE);
    const paths = description.paths.map((path) => ({ ...path, routes: [cut] }));
    const site = new Site({ ...description, paths });
    const restored = await readSettings(place, await writeSettings(place, { ...settings, site }));
    expect(describeSite(restored.site)).toEqual(describeSite(site));
    expect(restored.site.paths[0]?.routes[0]?.completenessAt(4, FIRST)).toBe("part");
    expect(restored.site.paths[0]?.routes[0]?.unreadRow(0, 0, 0xffff, 0x34700001)?.line).toBe(2);
  });
});
