import { expect, it } from "vitest";
import { siteWithMarkers } from "../../src/site/options.ts";
import { defaultSite } from "../../src/site/site.ts";
import { load } from "./reading.ts";

it.each([
  ["a public pool", "expressroute", "203.0.113.0/28", undefined],
  [
    "a private pool on ExpressRoute",
    "expressroute",
    "10.9.0.0/28",
    "is private, and Microsoft peering takes public",
  ],
  ["one of IPv6", "expressroute", "fd00:9::/64", "is private"],
  ["that of a carrier", "expressroute", "100.64.9.0/24", "is private"],
  ["a private pool in front of a provider's NAT", "internet", "192.168.100.2", undefined],
  ["the users' own addresses", "internet", "10.0.0.0/8", "holds 10.0.0.0/8 of internal: whatever"],
  ["the same on ExpressRoute", "expressroute", "10.0.0.0/8", "holds 10.0.0.0/8 of internal: whatever"],
  ["public addresses that hosts have themselves", "internet", "198.51.100.0/24", undefined],
])("%s: what is said of it", (_, kind, pool, said) => {
  const paths = [{ name: "p", kind, nat: [pool] }];
  const { warnings } = load(
    JSON.stringify({ version: 1, internal: ["10.0.0.0/8", "fd00::/8", "198.51.100.0/24"], paths }),
  );
  expect(warnings).toEqual(
    said === undefined ? [] : [expect.stringMatching(new RegExp(`nat.*NAT pool ${pool}.* of "p" ${said}`))],
  );
});

it("says it of the command line's pools, too, and of each once", () => {
  const file = load(
    JSON.stringify({ version: 1, paths: [{ name: "p", kind: "expressroute", nat: ["10.9.0.0/28"] }] }),
  );
  const site = siteWithMarkers(file, { internet: ["nat=10.0.0.0/8"] });
  expect(site.warnings).toEqual([
    expect.stringContaining('NAT pool 10.9.0.0/28 of "p" is private'),
    expect.stringMatching(/"internet".* overlaps /),
    expect.stringContaining(
      '--internet nat=10.0.0.0/8: NAT pool 10.0.0.0/8 of "internet" holds 10.0.0.0/8 of internal',
    ),
  ]);
  expect(siteWithMarkers(defaultSite(), { internet: ["nat=203.0.113.0/28"] }).warnings).toEqual([]);
});
