import type { AddressWords } from "../address/address.ts";
import { defaultSite } from "../site/site.ts";

const PRIVATE = defaultSite();

/** Whether an address can be met outside: none of those that every site may use inside, link-local or multicast. */
export function isPublic(words: AddressWords): boolean {
  return PRIVATE.zoneOf(...words).zone === undefined;
}
