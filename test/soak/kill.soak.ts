// Kills a serving cluster and looks what is left: `npm run soak:kill [kills] [seed]`. Ends with 1 when anything is wrong.
import { killRounds } from './kill-rounds.ts';

const [kills = 200, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);
const began = performance.now();
const { faults, ...counts } = await killRounds({ kills, seed });
for (const [name, count] of Object.entries(counts)) process.stdout.write(`${name.padEnd(24)}${count}\n`);
process.stdout.write(`seed ${seed}, ${Math.round((performance.now() - began) / 1000)} s, ${faults.length} faults\n`);
for (const fault of faults.slice(0, 20)) process.stdout.write(`FAULT ${fault}\n`);
process.exit(faults.length === 0 ? 0 : 1);
