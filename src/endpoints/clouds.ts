import type { Cloud } from "../words.ts";

export const CLOUDS: readonly Cloud[] = ["worldwide", "usgovdod", "usgovgcchigh", "china", "germany"];

/** How the web service calls a cloud (its `instance`). */
export const INSTANCES: Readonly<Record<Cloud, string>> = {
  worldwide: "Worldwide",
  usgovdod: "USGovDoD",
  usgovgcchigh: "USGovGCCHigh",
  china: "China",
  germany: "Germany",
};
