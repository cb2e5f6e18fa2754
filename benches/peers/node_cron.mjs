// node-cron with many jobs due at one instant: node_cron.mjs JOBS. Prints one row of a table.

import { readFileSync } from "node:fs";
import cron from "node-cron";

const { version } = JSON.parse(readFileSync(new URL("node_modules/node-cron/package.json", import.meta.url)));

// Nothing begins any more when nothing has for so long, in milliseconds.
const QUIET = 10_000;

const jobs = Number(process.argv[2]);
const due = new Date(Math.floor(Date.now() / 1000) * 1000 + 20_000);
const at = `${due.getSeconds()} ${due.getMinutes()} ${due.getHours()} * * *`;
const begun = [];
for (let job = 0; job < jobs; job += 1) {
  cron.schedule(at, () => begun.push([job, Date.now()]));
}
if (Date.now() > due.getTime() - 2_000) {
  console.error("adding the jobs took longer than there was time: use fewer");
  process.exit(1);
}
const armed = process.memoryUsage().rss / 1e6;

setInterval(() => {
  const last = begun.length > 0 ? begun[begun.length - 1][1] : due.getTime();
  if (Date.now() < Math.max(last, due.getTime()) + QUIET) return;
  const times = new Map();
  for (const [job] of begun) times.set(job, (times.get(job) ?? 0) + 1);
  const twice = [...times.values()].filter((count) => count > 1).length;
  const late = begun.map(([, time]) => time - due.getTime()).sort((one, other) => one - other);
  const part = (share) => late[Math.min(late.length - 1, Math.floor(share * late.length))] ?? "–";
  const count = (number) => number.toLocaleString("en");
  console.log(
    `| node-cron ${version} | ${armed.toFixed(0)} | ${count(times.size)} | ${count(jobs - times.size)} | ${twice} ` +
      `| ${part(0.5)} | ${part(0.99)} | ${part(1)} |`,
  );
  process.exit(0);
}, 500);
