import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { expect, it } from "vitest";
import type { CallFlow } from "../../src/callflow/call-flow.ts";
import { callFlowOf } from "../../src/classify/call-flow.ts";
import { classify } from "../../src/classify/run.ts";
import { openEndpoints } from "../../src/endpoints/history.ts";
import { Markers } from "../../src/site/markers.ts";
import { defaultSite } from "../../src/site/site.ts";
import { ROOT } from "../support/shared.ts";

async function callFlowsOf(fixture: string): Promise<CallFlow[]> {
  const site = defaultSite();
  const markers = new Markers(site);
  const flows: CallFlow[] = [];
  const name = "trunk.pcap";
  const path = join(ROOT, "fixtures", fixture, name);
  await classify({
    inputs: [{ name, path, source: path }],
    site,
    history: await openEndpoints("worldwide"),
    onFlow: (judged) => flows.push(callFlowOf(judged, site, markers)),
  });
  return flows;
}

it("streams and reported addresses of all flows have one shape: one of its own takes more memory than its object", async () => {
  setFlagsFromString("--allow-natives-syntax");
  const haveOneShape = new Function("x", "y", "return %HaveSameMap(x, y)") as (
    x: object,
    y: object,
  ) => boolean;
  const flows = await callFlowsOf("scenario-online-conference-internal");
  for (const kind of ["streams", "reported"] as const) {
    const [first, ...others] = flows.flatMap((flow): readonly object[] => flow[kind]);
    expect(others.length).toBeGreaterThan(1);
    for (const other of others) expect(haveOneShape(first ?? {}, other)).toBe(true);
  }
});
