import { readFileSync } from "node:fs";

/** What a server is for, by its name. */
export type HostRole =
  | "signaling"
  | "media-relay"
  | "federation"
  | "dns-discovery"
  | "broadcast-portal"
  | "broadcast-stream"
  | "telemetry"
  | "crl-ocsp"
  | "auth"
  | "portal"
  | "config"
  | "content"
  | "cdn";

/** data/host-roles.json. */
interface HostRoleFile {
  readonly roles: Readonly<Record<HostRole, readonly string[]>>;
  /** Roles of a first label under any domain: names in customers' own SIP domains. */
  readonly firstLabels: Readonly<Record<string, HostRole>>;
  /** Names whose role holds on TCP port 80 only. */
  readonly onPort80: Readonly<Record<string, HostRole>>;
}

interface Table {
  readonly exact: ReadonlyMap<string, HostRole>;
  /** By what follows "*.". */
  readonly suffixes: ReadonlyMap<string, HostRole>;
  /** Patterns with an asterisk inside a label, longest first. */
  readonly inside: readonly { readonly pattern: RegExp; readonly length: number; readonly role: HostRole }[];
  readonly firstLabels: ReadonlyMap<string, HostRole>;
  readonly onPort80: ReadonlyMap<string, HostRole>;
}

let table: Table | undefined;

function load(): Table {
  const path = new URL("../../data/host-roles.json", import.meta.url);
  const file = JSON.parse(readFileSync(path, "utf8")) as HostRoleFile;
  const exact = new Map<string, HostRole>();
  const suffixes = new Map<string, HostRole>();
  const inside: { pattern: RegExp; length: number; role: HostRole }[] = [];
  for (const [role, patterns] of Object.entries(file.roles) as [HostRole, readonly string[]][])
    for (const pattern of patterns) {
      if (!pattern.includes("*")) exact.set(pattern, role);
      else if (pattern.startsWith("*.") && !pattern.includes("*", 1)) suffixes.set(pattern.slice(2), role);
      else inside.push({ pattern: labelPattern(pattern), length: pattern.length, role });
    }
  inside.sort((a, b) => b.length - a.length);
  return {
    exact,
    suffixes,
    inside,
    firstLabels: new Map(Object.entries(file.firstLabels)),
    onPort80: new Map(Object.entries(file.onPort80)),
  };
}

/** "webdir*.online.lync.com": the asterisk stays within its label. A leading "*." takes one or more labels. */
function labelPattern(pattern: string): RegExp {
  const text = pattern
    .replace(/[.]/g, "\\.")
    .replace(/^\*\\\./, "(?:[^.]+\\.)+")
    .replace(/\*/g, "[^.]*");
  return new RegExp(`^${text}$`);
}

/**
 * Role of a host name (lower case; a certificate's wildcard will do), by the most specific pattern that matches;
 * undefined when none does. `port` is the server's: a few names serve certificate status on port 80 and a web site
 * elsewhere.
 */
export function hostRole(host: string, port?: number): HostRole | undefined {
  table ??= load();
  const exact = table.exact.get(host) ?? (port === 80 ? table.onPort80.get(host) : undefined);
  if (exact !== undefined) return exact;
  const inside = table.inside.find((item) => item.pattern.test(host));
  let rest = host;
  for (let dot = rest.indexOf("."); dot >= 0; dot = rest.indexOf(".")) {
    rest = rest.slice(dot + 1);
    const role = table.suffixes.get(rest);
    // Both hold: the longer pattern says more.
    if (role !== undefined)
      return inside !== undefined && inside.length > rest.length + 2 ? inside.role : role;
  }
  return inside?.role ?? firstLabelRole(table, host);
}

/** sip.contoso.com and the like: at least a domain of two labels must follow. */
function firstLabelRole(roles: Table, host: string): HostRole | undefined {
  const labels = host.split(".");
  return labels.length >= 3 ? roles.firstLabels.get(labels[0] ?? "") : undefined;
}
