import { TabInputCustom, Uri, l10n, window } from 'vscode';

const PICTURE = /\.(?:png|jpe?g|webp)$/i;

/**
 * The picture that is meant: the one given (explorer, panel), the one in the tab, the block's at the cursor, or one that is chosen.
 * @param atCursor pictures of the block that the cursor is in
 */
export async function whichPicture(given: unknown, atCursor: () => readonly { readonly path: string }[]): Promise<Uri | undefined> {
  if (given instanceof Uri) return given;
  const tab = window.tabGroups.activeTabGroup.activeTab?.input;
  if (tab instanceof TabInputCustom && PICTURE.test(tab.uri.path)) return tab.uri;
  const [first] = atCursor();
  if (first) return Uri.file(first.path);
  const [chosen] = (await window.showOpenDialog({ title: l10n.t('Edit This Picture: the picture'), openLabel: l10n.t('Edit'), filters: { [l10n.t('Pictures')]: ['png', 'jpg', 'jpeg', 'webp'] } })) ?? [];
  return chosen;
}
