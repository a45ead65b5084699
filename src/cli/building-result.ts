import { stringify } from "csv-stringify/sync";
import { counted, grouped } from "../count-text.ts";
import type { BuildingFile } from "../site/building-file.ts";
import { ourAddress } from "../results/client-subnet.ts";
import { BuildingResult, SUBNET_COLUMNS, buildingFinding, subnetCells } from "../site/building-result.ts";
import { resultRows } from "./result-rows.ts";

/** The address of our side of a row; empty where it has none. */
function oursIn(row: Readonly<Record<string, unknown>>): string {
  const text = (name: string): string | undefined => {
    const cell = row[name];
    return typeof cell === "string" ? cell : undefined;
  };
  return ourAddress({
    client_ip: text("client_ip"),
    client_zone: text("client_zone"),
    server_ip: text("server_ip"),
    server_zone: text("server_zone"),
  });
}

/** Holds a result of `classify` against a building file: one row a subnet with eligible flows, as CSV. */
export async function holdResult(buildings: BuildingFile, result: string): Promise<void> {
  const held = new BuildingResult(buildings);
  for await (const row of resultRows(result)) held.add(row, oursIn(row));
  const subnets = held.subnets();
  process.stdout.write(
    stringify([[...SUBNET_COLUMNS], ...subnets.map(subnetCells)], {
      escape_formulas: true,
      cast: { boolean: (value) => (value ? "true" : "false") },
    }),
  );
  const wrong = subnets.filter((paths) => buildingFinding(paths) !== "").length;
  process.stderr.write(
    `o365flow: ${counted(subnets.length, "subnet")} with eligible flows, ${wrong} not as declared\n`,
  );
  if (held.elsewhere > 0)
    process.stderr.write(
      `o365flow: eligible flows of clients in no subnet of the file: ${grouped(held.elsewhere)}\n`,
    );
}
