/** The README's quotation: what stands between two marks is the report's, so that no figure is copied by hand. */
const [BEGIN, END] = ['<!-- soft-tokens report: begin -->', '<!-- soft-tokens report: end -->'];

/** The README with the quotation exchanged. Throws if its marks are not there. */
export function inReadme(readme: string, quote: string): string {
  const [begin, end] = placeIn(readme);
  return `${readme.slice(0, begin)}\n${quote}\n${readme.slice(end)}`;
}

/** What the README quotes. Throws if its marks are not there. */
export function quotedIn(readme: string): string {
  return readme.slice(...placeIn(readme)).trim();
}

function placeIn(readme: string): [number, number] {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md has no ${BEGIN} … ${END}; put the two lines where the figures belong`);
  return [begin + BEGIN.length, end];
}
