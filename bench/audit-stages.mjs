// node bench/audit-stages.mjs ARCHIVE OUT WINDOW_BYTES: an audit in one thread, CPU seconds of each stage. For audit.mjs.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

const dist = new URL("../dist/", import.meta.url);
const load = (file) => import(new URL(file, dist));
const [archive, out, windowBytes] = process.argv.slice(2);
const { runSurvey, surveyTask } = await load("audit/survey.js");
const { planAudit } = await load("audit/plan.js");
const { runMap } = await load("audit/map.js");
const { runReduce } = await load("audit/reduce.js");
const { runReport } = await load("audit/report.js");
const { writeSettings } = await load("audit/settings.js");
const { loadEndpoints } = await load("endpoints/history.js");
const { defaultSite } = await load("site/site.js");

mkdirSync(out, { recursive: true });
let before = process.cpuUsage();
function lap(stage, what) {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  const resident = Math.round(process.memoryUsage().rss / 2 ** 20);
  console.log(`    ${stage.padEnd(7)} ${((user + system) / 1e6).toFixed(1)} CPU s, ${resident} MB; ${what}`);
}
const surveys = [];
for (const file of readdirSync(archive))
  surveys.push(await runSurvey(out, await surveyTask(join(archive, file))));
lap("survey", `${surveys.reduce((sum, { packets }) => sum + packets, 0)} packets`);
const settings = await writeSettings(out, {
  site: defaultSite(),
  history: loadEndpoints("worldwide", { userData: null }),
});
const plan = await planAudit(out, surveys, { settings, windowBytes: Number(windowBytes) });
lap("plan", `${plan.maps.length} windows`);
let crossing = 0;
for (const task of plan.maps) crossing += (await runMap(out, task)).crossingPackets;
lap("map", `${crossing} packets set aside`);
let legs = 0;
for (const task of plan.reduces) legs += (await runReduce(out, task)).legs;
lap("reduce", `${legs} crossing flows`);
const result = await runReport(out, plan.report);
lap("report", `${result.flows} flows`);
