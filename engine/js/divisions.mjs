// Writes engine/divisions.txt, the administrative divisions of China by their codes (GB/T 2260), or with --check says
// whether it is what the locked data set gives.
//
// The data set also lists what is no division: development zones and towns under codes of its own (the last two digits
// from 71 to 79 and from 90, and everything under prefectures that have no counties), the parts of Hong Kong, Macao and
// Taiwan, for which the standard has one code each, and a few names that have been dissolved. Those are left out; what
// remains is, code for code, the list of the bureau of statistics, and the counties that were set up since.

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { areaList } from '@vant/area-data';

const target = join(dirname(fileURLToPath(import.meta.url)), '..', 'divisions.txt');
const WHOLE = new Set(['71', '81', '82']);
const COUNTYLESS = new Set(['4419', '4420', '4603', '4604', '6202']);
const NONE = new Set(['320112', '320611', '321150', '350402', '370634']); // two new areas, three dissolved
const GATHERED = /^(11|12|31|50)0[1-9]00$/; // what a municipality's districts and counties are gathered under

function isDivision([code]) {
  const last = Number(code.slice(4));
  return !WHOLE.has(code.slice(0, 2)) && !NONE.has(code) && !(last >= 71 && last <= 79) && last < 90;
}

const provinces = Object.entries(areaList.province_list);
const prefectures = Object.entries(areaList.city_list).filter((one) => isDivision(one) && !GATHERED.test(one[0]));
const counties = Object.entries(areaList.county_list).filter(
  (one) => isDivision(one) && !COUNTYLESS.has(one[0].slice(0, 4)),
);
const lines = [...provinces, ...prefectures, ...counties].map(([code, name]) => `${code} ${name}`).sort();
const text = `# Administrative divisions of China by GB/T 2260. Written by engine/js/divisions.mjs from @vant/area-data
# (MIT License, Copyright (c) Youzan and Chen Jiahan and other contributors); not to be edited by hand.
${lines.join('\n')}
`;

if (process.argv.includes('--check')) {
  const known = await readFile(target, 'utf8');
  if (known !== text) {
    console.error('engine/divisions.txt is not what the locked data set gives: npm run build:divisions');
    process.exit(1);
  }
} else {
  await writeFile(target, text);
}
