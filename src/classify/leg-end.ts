import { type AddressWords, formatAddress } from "../address/address.ts";
import { behindNat64 } from "../address/nat64.ts";
import type { EndpointList } from "../endpoints/endpoint-list.ts";
import type { Site, SiteZone } from "../site/site.ts";
import type { Zone } from "../words.ts";
import { isPublic } from "./public-address.ts";

/** One end of a flow. */
export class End {
  readonly words: AddressWords;
  /** The IPv4 address that it stands for behind NAT64, in mapped form; else `words` itself. */
  readonly reached: AddressWords;
  readonly port: number;
  readonly zone: Zone;
  readonly site: SiteZone;
  readonly #ipVersion: 4 | 6;
  #text: string | undefined = undefined;

  constructor(
    words: AddressWords,
    reached: AddressWords,
    port: number,
    zone: Zone,
    site: SiteZone,
    ipVersion: 4 | 6,
  ) {
    this.words = words;
    this.reached = reached;
    this.port = port;
    this.zone = zone;
    this.site = site;
    this.#ipVersion = ipVersion;
  }

  /** The address as text, made when first asked for. */
  get text(): string {
    return (this.#text ??= this.#format());
  }

  #format(): string {
    const { words } = this;
    return formatAddress(this.#ipVersion, words[0], words[1], words[2], words[3]);
  }

  /** IP version of `reached`. */
  get reachedVersion(): 4 | 6 {
    return this.reached === this.words ? this.#ipVersion : 4;
  }

  /** `reached` as text: the same on both sides of NAT64. */
  get reachedText(): string {
    const { reached } = this;
    if (reached === this.words) return this.text;
    return formatAddress(4, reached[0], reached[1], reached[2], reached[3]);
  }
}

/** What NAT64 stands for, which is never an inside address (RFC 6052, section 3.1). */
function reachedBy(words: AddressWords): AddressWords {
  const reached = behindNat64(words);
  return reached === words || isPublic(reached) ? reached : words;
}

/** The end of a flow at that address, in the zone that the site declares, or by Microsoft's list. */
export function endOf(
  words: AddressWords,
  port: number,
  ipVersion: 4 | 6,
  site: Site,
  list: EndpointList,
): End {
  const reached = reachedBy(words);
  const own = site.zoneOf(words[0], words[1], words[2], words[3]);
  const declared = own.zone === undefined && reached !== words ? site.zoneOf(...reached) : own;
  const zone =
    declared.zone ??
    (list.isMicrosoft(reached[0], reached[1], reached[2], reached[3]) ? "microsoft" : "internet");
  return new End(words, reached, port, zone, declared, ipVersion);
}
