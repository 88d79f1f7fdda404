import assert from 'node:assert/strict';
import { outProblem, resolveOut, type OutValues } from './out-path';

const values: OutValues = { file: 'icons', name: 'red heart', index: 2, seed: '42', cell: 'cfg-2' };
const one = { cells: 1, count: 1 };

describe('out', () => {
  it('fills placeholders, slugged', () => {
    assert.equal(resolveOut('./{file}/{name}-{seed}-{cell}.png', { ...values, name: '../../etc', file: 'a/b' }, one), './a-b/-..-etc-42-cfg-2.png');
    assert.equal(resolveOut('{name}', { ...values, name: 'con' }, one), '_con.png');
    assert.equal(resolveOut('pics/', values, one), 'pics/red heart.png');
    assert.equal(resolveOut('{name}.PNG', values, one), 'red heart.PNG');
  });

  it('adds the index to several pictures unless something tells them apart', () => {
    const of = (template: string, cells: number, count: number) => resolveOut(template, values, { cells, count });
    assert.equal(of('{name}.png', 1, 4), 'red heart-2.png');
    assert.equal(of('{index}.png', 2, 4), '2.png');
    assert.equal(of('{seed}.png', 1, 4), '42.png');
    assert.equal(of('{seed}.png', 2, 2), '42-2.png');
    assert.equal(of('{cell}.png', 4, 1), 'cfg-2.png');
    assert.equal(of('{cell}.png', 2, 2), 'cfg-2-2.png');
    assert.equal(of('{cell}/{seed}.png', 2, 2), 'cfg-2/42.png');
  });

  it('says why a template cannot be a path', () => {
    const bad = ['/x.png', '\\x.png', 'C:\\x.png', 'file:///x.png', '~/x.png', '{nmae}.png', '{name.png', 'a.jpg', 'con/x.png', 'a|b.png', '.git/x.png', '.easel/x.png', 'x/..', 'a /x.png', 'a./x.png'];
    for (const template of bad) assert.notEqual(outProblem(template), undefined, template);
    for (const template of ['x', './x.png', '../x/{name}.png', '{file}-{index}', 'a\\b.png', 'pics/', '.hidden/x.png']) assert.equal(outProblem(template), undefined, template);
  });

  it('is no way into .git or .easel, also by a cell that is empty where there is no matrix', () => {
    for (const template of ['.git{cell}/x.png', 'a/.ea{cell}sel/x.png', '{cell}.GIT/x.png', '../.Git/x.png']) assert.match(outProblem(template) ?? '', /\.git and \.easel/, template);
    for (const template of ['.github/x.png', '.git{name}/x.png', 'a.git/x.png']) assert.equal(outProblem(template), undefined, template);
  });

  it('is no Windows device, also by parts that are none', () => {
    assert.equal(resolveOut('co{name}/nu{name}.png', { ...values, name: 'n' }, one), '_con/nun.png');
    assert.equal(resolveOut('nu{name}.png', { ...values, name: 'l' }, one), '_nul.png');
  });

  it('ends in .png in any case', () => {
    assert.deepEqual(['a.PNG', 'a.Png', 'a.jpg', 'a.pngx'].map((template) => outProblem(template) === undefined), [true, true, false, false]);
  });

  it('fills what a block has no word for with nothing', () => {
    assert.equal(resolveOut('{cell}/{name}.png', { ...values, cell: '' }, one), '/red heart.png');
    assert.equal(resolveOut('../{file}/../{name}', values, one), '../icons/../red heart.png');
  });
});
