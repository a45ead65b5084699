import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../support/shared.ts";
import { o365flow } from "./run.ts";

it("explain writes when a direction moved as rows do: with as many digits as the capture's clock has", () => {
  const folder = join(ROOT, "fixtures", "failover");
  const flow = "10.20.30.41:51701-52.113.194.132:443";
  const { stdout } = o365flow([
    ...["explain", "-q", "--site", join(folder, "site.yaml")],
    ...[join(folder, "failover.pcap"), flow],
  ]);
  expect(stdout).toContain("from 2026-03-04T14:01:00.001000Z on: internet");
  expect(stdout).toContain("from 2026-03-04T14:01:40.013000Z on: internet");
});
