import { randomBytes } from 'node:crypto';

/**
 * The page of the picture panel: one script, allowed by its nonce, and pictures from the editor's own resource host.
 * Nothing inline, nothing remote; Lit's styles are constructed sheets, which need no `style-src`.
 */
export function panelHtml({ cspSource, script, language }: { cspSource: string; script: string; language: string }): string {
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; img-src ${cspSource} blob: data:; script-src 'nonce-${nonce}'; style-src ${cspSource} 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Easel</title>
</head>
<body>
<script nonce="${nonce}" src="${escape(script)}"></script>
</body>
</html>`;
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
}
