// Run by scripts/steps/chromium.mjs: the package unpacks into the folder for temporary files.
import chromium from '@sparticuz/chromium';

await chromium.executablePath();
