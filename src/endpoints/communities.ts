import { readFileSync } from "node:fs";
import { type Prefix, parsePrefix, prefixCovers, prefixText } from "../address/prefix.ts";
import type { Cloud, ServiceArea } from "../words.ts";
import { EndpointDataError } from "./endpoint-set.ts";

/** A BGP community by which Microsoft marks the routes of one service on ExpressRoute's Microsoft peering. */
export interface ServiceCommunity {
  /** `12076:5030` */
  readonly value: string;
  readonly service: string;
  /** The endpoint sets' service area that it carries; `null`: no Office 365 service. */
  readonly serviceArea: ServiceArea | null;
  readonly clouds: readonly Cloud[];
  /** Prefixes known to be advertised with it, where they are stored at all; never known to be complete today. */
  readonly prefixes?: readonly string[];
  /** When those were read; `null`: they are from documentation without a date. */
  readonly prefixesAsOf?: string | null;
}

/** What is known of the advertisement of an address over ExpressRoute. */
export interface Advertisement {
  readonly community: string;
  readonly prefix: string;
  readonly asOf: string | null;
}

interface CommunityData {
  readonly services: readonly ServiceCommunity[];
  readonly regions: Readonly<Record<string, string>>;
}

let data: CommunityData | undefined;
let advertised: { readonly prefix: Prefix; readonly of: ServiceCommunity }[] | undefined;

function communityData(): CommunityData {
  data ??= JSON.parse(
    readFileSync(new URL("../../data/bgp-communities.json", import.meta.url), "utf8"),
  ) as CommunityData;
  return data;
}

/** The communities of a cloud's services; none for China and Germany, whose Office 365 has none. */
export function serviceCommunities(cloud: Cloud): readonly ServiceCommunity[] {
  return communityData().services.filter((each) => each.clouds.includes(cloud));
}

/** The community that carries the prefixes of a service area; `undefined` where the cloud has none. */
export function communityOf(cloud: Cloud, area: ServiceArea): string | undefined {
  return serviceCommunities(cloud).find((each) => each.serviceArea === area)?.value;
}

/** What a community value of AS 12076 stands for: a service or an Azure region; `undefined` for an unknown one. */
export function communityName(value: string): string | undefined {
  const { services, regions } = communityData();
  return services.find((each) => each.value === value)?.service ?? regions[value];
}

/**
 * The stored advertisements that hold an address or a whole prefix, longest first. An empty answer proves nothing:
 * the stored lists are of one day, and not of every service.
 */
export function advertisementsOf(cloud: Cloud, asked: Prefix): Advertisement[] {
  advertised ??= communityData().services.flatMap((of) =>
    (of.prefixes ?? []).map((text) => {
      const prefix = parsePrefix(text);
      if (prefix === undefined) throw new EndpointDataError(`bgp-communities.json: "${text}" is no prefix`);
      return { prefix, of };
    }),
  );
  return advertised
    .filter(({ prefix, of }) => of.clouds.includes(cloud) && prefixCovers(prefix, asked))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)
    .map(({ prefix, of }) => ({
      community: of.value,
      prefix: prefixText(prefix),
      asOf: of.prefixesAsOf ?? null,
    }));
}

/** Whether stored advertisements exist for a community, so that a missing one says something. */
export function hasAdvertisements(value: string): boolean {
  return communityData().services.some((each) => each.value === value && each.prefixes !== undefined);
}
