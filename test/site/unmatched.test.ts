import { expect, it } from "vitest";
import { siteWithMarkers } from "../../src/site/options.ts";
import { defaultSite } from "../../src/site/site.ts";
import { unmatchedMarkers } from "../../src/site/unmatched.ts";

function suggestions(expressroute: readonly string[], internet: readonly string[]): (string | undefined)[] {
  const site = siteWithMarkers(defaultSite(), { expressroute, internet, internal: [], remote: [] });
  const seen = {
    files: new Set(["er-1.pcap", "isp-1.pcap", "lon-er.pcapng.gz"]),
    interfaces: new Set(["eth1", "eth2"]),
    vlans: new Set(["", "100", "500.300"]),
    macs: new Set(["00:00:0c:07:ac:01", "00:00:0c:07:ac:03"]),
    erspanSessions: new Set([-1, 100]),
  };
  return unmatchedMarkers(site, seen).map(({ suggestion }) => suggestion);
}

it.each([
  ["vlan=100", "vlan=101", undefined],
  ["vlan=100", "vlan=300", "500.300"],
  ["next-hop=00:00:0c:07:ac:01", "next-hop=00:00:0c:07:ac:02", "00:00:0c:07:ac:03"],
  ["interface=eth1", "interface=eth3", "eth2"],
  ["interface=eth?", "interface=eth33", undefined],
  ["file=er-1.pcap", "file=ers-1.pcap", "isp-1.pcap"],
  ["vlan=100", "file=*-er.pcapng", "*-er.pcapng.gz"],
  ["file=*.pcapng.gz", "file=*-er.pcapng", undefined],
  ["vlan=100", "erspan-session=101", "100"],
])("beside %s, %s is held for a slip of nothing that is declared", (declared, slip, meant) => {
  expect(suggestions([declared], [slip])).toEqual([meant]);
});
