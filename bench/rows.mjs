// node bench/rows.mjs CAPTURE [--runs N]: rows a CPU second through our CSV writer and through csv-stringify, in turn, over the
// first rows of a capture again and again (a report keeps none of them), and whether they are the same bytes. Build first.
import { stringify } from "csv-stringify/sync";
import { parseArgs } from "node:util";
import {
  classify,
  csvByteWriter,
  defaultSite,
  expandInputs,
  FLOW_COLUMNS,
  loadEndpoints,
  timeText,
} from "../dist/index.js";

const { values, positionals } = parseArgs({
  options: { runs: { type: "string", default: "5" } },
  allowPositionals: true,
});
const MOST_ROWS = 4096;
const TIMES = 10;
const rows = [];
const { inputs } = await expandInputs(positionals);
await classify({
  inputs,
  site: defaultSite(),
  history: loadEndpoints("worldwide"),
  onFlow: (flow) => rows.length < MOST_ROWS && rows.push(flow.row),
});

const BATCH = 256;
function inBatches(write) {
  const texts = [];
  for (let from = 0; from < rows.length; from += BATCH) texts.push(write(rows.slice(from, from + BATCH)));
  return typeof texts[0] === "string" ? texts.join("") : Buffer.concat(texts);
}

const options = { columns: FLOW_COLUMNS, time: "iso", eol: "lf", bom: false, width: 80, color: false };
const cell = (value, { type }) => {
  if (value === undefined) return undefined;
  if (type === "time") return timeText(value, "iso");
  if (type === "times") return value.map((moment) => timeText(moment, "iso")).join(";");
  return type === "list" ? value.join(";") : value;
};
const writers = {
  ours: () => inBatches(csvByteWriter(options).rows),
  "csv-stringify": () =>
    inBatches((batch) =>
      stringify(
        batch.map((row) => FLOW_COLUMNS.map((column) => cell(row[column.name], column))),
        { escape_formulas: true, quote_record_delimiter: true, cast: { boolean: String } },
      ),
    ),
};
const best = {};
const texts = {};
for (let run = 0; run < Number(values.runs); run++)
  for (const [name, write] of Object.entries(writers)) {
    const before = process.cpuUsage();
    for (let time = 0; time < TIMES; time++) texts[name] = write();
    const { user, system } = process.cpuUsage(before);
    best[name] = Math.max(best[name] ?? 0, (rows.length * TIMES) / ((user + system) / 1e6));
  }
for (const [name, perSecond] of Object.entries(best))
  console.log(`${name}: ${Math.round(perSecond).toLocaleString("en")} rows a CPU second`);
console.log(
  `${rows.length} rows, ${texts.ours.toString() === texts["csv-stringify"] ? "the same bytes" : "DIFFERENT BYTES"}`,
);
