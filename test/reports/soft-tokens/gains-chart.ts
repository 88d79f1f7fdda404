/** Gains over the model alone with their intervals, as an SVG that needs no font, style or script of anybody. */
import { BASE } from './arms';
import { METRICS } from './comparison';
import type { Report } from './report';

const WIDTH = 720;
const LEFT = 300;
const ROW = 18;
const INKS = ['#1f77b4', '#7f7f7f', '#d62728', '#2ca02c'];

export function gainsChart({ scores, arms }: Pick<Report, 'scores' | 'arms'>): string {
  const trained = arms.filter(({ name }) => name !== BASE);
  // Pieces of ink are counted, not shares: another scale.
  const metrics = METRICS.filter(({ name }) => scores[name] && name !== 'pieces');
  const rows = metrics.flatMap(({ name, label }, group) => trained.map((arm, i) => ({ label: i === 0 ? label : '', arm: arm.name, ink: INKS[i % INKS.length]!, gain: scores[name]![arm.name]!.overBase!, y: 30 + group * (trained.length * ROW + 10) + i * ROW })));
  const reach = Math.max(0.05, ...rows.flatMap(({ gain }) => [Math.abs(gain.low), Math.abs(gain.high)]));
  const x = (value: number) => (LEFT + ((value / reach + 1) / 2) * (WIDTH - LEFT - 20)).toFixed(1);
  const height = (rows.at(-1)?.y ?? 0) + 40;
  const text = (at: string | number, y: number, words: string, more = '') => `<text x="${at}" y="${y}" ${more}>${words}</text>`;
  const ticks = [-reach, 0, reach].map((value) => text(x(value), height - 8, `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value).toFixed(2)}`, 'text-anchor="middle"'));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12" role="img" aria-label="Gains over the model alone with 95 % intervals">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<line x1="${x(0)}" x2="${x(0)}" y1="16" y2="${height - 24}" stroke="#999999"/>`,
    ...rows.flatMap(({ label, arm, ink, gain, y }) => [
      text(8, y + 4, label, 'fill="#222222"'), text(LEFT - 10, y + 4, arm, `fill="${ink}" text-anchor="end"`),
      `<line x1="${x(gain.low)}" x2="${x(gain.high)}" y1="${y}" y2="${y}" stroke="${ink}" stroke-width="2"/>`, `<circle cx="${x(gain.mean)}" cy="${y}" r="4" fill="${ink}"/>`,
    ]),
    ...ticks, '</svg>', '',
  ].join('\n');
}
