/** A set that a host name matches, with the most specific of its names that does. */
export interface NamedSet {
  /** Index of the set in its list. */
  readonly set: number;
  readonly name: string;
  /** The higher, the more specific; comparable between names that match the same host. */
  readonly specificity: number;
}

/** All that one host name matches, most specific first. Hosts with the same answer share one object. */
export interface NameHit {
  /** Number of this answer, from 0. */
  readonly id: number;
  readonly sets: readonly NamedSet[];
}

interface Pattern {
  readonly set: number;
  readonly name: string;
  readonly specificity: number;
}

/** Longest host name (RFC 1035, section 2.3.4: 255 octets on the wire, 253 characters as text). */
const MAX_HOST_LENGTH = 253;

/** Hosts whose answer is cached, about 1 MB for names of usual length; a full cache is emptied. */
const MAX_REMEMBERED_HOSTS = 4_096;

/** A name without any wildcard is more specific than every wildcard. */
const EXACT = 1000;

/**
 * Host names of a list. A name is exact (`teams.microsoft.com`), a domain (`*.lync.com`: any depth below it, not
 * itself), or has a `*` elsewhere (`*cdn.onenote.net`, `autodiscover.*.onmicrosoft.com`): a leading one stands for
 * any text, also none; one inside for characters of one label, at least one. Of two that match, the one with more
 * characters that are no wildcard is the more specific.
 */
export class HostNames {
  readonly #exact: Map<string, Pattern[]> = new Map();
  readonly #domains: Map<string, Pattern[]> = new Map();
  readonly #others: { readonly parts: readonly string[]; readonly pattern: Pattern }[] = [];
  readonly #hits: Map<string, NameHit> = new Map();
  readonly #remembered: Map<string, NameHit> = new Map();
  readonly #nothing: NameHit = { id: 0, sets: [] };

  /** `names[i]` are the names of the set with index i. */
  constructor(names: readonly (readonly string[])[]) {
    this.#hits.set("", this.#nothing);
    for (const [set, list] of names.entries()) {
      for (const given of list) {
        const name = normalHost(given);
        const stars = name.split("*").length - 1;
        const pattern = { set, name, specificity: stars === 0 ? EXACT : name.length - stars };
        if (stars === 0) add(this.#exact, name, pattern);
        else if (stars === 1 && name.startsWith("*.")) add(this.#domains, name.slice(2), pattern);
        else this.#others.push({ parts: name.split("*"), pattern });
      }
    }
  }

  /** What a host name matches; an empty answer (id 0) for one that is in no set. */
  match(host: string): NameHit {
    const known = this.#remembered.get(host);
    if (known !== undefined) return known;
    if (host.length > MAX_HOST_LENGTH + 1) return this.#nothing;
    const hit = this.#find(normalHost(host));
    if (this.#remembered.size >= MAX_REMEMBERED_HOSTS) this.#remembered.clear();
    this.#remembered.set(host, hit);
    return hit;
  }

  #find(host: string): NameHit {
    if (host === "" || host.length > MAX_HOST_LENGTH) return this.#nothing;
    const found = [...(this.#exact.get(host) ?? [])];
    for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
      if (dot > 0) found.push(...(this.#domains.get(host.slice(dot + 1)) ?? []));
    }
    for (const other of this.#others) {
      if (fits(host, other.parts)) found.push(other.pattern);
    }
    if (found.length === 0) return this.#nothing;
    found.sort((a, b) => b.specificity - a.specificity || a.set - b.set);
    const key = found.map((each) => `${each.set} ${each.name}`).join("\n");
    const same = this.#hits.get(key);
    if (same !== undefined) return same;
    const sets = found.filter((each, i) => found.findIndex((one) => one.set === each.set) === i);
    const hit = { id: this.#hits.size, sets };
    this.#hits.set(key, hit);
    return hit;
  }
}

/** Lower case, without the final dot of a fully qualified name. */
export function normalHost(host: string): string {
  const lower = host.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

function add(map: Map<string, Pattern[]>, key: string, pattern: Pattern): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [pattern]);
  else list.push(pattern);
}

/**
 * Whether a host consists of these parts with wildcards between them. Every part is taken where it first stands
 * behind a text of one label, which is exact as long as a name has one wildcard inside, and all published ones do.
 */
function fits(host: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (!host.startsWith(first) || host.length < first.length + last.length || !host.endsWith(last))
    return false;
  let at = first.length;
  for (let i = 1; i < parts.length; i++) {
    const part = parts[i] ?? "";
    const leading = i === 1 && first === "";
    const next =
      i === parts.length - 1 ? host.length - part.length : host.indexOf(part, leading ? at : at + 1);
    if (next < at) return false;
    if (!leading && (next === at || host.slice(at, next).includes("."))) return false;
    at = next + part.length;
  }
  return true;
}
