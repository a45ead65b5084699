import { expect, it } from "vitest";
import { affectedFlow } from "../../src/endpoints/affected.ts";
import { EndpointList } from "../../src/endpoints/endpoint-list.ts";
import type { EndpointSet } from "../../src/endpoints/endpoint-set.ts";
import { ListLookup } from "../../src/endpoints/list-lookup.ts";

const SET: EndpointSet = {
  id: 1,
  serviceArea: "Exchange",
  category: "Default",
  required: true,
  expressRoute: false,
  tcpPorts: "443",
  udpPorts: "",
  names: [],
  prefixes: ["192.0.2.0/24"],
};
const ROW = {
  flow_id: "1:a@1",
  client_zone: "internal",
  server_ip: "192.0.2.1",
  server_port: 443,
  transport: "tcp",
};

function affected(
  after: Partial<EndpointSet>,
): readonly [before: string | undefined, after: string | undefined] {
  const flow = affectedFlow(list("2024010100", SET), list("2024020100", { ...SET, ...after }), ROW);
  return [flow?.before, flow?.after];
}

function list(version: string, set: EndpointSet): EndpointList {
  return new EndpointList("worldwide", new ListLookup(version, [set]));
}

it("names a flow of whose set only `required` changed", () => {
  expect(affected({ required: false })).toEqual([
    "Exchange Default, not eligible, required",
    "Exchange Default, not eligible, not required",
  ]);
});

it("says `required` only where it changed", () => {
  expect(affected({ category: "Allow" })).toEqual([
    "Exchange Default, not eligible",
    "Exchange Allow, not eligible",
  ]);
  expect(affected({})).toEqual([undefined, undefined]);
});
