import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build } from 'esbuild';

describe("the dataset room's first door", () => {
  const imports = async (file: string) => {
    const { metafile } = await build({ entryPoints: [join(__dirname, file)], bundle: true, write: false, metafile: true, platform: 'node', external: ['sharp'], logLevel: 'silent' });
    return Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  };

  it('brings no pixel library into the extension host, and the second does', async () => {
    assert.ok(!(await imports('index.ts')).includes('sharp'));
    assert.ok((await imports('pictures.ts')).includes('sharp'));
  });
});
