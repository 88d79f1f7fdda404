// Which icon sets are used (Tier A: permissive licences only) and what a set says about a glyph's style.

export const monoSets = (
  'tabler lucide lucide-lab ph mdi material-symbols fluent bi carbon iconoir ion hugeicons mynaui boxicons tdesign ' +
  'heroicons mingcute icon-park-outline glyphs healthicons fluent-emoji-high-contrast pinhead temaki maki eva octicon ' +
  'clarity ix gravity-ui majesticons uil keyline-icons teenyicons akar-icons vaadin grommet-icons f7 jam stash si humbleicons'
).split(' ');

/** CC-BY mono sets: never seen by the generator; the judge is trained on them. */
export const judgeSets = (
  'game-icons solar fa7-solid fa7-regular iconamoon streamline streamline-ultimate streamline-plump emojione-monotone'
).split(' ');

/** Colour emoji, the second domain, and what a caption calls the style of each set. */
export const emojiSets = { noto: 'noto', 'noto-v1': 'blob', 'fluent-emoji-flat': 'flat', 'fluent-emoji': '3d' };

/** CC-BY emoji that the generator never sees, as with the mono sets: to judge by, and to measure the judge's ceiling. */
export const heldOutEmojiSets = { judge: ['twemoji', 'emojione'], ceiling: ['fxemoji', 'streamline-emojis'] };

/** Split 7: sets that the generator never sees. The first two teach the judge, the last two measure its ceiling. */
export const heldOutSets = { judge: ['hugeicons', 'carbon'], ceiling: ['icon-park-outline', 'healthicons'] };

/** Sets drawn by the same hands count once: several releases of one family are no independent drawings. */
export function family(set) {
  if (/^fa\d?(-|$)/.test(set)) return 'fontawesome';
  if (/^emojione/.test(set)) return 'emojione';
  if (/^noto/.test(set)) return 'noto';
  if (/^icon-park/.test(set)) return 'icon-park';
  if (/^lucide/.test(set)) return 'lucide';
  if (/^fluent-emoji/.test(set)) return 'fluent-emoji';
  if (/^fluent/.test(set)) return 'fluent';
  return set;
}

// Suffix rules, most telling first. `null` means: skip, another variant of the same drawing is kept.
const rules = {
  ph: [[/-thin$/, 'thin'], [/-light$/, null], [/-bold$/, 'bold'], [/-fill$/, 'filled'], [/-duotone$/, null], [/./, 'outline']],
  'material-symbols': [[/-(rounded|sharp)$/, null], [/-outline$/, 'outline'], [/./, 'filled']],
  fluent: [[/-24-filled$/, 'filled'], [/-24-regular$/, 'outline'], [/./, null]],
  ion: [[/-sharp$/, null], [/-outline$/, 'outline'], [/./, 'filled']],
  heroicons: [[/-(16|20)-solid$/, null], [/-solid$/, 'filled'], [/./, 'outline']],
  mingcute: [[/-fill$/, 'filled'], [/-line$/, 'outline'], [/./, null]],
  glyphs: [[/-bold$/, 'bold'], [/./, null]],
  healthicons: [[/-outline$/, 'outline'], [/(24px|negative)/, null], [/./, 'filled']],
  octicon: [[/-24$/, 'outline'], [/./, null]],
  clarity: [[/-solid$/, 'filled'], [/-line$/, 'outline'], [/./, null]],
  'keyline-icons': [[/sharp|two-tone|duotone/, null], [/-fill$/, 'filled'], [/./, 'outline']],
  solar: [[/-bold$/, 'filled'], [/-linear$/, 'outline'], [/./, null]],
  iconamoon: [[/-(duotone|thin|light|bold)$/, null], [/-fill$/, 'filled'], [/./, 'outline']],
};
const common = [[/-duotone$/, null], [/-(filled|fill|solid)$/, 'filled'], [/./, 'outline']];

/** Style that the icon's name declares, or null for a variant that is left out. The picture decides filled or outline later. */
export function declaredStyle(set, name) {
  return (rules[set] ?? common).find(([pattern]) => pattern.test(name))[1];
}
