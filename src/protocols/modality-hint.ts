import type { Modality } from "../words.ts";

/** DSCP of Microsoft's QoS guidance: EF audio, AF41 video, AF21 sharing. */
export function dscpModality(dscp: number): Modality | undefined {
  if (dscp === 46) return "audio";
  if (dscp === 34) return "video";
  return dscp === 18 ? "sharing" : undefined;
}

/**
 * Modality by the ports that Microsoft's clients and relays use: a client's source port 50000 to 50059, or a Teams
 * relay's 3479 to 3481 (3481 from one source only). A hint, never proof.
 */
export function portModality(portA: number, portB: number): Modality | undefined {
  for (const port of [portA, portB]) {
    if (port >= 50000 && port < 50020) return "audio";
    if (port >= 50020 && port < 50040) return "video";
    if (port >= 50040 && port < 50060) return "sharing";
  }
  for (const port of [portA, portB]) {
    if (port === 3479) return "audio";
    if (port === 3480) return "video";
    if (port === 3481) return "sharing";
  }
  return undefined;
}
