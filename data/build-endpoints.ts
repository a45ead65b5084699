/**
 * Extends the endpoint data of one cloud with answers of Microsoft's endpoint web service, and checks it.
 *
 *   npx tsx data/build-endpoints.ts CLOUD [VERSION=FILE | read:YYYY-MM-DD=FILE]...
 *
 * FILE is an answer of https://endpoints.office.com/endpoints/INSTANCE as JSON; VERSION the `latest` that
 * /version/INSTANCE gave with it. Where nobody kept the version, `read:` and the day on which the list was read.
 * Without files the data is only checked: every prefix and port is read, and packing it again gives the same text.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CLOUDS } from "../src/words.ts";
import { type VersionedSets, dataFileText, packData, unpackData } from "../src/endpoints/data-build.ts";
import { parseDataFile } from "../src/endpoints/data-file.ts";
import { ListLookup } from "../src/endpoints/list-lookup.ts";
import { readWebService } from "../src/endpoints/web-service.ts";

const [cloudGiven, ...given] = process.argv.slice(2);
const cloud = CLOUDS.find((each) => each === cloudGiven);
if (cloud === undefined)
  throw new RangeError(`the cloud is one of ${CLOUDS.join(", ")}, not ${cloudGiven ?? "nothing"}`);

const target = fileURLToPath(new URL(`endpoints/${cloud}.json`, import.meta.url));
const before = existsSync(target) ? readFileSync(target, "utf8") : "";
const stored = before === "" ? [] : unpackData(parseDataFile(before, target));
const added = given.map((argument): VersionedSets => {
  const found = /^(?:(\d{10})|read:(\d{4})-(\d\d)-(\d\d))=(.+)$/s.exec(argument);
  if (found === null) throw new RangeError(`"${argument}" is not VERSION=FILE or read:YYYY-MM-DD=FILE`);
  const [, version, year, month, day, file = ""] = found;
  return {
    version: version ?? `${year}${month}${day}00`,
    reading: version === undefined,
    sets: readWebService(JSON.parse(readFileSync(file, "utf8")), file),
  };
});

const text = dataFileText(packData(cloud, [...stored, ...added]));
for (const list of unpackData(parseDataFile(text, target))) {
  console.log(
    `${cloud} ${list.version}: ${list.sets.length} sets, ${new ListLookup(list.version, list.sets).prefixCount} prefixes`,
  );
}
if (text !== before) {
  if (given.length === 0) throw new Error(`${target} is not as this script would write it`);
  writeFileSync(target, text);
}
