// npm run icon: draws media/icon.png from media/icon.svg, since the package's icon has to be a PNG.
import fs from 'node:fs';
import path from 'node:path';
import { launchChromium } from './chromium.mjs';

const media = path.resolve(import.meta.dirname, '..', 'media');
const browser = await launchChromium();
const page = await browser.newPage({ viewport: { width: 128, height: 128 } });
await page.setContent(`<style>body { margin: 0 }</style>${fs.readFileSync(path.join(media, 'icon.svg'), 'utf8')}`);
await page.screenshot({ path: path.join(media, 'icon.png'), omitBackground: true });
await browser.close();
