import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refuseOtherFolder, writeText } from './write-text';

describe('the folder of a report', () => {
  let folder: string;
  beforeEach(async () => { folder = join(await mkdtemp(join(tmpdir(), 'easel-report-')), 'report'); });
  afterEach(() => rm(join(folder, '..'), { recursive: true }));
  const report = (accuracy: number) => ({ suite: 'retrieval', model: { id: 'icon-64', sha256: null }, accuracy });

  it('is made, and takes the next report in place of the last', async () => {
    for (const accuracy of [0.5, 0.75]) {
      const files = await writeText(folder, { report: report(accuracy), text: `# ${accuracy}\n` });
      assert.deepEqual(files, [join(folder, 'report.json'), join(folder, 'report.md')]);
      assert.deepEqual(JSON.parse(await readFile(files[0]!, 'utf8')), report(accuracy));
      assert.equal(await readFile(files[1]!, 'utf8'), `# ${accuracy}\n`);
    }
    assert.deepEqual((await readdir(folder)).sort(), ['report.json', 'report.md']);
  });

  it('is refused where it holds other things, another tool\'s report.json among them', async () => {
    await mkdir(folder);
    await assert.doesNotReject(refuseOtherFolder(folder));
    for (const [name, text] of [['thesis.md', 'x'], ['report.json', '{"numTotalTests": 3}'], ['report.json', 'no JSON']] as const) {
      await writeFile(join(folder, name), text);
      await assert.rejects(writeText(folder, { report: report(1), text: 'x' }), /holds other things than a report; give an empty folder or a new one/);
      assert.equal(await readFile(join(folder, name), 'utf8'), text);
      await rm(join(folder, name));
    }
  });

  it('is refused where nothing can be written, and nothing is left of the question', async () => {
    if (process.platform === 'linux') await assert.rejects(refuseOtherFolder('/proc/report'), /cannot be used for the report \(E[A-Z]+\); give another folder/);
    await refuseOtherFolder(join(folder, 'deeper'));
    assert.deepEqual(await readdir(join(folder, '..')), []);
  });

  it('is refused where it is a file', async () => {
    await writeFile(folder, '');
    await assert.rejects(refuseOtherFolder(folder), /cannot be used for the report \(ENOTDIR\); give another folder/);
  });
});
